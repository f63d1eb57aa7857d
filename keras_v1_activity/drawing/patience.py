"""Whether a process hangs, or waits for a core as programs of a low priority do."""

from __future__ import annotations

from collections.abc import Callable

from keras_v1_activity.drawing.throttle import queued_s

# A process that waited for a core for more than this part of the time does not hang.
_PART_WAITED = 0.5
_MOST_WAITS = 10


class Patience:
    """Waits for a sign of a process: for longer if it was a core that the process waited for.

    On a machine with more work than cores, a process of the lowest priority may get none for
    minutes. Only Linux tells; elsewhere nobody waits for longer.

    Args:
        pid: id of the process.
        timeout_s: after how many seconds without a sign a process hangs.

    Example:
        >>> import os
        >>> Patience(os.getpid(), timeout_s=0.1).wait(lambda timeout_s: False)
        False
    """

    def __init__(self, pid: int, timeout_s: float) -> None:
        self._pid = pid
        self._timeout_s = timeout_s

    def wait(self, sign: Callable[[float], bool]) -> bool:
        """Waits for a sign; False if the process hangs.

        Args:
            sign: called with the seconds that it may wait; returns whether the sign has come.
        """
        for _ in range(_MOST_WAITS):
            before = queued_s(self._pid)
            if sign(self._timeout_s):
                return True
            if queued_s(self._pid) - before < _PART_WAITED * self._timeout_s:
                break
        return False
