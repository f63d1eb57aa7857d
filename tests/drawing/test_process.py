"""The drawing process, with the real process and the real figures."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from looks import PATIENCE_S, make_look, wait_until
from places import TESTS

from keras_v1_activity.drawing import process as background
from keras_v1_activity.drawing.process import DrawingHere, DrawingProcess
from keras_v1_activity.drawing.worker import DELAY_VARIABLE, read_message, write_message
from keras_v1_activity.storage import codec
from keras_v1_activity.storage.counters import Counters

PNG = b"\x89PNG\r\n\x1a\n"


def figures_of(folder, step, names=("raster",)):
    return [(name, folder / f"step_{step:06d}" / f"{name}.png") for name in names]


def gone(pid):
    """Whether a process has ended and left no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.fixture
def drawing():
    """A drawing process with its counters, always ended."""
    made = []

    def make(**options):
        made.append(DrawingProcess(Counters(), **options))
        return made[-1], made[-1]._feeder._counters

    yield make
    for process in made:
        process._feeder.abandon()
        process.close()


def test_every_figure_of_every_look_is_drawn(tmp_path, drawing, capsys):
    process, counters = drawing()
    names = ("raster", "population")
    for step in (1, 2, 3):
        process.put(make_look(step), figures_of(tmp_path, step, names))
    process.close()
    for step in (1, 2, 3):
        for _, path in figures_of(tmp_path, step, names):
            assert path.read_bytes().startswith(PNG)
    assert counters.counts["figures_drawn"] == 6 and not counters.causes
    assert len(list(tmp_path.rglob("*.*"))) == 6, "temporary files are left"
    assert "6/6" in capsys.readouterr().err


def test_no_process_is_started_for_nothing_and_close_may_be_repeated(capsys):
    process = DrawingProcess(Counters())
    process.close()
    process.close()
    assert process.worker_pid is None and capsys.readouterr().err == ""


def test_closing_leaves_no_process_behind(tmp_path, drawing):
    process, _ = drawing()
    process.put(make_look(1), figures_of(tmp_path, 1))
    wait_until(lambda: process.worker_pid)
    pid = process.worker_pid
    process.close()
    assert gone(pid)


def test_an_idle_process_ends_and_comes_back_with_the_next_look(tmp_path, drawing):
    process, counters = drawing(idle_s=0.2)
    pids = []
    for step in (1, 2, 3):
        process.put(make_look(step), figures_of(tmp_path, step))
        wait_until(lambda: process.worker_pid)
        pids.append(process.worker_pid)
        wait_until(lambda: process.worker_pid is None)
        assert gone(pids[-1])
    process.close()
    # More often than a lost process is replaced: to have been idle is no loss.
    assert len(set(pids)) == 3 and counters.counts["figures_drawn"] == 3 and not counters.causes


def test_a_full_queue_drops_the_oldest_and_put_never_waits(tmp_path, drawing, monkeypatch):
    monkeypatch.setenv(DELAY_VARIABLE, "3600")
    process, counters = drawing(queue_looks=2)
    process.put(make_look(1), figures_of(tmp_path, 1))
    wait_until(lambda: not process._feeder._waiting)
    # The process now sleeps for an hour: that the next line is reached shows that put returns.
    for step in range(2, 12):
        process.put(make_look(step), figures_of(tmp_path, step, ("raster", "input")))
    assert [look.step for look, *_ in process._feeder._waiting] == [10, 11]
    assert counters.counts["figures_dropped"] == 8 * 2


