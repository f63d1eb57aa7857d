"""How fast figures are drawn, and how fast they may be: no clock here, times are given."""

from collections import deque
from statistics import median

_REMEMBERED = 12
# Cores are scarce where drawing waits for one for more than this part of the time it computes.
_SCARCE = 0.5
# Part of one core that drawing then takes. Whatever little it takes slows a training that wants all
# cores by about half as much: its threads wait for one another.
SCARCE_SHARE = 0.01
LONGEST_REST_S = 60.0


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


def rest_s(cpu_s, queued_s):
    """How long to draw nothing after a look, seconds, so that training does not feel the drawing.

    Args:
        cpu_s: CPU time that the look's figures took.
        queued_s: how long they had to wait for a core.

    Returns:
        0 where cores are free; else what keeps drawing at `SCARCE_SHARE` of one core.

    Example:
        >>> rest_s(cpu_s=0.4, queued_s=0.0), rest_s(cpu_s=0.4, queued_s=1.6)
        (0.0, 38.0)
    """
    if queued_s <= _SCARCE * cpu_s:
        return 0.0
    return min(max(cpu_s / SCARCE_SHARE - cpu_s - queued_s, 0.0), LONGEST_REST_S)
