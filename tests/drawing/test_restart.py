"""A drawing process that dies, hangs or cannot start: replaced once, then no more."""

import os
import signal
import sys

import pytest
from drawings import figures_of, gone, is_zombie
from looks import make_look, wait_until

from keras_v1_activity.drawing.figure_file import DELAY_VARIABLE


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_killed_process_is_replaced_once(tmp_path, drawing):
    process, counters = drawing()
    for step in (1, 2, 3):
        process.put(make_look(step), figures_of(tmp_path, step))
        if step < 3:
            wait_until(lambda step=step: counters.counts["figures_drawn"] >= step)
            pid = process.worker_pid
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda pid=pid: gone(pid) or is_zombie(pid))
            # The loss is noticed at the next look, which is the look that is lost.
            process.put(make_look(10 + step), figures_of(tmp_path, 10 + step))
            wait_until(lambda: process.figures_left == 0)
            assert gone(pid)
    assert set(counters.causes) == {"drawing_process", "drawing_stopped"}
    assert "-9" in counters.causes["drawing_process"]
    assert counters.counts["drawing_process_failed"] == 1
    drawn, dropped = counters.counts["figures_drawn"], counters.counts["figures_dropped"]
    assert drawn + dropped == 5 and dropped == 3
    assert not (tmp_path / "step_000003").exists()


def test_a_process_that_hangs_is_given_up(tmp_path, drawing, monkeypatch):
    monkeypatch.setenv(DELAY_VARIABLE, "3600")
    process, counters = drawing(timeout_s=1)
    for step in (1, 2, 3):
        process.put(make_look(step), figures_of(tmp_path, step))
    wait_until(lambda: process.figures_left == 0)
    assert "no figure within 1 s" in counters.causes["drawing_process"]
    assert counters.counts["figures_dropped"] == 3 and process.worker_pid is None


def test_what_cannot_start_is_given_up(tmp_path, drawing, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no_python"))
    process, counters = drawing()
    for step in (1, 2, 3):
        process.put(make_look(step), figures_of(tmp_path, step))
    wait_until(lambda: process.figures_left == 0)
    assert counters.counts["figures_dropped"] == 3 and "FileNotFoundError" in str(counters.causes)
