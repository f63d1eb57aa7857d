"""No step without its pictures: what could not be drawn in time is drawn when there is time."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from looks import PATIENCE_S, make_look, wait_until
from places import TESTS
from recorders import RASTER, SILENT, pictures, record, run_json, warnings_in

from keras_v1_activity.drawing.figure_file import DELAY_VARIABLE
from keras_v1_activity.drawing.many import draw_missing
from keras_v1_activity.drawing.stored_look import find_missing
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording import recorder as recorder_module
from keras_v1_activity.recording.recorder import Recorder

TWO = RecordPlan(figures=("raster", "input"))


def rasters(steps):
    return [f"step_{step:06d}/raster.png" for step in steps]


def record_looks(recorder, steps):
    for step in steps:
        recorder.record(make_look(step))


def hold(recorder):
    """Stops the drawing process; returns its id."""
    wait_until(lambda: recorder.drawing.worker_pid)
    os.kill(recorder.drawing.worker_pid, signal.SIGSTOP)
    return recorder.drawing.worker_pid


def test_what_came_too_fast_is_drawn_from_the_stored_data(tmp_path):
    recorder = Recorder(tmp_path, RASTER)
    recorder.open(1)
    record_looks(recorder, [1])
    pid = hold(recorder)
    record_looks(recorder, range(2, 13))
    assert recorder.counts["figures_missing"] > 5
    os.kill(pid, signal.SIGCONT)
    assert recorder.wait_for_figures()
    assert pictures(tmp_path) == rasters(range(1, 13))
    recorder.close()
    counts = run_json(tmp_path)["counts"]
    assert (counts["figures_drawn"], counts["figures_missing"]) == (12, 0)
    assert (counts["figures_dropped"], counts["figures_failed"]) == (0, 0)


def test_a_figure_drawn_later_is_the_one_that_was_left_out(tmp_path):
    # The first and the last looks are drawn from memory.
    record(tmp_path / "a", [2], plan=TWO).close()
    recorder = Recorder(tmp_path / "b", TWO)
    recorder.open(1)
    record_looks(recorder, [1])
    pid = hold(recorder)
    record_looks(recorder, range(2, 8))
    wait_until(lambda: recorder.counts["figures_missing"] == 14)
    os.kill(pid, signal.SIGCONT)
    assert recorder.wait_for_figures()
    recorder.close()
    assert len(pictures(tmp_path / "b")) == 14 and len(pictures(tmp_path / "a")) == 2
    for name in pictures(tmp_path / "a"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_a_further_look_gets_its_own_pictures_later_too(tmp_path):
    recorder = Recorder(tmp_path, RASTER)
    recorder.open(1)
    record_looks(recorder, [1])
    pid = hold(recorder)
    spikes = np.ones((60, 30), bool)
    recorder.record(make_look(1, spikes=spikes, source="look"))
    record_looks(recorder, range(2, 7))
    wait_until(lambda: recorder.counts["figures_missing"] == 7)
    os.kill(pid, signal.SIGCONT)
    assert recorder.wait_for_figures()
    recorder.close()
    further = "step_000001_look_2/raster.png"
    assert pictures(tmp_path) == sorted([*rasters(range(1, 7)), further])
    drawn = (tmp_path / further).read_bytes()
    assert drawn != (tmp_path / rasters([1])[0]).read_bytes()
    (tmp_path / further).unlink()
    (missing,) = find_missing(tmp_path, ["raster"])
    assert missing.figures == (("raster", tmp_path / further),)
    assert draw_missing([missing]).counts["figures_drawn"] == 1
    assert (tmp_path / further).read_bytes() == drawn


def test_the_newest_is_drawn_first(tmp_path):
    recorder = Recorder(tmp_path, RASTER)
    recorder.open(1)
    record_looks(recorder, [1])
    pid = hold(recorder)
    record_looks(recorder, range(2, 13))
    os.kill(pid, signal.SIGCONT)
    assert recorder.wait_for_figures()
    recorder.close()
    drawn_at = {step: (tmp_path / rasters([step])[0]).stat().st_mtime_ns for step in range(1, 13)}
    # The four that waited last were never left out.
    later = sorted(range(2, 9), key=drawn_at.get)
    assert later == sorted(later, reverse=True)
    assert drawn_at[12] < drawn_at[later[0]]


def test_drawing_goes_on_between_two_fits_and_after_the_last(tmp_path, monkeypatch):
    monkeypatch.setattr(recorder_module, "GRACE_S", 0.0)
    recorder = Recorder(tmp_path, RASTER)
    recorder.open(1)
    record_looks(recorder, [1])
    pid = hold(recorder)
    record_looks(recorder, range(2, 10))
    recorder.close()
    os.kill(pid, signal.SIGCONT)
    wait_until(lambda: pictures(tmp_path))
    recorder.open(10)
    record_looks(recorder, range(10, 13))
    recorder.close()
    assert recorder.wait_for_figures()
    assert pictures(tmp_path) == rasters(range(1, 13))
    counts = run_json(tmp_path)["counts"]
    assert (counts["figures_drawn"], counts["figures_missing"]) == (12, 0)


def test_what_ctrl_c_skips_is_drawn_in_the_next_fit(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv(DELAY_VARIABLE, "3600")
    # It waits until Ctrl-C.
    monkeypatch.setattr(recorder_module, "GRACE_S", 1e9)
    recorder = Recorder(tmp_path, RASTER)
    recorder.open(1)
    record_looks(recorder, range(1, 8))
    wait_until(lambda: recorder.drawing.worker_pid and recorder.counts["looks"] == 7)
    # All is stored: Ctrl-C comes while figures are waited for.
    recorder.wait_for_figures(timeout_s=0)
    monkeypatch.setattr(recorder_module, "GRACE_S", PATIENCE_S)
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 2)
    recorder.close()
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)
    assert "the remaining figures are skipped" in caplog.text
    monkeypatch.undo()
    recorder.open(8)
    record_looks(recorder, [8])
    # A drawing that was given up stays so until its run is closed.
    recorder.close()
    recorder.open(9)
    assert recorder.wait_for_figures()
    recorder.close()
    assert pictures(tmp_path) == rasters(range(1, 9))


def test_a_resumed_run_draws_what_a_killed_one_lacks(tmp_path):
    script = f"""
