"""A program that is killed, ends without closing, or ends while figures are still to be drawn."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from looks import PATIENCE_S, make_look, wait_until
from places import TESTS
from recorders import SCRIPT, pictures, record, run_json

from keras_v1_activity import load_activity
from keras_v1_activity.drawing.figure_file import DELAY_VARIABLE
from keras_v1_activity.recording.job_thread import WAITING_JOBS

LOOP = """
import sys
sys.path.insert(0, {tests!r})
from looks import make_look
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.recorder import Recorder
recorder = Recorder({folder!r}, RecordPlan(figures=()))
recorder.open({first} + 1)
for step in range({first} + 1, 100000):
    recorder.record(make_look(step))
    print(step, flush=True)
"""


def test_a_killed_training_leaves_every_step_that_it_logged(tmp_path):
    rng = np.random.default_rng(0)
    logged = 0
    for _ in range(5):
        script = LOOP.format(tests=str(TESTS), folder=str(tmp_path), first=logged)
        with subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
        ) as child:
            for _ in range(int(rng.integers(8, 25))):
                child.stdout.readline()
            # A moment somewhere within the next look.
            child.stdout.read(int(rng.integers(0, 3)))
            child.send_signal(signal.SIGKILL)
            said = child.stdout.read().split()
        run = load_activity(tmp_path)
        last = int(run.steps[-1])
        # One look may have been in work, and as many waited as may wait.
        assert last >= int(said[-1] if said else 3) - 1 - WAITING_JOBS and last > logged
        assert run.steps.tolist() == list(range(1, last + 1))
        for step in run.steps[logged:]:
            np.testing.assert_array_equal(run[step].spikes(), make_look(step).spikes())
        logged = last
    record(tmp_path, [logged + 1], next_step=logged + 1).close()
    with h5py.File(tmp_path / "activity.h5") as index:
        assert f"{logged + 1:06d}" in index["steps"]
    assert run_json(tmp_path)["steps"] == list(range(1, logged + 2))


@pytest.mark.parametrize("end", ["recorder.close()", ""])
def test_a_plain_script_is_run_once_and_loads_no_drawing_library(tmp_path, end):
    path = tmp_path / "script.py"
    path.write_text(SCRIPT.format(tests=str(TESTS), folder=str(tmp_path / "run"), end=end))
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, timeout=120, cwd=tmp_path
    )
    assert done.returncode == 0 and done.stdout == "once\n[]\n", done.stderr
    assert "Error" not in done.stderr and "Warning" not in done.stderr
    assert 1 in load_activity(tmp_path / "run")
    assert (tmp_path / "run" / "step_000001" / "raster.png").exists() == bool(end)


def test_summaries_are_whole_if_a_script_ends_without_close(tmp_path):
    path = tmp_path / "script.py"
    script = SCRIPT.format(tests=str(TESTS), folder=str(tmp_path / "run"), end="")
    path.write_text(script.replace('("raster",)', "()"))
    subprocess.run([sys.executable, str(path)], check=True, timeout=120, cwd=tmp_path)
    assert json.loads((tmp_path / "run/step_000001/summary.json").read_text())["step"] == 1


AT_EXIT = """
import signal, sys
sys.path.insert(0, {tests!r})
from looks import make_look, wait_until
from keras_v1_activity.recording import recorder as module
from keras_v1_activity.plan import RecordPlan
module.GRACE_S = 0.0
recorder = module.Recorder({folder!r}, RecordPlan(figures=("raster",)))
recorder.open(1)
for step in (1, 2, 3):
    recorder.record(make_look(step))
recorder.close()
wait_until(lambda: recorder.drawing.worker_pid)
print(recorder.drawing.worker_pid, flush=True)
"""


def leave(tmp_path):
    """Runs the script above; (process, id of its drawing process) when it is about to end."""
    script = AT_EXIT.format(tests=str(TESTS), folder=str(tmp_path / "run"))
    child = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    return child, int(child.stdout.readline())


def test_figures_that_were_promised_are_waited_for_when_python_ends(tmp_path):
    child, _ = leave(tmp_path)
    _, said = child.communicate(timeout=4 * PATIENCE_S)
    assert child.returncode == 0 and "3 figures are still being drawn" in said
    assert "3/3" in said and "Traceback" not in said
    assert len(pictures(tmp_path / "run")) == 3
    counts = run_json(tmp_path / "run")["counts"]
    assert (counts["figures_drawn"], counts["figures_dropped"]) == (3, 0)
    assert counts["figures_missing"] == 0 and "still lack" not in said


def test_ctrl_c_while_python_ends_leaves_the_data_and_no_process(tmp_path, monkeypatch):
    monkeypatch.setenv(DELAY_VARIABLE, "3600")
    child, pid = leave(tmp_path)
    # The progress line is there: Python is waiting.
    said = ""
    while "drawing figures [" not in said:
        said += child.stderr.readline()
    child.send_signal(signal.SIGINT)
    said += child.communicate(timeout=4 * PATIENCE_S)[1]
    assert child.returncode == 0 and "skipped" in said and "Traceback" not in said
    wait_until(lambda: not Path(f"/proc/{pid}").exists())
    assert load_activity(tmp_path / "run").steps.tolist() == [1, 2, 3]
    counts = run_json(tmp_path / "run")["counts"]
    assert (counts["looks"], counts["figures_missing"], counts["figures_dropped"]) == (3, 3, 0)
    assert "3 steps still lack pictures" in said and "--missing` draws them" in said
