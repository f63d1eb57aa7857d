"""Threads that are started ahead."""

import threading

import pytest
from looks import PATIENCE_S, wait_until

from keras_v1_activity.drawing.helpers import Helpers


@pytest.fixture
def no_more(monkeypatch):
    """From here on Python starts no thread."""

    def refuse(thread):
        raise RuntimeError("can't create new thread at interpreter shutdown")

    return lambda: monkeypatch.setattr(threading.Thread, "start", refuse)


def ran(helpers):
    done = threading.Event()
    helpers.run(done.set)
    return done.wait(PATIENCE_S)


def test_a_thread_that_waits_is_used_again_and_again(no_more):
    helpers = Helpers()
    helpers.start(1)
    no_more()
    for _ in range(3):
        # Done is not yet free: the next call waits until it is.
        wait_until(lambda: ran_or_none(helpers))
    helpers.end()


def ran_or_none(helpers):
    try:
        return ran(helpers)
    except RuntimeError:
        return False


def test_more_calls_than_threads_start_others_as_long_as_there_are_some(no_more):
    helpers, free = Helpers(), threading.Event()
    helpers.start(1)
    helpers.run(free.wait)
    assert ran(helpers)
    no_more()
    with pytest.raises(RuntimeError):
        helpers.run(free.wait)
    free.set()
    helpers.end()


def test_none_is_started_where_python_gives_none(no_more):
    no_more()
    helpers = Helpers()
    helpers.start(2)
    with pytest.raises(RuntimeError):
        helpers.run(print)


def test_those_that_wait_and_those_at_work_end():
    before, helpers, free = set(threading.enumerate()), Helpers(), threading.Event()
    helpers.start(2)
    helpers.run(free.wait)
    ours = set(threading.enumerate()) - before
    assert len(ours) == 2
    helpers.end()
    free.set()
    wait_until(lambda: not any(thread.is_alive() for thread in ours))
