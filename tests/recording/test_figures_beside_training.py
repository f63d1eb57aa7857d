"""Figures drawn beside the training: never waited for, counted, given up with their run."""

import gc
import json
from pathlib import Path

import numpy as np
from looks import make_look, wait_until
from recorders import RASTER, pictures, run_json

from keras_v1_activity import load_activity
from keras_v1_activity.drawing.figure_file import DELAY_VARIABLE
from keras_v1_activity.recording import recorder as recorder_module
from keras_v1_activity.recording.recorder import Recorder


def worker_pid_of(recorder):
    wait_until(lambda: recorder.drawing.worker_pid)
    return recorder.drawing.worker_pid


def test_training_does_not_wait_for_slow_figures(tmp_path, monkeypatch, caplog):
    """One figure alone would take an hour: that this test ends shows that nothing waits."""
    monkeypatch.setenv(DELAY_VARIABLE, "3600")
    recorder = Recorder(tmp_path, RASTER)
    recorder.open(1)
    for step in range(1, 21):
        recorder.record(make_look(step))
    recorder.close()
    assert "20 figures are still being drawn" in caplog.text
    assert run_json(tmp_path)["counts"]["figures_missing"] == 20
    assert run_json(tmp_path)["counts"]["looks"] == 20
    assert load_activity(tmp_path).steps.tolist() == list(range(1, 21))
    assert np.load(tmp_path / "activity_summary.npz")["step"].size == 20
    assert not recorder.wait_for_figures(timeout_s=0.1)
    recorder.drawing.abandon()
    counts = run_json(tmp_path)["counts"]
    assert (counts["figures_missing"], counts["figures_dropped"]) == (20, 0)


def test_without_stored_data_figures_that_come_too_fast_are_dropped_and_that_is_said_once(
    tmp_path, monkeypatch, caplog
):
    monkeypatch.setenv(DELAY_VARIABLE, "3600")
    recorder = Recorder(tmp_path, RASTER, save_data=False)
    recorder.open(1)
    for step in range(1, 21):
        recorder.record(make_look(step))
    recorder.close()
    # All but those in the queue and in work are given up.
    assert run_json(tmp_path)["counts"]["figures_dropped"] in (15, 16)
    assert caplog.text.count("were left out") == 1
    assert "With save_data=False they cannot be drawn later" in caplog.text
    recorder.drawing.abandon()
    assert run_json(tmp_path)["counts"]["figures_dropped"] == 20


def test_every_summary_is_written_even_if_figures_are_not_drawn(tmp_path, monkeypatch):
    monkeypatch.setenv(DELAY_VARIABLE, "3600")
    recorder = Recorder(tmp_path, RASTER)
    recorder.open(1)
    for step in range(1, 31):
        recorder.record(make_look(step))
    recorder.wait_for_figures(timeout_s=0)
    assert recorder.counts["figures_missing"] == 30
    recorder.drawing.abandon()
    recorder.close()
    for step in range(1, 31):
        summary = json.loads((tmp_path / f"step_{step:06d}" / "summary.json").read_text())
        assert summary["step"] == step and summary["n_spikes"] == make_look(step).n_spikes


def test_figures_drawn_after_the_end_are_counted_in_run_json(tmp_path, monkeypatch):
    monkeypatch.setattr(recorder_module, "GRACE_S", 0.0)
    recorder = Recorder(tmp_path, RASTER)
    recorder.open(1)
    for step in (1, 2):
        recorder.record(make_look(step))
    recorder.close()
    assert run_json(tmp_path)["counts"]["figures_drawn"] == 0
    assert recorder.wait_for_figures()
    assert run_json(tmp_path)["counts"]["figures_drawn"] == 2
    assert pictures(tmp_path) == ["step_000001/raster.png", "step_000002/raster.png"]


def test_a_second_fit_goes_on_with_the_same_drawing_process(tmp_path, monkeypatch):
    monkeypatch.setattr(recorder_module, "GRACE_S", 0.0)
    monkeypatch.setenv(DELAY_VARIABLE, "0.5")
    recorder = Recorder(tmp_path, RASTER)
    pids = set()
    for fit in range(3):
        recorder.open(fit + 1)
        recorder.record(make_look(fit + 1))
        pids.add(worker_pid_of(recorder))
        recorder.close()
    assert recorder.wait_for_figures() and len(pids) == 1
    content = run_json(tmp_path)
    assert content["counts"]["figures_drawn"] == content["counts"]["looks"] == 3
    assert content["steps"] == [1, 2, 3] and len(content["resumed"]) == 2
    wait_until(lambda: not Path(f"/proc/{min(pids)}").exists())


def test_a_new_run_gives_up_the_figures_of_the_one_before(tmp_path, monkeypatch):
    monkeypatch.setattr(recorder_module, "GRACE_S", 0.0)
    monkeypatch.setenv(DELAY_VARIABLE, "3600")
    recorder = Recorder(tmp_path, RASTER)
    recorder.open(1)
    recorder.record(make_look(5))
    recorder.close()
    recorder.open(1)
    assert run_json(tmp_path / "earlier_001")["counts"]["figures_missing"] == 1
    assert run_json(tmp_path)["counts"]["figures_missing"] == 0
    recorder.close()


def test_a_forgotten_recorder_draws_what_it_has_and_ends_its_process(tmp_path):
    recorder = Recorder(tmp_path, RASTER)
    recorder.open(1)
    for step in (1, 2):
        recorder.record(make_look(step))
    pid = worker_pid_of(recorder)
    del recorder
    gc.collect()
    wait_until(lambda: not Path(f"/proc/{pid}").exists())
    assert pictures(tmp_path) == ["step_000001/raster.png", "step_000002/raster.png"]
