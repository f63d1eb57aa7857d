"""Schedule: at which training steps a look is taken, as they are counted and measured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.overhead import CostMeter, OverheadBudget
from keras_v1_activity.recording.recorder import Recorder


@dataclass
class StepCount:
    """The number of the last training step. A logger and its callback count on one of it.

    Attributes:
        step: number of the last step, from 1; 0 before the first.

    Example:
        >>> count = StepCount(3)
        >>> count.reach(2); count.reach(7)
        >>> count.step
        7
    """

    step: int = 0

    def reach(self, step: int) -> None:
        """Goes on from `step`, if that is further."""
        self.step = max(self.step, step)


class Schedule:
    """Says which steps are logged, measures what looks cost, and logs fewer if that is too much.

    Args:
        plan: `RecordPlan`, with the planned interval and the limit of costs.
        recorder: `Recorder`, which notes a longer interval and tells the user.

    Example:
        >>> recorder = Recorder("run", RecordPlan(figures=()), background=False)
        >>> schedule = Schedule(RecordPlan(every_n_steps=50), recorder)
        >>> with schedule.hook():
        ...     pass   # a look is taken
        >>> schedule.end_step(50, looked=True)
        >>> schedule.interval
        50
    """

    def __init__(self, plan: RecordPlan, recorder: Recorder) -> None:
        self._budget = OverheadBudget(plan.every_n_steps, plan.max_overhead)
        self._meter = CostMeter(self._budget)
        self._recorder = recorder
        self._compiles = False

    @property
    def interval(self) -> int:
        """Steps divisible by it are logged."""
        return self._budget.interval

    def begin_training(self) -> None:
        """The next step also compiles, so it says nothing of what looks cost."""
        self._compiles = True

    @contextmanager
    def hook(self) -> Iterator[None]:
        """The time in this block is what looks cost; that between two blocks is a training step."""
        self._meter.begin_hook()
        try:
            yield
        finally:
            self._meter.end_hook()

    def end_step(self, step: int, n_steps: int = 1, *, looked: bool) -> None:
        """Judges what has been measured since the last call.

        Args:
            step: number of the last step.
            n_steps: how many steps were run since the last call.
            looked: whether a look was taken in them.
        """
        before = self._budget.interval
        counts, self._compiles = not self._compiles, False
        if self._meter.note(n_steps, looked=looked, counts=counts):
            self._recorder.say_stretched(step, before, self._budget)
