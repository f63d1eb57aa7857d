"""Alarms as text, and names as the stores of others take them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keras_v1_activity.alarms.alarm import Alarm


def name_of(alarm: Alarm) -> str:
    """The alarm by its name, and by its population if it has one.

    Example:
        >>> from keras_v1_activity.alarms import Alarm
        >>> name_of(Alarm("silent population", "red", "e4", 0.0, 0.1, 300, "No spike."))
        'silent population, e4'
    """
    return alarm.name if alarm.population is None else f"{alarm.name}, {alarm.population}"


def title_of(alarm: Alarm) -> str:
    """The alarm in a few words.

    Example:
        >>> from keras_v1_activity.alarms import Alarm
        >>> title_of(Alarm("silent population", "red", "e4", 0.0, 0.1, 300, "No spike."))
        'red alarm at step 300: silent population, e4'
    """
    return f"{alarm.level} alarm at step {alarm.step}: {name_of(alarm)}"


def text_of(alarm: Alarm) -> str:
    """The alarm in one line.

    Example:
        >>> from keras_v1_activity.alarms import Alarm
        >>> text_of(Alarm("silent population", "red", "e4", 0.0, 0.1, 300, "No spike."))
        'red alarm at step 300: silent population, e4. No spike.'
    """
    return f"{title_of(alarm)}. {alarm.text}"


def plain_names(values: Mapping[str, float]) -> dict[str, float]:
    """Values under plain names; names that become the same are numbered.

    Example:
        >>> plain_names({"rate_hz/a+b": 1.0, "rate_hz/a*b": 2.0})
        {'rate_hz/a_b': 1.0, 'rate_hz/a_b_2': 2.0}
    """
    plain: dict[str, float] = {}
    for name, value in values.items():
        wanted = unique = plain_name(name)
        number = 1
        while unique in plain:
            number += 1
            unique = f"{wanted}_{number}"
        plain[unique] = value
    return plain


def plain_name(name: str, allowed: str = r"A-Za-z0-9_\-./ ") -> str:
    """A name with an underscore for each character that a store does not take.

    Args:
        name: any text.
        allowed: characters that stay, as in a set of a regular expression.

    Example:
        >>> plain_name("rate_hz/e4 (left) \u03b1")
        'rate_hz/e4 _left_ _'
    """
    return re.sub(f"[^{allowed}]", "_", name)
