"""Losses and metrics of fit: those that Keras hands to callbacks at a logged step."""

import json

import numpy as np
import pytest
from fits import X, Y, watcher
from kits import KITS
from spiking_models import make_model

from keras_v1_activity import load_activity


def logs_keeper(kit, kept):
    """A callback that keeps the logs of each batch, by step."""

    def keep(batch, logs):
        kept[batch + 1] = {name: float(value) for name, value in logs.items()}

    return kit.callbacks.LambdaCallback(on_train_batch_end=keep)


@pytest.mark.parametrize(("kit", "steps"), list(zip(KITS, [1, 2], strict=False)))
def test_the_logs_of_a_logged_step_are_numbers_of_its_look(tmp_path, kit, steps):
    kept = {}
    model = make_model(kit, steps_per_execution=steps, metrics=["accuracy"])
    callbacks = [logs_keeper(kit, kept), watcher(tmp_path, 2, background=True)]
    model.fit(X, Y, batch_size=2, shuffle=False, verbose=0, callbacks=callbacks)
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [2, 4]
        for step in (2, 4):
            found = dict(run[step].details["scalars"])
            assert found.keys() == {"loss", "accuracy"}
            assert found == pytest.approx(kept[step], rel=1e-6)
            path = tmp_path / f"step_{step:06d}/summary.json"
            assert json.loads(path.read_text())["scalars"] == found
        assert np.isfinite(run.history.series("scalars", "loss")).all()
        # Of so many batches Keras gives the mean.
        assert run.history.series("epoch_batch").tolist() == [2, 4]
