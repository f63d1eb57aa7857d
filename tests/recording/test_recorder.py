"""The Recorder: what a run leaves behind when all goes well and when it does not."""

import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import tracemalloc
import warnings
from pathlib import Path

import h5py
import numpy as np
import pytest
from looks import PATIENCE_S, make_look, make_neurons, wait_until
from places import TESTS

from keras_v1_activity import load_activity
from keras_v1_activity.drawing.worker import DELAY_VARIABLE
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording import recorder as recorder_module
from keras_v1_activity.recording.job_thread import WAITING_JOBS
from keras_v1_activity.recording.recorder import Recorder

SILENT = RecordPlan(figures=())
RASTER = RecordPlan(figures=("raster",))


def record(folder, steps, next_step=1, plan=SILENT, **options):
    recorder = Recorder(folder, plan, background=False, **options)
    recorder.open(next_step)
    for step in steps:
        recorder.record(make_look(step))
    return recorder


def run_json(folder):
    return json.loads((folder / "run.json").read_text())


@pytest.mark.parametrize("background", [True, False])
def test_a_run_leaves_everything_that_is_promised(tmp_path, background):
    recorder = Recorder(tmp_path, RASTER, background=background, settings={"dt": 1.0, "x": print})
    recorder.open(1)
    for step in (100, 200):
        recorder.record(make_look(step))
    recorder.write_text("network_state.txt", "μ")
    recorder.close()
    recorder.close()
    assert recorder.wait_for_figures()
    for step in (100, 200):
        names = {path.name for path in (tmp_path / f"step_{step:06d}").iterdir()}
        assert names == {"raster.png", "summary.json", "data.h5"}
        json.loads((tmp_path / f"step_{step:06d}" / "summary.json").read_text())
    left = {path.name for path in tmp_path.iterdir() if path.is_file()}
    assert left == {"activity.h5", "activity_summary.npz", "run.json", "network_state.txt"}
    assert (tmp_path / "network_state.txt").read_text(encoding="utf-8") == "μ"
    assert np.load(tmp_path / "activity_summary.npz")["step"].tolist() == [100, 200]
    content = run_json(tmp_path)
    assert content["steps"] == recorder.steps == [100, 200]
    assert content["settings"]["dt"] == 1.0 and "print" in content["settings"]["x"]
    assert {"python", "numpy", "h5py", "keras_v1_activity"} <= set(content["versions"])
    assert content["counts"]["looks"] == content["counts"]["figures_drawn"] == 2
    assert content["first_causes"] == {}
    assert load_activity(tmp_path).settings["dt"] == 1.0


def test_the_flat_layout_keeps_the_known_file_names(tmp_path):
    record(tmp_path, [100, 200], plan=RASTER, layout="flat").close()
    assert (tmp_path / "raster_step_200.png").is_file()
    assert (tmp_path / "activity" / "step_000200.h5").is_file()
    assert load_activity(tmp_path)[200].step == 200


def test_without_data_there_are_figures_and_json_only(tmp_path):
    record(tmp_path, [100], plan=RASTER, save_data=False).close()
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"raster.png", "summary.json", "run.json"}
    assert run_json(tmp_path)["steps"] == [100]


def test_a_look_is_readable_at_once(tmp_path):
    recorder = record(tmp_path, [])
    for step in (10, 20, 30):
        recorder.record(make_look(step))
        assert load_activity(tmp_path).steps[-1] == step
        assert run_json(tmp_path)["steps"][-1] == step
    recorder.close()


# The folder of a run that was used before.


