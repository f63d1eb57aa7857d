"""Calls in other processes: how they end."""

import multiprocessing
import os
import time
from concurrent.futures import CancelledError

import pytest

from keras_v1_activity.v1.nest.processes import Call, Processes


def test_an_exception_ends_the_processes_at_once_and_begins_no_other_call():
    """The calls would take an hour: that the next line is reached shows that none is waited for."""
    with pytest.raises(KeyboardInterrupt), Processes(2) as processes:
        results = processes.run([Call("a long sleep", time.sleep, (3600,)) for _ in range(5)])
        time.sleep(0.5)
        raise KeyboardInterrupt
    assert not multiprocessing.active_children()
    with pytest.raises((RuntimeError, CancelledError)):
        list(results)


def test_calls_go_on_after_one_whose_process_died():
    with Processes(1) as processes:
        died = processes.run([Call("the end", os._exit, (3,))])
        after = processes.run([Call("a sum", sum, ([1, 2],))])
        with pytest.raises(RuntimeError, match="the end ended with exit code 3"):
            list(died)
        assert list(after) == [3]