def test_drawing_rests_where_cores_are_scarce_but_not_while_it_is_waited_for(
    tmp_path, drawing, monkeypatch
):
    costs = []
    monkeypatch.setattr(background, "rest_s", lambda *cost: costs.append(cost) or 3600.0)
    process, counters = drawing(queue_looks=2)
    process.put(make_look(1), figures_of(tmp_path, 1, ("raster", "input")))
    wait_until(lambda: costs)
    for step in (2, 3, 4):
        process.put(make_look(step), figures_of(tmp_path, step))
    # It rests: the oldest of three is dropped, and nothing else is taken from the queue.
    assert counters.counts["figures_dropped"] == 1
    assert [look.step for look, *_ in process._feeder._waiting] == [3, 4]
    assert process.wait()
    assert counters.counts["figures_drawn"] == 4 and not counters.causes
    assert all(cpu_s > 0 and queued_s >= 0 for cpu_s, queued_s in costs)


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="only Linux tells")
def test_the_process_tells_how_long_it_waited_for_a_core(tmp_path):
    """Beside programs of higher priority on every core, it waits longer than it computes."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "keras_v1_activity.drawing.worker", str(os.getpid())],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    busy = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in os.sched_getaffinity(0)
    ]
    try:
        header = {"kind": "look", "figures": [["raster", str(tmp_path / "raster.png")]]}
        write_message(worker.stdin, header, codec.encode(make_look(1)))
        answer = json.loads(worker.stdout.readline())
    finally:
        for process in (*busy, worker):
            process.kill()
            process.wait()
    assert answer["drawn"] == "raster" and answer["queued_s"] > answer["cpu_s"] > 0


def test_a_failing_figure_is_counted_and_the_next_is_drawn(tmp_path, drawing):
    process, counters = drawing()
    blocked = tmp_path / "step_000001" / "raster.png"
    blocked.mkdir(parents=True)
    process.put(make_look(1), figures_of(tmp_path, 1, ("raster", "population")))
    process.close()
    assert (counters.counts["figures_failed"], counters.counts["figures_drawn"]) == (1, 1)
    assert "IsADirectoryError" in counters.causes["draw"]


def test_drawing_here_counts_alike(tmp_path):
    counters = Counters()
    (tmp_path / "step_000001" / "raster.png").mkdir(parents=True)
    DrawingHere(counters).put(make_look(1), figures_of(tmp_path, 1, ("raster", "population")))
    assert (counters.counts["figures_failed"], counters.counts["figures_drawn"]) == (1, 1)
    assert (tmp_path / "step_000001" / "population.png").read_bytes().startswith(PNG)


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_killed_process_is_replaced_once(tmp_path, drawing):
    process, counters = drawing()
    for step in (1, 2, 3):
        process.put(make_look(step), figures_of(tmp_path, step))
        if step < 3:
            wait_until(lambda step=step: counters.counts["figures_drawn"] >= step)
            pid = process.worker_pid
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda pid=pid: gone(pid) or _is_zombie(pid))
            # The loss is noticed at the next look, which is the look that is lost.
            process.put(make_look(10 + step), figures_of(tmp_path, 10 + step))
            wait_until(lambda: process._feeder._figures_left == 0)
            assert gone(pid)
    assert set(counters.causes) == {"drawing_process", "drawing_stopped"}
    assert "-9" in counters.causes["drawing_process"]
    assert counters.counts["drawing_process_failed"] == 1
    drawn, dropped = counters.counts["figures_drawn"], counters.counts["figures_dropped"]
    assert drawn + dropped == 5 and dropped == 3
    assert not (tmp_path / "step_000003").exists()


def _is_zombie(pid):
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"


def test_a_process_that_hangs_is_given_up(tmp_path, drawing, monkeypatch):
    monkeypatch.setenv(DELAY_VARIABLE, "3600")
    process, counters = drawing(timeout_s=1)
    for step in (1, 2, 3):
        process.put(make_look(step), figures_of(tmp_path, step))
    wait_until(lambda: process._feeder._figures_left == 0)
    assert "no figure within 1 s" in counters.causes["drawing_process"]
    assert counters.counts["figures_dropped"] == 3 and process.worker_pid is None


def test_what_cannot_start_is_given_up(tmp_path, drawing, monkeypatch):
    monkeypatch.setattr(background.sys, "executable", str(tmp_path / "no_python"))
    process, counters = drawing()
    for step in (1, 2, 3):
        process.put(make_look(step), figures_of(tmp_path, step))
    wait_until(lambda: process._feeder._figures_left == 0)
    assert counters.counts["figures_dropped"] == 3 and "FileNotFoundError" in str(counters.causes)


def test_ctrl_c_while_waiting_skips_what_is_left(tmp_path, drawing, monkeypatch, capsys):
    monkeypatch.setenv(DELAY_VARIABLE, "3600")
    process, counters = drawing()
    for step in (1, 2):
        process.put(make_look(step), figures_of(tmp_path, step))
    wait_until(lambda: process.worker_pid and len(process._feeder._waiting) == 1)
    pid = process.worker_pid
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    process.close()
    signal.signal(signal.SIGALRM, before)
    assert gone(pid) and counters.counts["figures_dropped"] == 2 and not counters.causes
    assert "skipped" in capsys.readouterr().err


# The end of training, with figures left.


def test_a_rest_that_is_soon_done_is_waited_for(tmp_path, drawing):
    process, counters = drawing()
    for step in (1, 2):
        process.put(make_look(step), figures_of(tmp_path, step))
    assert process.close(grace_s=PATIENCE_S) == 0
    assert counters.counts["figures_drawn"] == 2 and process.worker_pid is None


def test_a_rest_that_takes_long_is_drawn_later_and_then_told(tmp_path, drawing):
    process, counters = drawing()
    told = []
    for step in (1, 2):
        process.put(make_look(step), figures_of(tmp_path, step))
    assert process.close(grace_s=0, then=lambda: told.append(counters.counts)) == 2
    assert told == [] and process.wait()
    assert [counts["figures_drawn"] for counts in told] == [2]
    wait_until(lambda: process.worker_pid is None)


def test_one_figure_in_work_tells_how_long_the_others_take(tmp_path, drawing, monkeypatch):
    """No figure is ever drawn here: that close comes back shows that it stops expecting one."""
    monkeypatch.setenv(DELAY_VARIABLE, "3600")
    process, _ = drawing()
    process.put(make_look(1), figures_of(tmp_path, 1, ("raster", "population")))
    assert process.close(grace_s=0.5) == 2
    assert not process.wait(timeout_s=0.1)


def test_a_look_after_the_end_is_drawn_by_the_same_process(tmp_path, drawing, monkeypatch):
    monkeypatch.setenv(DELAY_VARIABLE, "0.5")
    process, counters = drawing()
    process.put(make_look(1), figures_of(tmp_path, 1))
    wait_until(lambda: process.worker_pid)
    pid = process.worker_pid
    assert process.close(grace_s=0) == 1
    process.put(make_look(2), figures_of(tmp_path, 2))
    assert process.worker_pid == pid
    assert process.close() == 0 and counters.counts["figures_drawn"] == 2
    process.put(make_look(3), figures_of(tmp_path, 3))
    assert process.close() == 0 and counters.counts["figures_drawn"] == 3


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_rest_that_is_lost_is_told_too(tmp_path, drawing, monkeypatch):
    monkeypatch.setenv(DELAY_VARIABLE, "3600")
    process, counters = drawing()
    told = []
    process.put(make_look(1), figures_of(tmp_path, 1))
    wait_until(lambda: process.worker_pid)
    assert process.close(grace_s=0, then=lambda: told.append(counters.counts)) == 1
    os.kill(process.worker_pid, signal.SIGKILL)
    assert process.wait()
    assert [counts["figures_dropped"] for counts in told] == [1]


def start_worker(**options):
    return subprocess.Popen(
        [sys.executable, "-m", "keras_v1_activity.drawing.worker", str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


def test_the_process_imports_no_tensorflow_and_survives_ctrl_c(tmp_path):
    with start_worker() as worker:
        header = {"kind": "look", "figures": [["raster", str(tmp_path / "raster.png")]]}
        write_message(worker.stdin, header, codec.encode(make_look(1)))
        assert json.loads(worker.stdout.readline())["drawn"] == "raster"
        worker.send_signal(signal.SIGINT)
        write_message(worker.stdin, {"kind": "modules"})
        modules = set(json.loads(worker.stdout.readline())["modules"])
        assert "matplotlib" in modules
        assert not modules & {"tensorflow", "keras", "tf_keras", "matplotlib.pyplot"}
        worker.stdin.close()
        assert worker.wait(PATIENCE_S) == 0


def test_a_look_that_cannot_be_read_is_answered(tmp_path):
    with start_worker() as worker:
        header = {"kind": "look", "figures": [["raster", str(tmp_path / "raster.png")]]}
        write_message(worker.stdin, header, b"noise")
        assert json.loads(worker.stdout.readline())["failed"] == "raster"
        worker.stdin.close()


def test_a_message_cut_short_is_the_end(tmp_path):
    with open(tmp_path / "m", "wb") as file:
        write_message(file, {"kind": "modules"}, b"12345")
    content = (tmp_path / "m").read_bytes()
    (tmp_path / "m").write_bytes(content[:-1])
    with open(tmp_path / "m", "rb") as file:
        assert read_message(file) is None


PARENT = """
import sys
sys.path.insert(0, {tests!r})
from looks import make_look
from keras_v1_activity.drawing.process import DrawingProcess
from keras_v1_activity.storage.counters import Counters
process = DrawingProcess(Counters())
process.put(make_look(1), [("raster", {path!r})])
while not process.worker_pid:
    pass
print(process.worker_pid, flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_the_process_ends_where_its_parent_was_gone_before_it_began(tmp_path):
    parent = subprocess.Popen([sys.executable, "-c", ""])
    parent.wait()
    worker = subprocess.Popen(
        [sys.executable, "-m", "keras_v1_activity.drawing.worker", str(parent.pid)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    # Its input stays open: it is not the end of that which ends it.
    assert worker.wait(PATIENCE_S) == 0
    worker.communicate()


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("ending", ["without close", "killed"])
def test_the_process_ends_with_its_parent(tmp_path, monkeypatch, ending):
    monkeypatch.setenv(DELAY_VARIABLE, "3600")
    script = PARENT.format(tests=str(TESTS), path=str(tmp_path / "raster.png"))
    script += "input()" if ending == "killed" else ""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        pid = int(parent.stdout.readline())
        if ending == "killed":
            parent.kill()
        parent.wait(PATIENCE_S)
    wait_until(lambda: gone(pid) or _is_zombie(pid))
