"""Waiting for figures: Ctrl-C, and the end of training with figures left."""

import os
import signal

import pytest
from drawings import figures_of, gone
from looks import PATIENCE_S, make_look, wait_until

from keras_v1_activity.drawing.figure_file import DELAY_VARIABLE


def test_ctrl_c_while_waiting_skips_what_is_left(tmp_path, drawing, monkeypatch, caplog):
    monkeypatch.setenv(DELAY_VARIABLE, "3600")
    process, counters = drawing()
    for step in (1, 2):
        process.put(make_look(step), figures_of(tmp_path, step))
    wait_until(lambda: process.worker_pid and len(process.waiting_steps) == 1)
    pid = process.worker_pid
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    process.close()
    signal.signal(signal.SIGALRM, before)
    assert gone(pid) and counters.counts["figures_dropped"] == 2 and not counters.causes
    assert "the remaining figures are skipped" in caplog.text


def test_a_rest_that_is_soon_done_is_waited_for(tmp_path, drawing):
    process, counters = drawing()
    for step in (1, 2):
        process.put(make_look(step), figures_of(tmp_path, step))
    assert process.close(grace_s=PATIENCE_S) == 0
    assert counters.counts["figures_drawn"] == 2 and process.worker_pid is None


def test_a_rest_that_takes_long_is_drawn_later_and_then_reported(tmp_path, drawing):
    process, counters = drawing()
    told = []
    for step in (1, 2):
        process.put(make_look(step), figures_of(tmp_path, step))
    assert process.close(grace_s=0, then=lambda: told.append(counters.counts)) == 2
    assert told == [] and process.wait()
    assert [counts["figures_drawn"] for counts in told] == [2]
    wait_until(lambda: process.worker_pid is None)


def test_one_figure_in_work_shows_how_long_the_others_take(tmp_path, drawing, monkeypatch):
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
def test_a_rest_that_is_lost_is_reported_too(tmp_path, drawing, monkeypatch):
    monkeypatch.setenv(DELAY_VARIABLE, "3600")
    process, counters = drawing()
    told = []
    process.put(make_look(1), figures_of(tmp_path, 1))
    wait_until(lambda: process.worker_pid)
    assert process.close(grace_s=0, then=lambda: told.append(counters.counts)) == 1
    os.kill(process.worker_pid, signal.SIGKILL)
    assert process.wait()
    assert [counts["figures_dropped"] for counts in told] == [1]
