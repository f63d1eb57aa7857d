"""How long the figures that are left will take: no clock here, times are given."""

from __future__ import annotations

from collections import deque
from statistics import median

_REMEMBERED = 12


class TimeLeft:
    """Expects of each figure what the last ones took, and no less than the one in work has taken.

    Example:
        >>> time_left = TimeLeft()
        >>> time_left.begin(now=10.0); time_left.end(now=12.0)
        >>> time_left.seconds_left(3, now=12.0)
        6.0
    """

    def __init__(self) -> None:
        self._taken: deque[float] = deque(maxlen=_REMEMBERED)
        self._begun_at: float | None = None

    def begin(self, now: float) -> None:
        """A figure is begun at `now`, in seconds."""
        self._begun_at = now

    def end(self, now: float) -> None:
        """The figure in work is drawn, or has failed."""
        if self._begun_at is not None:
            self._taken.append(now - self._begun_at)
        self._begun_at = None

    def stop(self) -> None:
        """Nothing is in work any more; what was is not counted."""
        self._begun_at = None

    def seconds_left(self, n_figures: int, now: float) -> float:
        """What `n_figures`, the one in work among them, will take, in seconds.

        Each is expected to take the median of those drawn last, but no less than the one in work
        has taken already.
        """
        usual = median(self._taken) if self._taken else 0.0
        in_work = 0.0 if self._begun_at is None else now - self._begun_at
        return n_figures * max(usual, in_work)
