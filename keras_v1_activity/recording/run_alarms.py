"""RunAlarms: the alarms of a run while it is recorded: judged, said, noted, and handed on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeAlias

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.alarms import DEFAULT_RULES, Alarm, QuietNeurons, Watch
from keras_v1_activity.alarms.alarm import Rule, checked_rules, name_of
from keras_v1_activity.alarms.recording import LOSSES
from keras_v1_activity.alarms.table import table
from keras_v1_activity.common.checks import shown
from keras_v1_activity.common.notices import tell, warn
from keras_v1_activity.history import History
from keras_v1_activity.storage.counters import Counters

STOP: Final = "stop"
OnAlarm: TypeAlias = Callable[[Alarm], object] | str | None
"""What a user asks for with `on_alarm`: a function, "stop", or nothing."""


class RunAlarms:
    """Judges each look of a run, says what fires, and hands it on in the thread that trains.

    Rules are applied in the thread that stores looks, or the one that takes in the numbers that are
    computed beside the training; `hand_on` is for the thread that trains.

    Args:
        rules: True for the default rules, False for none, or a list of rules.
        on_alarm: function that is called with each alarm; "stop" ends the training at the first.

    Attributes:
        also: told of each alarm too, in the thread that judges; must be quick, and raise nothing.
        stopped_by: the text of the alarm at which training was ended; None if it was not.

    Raises:
        ValueError: one of them is none of these.

    Example:
        >>> alarms = RunAlarms(on_alarm=lambda alarm: print(alarm.name, alarm.population))
        >>> alarms.begin(Counters(), {})
        >>> look = {"n_steps": 600, "dt_ms": 1, "population_sizes": {"e4Rorb": 200, "i4Pvalb": 300},
        ...         "population_rates_hz": {"e4Rorb": 0.0, "i4Pvalb": 4.0}}
        >>> history = History()
        >>> for step in (1, 2, 3):
        ...     history.merge(step, look)
        ...     alarms.on_row(history, step)
        >>> alarms.hand_on()
        silent population e4Rorb
        False
    """

    also: Callable[[Alarm], object] | None
    stopped_by: str | None

    def __init__(self, rules: Any = True, on_alarm: OnAlarm = None) -> None:
        if not (on_alarm is None or on_alarm == STOP or callable(on_alarm)):
            raise ValueError(
                f'on_alarm must be a function of an alarm, "stop" or None; got {shown(on_alarm)}.'
            )
        chosen = checked_rules(rules)
        self._rules: Sequence[Rule] = DEFAULT_RULES if chosen is None else chosen
        self._is_default = chosen is None
        self._on_alarm = on_alarm
        self.also = None
        self._waiting: deque[Alarm] = deque()
        self._begin_anew(Counters())

    def settings(self) -> dict[str, Any]:
        """For run.json: which rules, and what is done at an alarm."""
        rules = True if self._is_default else [name_of(rule) for rule in self._rules]
        given = self._on_alarm
        return {
            "alarms": rules or False,
            "on_alarm": name_of(given) if callable(given) else given,
        }

    def begin(self, counters: Counters, earlier: Mapping[str, Any]) -> None:
        """A run begins or goes on.

        Args:
            counters: of the run.
            earlier: the content of its run.json, if it goes on.
        """
        if counters is not self._counters:
            self._begin_anew(counters)
            self._watch.restore(earlier.get("alarms"))
        # Else it is the next training of the same run, and all is known still.
        self._n_before = len(self._watch.fired)
        self.stopped_by = None

    def _begin_anew(self, counters: Counters) -> None:
        self._counters = counters
        self._quiet = QuietNeurons()
        self._watch = Watch(self._rules, on_error=partial(_note_error, counters))
        self._waiting.clear()
        self._n_before = 0
        self.stopped_by = None

    @property
    def fired(self) -> list[Alarm]:
        """All alarms of the run, in the order in which they fired."""
        return list(self._watch.fired)

    def content(self) -> dict[str, Any]:
        """The entries of run.json."""
        stopped = {} if self.stopped_by is None else {"stopped_by": self.stopped_by}
        return {"alarms": self._watch.content(), **stopped}

    def numbers_of(self, activity: Activity, longer: float = 1.0) -> dict[str, Any]:
        """What rules need of a look and nobody else computes, for its row.

        Args:
            activity: the look.
            longer: how many times longer than planned the interval between looks is.
        """
        if not self._rules:
            return {}
        counts = self._counters.counts
        recording = {name: counts.get(name, 0) for name in LOSSES}
        quiet = self._quiet.note(activity)
        return {
            "recording": {**recording, "interval_factor": longer},
            **({"quiet_fractions": quiet} if quiet else {}),
        }

    def standing(self) -> dict[str, Any]:
        """For the details of a look: the alarms that stand now, red ones first."""
        return {
            "alarms": [
                {"name": alarm.name, "level": alarm.level, "population": alarm.population}
                for alarm in self._watch.standing
            ]
        } if self._rules else {}  # fmt: skip

    def on_row(self, history: History, step: int) -> None:
        """Judges what has become known of a look, and says what fires; see `LiveHistory`."""
        for alarm in self._watch.see(history, step):
            warn(f"{alarm.level} alarm at step {alarm.step:,}, {alarm.name}: {alarm.text}")
            if self.also is not None:
                self.also(alarm)
            if self._on_alarm is not None:
                self._waiting.append(alarm)

    @property
    def waits(self) -> bool:
        """Whether an alarm has fired that is not handed on yet."""
        return bool(self._waiting)

    def hand_on(self, *, may_stop: bool = True, at_end: bool = False) -> bool:
        """Hands the alarms that fired to the user's function, in this thread. Never raises.

        Args:
            may_stop: whether this process may end the training for itself.
            at_end: the training is over. What would have ended it ends the next one of this run.

        Returns:
            Whether training should end.
        """
        if at_end and self._on_alarm == STOP and self.stopped_by is None:
            return False
        while self._waiting:
            alarm = self._waiting.popleft()
            if callable(self._on_alarm):
                with self._counters.failures_as("on_alarm"):
                    self._on_alarm(alarm)
            elif self.stopped_by is None and may_stop:
                self.stopped_by = f"{alarm.name} at step {alarm.step}: {alarm.text}"
                warn(f'training ends, as on_alarm="stop" asks for: {self.stopped_by}')
                return True
            elif self.stopped_by is None:
                self._counters.fail("on_alarm", "one of several workers cannot end the training")
        return False

    def say_table(self) -> None:
        """Says, at the end of a training, which alarms fired in it or stand, if any."""
        found = [alarm for i, alarm in enumerate(self.fired) if i >= self._n_before or alarm.stands]
        if found:
            tell("\n".join(["alarms of this training:", *table(found)]))


def _note_error(counters: Counters, rule: str, error: Exception) -> None:
    counters.fail("alarm_rule", f"{rule}: {type(error).__name__}: {error}")
