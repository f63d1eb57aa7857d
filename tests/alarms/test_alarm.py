"""Alarms as values: what they hold, as JSON and back, as a table."""

import dataclasses
import json
import math

import pytest

from keras_v1_activity.alarms import Alarm, alarm_from
from keras_v1_activity.alarms.table import table

ALARM = Alarm("runaway", "red", "e4Rorb", 90.0, 43.5, 300, "Look at it.")


def test_an_alarm_does_not_change_and_is_equal_to_its_like():
    assert dataclasses.replace(ALARM) == ALARM and len({ALARM, dataclasses.replace(ALARM)}) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        ALARM.level = "amber"
    gone = ALARM.cleared(500)
    assert (gone.stands, gone.cleared_step, ALARM.stands) == (False, 500, True)


@pytest.mark.parametrize("level", ["yellow", "", None, "RED"])
def test_a_level_is_amber_or_red(level):
    with pytest.raises(ValueError, match='level must be "amber" or "red"'):
        dataclasses.replace(ALARM, level=level)


@pytest.mark.parametrize("alarm", [ALARM, ALARM.cleared(500), Alarm("x", "amber", None, None, None,
                                                                    0, "")])  # fmt: skip
def test_json_and_back(alarm):
    assert alarm_from(json.loads(json.dumps(alarm.as_dict(), allow_nan=False))) == alarm


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_json_has_null_for_what_is_not_finite(number):
    content = dataclasses.replace(ALARM, value=number, threshold=number).as_dict()
    assert content["value"] is None and content["threshold"] is None


@pytest.mark.parametrize(
    "change",
    [{"level": "blue"}, {"name": 3}, {"text": None}, {"step": "9"}, {"step": -1}, {"step": True},
     {"step": 1.5}, {"cleared_step": "x"}],
)  # fmt: skip
def test_what_is_damaged_is_no_alarm(change):
    assert alarm_from({**ALARM.as_dict(), **change}) is None
    assert alarm_from(None) is None is alarm_from([1])


def test_damage_to_what_is_not_needed_leaves_it_out():
    found = alarm_from({**ALARM.as_dict(), "population": 3, "value": "high", "threshold": [1]})
    assert (found.population, found.value, found.threshold) == (None, None, None)


def test_the_table_has_what_stands_first_and_red_before_amber():
    amber = Alarm("synchrony", "amber", None, 2.0, 1.0, 100, "Look at raster.png.")
    lines = table([amber, ALARM.cleared(1200), amber.cleared(400), ALARM])
    rows = [line.split() for line in lines[1:]]
    assert [(row[0], row[1], row[3], row[4]) for row in rows] == [
        ("red", "runaway", "300", "-"),
        ("amber", "synchrony", "100", "-"),
        ("red", "runaway", "300", "1,200"),
        ("amber", "synchrony", "100", "400"),
    ]
    assert lines[1].endswith("Look at it.") and rows[0][2] == "e4Rorb"


def test_a_long_table_says_how_many_more_there_are():
    lines = table([dataclasses.replace(ALARM, step=step) for step in range(1000)], most=2)
    assert len(lines) == 4 and lines[-1].strip() == "and 998 more in run.json"
