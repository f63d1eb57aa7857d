"""A process that hangs is told from one that waits for a core."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from keras_v1_activity.drawing.patience import Patience

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/schedstat").exists(), reason="only Linux tells"
)


def start(program, niceness=0):
    """A program that runs already. All have the same single core."""
    core = min(os.sched_getaffinity(0))
    begin = f"import os, time; os.sched_setaffinity(0, {{{core}}}); os.nice({niceness})"
    child = subprocess.Popen(
        [sys.executable, "-c", f"{begin}; print('on', flush=True)\n{program}"],
        stdout=subprocess.PIPE,
    )
    child.stdout.readline()
    return child


def waits(program, niceness=0):
    """How often a sign of a program is waited for that comes only when it is asked for again."""
    child = start(program, niceness)
    asked = []

    def sign(timeout_s):
        asked.append(timeout_s)
        if len(asked) == 1:
            time.sleep(timeout_s)
        return len(asked) > 1

    assert Patience(child.pid, timeout_s=1.5).wait(sign) == (len(asked) > 1)
    child.kill()
    child.communicate()
    return len(asked)


def test_a_program_that_sleeps_hangs():
    assert waits("time.sleep(600)") == 1


def test_a_program_that_gets_no_core_is_waited_for_again():
    busy = start("while True: pass")
    try:
        assert waits("while True: pass", niceness=19) == 2
    finally:
        busy.kill()
        busy.communicate()


def test_a_sign_ends_the_waiting():
    asked = []
    assert Patience(os.getpid(), timeout_s=5.0).wait(lambda s: asked.append(s) or True)
    assert asked == [5.0]