def test_a_fresh_run_moves_the_earlier_one_aside(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("mine")
    for count in (2, 3, 4):
        record(tmp_path, range(1, count)).close()
    assert capsys.readouterr().out.count("held an earlier run") == 2
    for name, steps in (("earlier_001", [1]), ("earlier_002", [1, 2]), (".", [1, 2, 3])):
        assert load_activity(tmp_path / name).steps.tolist() == steps
        assert run_json(tmp_path / name)["steps"] == steps
    assert (tmp_path / "notes.txt").read_text() == "mine"
    with h5py.File(tmp_path / "earlier_002" / "activity.h5") as index:
        assert "spikes" in index["steps/000002"]


def test_a_resumed_run_is_appended_to(tmp_path, capsys):
    record(tmp_path, [10, 20]).close()
    record(tmp_path, [30], next_step=21).close()
    assert capsys.readouterr().out == ""
    assert load_activity(tmp_path).steps.tolist() == [10, 20, 30]
    content = run_json(tmp_path)
    assert content["steps"] == [10, 20, 30] and content["counts"]["looks"] == 3
    assert len(content["resumed"]) == 1
    assert np.load(tmp_path / "activity_summary.npz")["step"].tolist() == [10, 20, 30]


def test_a_look_cut_short_is_taken_again_by_the_resumed_run(tmp_path):
    record(tmp_path, [10, 20]).close()
    (tmp_path / "step_000030").mkdir()
    record(tmp_path, [30], next_step=30).close()
    assert load_activity(tmp_path).steps.tolist() == [10, 20, 30]


def test_a_run_without_data_is_resumed_or_moved_aside_alike(tmp_path):
    record(tmp_path, [10, 20], plan=RASTER, save_data=False)
    record(tmp_path, [30], next_step=21, plan=RASTER, save_data=False).close()
    assert run_json(tmp_path)["steps"] == [10, 20, 30]
    record(tmp_path, [], next_step=30, plan=RASTER, save_data=False).close()
    assert (tmp_path / "earlier_001" / "step_000030" / "raster.png").exists()


def test_a_run_that_goes_back_is_not_mixed_with_the_later_steps(tmp_path):
    record(tmp_path, [10, 20, 30]).close()
    record(tmp_path, [20], next_step=15).close()
    assert load_activity(tmp_path).steps.tolist() == [20]
    assert load_activity(tmp_path / "earlier_001").steps.tolist() == [10, 20, 30]


def test_the_same_recorder_goes_on_in_a_second_fit(tmp_path):
    recorder = record(tmp_path, [10, 20])
    recorder.close()
    recorder.open(21)
    recorder.record(make_look(30))
    recorder.close()
    assert load_activity(tmp_path).steps.tolist() == recorder.steps == [10, 20, 30]


def test_a_look_before_the_first_fit_belongs_to_the_same_run(tmp_path, capsys):
    recorder = record(tmp_path, [0])
    recorder.close()
    recorder.open(1)
    recorder.record(make_look(10))
    recorder.close()
    assert capsys.readouterr().out == ""
    assert load_activity(tmp_path).steps.tolist() == [0, 10]
    recorder.open(1)
    recorder.close()
    assert load_activity(tmp_path / "earlier_001").steps.tolist() == [0, 10]


def test_a_second_look_at_a_step_is_said_to_replace_the_first(tmp_path):
    recorder = record(tmp_path, [1])
    later = make_look(1, label=3)
    with pytest.warns(RuntimeWarning, match="Step 1 was logged twice") as caught:
        recorder.record(later)
        recorder.record(later)
    recorder.close()
    assert len(caught) == 1 and recorder.steps == [1]
    assert load_activity(tmp_path)[1].label == 3
    assert run_json(tmp_path)["counts"]["looks_replaced"] == 2


# What can go wrong.


def test_a_log_dir_that_cannot_be_used_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    for bad in (tmp_path / "file", tmp_path / "file" / "below", 3, "\0"):
        with pytest.raises(ValueError, match="log_dir must be a folder that can be written; got"):
            Recorder(bad, SILENT)
    with pytest.raises(ValueError, match="layout must be one of"):
        Recorder(tmp_path, SILENT, layout="tree")
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_a_step_that_cannot_be_stored_warns_once_and_the_run_goes_on(tmp_path):
    recorder = record(tmp_path, [1])
    for step in (2, 3):
        (tmp_path / f"step_{step:06d}").write_text("in the way")
    with pytest.warns(RuntimeWarning, match="could not be stored.*FileExistsError") as caught:
        for step in (2, 3, 4):
            recorder.record(make_look(step))
        recorder.close()
    assert len(caught) == 1
    content = run_json(tmp_path)
    assert content["steps"] == load_activity(tmp_path).steps.tolist() == [1, 4]
    assert content["counts"]["saves_failed"] >= 2
    assert "FileExistsError" in content["first_causes"]["save"]


def test_warnings_made_errors_do_not_end_the_training(tmp_path, capsys):
    recorder = record(tmp_path, [1])
    (tmp_path / "step_000002").write_text("in the way")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        recorder.record(make_look(2))
    assert "could not be stored" in capsys.readouterr().err


def test_failures_of_capture_are_counted_with_the_first_cause(tmp_path):
    recorder = record(tmp_path, [])
    with pytest.warns(RuntimeWarning, match="A look at the network failed: KeyError: 'v'"):
        recorder.fail("capture", KeyError("v"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        recorder.fail("capture", ValueError("later"))
    recorder.close()
    content = run_json(tmp_path)
    assert content["counts"]["captures_failed"] == recorder.counts["captures_failed"] == 2
    assert content["first_causes"] == {"capture": "KeyError: 'v'"}


def test_a_look_that_cannot_be_made_is_counted_and_the_next_is_stored(tmp_path):
    recorder = Recorder(tmp_path, SILENT)
    recorder.open(1)
    with pytest.warns(RuntimeWarning, match="A look at the network failed.*ZeroDivisionError"):
        recorder.record_made(1, lambda: 1 / 0)
        recorder.record(make_look(2))
        recorder.close()
    assert run_json(tmp_path)["counts"]["captures_failed"] == 1
    assert load_activity(tmp_path).steps.tolist() == [2]


def test_a_failing_figure_is_counted_and_the_data_are_stored(tmp_path):
    recorder = record(tmp_path, [])
    recorder = Recorder(tmp_path, RASTER, background=False)
    recorder.open(1)
    (tmp_path / "step_000001" / "raster.png").mkdir(parents=True)
    with pytest.warns(RuntimeWarning, match="A figure could not be drawn: IsADirectoryError"):
        recorder.record(make_look(1))
    recorder.close()
    assert run_json(tmp_path)["counts"]["figures_failed"] == 1
    assert 1 in load_activity(tmp_path)


@pytest.mark.parametrize("background", [True, False])
def test_a_log_dir_deleted_in_mid_run_is_made_anew(tmp_path, background):
    recorder = Recorder(tmp_path / "run", SILENT, background=background)
    recorder.open(1)
    for step in (1, 2):
        recorder.record(make_look(step))
    recorder._jobs.flush()
    shutil.rmtree(tmp_path / "run")
    with pytest.warns(RuntimeWarning, match="vanished") as caught:
        for step in (3, 4):
            recorder.record(make_look(step))
        recorder.close()
    assert len(caught) == 1
    run = load_activity(tmp_path / "run")
    assert run.steps.tolist() == [3, 4]
    assert run[4].populations.names == make_look(4).populations.names


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1 MB; skips where mounting is not allowed."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    command = [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if not mount or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("mounting a small file system is not allowed here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("background", [True, False])
def test_a_full_disk_warns_and_keeps_every_step_before(small_disk, background):
    recorder = Recorder(small_disk, SILENT, background=background)
    with pytest.warns(RuntimeWarning) as caught:
        recorder.open(1)
        for step in range(1, 60):
            recorder.record(make_look(step))
        recorder.close()
    assert "No space left" in str(caught[0].message) and len(caught) <= 2
    run = load_activity(small_disk)
    assert 3 < len(run) < 59 and run.steps.tolist() == recorder.steps
    for step in recorder.steps:
        np.testing.assert_array_equal(run[step].spikes(), make_look(step).spikes())


@pytest.mark.parametrize("background", [True, False])
def test_a_read_only_folder_warns_and_keeps_every_step_before(small_disk, background):
    recorder = Recorder(small_disk, SILENT, background=background)
    recorder.open(1)
    recorder.record(make_look(1))
    recorder._jobs.flush()
    remount = ["mount", "-o", "remount,ro", str(small_disk)]
    if subprocess.run(remount, capture_output=True).returncode:
        pytest.skip("a file system cannot be made read-only here")
    with pytest.warns(RuntimeWarning) as caught:
        for step in (2, 3):
            recorder.record(make_look(step))
        recorder.close()
    assert "Read-only" in str(caught[0].message) and len(caught) <= 2
    assert load_activity(small_disk).steps.tolist() == [1]
    assert recorder.counts["saves_failed"] >= 2


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


def test_training_does_not_wait_for_slow_figures(tmp_path, monkeypatch, capsys):
    """One figure alone would take an hour: that this test ends shows that nothing waits."""
    monkeypatch.setenv(DELAY_VARIABLE, "3600")
    recorder = Recorder(tmp_path, RASTER)
    recorder.open(1)
    for step in range(1, 21):
        recorder.record(make_look(step))
    recorder.close()
    said = capsys.readouterr().err
    assert "figures are still being drawn" in said and "were left out" in said
    # All but those in the queue and in work are given up.
    assert run_json(tmp_path)["counts"]["figures_dropped"] in (15, 16)
    assert run_json(tmp_path)["counts"]["looks"] == 20
    assert load_activity(tmp_path).steps.tolist() == list(range(1, 21))
    assert np.load(tmp_path / "activity_summary.npz")["step"].size == 20
    assert not recorder.wait_for_figures(timeout_s=0.1)
    recorder._drawing.abandon()
    assert run_json(tmp_path)["counts"]["figures_dropped"] == 20


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
        wait_until(lambda: recorder._drawing.worker_pid)
        pids.add(recorder._drawing.worker_pid)
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
    assert run_json(tmp_path / "earlier_001")["counts"]["figures_dropped"] == 1
    assert run_json(tmp_path)["counts"]["figures_dropped"] == 0
    recorder.close()


AT_EXIT = """
import signal, sys
sys.path.insert(0, {tests!r})
from looks import make_look, wait_until
from keras_v1_activity import recorder as module
from keras_v1_activity.plan import RecordPlan
module.GRACE_S = 0.0
recorder = module.Recorder({folder!r}, RecordPlan(figures=("raster",)))
recorder.open(1)
for step in (1, 2, 3):
    recorder.record(make_look(step))
recorder.close()
wait_until(lambda: recorder._drawing.worker_pid)
print(recorder._drawing.worker_pid, flush=True)
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
    assert (counts["looks"], counts["figures_dropped"]) == (3, 3)


SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from looks import make_look
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.recorder import Recorder
print("once")
recorder = Recorder({folder!r}, RecordPlan(figures=("raster",)))
recorder.open(1)
recorder.record(make_look(1))
{end}
print([name for name in ("tensorflow", "keras", "matplotlib") if name in sys.modules])
"""


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


@pytest.mark.parametrize("background", [True, False])
def test_memory_does_not_grow_with_the_looks(tmp_path, background):
    neurons = make_neurons(300)
    recorder = Recorder(tmp_path, SILENT, background=background)
    recorder.open(1)

    def looks(first, last):
        for step in range(first, last):
            recorder.record(make_look(step, 300, 300, neurons=neurons))
        recorder._jobs.flush()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    taken = [looks(1, 20), looks(20, 60), looks(60, 101)]
    tracemalloc.stop()
    # One look holds over 200 kB. Libraries fill caches once; what is kept of each look shows twice.
    assert min(np.diff(taken)) < 300_000
    assert os.path.getsize(tmp_path / "step_000100" / "data.h5") > 20_000


# Two recorders on one folder, as after Ctrl-C in a notebook.


def pictures(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.png"))


def everything(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


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
        wait_until(lambda: old._drawing.worker_pid)
        pid = old._drawing.worker_pid
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


def test_a_recorder_whose_folder_was_taken_stores_no_more_and_says_so(tmp_path):
    old = record(tmp_path, [1, 2])
    new = record(tmp_path, [1])
    with pytest.warns(RuntimeWarning, match="Another run has begun") as caught:
        old.record(make_look(3))
        old.record(make_look(4))
    old.close()
    assert len(caught) == 1 and run_json(tmp_path)["steps"] == new.steps == [1]
    new.record(make_look(2))
    new.close()
    assert load_activity(tmp_path).steps.tolist() == [1, 2]
    old.open(5)
    old.record(make_look(5))
    old.close()
    assert load_activity(tmp_path).steps.tolist() == [1, 2, 5]


def test_a_forgotten_recorder_draws_what_it_has_and_ends_its_process(tmp_path):
    recorder = Recorder(tmp_path, RASTER)
    recorder.open(1)
    for step in (1, 2):
        recorder.record(make_look(step))
    feeder = recorder._drawing._feeder
    wait_until(lambda: feeder.worker_pid)
    pid = feeder.worker_pid
    del recorder
    gc.collect()
    wait_until(lambda: not Path(f"/proc/{pid}").exists())
    assert pictures(tmp_path) == ["step_000001/raster.png", "step_000002/raster.png"]


def test_a_lost_run_json_is_written_anew_and_figures_go_on(tmp_path):
    recorder = record(tmp_path, [1], plan=RASTER)
    run_id = run_json(tmp_path)["run_id"]
    (tmp_path / "run.json").unlink()
    recorder.record(make_look(2))
    assert run_json(tmp_path)["run_id"] == run_id
    assert (tmp_path / "step_000002" / "raster.png").exists()
    recorder.close()
    record(tmp_path, [3], next_step=3).close()
    assert run_json(tmp_path)["run_id"] == run_id, "a resumed run is the same run"


@pytest.mark.parametrize("content", ["{}", '{"steps": [1], "run_id": "mine"}', "noise", "[]"])
def test_a_run_json_that_names_no_run_is_taken_over(tmp_path, content):
    """Older versions wrote no id, and people edit files."""
    record(tmp_path, [1]).close()
    (tmp_path / "run.json").write_text(content)
    recorder = record(tmp_path, [2], next_step=2, plan=RASTER)
    assert (tmp_path / "step_000002" / "raster.png").exists()
    recorder.close()
    assert run_json(tmp_path)["steps"] == [1, 2]


def test_the_order_of_a_run_json_does_not_matter(tmp_path):
    recorder = record(tmp_path, [1], plan=RASTER)
    turned = dict(reversed(run_json(tmp_path).items()))
    (tmp_path / "run.json").write_text(json.dumps(turned))
    recorder.record(make_look(2))
    recorder.close()
    assert (tmp_path / "step_000002" / "raster.png").exists()
    assert run_json(tmp_path)["run_id"] == turned["run_id"]


# Folders as people name them.


@pytest.mark.parametrize("kind", [str, Path])
def test_a_tilde_is_the_home_of_the_user(tmp_path, monkeypatch, kind):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    recorder = record(kind("~/run"), [1])
    recorder.close()
    assert recorder.log_dir == tmp_path / "home" / "run"
    assert load_activity(kind("~/run")).steps.tolist() == [1]
    assert not (tmp_path / "~").exists()


def test_an_empty_log_dir_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="^log_dir must name a folder, e.g. 'v1_activity'; got ''"):
        Recorder("", SILENT)
    assert not list(tmp_path.iterdir())


# summary.json in the background.


def test_every_summary_is_written_where_figures_are_dropped(tmp_path, monkeypatch):
    monkeypatch.setenv(DELAY_VARIABLE, "3600")
    recorder = Recorder(tmp_path, RASTER)
    recorder.open(1)
    for step in range(1, 31):
        recorder.record(make_look(step))
    recorder._jobs.flush()
    assert recorder.counts["figures_dropped"] > 20
    recorder._drawing._feeder.abandon()
    recorder.close()
    for step in range(1, 31):
        summary = json.loads((tmp_path / f"step_{step:06d}" / "summary.json").read_text())
        assert summary["step"] == step and summary["n_spikes"] == make_look(step).n_spikes


def test_a_summary_that_cannot_be_written_is_counted(tmp_path):
    recorder = Recorder(tmp_path, SILENT)
    recorder.open(1)
    (tmp_path / "step_000001" / "summary.json").mkdir(parents=True)
    with pytest.warns(RuntimeWarning, match="could not be stored.*IsADirectoryError"):
        recorder.record(make_look(1))
        recorder.close()
    assert run_json(tmp_path)["counts"]["saves_failed"] == 1
    assert run_json(tmp_path)["counts"]["looks"] == 1


def test_summaries_are_whole_where_a_script_ends_without_close(tmp_path):
    path = tmp_path / "script.py"
    script = SCRIPT.format(tests=str(TESTS), folder=str(tmp_path / "run"), end="")
    path.write_text(script.replace('("raster",)', "()"))
    subprocess.run([sys.executable, str(path)], check=True, timeout=120, cwd=tmp_path)
    assert json.loads((tmp_path / "run/step_000001/summary.json").read_text())["step"] == 1
