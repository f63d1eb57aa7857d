"""What looks may cost: the interval between them is stretched until they cost less than allowed."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from statistics import median

_REMEMBERED_LOOKS = 5
_REMEMBERED_STEPS = 50
# With fewer measured, one hiccup of the machine would decide.
_LEAST = 3


class OverheadBudget:
    """Decides every how many steps a look may be taken. It has no clock: durations are given to it.

    A look costs what the hooks take, and what its training step takes longer than the steps without
    one, once three of these are known. If the median of the last looks is above `max_overhead` of
    the training time between two looks, the interval is doubled until it is below. It never
    shrinks again, so every step logged later is one that was planned.

    Args:
        every_n_steps: the interval to begin with.
        max_overhead: allowed cost as a part of training time, e.g. 0.02; None allows any.

    Attributes:
        interval: steps divisible by it are logged.
        overhead: cost as a part of training time, as last measured; None before.

    Example:
        >>> budget = OverheadBudget(100, max_overhead=0.01)
        >>> for _ in range(3):
        ...     stretched = budget.add_look(hooks_s=2.0, step_s=1.0)
        >>> budget.interval, stretched
        (200, True)
    """

    interval: int
    overhead: float | None

    def __init__(self, every_n_steps: int, max_overhead: float | None = None) -> None:
        self.interval = every_n_steps
        self.overhead = None
        self._max_overhead = max_overhead
        self._looks: deque[tuple[float, float, int]] = deque(maxlen=_REMEMBERED_LOOKS)
        self._steps: deque[float] = deque(maxlen=_REMEMBERED_STEPS)

    def is_due(self, step: int) -> bool:
        """Whether training step `step` (from 1) is logged."""
        return step > 0 and step % self.interval == 0

    def add_step(self, step_s: float, n_steps: int = 1) -> None:
        """Notes a call of the train function, of `n_steps` steps, in which no look was taken."""
        self._steps.append(step_s / n_steps)

    def add_look(self, hooks_s: float, step_s: float, n_steps: int = 1) -> bool:
        """Notes a look.

        Args:
            hooks_s: seconds that the training waited for the hooks.
            step_s: seconds of the call of the train function in which it was taken.
            n_steps: training steps in that call.

        Returns:
            Whether the interval was stretched.
        """
        self._looks.append((hooks_s, step_s, n_steps))
        if self._max_overhead is None or len(self._looks) < _LEAST:
            return False
        usual_s = self._usual_step_s()
        cost_s = median(hooks + max(step - n * usual_s, 0.0) for hooks, step, n in self._looks)
        before = self.interval
        while cost_s > self._max_overhead * self.interval * usual_s > 0:
            self.interval *= 2
        self.overhead = cost_s / (before * usual_s) if usual_s else None
        if self.interval == before:
            return False
        self._looks.clear()
        return True

    def _usual_step_s(self) -> float:
        """Seconds of a step without a look; of any step if too few of those are known."""
        if len(self._steps) >= _LEAST:
            return median(self._steps)
        return median(step / n for _, step, n in self._looks)


class CostMeter:
    """Takes the times of hooks and steps for an `OverheadBudget`.

    Args:
        budget: is told what was measured.
        clock: function that returns seconds.

    Example:
        >>> seconds = iter([0.0, 0.1, 2.0, 2.5])
        >>> meter = CostMeter(OverheadBudget(100), lambda: next(seconds))
        >>> meter.begin_hook(); meter.end_hook()   # a step begins
        >>> meter.begin_hook(); meter.end_hook()   # it has ended
        >>> meter.note(looked=True)
        False
    """

    def __init__(
        self, budget: OverheadBudget, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._budget = budget
        self._clock = clock
        self._hooks_s = 0.0
        self._began: float | None = None
        self._step_s: float | None = None

    def begin_hook(self) -> None:
        """A hook begins, and with it the step before it, if one was in progress, has ended."""
        now = self._clock()
        if self._began is not None:
            self._step_s = now - self._began
        self._began = now

    def end_hook(self) -> None:
        """A hook ends; a step begins."""
        now = self._clock()
        if self._began is not None:
            self._hooks_s += now - self._began
        self._began = now

    def note(self, n_steps: int = 1, *, looked: bool, counts: bool = True) -> bool:
        """Hands on what was measured since the last call.

        Args:
            n_steps: training steps in that time.
            looked: whether a look was taken.
            counts: False forgets the times, as those of a step that compiled.

        Returns:
            Whether the interval was stretched.
        """
        hooks_s, self._hooks_s = self._hooks_s, 0.0
        step_s, self._step_s = self._step_s, None
        if not counts or step_s is None or n_steps < 1:
            return False
        if looked:
            return self._budget.add_look(hooks_s, step_s, n_steps)
        self._budget.add_step(step_s, n_steps)
        return False
