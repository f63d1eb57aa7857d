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


def waits(program, niceness=0):
    """How often a sign of a program is waited for that comes only when it is asked for again."""
    program = f"import os, time; os.nice({niceness}); print('on', flush=True)\n{program}"
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    child.stdout.readline()
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
    busy = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in os.sched_getaffinity(0)
    ]
    try:
        assert waits("while True: pass", niceness=19) == 2
    finally:
        for process in busy:
            process.kill()
            process.communicate()


def test_a_sign_ends_the_waiting():
    asked = []
    assert Patience(os.getpid(), timeout_s=5.0).wait(lambda s: asked.append(s) or True)
    assert asked == [5.0]
