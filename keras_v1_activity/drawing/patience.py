"""Whether a process hangs, or waits for a core as programs of a low priority do."""

from __future__ import annotations

import os
from collections.abc import Callable

from keras_v1_activity.drawing.cores import PROC, FreeCores, queued_s

# A process that waited for a core for more than this part of the time does not hang.
_PART_WAITED = 0.5
_MOST_WAITS = 10


class Patience:
    """Waits for a sign of a process: for longer if it was a core that the process waited for.

    On a machine with more work than cores, a process of the lowest priority may get none for
    minutes. Linux tells whether that is so. Elsewhere it is so unless a core is known to
    be free.

    Args:
        pid: id of the process.
        timeout_s: after how many seconds without a sign a process hangs.
        proc: the folder in which Linux tells.

    Example:
        >>> Patience(os.getpid(), timeout_s=0.1).wait(lambda timeout_s: False)
        False
    """

    def __init__(self, pid: int, timeout_s: float, proc: str | os.PathLike[str] = PROC) -> None:
        self._pid = pid
        self._timeout_s = timeout_s
        self._proc = proc

    def wait(self, sign: Callable[[float], bool]) -> bool:
        """Waits for a sign; False if the process hangs.

        Args:
            sign: called with the seconds that it may wait; returns whether the sign has come.
        """
        for _ in range(_MOST_WAITS):
            waited_for_a_core = self._watch()
            if sign(self._timeout_s):
                return True
            if not waited_for_a_core():
                break
        return False

    def _watch(self) -> Callable[[], bool]:
        """Begins to watch the process; what is returned says if it waited for a core."""
        if queued_s(proc=self._proc) is None:
            cores = FreeCores()
            return lambda: cores.any() is not True
        before = self._queued_s()
        return lambda: self._queued_s() - before >= _PART_WAITED * self._timeout_s

    def _queued_s(self) -> float:
        # Of a process that has ended, Linux tells nothing.
        return queued_s(self._pid, self._proc) or 0.0
