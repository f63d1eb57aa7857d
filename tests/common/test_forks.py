"""What a forked child does first, and that nothing is done about it before it is needed."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="fork")

IMPORTS = """
import os
from unittest import mock
with mock.patch("os.register_at_fork", wraps=os.register_at_fork) as register:
    import keras_v1_activity.storage, keras_v1_activity.recording.recorder, keras_v1_activity.cli
    def ours():
        called = [call.kwargs.get("after_in_child") for call in register.call_args_list]
        return sum(getattr(each, "__module__", "").startswith("keras_v1") for each in called)
    print(ours())
    from keras_v1_activity.recording.job_thread import JobThread
    for _ in range(3):
        JobThread()
    print(ours())
"""


def test_python_is_told_at_the_first_use_and_once():
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["0", "1"]


FORK = """
import gc, os, weakref
from keras_v1_activity.common.forks import begin_again_when_forked
class Kept:
    def __del__(self):
        print("freed", flush=True)
class Owner:
    began = 0
    def begin_again(self):
        self.began += 1
        kept, self.kept = self.kept, None
        return kept
owner, other = Owner(), Owner()
owner.kept = Kept()
other.kept = None
begin_again_when_forked(owner)
begin_again_when_forked(other)
del other
if not os.fork():
    gc.collect()
    print("child", owner.began, flush=True)
    os._exit(0)
os.wait()
print("parent", owner.began, flush=True)
os._exit(0)
"""


HELD = """
import os, signal, threading
from keras_v1_activity.common.locks import Lock
lock, held, go_on = Lock(), threading.Event(), threading.Event()
def hold():
    with lock:
        held.set()
        go_on.wait()
thread = threading.Thread(target=hold)
thread.start()
held.wait()
if not os.fork():
    signal.alarm(20)
    with lock:
        os._exit(7)
code = os.waitstatus_to_exitcode(os.wait()[1])
go_on.set()
thread.join()
print(code)
"""


def test_a_lock_that_another_thread_holds_hangs_no_child():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", HELD], capture_output=True, text=True, timeout=60,
        check=True,
    )  # fmt: skip
    assert done.stdout == "7\n"


def test_a_child_begins_again_and_frees_nothing_of_its_parents():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORK], capture_output=True, text=True, timeout=60,
        check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["child 1", "parent 0"] and not done.stderr
