"""Numbers that a loop gives with a step stand in its summary, beside those that are computed."""

import json

import numpy as np
import pytest
import tensorflow as tf

from keras_v1_activity import NetworkActivityLogger
from keras_v1_activity.recording.scalars import numbers


def summary(folder, step):
    return json.loads((folder / "activity" / f"step_{step:06d}.json").read_text())


def test_scalars_of_logged_steps_stand_in_their_summary(tmp_path):
    with NetworkActivityLogger(tmp_path, 2, figures=(), background=False) as logger:
        for step in range(1, 4):
            logger.log_step(spikes=np.eye(5), scalars={"loss": tf.constant(step / 4)})
        logger.tap(spikes=tf.eye(5))
        logger.step_done(scalars={"loss": np.float32(0.5), "rates/evoked": [3][0]})
        logger.tap(spikes=tf.eye(5))
        logger.step_done()
        logger.log_step(spikes=np.eye(5))
    assert summary(tmp_path, 2)["scalars"] == {"loss": 0.5}
    assert summary(tmp_path, 4)["scalars"] == {"loss": 0.5, "rates/evoked": 3.0}
    assert "scalars" not in summary(tmp_path, 6) and summary(tmp_path, 4)["n_spikes"] == 5
    assert not (tmp_path / "activity" / "step_000003.json").exists()


def test_a_number_that_json_has_not_is_null(tmp_path):
    with NetworkActivityLogger(tmp_path, 1, figures=(), background=False) as logger:
        logger.log_step(spikes=np.eye(5), scalars={"loss": np.nan})
    assert summary(tmp_path, 1)["scalars"] == {"loss": None}


@pytest.mark.parametrize(
    ("given", "words"),
    [({"loss": np.zeros(2)}, r"scalars\['loss'\] must be one number"),
     ({"loss": "low"}, "must be one number"), ({3: 1.0}, "names of scalars must be text"),
     (0.5, "scalars must be a dict")],
)  # fmt: skip
def test_what_is_no_number_is_refused(given, words):
    with pytest.raises(ValueError, match=words):
        numbers(given)
