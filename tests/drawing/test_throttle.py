"""How long drawing rests between looks."""

import os

import pytest
from drawings import figures_of
from looks import make_look, wait_until

from keras_v1_activity.drawing import look_drawing
from keras_v1_activity.drawing.settings import (
    NICENESS_VARIABLE,
    usual_niceness,
    wrong_settings,
)
from keras_v1_activity.drawing.throttle import LONGEST_REST_S, rest_s


@pytest.mark.parametrize("queued_s", [0.0, 0.1])
def test_drawing_does_not_rest_where_many_cores_are_free(queued_s):
    assert rest_s(cpu_s=0.4, queued_s=queued_s, n_cores=21) == 0.0
    assert rest_s(cpu_s=0.4, queued_s=queued_s, n_cores=1000) == 0.0


@pytest.mark.parametrize("queued_s", [0.0, 0.1])
@pytest.mark.parametrize("n_cores, share", [(2, 0.05), (3, 0.10), (11, 0.50)])
def test_of_few_free_cores_drawing_takes_a_twentieth_of_each_but_one(n_cores, share, queued_s):
    rest = rest_s(cpu_s=0.4, queued_s=queued_s, n_cores=n_cores)
    assert 0.4 / (0.4 + queued_s + rest) == pytest.approx(share)


@pytest.mark.parametrize("n_cores", [1, 2, 64])
@pytest.mark.parametrize("cpu_s, queued_s", [(0.4, 0.3), (0.4, 3.0), (0.1, 0.2)])
def test_if_cores_are_scarce_drawing_takes_a_hundredth_of_one(cpu_s, queued_s, n_cores):
    rest = rest_s(cpu_s, queued_s, n_cores)
    assert cpu_s / (cpu_s + queued_s + rest) == pytest.approx(0.01)


def test_with_one_core_there_is_none_beside_training():
    assert rest_s(cpu_s=0.4, queued_s=0.0, n_cores=1) == pytest.approx(0.4 / 0.01 - 0.4)


def test_no_rest_is_longer_than_a_minute_or_shorter_than_none():
    assert rest_s(cpu_s=60.0, queued_s=60.0, n_cores=8) == LONGEST_REST_S == 60.0
    assert rest_s(cpu_s=0.4, queued_s=100.0, n_cores=8) == 0.0


def test_drawing_has_the_lowest_priority_unless_the_environment_says_otherwise(monkeypatch):
    monkeypatch.delenv(NICENESS_VARIABLE, raising=False)
    assert usual_niceness() == 19
    monkeypatch.setenv(NICENESS_VARIABLE, "0")
    assert usual_niceness() == 0
    assert wrong_settings() == []


@pytest.mark.parametrize("text", ["-1", "20", "high", "1.5"])
def test_a_priority_that_is_none_is_said(text, monkeypatch):
    monkeypatch.setenv(NICENESS_VARIABLE, text)
    assert usual_niceness() == 19
    (sentence,) = wrong_settings()
    assert f"from 0 to 19, such as 10; got {text!r}" in sentence


@pytest.mark.skipif(not hasattr(os, "nice"), reason="needs priorities of processes")
@pytest.mark.parametrize("text, lowered", [("0", 0), ("7", 7)])
def test_the_drawing_process_has_that_priority(text, lowered, monkeypatch, drawing, tmp_path):
    monkeypatch.setenv(NICENESS_VARIABLE, text)
    process, _ = drawing()
    process.put(make_look(1), figures_of(tmp_path, 1))
    assert process.wait()
    here = os.getpriority(os.PRIO_PROCESS, 0)
    there = os.getpriority(os.PRIO_PROCESS, process.worker_pid)
    assert there == min(here + lowered, 19)


def test_with_the_usual_priority_drawing_does_not_rest(tmp_path, drawing, monkeypatch):
    monkeypatch.setenv(NICENESS_VARIABLE, "0")
    monkeypatch.setattr(look_drawing, "rest_s", lambda *cost: 3600.0)
    process, counters = drawing()
    for step in (1, 2, 3):
        process.put(make_look(step), figures_of(tmp_path, step))
    wait_until(lambda: counters.counts["figures_drawn"] == 3)
