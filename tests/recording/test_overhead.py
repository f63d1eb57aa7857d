"""What looks may cost: decided from given durations, and in a real fit."""

import json
import re

import keras
import pytest
from spiking_models import make_data, make_model

from keras_v1_activity import NetworkActivityLogger, V1ActivityCallback, load_activity
from keras_v1_activity.recording.overhead import CostMeter, OverheadBudget


def trained(budget, n_steps, *, step_s=1.0, hooks_s=0.0, longer_s=0.0):
    """Runs the steps of a training with these durations; the steps that were logged."""
    logged = []
    for step in range(1, n_steps + 1):
        if budget.is_due(step):
            logged.append(step)
            budget.add_look(hooks_s, step_s + longer_s)
        else:
            budget.add_step(step_s)
    return logged


def test_without_a_limit_any_cost_is_allowed():
    budget = OverheadBudget(10)
    assert trained(budget, 100, hooks_s=1e6) == list(range(10, 101, 10))


def test_looks_that_are_cheap_enough_stay_as_planned():
    budget = OverheadBudget(10, max_overhead=0.02)
    assert trained(budget, 1000, hooks_s=0.19) == list(range(10, 1001, 10))
    assert budget.overhead == pytest.approx(0.019)


@pytest.mark.parametrize("cost", [{"hooks_s": 0.5}, {"longer_s": 0.5}])
def test_looks_that_cost_too_much_are_taken_less_often(cost):
    budget = OverheadBudget(10, max_overhead=0.02)
    # 0.5 s in 10 s is 5 percent; in 40 s, 1.25.
    assert trained(budget, 200, **cost) == [10, 20, 30, 40, 80, 120, 160, 200]
    assert budget.interval == 40


def test_the_share_after_stretching_is_below_the_limit():
    for hooks_s in (0.001, 0.3, 7.0, 1000.0):
        budget = OverheadBudget(3, max_overhead=0.05)
        trained(budget, 100, hooks_s=hooks_s)
        assert hooks_s / budget.interval <= 0.05
        if budget.interval > 3:
            assert hooks_s / (budget.interval / 2) > 0.05


def test_the_interval_never_shrinks_and_later_steps_were_planned():
    budget = OverheadBudget(5, max_overhead=0.1)
    early = trained(budget, 100, hooks_s=2.0)
    interval = budget.interval
    late = trained(budget, 1000, hooks_s=0.0)
    assert budget.interval == interval == 20
    assert not {step for step in (*early, *late) if step % 5}


def test_one_hiccup_decides_nothing():
    budget = OverheadBudget(10, max_overhead=0.02)
    for step in range(1, 200):
        if budget.is_due(step):
            budget.add_look(60.0 if step == 20 else 0.01, 1.0)
        else:
            budget.add_step(30.0 if step == 13 else 1.0)
    assert budget.interval == 10


def test_if_every_step_is_logged_their_own_time_is_taken():
    budget = OverheadBudget(1, max_overhead=0.1)
    assert trained(budget, 16, hooks_s=0.5) == [1, 2, 3, 8, 16]


def test_several_steps_in_one_call_are_counted_each():
    budget = OverheadBudget(100, max_overhead=0.1)
    for _ in range(4):
        budget.add_step(20.0, n_steps=20)
    for _ in range(3):
        budget.add_look(0.0, 35.0, n_steps=20)
    # 15 s longer than 20 steps of 1 s, in 100 s.
    assert budget.overhead == pytest.approx(0.15) and budget.interval == 200


class Clock:
    def __init__(self):
        self.now = 50.0

    def __call__(self):
        return self.now

    def spend(self, seconds):
        self.now += seconds


def test_the_meter_tells_hooks_from_steps():
    clock, measured = Clock(), []

    class Budget:
        def add_look(self, *args):
            measured.append(("look", *args))
            return True

        def add_step(self, *args):
            measured.append(("step", *args))

    meter = CostMeter(Budget(), clock)
    results = []
    for looked, counts, in_step in ((True, False, 100.0), (False, True, 2.0), (True, True, 3.0)):
        clock.spend(7.0)  # loading data is neither
        meter.begin_hook()
        clock.spend(0.25)
        meter.end_hook()
        clock.spend(in_step)
        meter.begin_hook()
        clock.spend(0.5 if looked else 0.0)
        meter.end_hook()
        results.append(meter.note(1, looked=looked, counts=counts))
    assert measured == [("step", 2.0, 1), ("look", 0.75, 3.0, 1)]
    assert results == [False, False, True]


# In a real fit: whatever a look costs, it is above nothing, and below a thousand trainings.


def fit(folder, max_overhead, caplog, **how):
    x, y = make_data(24)
    callback = V1ActivityCallback(folder, 2, figures=(), max_overhead=max_overhead, **how)
    make_model(keras).fit(x, y, batch_size=1, verbose=0, callbacks=[callback])
    content = json.loads((folder / "run.json").read_text())
    with load_activity(folder) as run:
        assert run.steps.tolist() == content["steps"]
    return content, caplog.text


@pytest.mark.parametrize("how", [{}, {"probe_data": make_data(1)[0]}])
def test_a_fit_over_budget_logs_less_often_and_says_so_once(tmp_path, caplog, how):
    content, said = fit(tmp_path, 1e-7, caplog, **how)
    assert content["steps"] == [2, 4, 6]
    planned, (begins, interval) = content["intervals"]
    assert planned == [1, 2] and begins == 7 and interval > 24
    assert len(re.findall("more than max_overhead=1e-07: from step 7 on", said)) == 1
    assert content["settings"]["max_overhead"] == 1e-7


def test_a_fit_within_budget_logs_as_planned(tmp_path, caplog):
    content, said = fit(tmp_path, 1000, caplog)
    assert content["steps"] == list(range(2, 25, 2)) and content["intervals"] == [[1, 2]]
    assert said == ""


def test_a_custom_loop_over_budget_logs_less_often(tmp_path, caplog):
    x, _ = make_data(1)
    with NetworkActivityLogger(
        tmp_path, 2, figures=(), background=False, max_overhead=1e-7
    ) as logger:
        logged = [step for step in range(1, 25) if logger.log_step(spikes=x)]
    assert logged == [2, 4, 6]
    content = json.loads((tmp_path / "run.json").read_text())
    assert content["steps"] == logged and content["intervals"][0] == [1, 2]
    assert caplog.text.count("max_overhead") == 1


@pytest.mark.parametrize("wrong", [0, -0.1, "2%", True, float("nan")])
def test_a_limit_that_is_none_is_refused(tmp_path, wrong):
    with pytest.raises(ValueError, match="max_overhead must be a number above 0, e.g. 0.02; got"):
        V1ActivityCallback(tmp_path, max_overhead=wrong)
