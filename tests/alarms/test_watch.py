"""An alarm fires once, is cleared by two good looks, and may fire again."""

import json
import pickle
from functools import partial

import numpy as np
import pytest
from alarm_rows import healthy_row, history_of, put

from keras_v1_activity import alarms
from keras_v1_activity.alarms import Alarm, Watch
from keras_v1_activity.history import History


def too_fast(history, *, limit=50.0):
    rate = history.value(-1, "rate")
    return Alarm("too fast", "amber", None, rate, limit, int(history.steps[-1]), "Look at it.") if (
        rate > limit
    ) else None  # fmt: skip


@alarms.needs("late")
def late_rule(history):
    value = history.value(-1, "late")
    step = int(history.steps[-1])
    return [Alarm("late", "red", "a", value, 0.0, step, "Look.")] if value > 0 else None


def seen(watch, rates, first=1):
    history, fired = History(), []
    for step, rate in enumerate(rates, first):
        history.merge(step, {"rate": rate})
        fired += watch.see(history, step)
    return fired


def spans(watch):
    return [(alarm.step, alarm.cleared_step) for alarm in watch.fired]


def test_it_fires_once_and_is_cleared_after_two_good_looks_running():
    watch = Watch([too_fast])
    fired = seen(watch, [1, 60, 60, 1, 60, 1, 1, 1, 60])
    assert spans(watch) == [(2, 7), (9, None)]
    # What fired is told when it fires, as it was then.
    assert [(alarm.step, alarm.stands) for alarm in fired] == [(2, True), (9, True)]
    assert [alarm.step for alarm in watch.standing] == [9]


def test_parameters_of_a_rule_are_set_with_partial():
    assert spans_of(partial(too_fast, limit=10.0), [11, 9, 9]) == [(1, 3)]


def spans_of(rule, rates):
    watch = Watch([rule])
    seen(watch, rates)
    return spans(watch)


def test_a_rule_judges_only_looks_that_have_what_it_needs():
    watch, history = Watch([late_rule]), History()
    for step in (1, 2, 3, 4):
        history.merge(step, {"rate": 1.0})
        assert watch.see(history, step) == []
    history.merge(1, {"late": 1.0})
    assert [alarm.step for alarm in watch.see(history, 1)] == [1]
    # Three more looks are known, but only one has numbers: that is one good look.
    history.merge(3, {"late": 0.0})
    watch.see(history, 3)
    assert watch.standing
    # It comes after a later one: it is not a second good look.
    history.merge(2, {"late": 0.0})
    watch.see(history, 2)
    assert watch.standing
    history.merge(4, {"late": 0.0})
    watch.see(history, 4)
    assert spans(watch) == [(1, 4)]


def test_the_same_look_told_again_is_not_a_second_good_look():
    watch, history = Watch([too_fast]), History()
    for rate in (60, 1):
        history.merge(rate, {"rate": rate}) if rate == 60 else history.merge(61, {"rate": rate})
        watch.see(history, 60 if rate == 60 else 61)
    for k in range(3):
        history.merge(61, {"more": k})
        watch.see(history, 61)
    assert watch.standing


@pytest.mark.parametrize("bad", [lambda history: 1 / 0, lambda history: ["an alarm?"]])
def test_a_rule_that_fails_is_said_once_and_left_out(bad):
    errors = []
    watch = Watch([bad, too_fast], on_error=lambda name, error: errors.append(name))
    seen(watch, [60, 60, 60])
    assert len(errors) == 1 and spans(watch) == [(1, None)]


def test_what_stood_in_an_earlier_part_does_not_fire_again_and_may_be_cleared():
    first = Watch([too_fast])
    seen(first, [60])
    content = json.loads(json.dumps(first.content()))
    second = Watch([too_fast])
    second.restore([*content, {"name": "damaged"}, 7])
    assert seen(second, [60, 1, 1], first=2) == []
    assert spans(second) == [(1, 4)]


def test_earlier_rows_of_a_resumed_run_are_the_first_looks():
    rng = np.random.default_rng(0)
    rows = [healthy_row(step, rng) for step in range(1, 34)]
    for row in rows[30:]:
        put(row, ("mean_rate_hz",), 40.0)
    history, watch, fired = history_of(rows[:30]), Watch(), []
    for row in rows[30:]:
        history.merge(row["step"], row)
        fired += watch.see(history, row["step"])
    assert [(alarm.name, alarm.step) for alarm in fired] == [("runaway", 33)]


def test_alarms_and_watches_are_values_that_can_be_copied():
    watch = Watch([too_fast])
    seen(watch, [60])
    assert pickle.loads(pickle.dumps(watch)).fired == watch.fired
    with pytest.raises(ValueError, match="level"):
        Alarm("a", "blue", None, 1.0, 0.0, 1, "Look.")
