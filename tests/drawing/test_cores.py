"""What a process got of the cores: on Linux, and where there is no /proc."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from keras_v1_activity.drawing.cores import CoreUse, FreeCores, queued_s
from keras_v1_activity.drawing.link import creation_flags
from keras_v1_activity.drawing.patience import Patience
from keras_v1_activity.drawing.throttle import rest_s

SLEPT_S = 0.2


@pytest.fixture
def no_psutil(monkeypatch):
    monkeypatch.setitem(sys.modules, "psutil", None)


@pytest.fixture
def load(monkeypatch):
    """Says what the load of the machine is, in cores that are in use."""
    return lambda cores: monkeypatch.setattr(os, "getloadavg", lambda: (cores, 0.0, 0.0))


def use_while_asleep(proc):
    """What a process that rarely gets a core uses; it is asleep in place of waiting for one."""
    use = CoreUse(proc)
    time.sleep(SLEPT_S)
    return use.since()


def test_linux_tells_how_long_a_core_was_waited_for(tmp_path):
    for name in ("self", "77"):
        (tmp_path / name).mkdir()
    (tmp_path / "77" / "schedstat").write_text("5 3000000000 1\n")
    (tmp_path / "self" / "schedstat").write_text("5 1000000000 1\n")
    assert (queued_s(77, tmp_path), queued_s(proc=tmp_path)) == (3.0, 1.0)
    use = CoreUse(tmp_path)
    (tmp_path / "self" / "schedstat").write_text("5 3500000000 1\n")
    assert use.since()["queued_s"] == 2.5 and use.since()["queued_s"] == 0.0


@pytest.mark.parametrize("content", ["", "5", "not a number at all"])
def test_a_file_that_says_nothing_is_as_none(content, tmp_path):
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "schedstat").write_text(content)
    assert queued_s(proc=tmp_path) is None and queued_s(proc=tmp_path / "absent") is None


def test_without_proc_drawing_rests_if_it_did_not_compute_and_no_core_was_free(
    tmp_path, no_psutil, load
):
    load(os.cpu_count() + 1)
    use = use_while_asleep(tmp_path)
    assert use["queued_s"] >= SLEPT_S / 2 and rest_s(SLEPT_S / 4, use["queued_s"], 32) > 0


def test_without_proc_drawing_does_not_rest_if_a_core_was_free(tmp_path, no_psutil, load):
    load(os.cpu_count() - 1)
    use = use_while_asleep(tmp_path)
    assert use["queued_s"] == 0.0 and rest_s(**use, n_cores=32) == 0.0


def test_where_nobody_tells_the_clock_decides(tmp_path, no_psutil, monkeypatch):
    monkeypatch.delattr(os, "getloadavg")
    assert FreeCores().any() is None
    assert use_while_asleep(tmp_path)["queued_s"] >= SLEPT_S / 2


def test_psutil_tells_whether_cores_are_free(monkeypatch):
    psutil = pytest.importorskip("psutil")
    cores = FreeCores()
    # What the whole machine did meanwhile is not known here: only that it is told.
    before = psutil.cpu_times()
    while sum(psutil.cpu_times()) <= sum(before):
        time.sleep(0.01)
    monkeypatch.delattr(os, "getloadavg")
    assert cores.any() in (True, False)


@pytest.mark.parametrize(("in_use", "times"), [(-1, 1), (1, 10)])
def test_without_proc_a_silent_process_is_waited_for_if_no_core_is_free(
    in_use, times, tmp_path, no_psutil, load
):
    load(os.cpu_count() + in_use)
    asked = []
    assert not Patience(os.getpid(), 0.0, tmp_path).wait(asked.append)
    assert len(asked) == times


def test_windows_is_told_to_show_no_window_and_to_draw_at_a_lower_priority(monkeypatch):
    flags = {
        "CREATE_NO_WINDOW": 0x08000000,
        "BELOW_NORMAL_PRIORITY_CLASS": 0x4000,
        "IDLE_PRIORITY_CLASS": 0x40,
    }
    for name, value in flags.items():
        monkeypatch.setattr(subprocess, name, value, raising=False)
    assert [creation_flags(n) for n in (0, 9, 19)] == [0x08000000, 0x08004000, 0x08000040]


@pytest.mark.skipif(hasattr(subprocess, "CREATE_NO_WINDOW"), reason="this is Windows")
def test_other_systems_are_told_nothing():
    assert creation_flags(19) == 0


# What Python lacks on Windows, as far as Python itself can do without it here.
LIKE_WINDOWS = """
import os, signal, sys

for name in ("nice", "getloadavg", "fork", "register_at_fork", "getpriority",
             "O_NONBLOCK", "O_NOFOLLOW", "getuid", "geteuid", "sched_getaffinity"):
    delattr(os, name)
for name in ("SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGSTOP", "SIGCHLD", "SIGPIPE"):
    delattr(signal, name)
for name in ("fcntl", "resource", "pwd", "grp", "psutil"):
    sys.modules[name] = None
"""

PROGRAM = """
import numpy as np
from keras_v1_activity import NetworkActivityLogger, load_activity

for k in range(2):
    with NetworkActivityLogger("run", 1, figures=["raster"]) as logger:
        logger.log_step(spikes=np.eye(20))
with load_activity("run") as run:
    print(run.steps, run[1].n_spikes)
"""


def test_logger_and_drawing_need_nothing_that_windows_lacks(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(LIKE_WINDOWS)
    path = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, env={**os.environ, "PYTHONPATH": path},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.split() == ["[1]", "20"], done.stderr
    assert (tmp_path / "run" / "raster_step_1.png").stat().st_size > 3000
    assert (tmp_path / "run" / "earlier_001" / "raster_step_1.png").exists()
