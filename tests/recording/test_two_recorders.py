"""Two recorders on one folder, as after Ctrl-C in a notebook."""

import os
import signal
import threading

import pytest
from looks import make_look, wait_until
from recorders import RASTER, SILENT, everything, pictures, record, run_json, warnings_in

from keras_v1_activity import load_activity
from keras_v1_activity.drawing.figure_file import DELAY_VARIABLE
from keras_v1_activity.recording.recorder import Recorder


@pytest.mark.parametrize("layout", ["folders", "flat"])
@pytest.mark.parametrize("background", [True, False])
def test_a_new_run_gets_no_picture_of_the_one_before(tmp_path, monkeypatch, background, layout):
    """The old run is interrupted while a figure of it is being drawn, then a new one begins."""
    options = {"layout": layout, "background": background}
    held, go_on = tmp_path / "held", tmp_path / "go_on"
    log_dir = tmp_path / "run"
    old = Recorder(log_dir, RASTER, **options)
    old.open(1)
    if background:
        # The process is held before its first figure until the new run has begun.
        monkeypatch.setenv(DELAY_VARIABLE, "1")
        old.record(make_look(1))
        wait_until(lambda: old.drawing.worker_pid)
        pid = old.drawing.worker_pid
        os.kill(pid, signal.SIGSTOP)
    else:
        worker = drawing_worker_that_waits(held, go_on)
        monkeypatch.setattr("keras_v1_activity.figures.save_figure", worker)
        thread = threading.Thread(target=old.record, args=(make_look(1),))
        thread.start()
        wait_until(held.exists)
    new = Recorder(log_dir, SILENT, **options)
    new.open(1)
    new.record(make_look(1))
    if background:
        os.kill(pid, signal.SIGCONT)
    else:
        go_on.touch()
        thread.join()
    for recorder in (old, new):
        recorder.close()
        assert recorder.wait_for_figures()
    assert pictures(log_dir) == []
    assert old.counts["figures_dropped"] == 1 and old.counts["figures_failed"] == 0
    assert not [name for name in everything(log_dir) if ".part" in name or ".tmp" in name]
    assert load_activity(log_dir).steps.tolist() == [1]
    assert load_activity(log_dir / "earlier_001").steps.tolist() == [1]
    assert run_json(log_dir)["run_id"] != run_json(log_dir / "earlier_001")["run_id"]
    assert run_json(log_dir)["counts"]["figures_dropped"] == 0


def drawing_worker_that_waits(held, go_on):
    def save_figure(name, activity, path):
        path.write_bytes(b"half drawn")
        held.touch()
        wait_until(go_on.exists)

    return save_figure


def test_a_recorder_whose_folder_was_taken_stores_no_more_and_says_so(tmp_path, caplog):
    old = record(tmp_path, [1, 2])
    new = record(tmp_path, [1])
    old.record(make_look(3))
    old.record(make_look(4))
    old.close()
    (warning,) = warnings_in(caplog)
    assert "Another run has begun" in warning and run_json(tmp_path)["steps"] == new.steps == [1]
    new.record(make_look(2))
    new.close()
    assert load_activity(tmp_path).steps.tolist() == [1, 2]
    old.open(5)
    old.record(make_look(5))
    old.close()
    assert load_activity(tmp_path).steps.tolist() == [1, 2, 5]
