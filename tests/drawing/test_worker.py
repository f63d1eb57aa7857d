"""The program that draws, by itself: its messages, what it loads, and that it ends in time."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from drawings import gone, is_zombie, start_worker
from looks import PATIENCE_S, make_look, wait_until
from places import TESTS

from keras_v1_activity.drawing.figure_file import DELAY_VARIABLE
from keras_v1_activity.drawing.pipe import read_message, write_message
from keras_v1_activity.storage import codec


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


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="only Linux tells")
def test_the_process_says_how_long_it_waited_for_a_core(tmp_path):
    """Beside a program of higher priority on the only core, it waits longer than it computes."""
    core = {min(os.sched_getaffinity(0))}
    worker = subprocess.Popen(
        [sys.executable, "-m", "keras_v1_activity.drawing.worker", str(os.getpid()), "5"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    os.sched_setaffinity(worker.pid, core)
    processes = [worker]
    header = {"kind": "look", "figures": [["raster", str(tmp_path / "raster.png")]]}
    try:
        # It has begun, and imported what it needs, with its first answer.
        for busy in (False, True):
            if busy:
                program = f"import os; os.sched_setaffinity(0, {core}); print(flush=True)"
                words = [sys.executable, "-c", f"{program}\nwhile True: pass"]
                processes.append(subprocess.Popen(words, stdout=subprocess.PIPE))
                processes[-1].stdout.readline()
            write_message(worker.stdin, header, codec.encode(make_look(1)))
            answer = json.loads(worker.stdout.readline())
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    assert answer["drawn"] == "raster" and answer["queued_s"] > answer["cpu_s"] > 0


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
def test_the_process_ends_if_its_parent_had_ended_before_it_began(tmp_path):
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
    wait_until(lambda: gone(pid) or is_zombie(pid))
