"""How long the logger's `save_summary` waits for figures."""

import json

import pytest
from batches import batch

from keras_v1_activity import NetworkActivityLogger
from keras_v1_activity import logger as module
from keras_v1_activity.drawing.figure_file import DELAY_VARIABLE


def log(folder, n_steps=7):
    logger = NetworkActivityLogger(folder, 1, figures=("raster",))
    for seed in range(n_steps):
        logger.log_step(**batch(seed=seed))
    return logger


def counts_of(folder):
    return json.loads((folder / "run.json").read_text())["counts"]


def test_save_summary_waits_for_every_figure_if_that_takes_less_than_a_minute(
    tmp_path, monkeypatch
):
    assert module.SUMMARY_WAIT_S == 60
    # On a machine that is busy, too.
    monkeypatch.setattr(module, "SUMMARY_WAIT_S", 600.0)
    log(tmp_path).save_summary()
    assert len(list(tmp_path.glob("raster_step_*.png"))) == 7
    counts = counts_of(tmp_path)
    assert (counts["figures_drawn"], counts["figures_missing"]) == (7, 0)


@pytest.mark.parametrize("options, limit", [({"wait": False}, 3600.0), ({}, 0.5)])
def test_save_summary_waits_no_longer_than_it_may(tmp_path, monkeypatch, options, limit):
    """One figure alone would take an hour."""
    monkeypatch.setattr(module, "SUMMARY_WAIT_S", limit)
    monkeypatch.setenv(DELAY_VARIABLE, "3600")
    logger = log(tmp_path)
    assert logger.save_summary(**options).is_file()
    assert counts_of(tmp_path)["figures_missing"] == 7
    logger.recorder.drawing.abandon()
