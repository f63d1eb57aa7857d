"""What is kept of each look so that a file can be mailed."""

import numpy as np
import pytest

from keras_v1_activity.alarms import Alarm
from keras_v1_activity.history import History
from keras_v1_activity.report.levels import FULL, LEVELS, Plan, Spending, make_plan
from keras_v1_activity.report.pinned_steps import wanted_steps


def size(full, finest):
    """Bytes of a look by level; each level takes two thirds of the one before."""
    return lambda level: full if level is FULL else finest * (2 / 3) ** LEVELS.index(level)


def bytes_of(plan, n_looks, size):
    levels = [plan.level_of(place) for place in range(n_looks)]
    return sum(size(level) for level in levels if level is not None)


@pytest.mark.parametrize("n_looks", [1, 2, 3, 100, 3000])
@pytest.mark.parametrize(("full", "finest"), [(500, 400), (360_000, 90_000), (5e6, 1e5)])
def test_a_plan_keeps_to_the_limit(n_looks, full, finest):
    wanted = [n_looks - 1, 0, n_looks // 2, n_looks // 3]
    plan = make_plan(n_looks, wanted, size(full, finest), 8e6)
    assert bytes_of(plan, n_looks, size(full, finest)) <= 8e6
    assert plan.pinned <= set(range(n_looks))


def test_small_runs_are_kept_whole():
    plan = make_plan(100, [], size(20_000, 15_000), 8e6)
    assert all(plan.level_of(place) is FULL for place in range(100))


def test_the_most_important_looks_are_pinned_first():
    assert make_plan(100, [99, 0, 50], size(1.5e6, 2e4), 8e6).pinned == {99, 0}
    assert make_plan(100, [99, 0, 50, 99], size(3e5, 2e4), 8e6).pinned == {99, 0, 50}


def test_looks_that_grow_are_kept_less_finely():
    places = range(100)
    plan = make_plan(100, [0, 99], size(1e5, 5e4), 2e6)
    spending = Spending(plan, places, 2e6)
    taken = 0.0
    for place in places:
        # Each look is up to three times as long as those that were measured.
        grown = size(1e5, 5e4)(spending.level_of(place)) * (1 + 2 * place / 100)
        spending.note(place, int(grown))
        taken += grown
    assert 1.4e6 < taken < 2.2e6


def test_looks_as_planned_stay_as_they_are():
    plan = make_plan(100, [0, 1, 2, 99], size(1e5, 5e4), 2e6)
    spending = Spending(plan, range(100), 2e6)
    for place in range(100):
        assert spending.level_of(place) == plan.level_of(place)
        spending.note(place, int(size(1e5, 5e4)(plan.level_of(place))))


def test_without_a_limit_nothing_gets_less():
    spending = Spending(Plan(frozenset({0}), LEVELS[0], 1), [0, 1], None)
    spending.note(1, 10**9)
    assert spending.level_of(1) == LEVELS[0]


def test_which_looks_are_wanted():
    losses = [3.0, 9.0, np.nan, 1.0, 2.0]
    history = History({"step": 10 * i, "scalars": {"loss": x}} for i, x in enumerate(losses))
    alarms = [
        Alarm("drift of rates", "amber", None, 1, 1, 20, ""),
        Alarm("not finite", "red", None, None, None, 30, ""),
        Alarm("elsewhere", "red", None, None, None, 35, ""),
    ]
    # Last, first, red, amber, best, worst.
    assert wanted_steps(history, alarms) == [40, 0, 30, 20, 10]
    assert wanted_steps(History(), alarms) == []
