"""How long the figures that wait will take: no clock of its own, times are given to it."""

from collections import deque
from statistics import median

_REMEMBERED = 12


class Pace:
    """Seconds a figure, from those drawn last and from the one in work.

    Example:
        >>> pace = Pace()
        >>> pace.begin(now=10.0); pace.end(now=12.0)
        >>> pace.seconds_left(3, now=12.0)
        6.0
    """

    def __init__(self):
        self._taken = deque(maxlen=_REMEMBERED)
        self._begun_at = None

    def begin(self, now):
        """A figure is begun at `now`, in seconds."""
        self._begun_at = now

    def end(self, now):
        """The figure in work is drawn, or has failed."""
        self._taken.append(now - self._begun_at)
        self._begun_at = None

    def stop(self):
        """Nothing is in work any more; what was is not counted."""
        self._begun_at = None

    def seconds_left(self, n_figures, now):
        """What `n_figures`, the one in work among them, will take at the most likely.

        Each is expected to take the median of those drawn last, but no less than the one in work
        has taken already.
        """
        usual = median(self._taken) if self._taken else 0.0
        in_work = 0.0 if self._begun_at is None else now - self._begun_at
        return n_figures * max(usual, in_work)
