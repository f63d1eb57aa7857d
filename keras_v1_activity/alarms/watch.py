"""Watch: applies rules as looks come, and knows which alarms stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from keras_v1_activity.alarms.alarm import Alarm, Path, Rule, alarm_from, name_of, needs_of
from keras_v1_activity.alarms.rules import DEFAULT_RULES
from keras_v1_activity.common.checks import shown
from keras_v1_activity.history import History

GOOD_LOOKS: int = 2
"""An alarm is cleared after so many good looks running."""


@dataclass
class _Standing:
    """An alarm that stands: its place among all that fired, and good looks since the last bad."""

    place: int
    good: int = 0


@dataclass
class _Judged:
    """A rule, the step of the last look that it judged, and its alarms that stand."""

    rule: Rule
    needs: Path
    last_step: int = -1
    standing: dict[tuple[str, str | None], _Standing] = field(default_factory=dict)


class Watch:
    """Applies rules to the looks of a run, one after the other, as their numbers become known.

    A rule fires once for a name and population, is cleared after two good looks running, and may
    then fire again. It judges the looks that have what it `needs`, in the order in which that
    comes. If it comes for a look before one that is judged already, the rule judges anew, knowing
    both; such a look clears nothing. A rule that raises is left out from then on.

    Args:
        rules: functions from a `History`, up to the look that is judged, to an `Alarm`, several, or
            None.
        on_error: is told the name of a rule that raised, and the exception.

    Attributes:
        fired: all alarms, in the order in which they fired; those that are gone have a
            `cleared_step`.

    Example:
        >>> def too_fast(history):
        ...     rate = history.value(-1, "mean_rate_hz")
        ...     if rate > 50:
        ...         return Alarm("too fast", "amber", None, rate, 50.0, int(history.steps[-1]), "!")
        >>> watch, history = Watch([too_fast]), History()
        >>> for step, rate in enumerate([10, 60, 70, 20, 10]):
        ...     history.merge(step, {"mean_rate_hz": rate})
        ...     fired = watch.see(history, step)
        ...     print(len(fired), [alarm.name for alarm in watch.standing])
        0 []
        1 ['too fast']
        0 ['too fast']
        0 ['too fast']
        0 []
        >>> watch.fired[0].step, watch.fired[0].cleared_step
        (1, 4)
    """

    fired: list[Alarm]

    def __init__(
        self,
        rules: Iterable[Rule] = DEFAULT_RULES,
        *,
        on_error: Callable[[str, Exception], object] | None = None,
    ) -> None:
        self._judged = [_Judged(rule, needs_of(rule)) for rule in rules]
        self._on_error = on_error
        # What has the numbers that a kind of rule needs: rules then look at the last rows only, and
        # a look costs the same however long the run.
        self._known: dict[Path, History] = {each.needs: History() for each in self._judged}
        self._has_begun = False
        self._rule_names: list[str] = []
        self.fired = []

    @property
    def standing(self) -> tuple[Alarm, ...]:
        """The alarms that are not cleared, red ones first."""
        found = [alarm for alarm in self.fired if alarm.stands]
        return tuple(sorted(found, key=lambda alarm: alarm.level != "red"))

    def content(self) -> list[dict[str, Any]]:
        """All that fired, each as `Alarm.as_dict` with the name of its rule."""
        named = zip(list(self.fired), list(self._rule_names), strict=False)
        return [{**alarm.as_dict(), "rule": rule} for alarm, rule in named]

    def restore(self, content: object) -> None:
        """Takes up what fired in an earlier part of the run; what still stands may be cleared.

        Args:
            content: what `content` gave; damaged entries are left out.
        """
        for entry in content if isinstance(content, (list, tuple)) else ():
            alarm = alarm_from(entry)
            if alarm is None:
                continue
            rule = str(entry.get("rule", ""))
            for each in self._judged:
                if alarm.stands and name_of(each.rule) == rule:
                    each.standing[alarm.name, alarm.population] = _Standing(len(self.fired))
            self.fired.append(alarm)
            self._rule_names.append(rule)

    def see(self, history: History, step: int) -> list[Alarm]:
        """Judges what has become known of one look.

        Args:
            history: all that is known of the run.
            step: training step of the look of which something was added.

        Returns:
            The alarms that fired now.
        """
        row = self._take(history, step)
        fired: list[Alarm] = []
        for known in row:
            for each in [one for one in self._judged if one.needs == known]:
                fired += self._judge(each, step)
        return fired

    def _take(self, history: History, step: int) -> list[Path]:
        """Adds the row of a step to what is known; for which needs it has something new."""
        if not self._has_begun:
            self._has_begun = True
            for row in history:
                if row["step"] != step:
                    self._add(row)
        return self._add(_row_of(history, step))

    def _add(self, row: Mapping[str, Any]) -> list[Path]:
        new = []
        for needs, known in self._known.items():
            entry = _entry(row, needs)
            if entry is None:
                continue
            place = _place(known, row["step"])
            is_new = place is None or not needs or _entry(known[place], needs) is not entry
            known.merge(row["step"], row)
            if is_new:
                new.append(needs)
        return new

    def _judge(self, each: _Judged, step: int) -> list[Alarm]:
        known = self._known[each.needs]
        try:
            found = _as_list(each.rule(known), each.rule)
        except Exception as error:
            self._leave_out(each, error)
            return []
        newest = int(known[-1]["step"])
        is_next = newest > each.last_step
        each.last_step = max(newest, each.last_step)
        fired = [alarm for alarm in found if self._fires(each, alarm)]
        if is_next:
            # An alarm that stands for many populations says that they are bad, too.
            bad = {
                (alarm.name, name)
                for alarm in found
                for name in (alarm.population, *alarm.populations)
            }
            self._clear(each, bad, newest)
        return fired

    def _fires(self, each: _Judged, alarm: Alarm) -> bool:
        """Whether it did not stand; if it did, it is bad again."""
        key = alarm.name, alarm.population
        for_all = each.standing.get((alarm.name, None))
        if for_all is not None and alarm.population in self.fired[for_all.place].populations:
            return False  # an alarm that stands has said so
        if key in each.standing:
            each.standing[key].good = 0
            return False
        each.standing[key] = _Standing(len(self.fired))
        self.fired.append(alarm)
        self._rule_names.append(name_of(each.rule))
        return True

    def _clear(self, each: _Judged, bad: set[tuple[str, str | None]], step: int) -> None:
        for key, standing in list(each.standing.items()):
            standing.good += key not in bad
            if standing.good >= GOOD_LOOKS:
                self.fired[standing.place] = self.fired[standing.place].cleared(step)
                del each.standing[key]

    def _leave_out(self, each: _Judged, error: Exception) -> None:
        self._judged.remove(each)
        if self._on_error is not None:
            self._on_error(name_of(each.rule), error)


def _as_list(found: object, rule: Rule) -> list[Alarm]:
    if found is None or isinstance(found, Alarm):
        return [] if found is None else [found]
    alarms = list(found) if isinstance(found, Iterable) else [found]
    for alarm in alarms:
        if not isinstance(alarm, Alarm):
            raise TypeError(
                f"the rule {name_of(rule)} must return an Alarm, a list of them or None; got "
                f"{shown(alarm)}."
            )
    return alarms


def _entry(row: Mapping[str, Any], path: Path) -> Any:
    """What a row has under a path, or None."""
    entry: Any = row
    for name in path:
        entry = entry.get(name) if isinstance(entry, Mapping) else None
    return entry


def _place(history: History, step: int) -> int | None:
    """The place of a step in a history, looked for from its end; None if it is not there."""
    for place in range(len(history) - 1, -1, -1):
        found = history[place]["step"]
        if found <= step:
            return place if found == step else None
    return None


def _row_of(history: History, step: int) -> Mapping[str, Any]:
    place = _place(history, step)
    return {"step": step} if place is None else history[place]
