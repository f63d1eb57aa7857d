"""Histories made of numbers, for the tests of alarms."""

from keras_v1_activity.history import History


def rows_of(path, numbers, **common):
    """Rows of looks, every tenth step, that hold each of `numbers` under `path`."""
    rows = []
    for place, number in enumerate(numbers):
        entry = number
        for name in reversed(path):
            entry = {name: entry}
        rows.append({"step": 10 * (place + 1), **common, **entry})
    return rows


def made(path, numbers, **common):
    return History(rows_of(path, numbers, **common))


def found(rule, history):
    """What a rule finds, as a list."""
    alarms = rule(history)
    return [] if alarms is None else [alarms] if hasattr(alarms, "name") else list(alarms)


def brief(rule, history):
    """(level, population) of each alarm."""
    return [(alarm.level, alarm.population) for alarm in found(rule, history)]
