"""One alarm in place of many: a state of the whole network is not said for each population."""

from __future__ import annotations

from dataclasses import replace

from keras_v1_activity.alarms.alarm import RED, Alarm

MOST_NAMED: int = 3
"""Of more populations in one state, a rule makes one alarm without a population."""


def gathered(found: list[Alarm]) -> list[Alarm]:
    """Alarms of one rule, as one if they are of more than three populations.

    An alarm of the whole network, if there is one, then stands for all; else the first does, at the
    highest level among them, and its text says how many there are. Alarms of these populations
    that stand are not cleared by it: see `Alarm.populations`.

    Example:
        >>> each = [Alarm("silent population", "amber", name, 0.0, 0.1, 7, f"{name} fires nothing.")
        ...         for name in ("e23", "e4", "e5", "e6")]
        >>> gathered(each)[0].text
        'In 4 populations (e23, e4, e5 and others): e23 fires nothing.'
        >>> gathered(each[:2]) == each[:2]
        True
    """
    named = [alarm for alarm in found if alarm.population is not None]
    if len(named) <= MOST_NAMED:
        return found
    every = tuple(str(alarm.population) for alarm in named)
    whole = [alarm for alarm in found if alarm.population is None]
    if whole:
        return [replace(alarm, populations=every) for alarm in whole]
    level = RED if any(alarm.level == RED for alarm in named) else named[0].level
    text = f"In {len(named)} populations ({first_of(every)}): {named[0].text}"
    return [replace(named[0], population=None, level=level, text=text, populations=every)]


def first_of(names: tuple[str, ...]) -> str:
    """The first three of names, and whether there are others.

    Example:
        >>> first_of(("a", "b", "c", "d")), first_of(("a", "b"))
        ('a, b, c and others', 'a, b')
    """
    others = " and others" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + others
