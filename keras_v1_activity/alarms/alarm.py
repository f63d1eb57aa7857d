"""Alarm: something that is wrong with a network, and what a rule is that finds it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, Literal, TypeAlias, TypeVar, cast

from keras_v1_activity.common.checks import shown
from keras_v1_activity.history import History

AMBER: Final = "amber"
"""Level of an alarm that a person should look at when there is time."""
RED: Final = "red"
"""Level of an alarm after which further training is likely to be wasted."""
Level: TypeAlias = Literal["amber", "red"]
Path: TypeAlias = tuple[str, ...]

_LEVELS: Final = (AMBER, RED)


@dataclass(frozen=True)
class Alarm:
    """What a rule found.

    Attributes:
        name: of the rule, e.g. "silent population".
        level: "amber" or "red".
        population: whom it concerns; None for the whole network or the training.
        value: the number that was judged; None if there is none, or it is not finite.
        threshold: what it is judged against, of the same unit; None if there is none.
        step: training step of the look at which it was found.
        text: one sentence: what is wrong, and what to look at.
        cleared_step: step of the look at which it was gone; None while it stands.
        populations: for which it stands, if it is one alarm in place of many; not stored.

    Raises:
        ValueError: the level is none of the two.

    Example:
        >>> alarm = Alarm("too loud", "amber", None, 41.0, 40.0, 300, "Look at the rates.")
        >>> alarm.stands, alarm.value
        (True, 41.0)
    """

    name: str
    level: Level
    population: str | None
    value: float | None
    threshold: float | None
    step: int
    text: str
    cleared_step: int | None = None
    populations: tuple[str, ...] = field(default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.level not in _LEVELS:
            raise ValueError(f'level must be "amber" or "red"; got {shown(self.level)}.')

    @property
    def stands(self) -> bool:
        """Whether it has not been cleared."""
        return self.cleared_step is None

    def cleared(self, step: int) -> Alarm:
        """The same alarm, gone at the look of `step`."""
        return replace(self, cleared_step=step)

    def as_dict(self) -> dict[str, Any]:
        """Its attributes by name, as strict JSON can hold them.

        Example:
            >>> alarm = Alarm("a", "red", None, float("inf"), 3, 7, "Look at it.")
            >>> alarm.as_dict()["value"] is None, alarm_from(alarm.as_dict()).step
            (True, 7)
        """
        return {
            "name": self.name,
            "level": self.level,
            "population": self.population,
            "value": _finite(self.value),
            "threshold": _finite(self.threshold),
            "step": int(self.step),
            "text": self.text,
            "cleared_step": None if self.cleared_step is None else int(self.cleared_step),
        }


Found: TypeAlias = Alarm | Iterable[Alarm] | None
Rule: TypeAlias = Callable[[History], Found]
"""A function from the numbers of a run, up to its last look, to what is wrong in that look."""
R = TypeVar("R", bound=Callable[..., Found])


def needs(*path: str) -> Callable[[R], R]:
    """Marks a rule as one that judges only looks which have an entry under `path`.

    Some numbers are computed beside the training, and come later than the look. A rule that is not
    marked is asked whenever anything is known, and finds a look without these numbers good.

    Args:
        *path: names of entries of a row of `History`, from the outermost to the innermost.

    Example:
        >>> @needs("statistics", "branching_ratio")
        ... def near_critical(history):
        ...     ratio = history.value(-1, "statistics", "branching_ratio")
        ...     if ratio > 0.98:
        ...         return Alarm("near critical", "amber", None, ratio, 0.98,
        ...                      int(history.steps[-1]), "Activity nearly sustains itself.")
        >>> needs_of(near_critical)
        ('statistics', 'branching_ratio')
    """

    def mark(rule: R) -> R:
        cast(Any, rule).needs = path
        return rule

    return mark


def needs_of(rule: Rule) -> Path:
    """What a rule was marked with by `needs`, also through functools.partial; else ()."""
    inner: Any = rule
    while isinstance(inner, partial) and not hasattr(inner, "needs"):
        inner = inner.func
    return tuple(getattr(inner, "needs", ()))


def checked_rules(given: object) -> tuple[Rule, ...] | None:
    """The rules that a user asks for with `alarms=`.

    Args:
        given: True for the default rules, False for none, or rules.

    Returns:
        The rules; None for the default ones.

    Raises:
        ValueError: it is none of these.

    Example:
        >>> checked_rules(True) is None, checked_rules(False), len(checked_rules([needs_of]))
        (True, (), 1)
    """
    if given is True:
        return None
    if given is False or given is None:
        return ()
    rules = given if isinstance(given, Iterable) and not isinstance(given, str) else (given,)
    checked = tuple(rules)
    for rule in checked:
        if not callable(rule):
            raise ValueError(
                "alarms must be True, False or a list of rules, functions from a History to an "
                f"Alarm or None; got {shown(rule)}."
            )
    return checked


def name_of(rule: Rule) -> str:
    """The name of a rule's function, for messages.

    Example:
        >>> name_of(partial(needs_of, rule=None))
        'needs_of'
    """
    inner: Any = rule
    while isinstance(inner, partial):
        inner = inner.func
    return str(getattr(inner, "__name__", type(inner).__name__))


def alarm_from(content: object) -> Alarm | None:
    """An `Alarm` from what `Alarm.as_dict` made of it; None if it is damaged.

    Example:
        >>> alarm_from({"name": "a", "level": "blue"}) is None
        True
    """
    if not isinstance(content, Mapping):
        return None
    name, level, text = (content.get(key) for key in ("name", "level", "text"))
    step, cleared = content.get("step"), content.get("cleared_step")
    population = content.get("population")
    if not isinstance(name, str) or not isinstance(text, str) or level not in _LEVELS:
        return None
    if not _is_step(step) or not (cleared is None or _is_step(cleared)):
        return None
    return Alarm(
        name,
        cast(Level, level),
        population if isinstance(population, str) else None,
        _finite(content.get("value")),
        _finite(content.get("threshold")),
        cast(int, step),
        text,
        cast("int | None", cleared),
    )


def _is_step(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53


def _finite(value: object) -> float | None:
    try:
        number = float(cast(Any, value))
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
