"""What a process got of the cores, and whether there are free ones.

Linux tells in /proc how long a process had to wait for a core. Elsewhere the clock says how long
it did not compute, and psutil, if it is installed, or the load whether cores were free meanwhile.
"""

from __future__ import annotations

import os
import time
from importlib import import_module
from typing import Any, Final

PROC: Final = "/proc"


def queued_s(pid: int | None = None, proc: str | os.PathLike[str] = PROC) -> float | None:
    """Seconds that a process has waited for a core so far; None if the system does not tell.

    Args:
        pid: its id; None for this process.
        proc: the folder in which Linux tells.

    Example:
        >>> print(queued_s(proc="no_such_folder"))
        None
    """
    try:
        with open(os.path.join(proc, str(pid or "self"), "schedstat"), encoding="ascii") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return None


def usable_cores() -> int:
    """How many cores this program may use, at least 1.

    Example:
        >>> usable_cores() >= 1
        True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


class FreeCores:
    """Whether a core was free since it was last asked, on a system other than Linux.

    psutil, if it is installed, has measured it; else the load says it, an average over about a
    minute. Windows has no load.

    Example:
        >>> FreeCores().any() in (True, False, None)
        True
    """

    def __init__(self) -> None:
        self._before = _cpu_times()

    def any(self) -> bool | None:
        """Whether at least one core was free; None if nobody tells."""
        n_cores = os.cpu_count() or 1
        before, self._before = self._before, _cpu_times()
        if before is not None and self._before is not None:
            idle_s, all_s = (now - then for now, then in zip(self._before, before, strict=True))
            # Too short a time to be measured says nothing.
            return idle_s * n_cores >= all_s if all_s > 0 else None
        try:
            return os.getloadavg()[0] <= n_cores - 1
        except (AttributeError, OSError):
            return None


def _cpu_times() -> tuple[float, float] | None:
    """Seconds that all cores together were idle, and all seconds; None without psutil."""
    try:
        psutil: Any = import_module("psutil")
        times = psutil.cpu_times()
    except Exception:  # it is not installed, or does not know this system
        return None
    return times.idle, sum(times)


class CoreUse:
    """What this process computed, and how long it had to wait for a core, since it was last asked.

    Args:
        proc: the folder in which Linux tells.

    Example:
        >>> use = CoreUse()
        >>> sorted(use.since())
        ['cpu_s', 'queued_s']
    """

    def __init__(self, proc: str | os.PathLike[str] = PROC) -> None:
        self._proc = proc
        self._cores = FreeCores() if queued_s(proc=proc) is None else None
        self._cpu_s = self._waited_s = 0.0
        self.since()

    def since(self) -> dict[str, float]:
        """``cpu_s`` and ``queued_s`` since the last call.

        If Linux does not tell, it was a core that was waited for whenever nothing was computed,
        unless a core is free. Waiting for the disk counts too, but drawing hardly waits for it.
        """
        cpu_s = time.process_time()
        if self._cores is None:
            waited_s, free = queued_s(proc=self._proc) or 0.0, False
        else:
            waited_s, free = time.monotonic() - cpu_s, self._cores.any()
        use = {
            "cpu_s": cpu_s - self._cpu_s,
            "queued_s": 0.0 if free else max(waited_s - self._waited_s, 0.0),
        }
        self._cpu_s, self._waited_s = cpu_s, waited_s
        return use