import sys
sys.path.insert(0, {str(TESTS)!r})
from looks import make_look
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.recorder import Recorder
recorder = Recorder({str(tmp_path)!r}, RecordPlan(figures=("raster",)))
recorder.open(1)
for step in range(1, 9):
    recorder.record(make_look(step))
recorder.record_made(9, lambda: (print("stored", flush=True), make_look(9))[1])
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, DELAY_VARIABLE: "3600"},
    ) as child:  # fmt: skip
        assert child.stdout.readline() == "stored\n"
        child.kill()
    assert pictures(tmp_path) == []
    steps = [1, 2, 3, 4, 5, 6, 7, 8, 20]
    recorder = Recorder(tmp_path, RASTER)
    recorder.open(20)
    record_looks(recorder, [20])
    assert recorder.wait_for_figures()
    recorder.close()
    assert set(rasters(steps)) <= set(pictures(tmp_path))
    assert run_json(tmp_path)["counts"]["figures_missing"] == 0


def test_a_look_that_takes_the_place_of_another_keeps_no_picture_of_it(tmp_path):
    recorder = Recorder(tmp_path, RASTER)
    recorder.open(1)
    record_looks(recorder, [1])
    assert recorder.wait_for_figures()
    old = (tmp_path / rasters([1])[0]).read_bytes()
    pid = hold(recorder)
    recorder.record(make_look(1, spikes=np.ones((60, 30), bool)))
    wait_until(lambda: recorder.drawing.figures_left)
    assert pictures(tmp_path) == []
    os.kill(pid, signal.SIGCONT)
    assert recorder.wait_for_figures()
    recorder.close()
    assert (tmp_path / rasters([1])[0]).read_bytes() != old
    counts = recorder.counts
    assert (counts["looks_replaced"], counts["figures_drawn"], counts["figures_missing"]) == (
        1, 2, 0,
    )  # fmt: skip


def test_steps_whose_pictures_nobody_draws_are_counted_and_the_command_is_named(
    tmp_path, monkeypatch, caplog
):
    """A frozen program would start itself: it leaves the pictures to the command, said once."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    started = []
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: started.append(a))
    recorder = Recorder(tmp_path, RASTER)
    recorder.open(1)
    record_looks(recorder, range(1, 6))
    recorder.close()
    assert started == [] and pictures(tmp_path) == []
    (warning,) = warnings_in(caplog)
    assert "frozen" in warning and f"`keras-v1-activity figures {tmp_path} --missing`" in warning
    assert "5 steps still lack pictures" in caplog.text
    counts = run_json(tmp_path)["counts"]
    assert (counts["looks"], counts["figures_missing"], counts["figures_dropped"]) == (5, 5, 0)


def test_a_system_without_threads_ends_no_training(tmp_path, monkeypatch, caplog):
    def start(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    recorder = Recorder(tmp_path, RASTER)
    recorder.open(1)
    record_looks(recorder, range(1, 6))
    assert not recorder.wait_for_figures()
    recorder.close()
    (warning,) = warnings_in(caplog)
    assert "can't start new thread" in warning and run_json(tmp_path)["steps"] == [1, 2, 3, 4, 5]
    assert run_json(tmp_path)["counts"]["figures_missing"] == 5
    monkeypatch.undo()
    recorder.open(6)
    assert recorder.wait_for_figures()
    recorder.close()
    assert pictures(tmp_path) == rasters(range(1, 6))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork")
@pytest.mark.parametrize("does", ["pass", "recorder.record(make_look(99))"])
def test_a_forked_child_ends_and_leaves_the_run_of_its_parent(tmp_path, does):
    script = f"""
import os, sys
sys.path.insert(0, {str(TESTS)!r})
from looks import make_look, wait_until
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.recorder import Recorder
recorder = Recorder({str(tmp_path)!r}, RecordPlan(figures=("raster",)))
recorder.open(1)
recorder.record(make_look(1))
wait_until(lambda: recorder.drawing.worker_pid)
child = os.fork()
if child == 0:
    {does}
    recorder.close()
    sys.exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
recorder.record(make_look(2))
assert recorder.wait_for_figures()
recorder.close()
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=4 * PATIENCE_S)
    assert set(rasters([1, 2])) <= set(pictures(tmp_path))
    assert set(run_json(tmp_path)["steps"]) == {1, 2}


def test_no_search_is_made_without_figures(tmp_path):
    record(tmp_path, [1, 2], plan=SILENT).close()
    recorder = Recorder(tmp_path, SILENT)
    recorder.open(3)
    record_looks(recorder, [3])
    recorder.close()
    assert recorder.drawing is None and pictures(tmp_path) == []
    assert json.loads((tmp_path / "run.json").read_text())["counts"]["figures_missing"] == 0
    assert not list(Path(tmp_path).rglob("*.part*"))
