"""The thread that stores beside the training: in order, nothing left out, nothing piled up."""

import os
import subprocess
import sys
import threading

import pytest

from keras_v1_activity.recording.job_thread import WAITING_JOBS, JobThread


@pytest.mark.parametrize("background", [True, False])
def test_jobs_are_done_in_order_and_flush_waits_for_all(background):
    jobs, done = JobThread(background=background), []
    for i in range(50):
        jobs.put(lambda i=i: done.append((i, threading.current_thread())))
    jobs.flush()
    jobs.flush()
    assert [i for i, _ in done] == list(range(50))
    aside = {thread is not threading.current_thread() for _, thread in done}
    assert aside == {background}


def test_put_waits_if_the_jobs_fall_behind():
    jobs, go_on, done = JobThread(), threading.Semaphore(0), []
    put = []

    def feed():
        for i in range(WAITING_JOBS + 3):
            jobs.put(lambda i=i: (go_on.acquire(), done.append(i)))
            put.append(i)

    feeding = threading.Thread(target=feed)
    feeding.start()
    # One is in work and WAITING_JOBS wait: the next put comes back only when one is done.
    feeding.join(0.5)
    assert feeding.is_alive() and len(put) == WAITING_JOBS + 1 and done == []
    go_on.release()
    while len(put) < WAITING_JOBS + 2:
        assert feeding.is_alive()
    go_on.release(WAITING_JOBS + 3)
    feeding.join()
    jobs.flush()
    assert done == list(range(WAITING_JOBS + 3))


def test_no_thread_is_left_when_all_is_done():
    jobs, threads = JobThread(), threading.active_count()
    jobs.put(lambda: None)
    jobs.flush()
    jobs.put(lambda: None)
    jobs.flush()
    assert threading.active_count() == threads


SCRIPT = """
import time
from keras_v1_activity.recording.job_thread import JobThread
jobs = JobThread()
for i in range(3):
    jobs.put(lambda i=i: (time.sleep(0.2), print(i, flush=True)))
{end}
"""


@pytest.mark.parametrize("end", ["", "raise SystemExit(0)", "1 / 0"])
def test_the_interpreter_waits_for_the_last_job(end):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(end=end)], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == ["0", "1", "2"]


@pytest.mark.parametrize("background", [True, False])
@pytest.mark.parametrize("error", [RecursionError, MemoryError, SystemExit])
def test_a_job_that_raises_stops_nothing(background, error):
    if error is SystemExit and not background:
        pytest.skip("in the thread of the training, exit is its own business")
    done, failed = [], []
    jobs = JobThread(background=background, on_error=failed.append)

    def fails():
        raise error("no more")

    for i in range(3 * WAITING_JOBS):
        jobs.put(fails)
        jobs.put(lambda i=i: done.append(i))
    jobs.flush()
    assert done == list(range(3 * WAITING_JOBS))
    assert [type(each) for each in failed] == [error] * len(done)


def test_an_error_that_cannot_be_counted_stops_nothing():
    jobs, done = JobThread(on_error=lambda error: 1 / 0), []
    jobs.put(lambda: [].pop())
    jobs.put(lambda: done.append(1))
    jobs.flush()
    assert done == [1]


@pytest.mark.parametrize("error", [RuntimeError, MemoryError])
def test_without_a_thread_the_work_is_done_in_place(monkeypatch, error):
    def start(thread):
        raise error("can't start new thread")

    jobs, done = JobThread(), []
    monkeypatch.setattr(threading.Thread, "start", start)
    for i in range(2 * WAITING_JOBS):
        jobs.put(lambda i=i: done.append(i))
    jobs.flush()
    assert done == list(range(2 * WAITING_JOBS))


FORK = """
import os, threading
from keras_v1_activity.recording.job_thread import JobThread
jobs, go_on = JobThread(), threading.Event()
jobs.put(go_on.wait)
jobs.put(lambda: print("of the parent", flush=True))
child = os.fork()
if not child:
    jobs.flush()
    jobs.put(lambda: print("of the child", flush=True))
    jobs.flush()
    os._exit(0)
os.waitpid(child, 0)
go_on.set()
jobs.flush()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system forks no processes")
def test_a_forked_child_neither_waits_for_its_parent_nor_does_its_work():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORK], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.splitlines() == ["of the child", "of the parent"], done.stderr
