"""Work done beside the training, in order, none of it left out."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from functools import partial

WAITING_JOBS: int = 4


class JobThread:
    """Does one job after the other in a thread that lives while there is something to do.

    The thread is not a daemon, so that the interpreter waits for the last job even if nobody
    flushes. When it falls behind, `put` waits for it: that costs no more than to do the work in
    place.

    Args:
        background: work in a thread; else at once, in the calling thread.

    Example:
        >>> jobs = JobThread()
        >>> jobs.put(lambda: print("stored")); jobs.flush()
        stored
    """

    def __init__(self, *, background: bool = True) -> None:
        self._background = background
        self._jobs: deque[Callable[[], object]] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def __reduce__(self) -> tuple[Callable[[], JobThread], tuple[()]]:
        """A copy has a thread of its own, and nothing to do yet."""
        return partial(JobThread, background=self._background), ()

    def put(self, job: Callable[[], object]) -> None:
        """Has a job done; waits if four are waiting.

        Args:
            job: function without arguments that never raises.
        """
        if not self._background:
            job()
            return
        with self._changed:
            self._changed.wait_for(lambda: len(self._jobs) < WAITING_JOBS or not self._working())
            self._jobs.append(job)
            if self._working():
                return
            self._thread = thread = threading.Thread(target=self._work, daemon=False)
        try:
            thread.start()
        except RuntimeError:
            # The system, or an interpreter about to end, gives no thread.
            self._work()

    def flush(self) -> None:
        """Waits until all is done. Idempotent."""
        with self._changed:
            self._changed.wait_for(lambda: not self._working())

    def _working(self) -> bool:
        # A forked child inherits the thread as an object that is not alive.
        return self._thread is not None and (self._thread.ident is None or self._thread.is_alive())

    def _work(self) -> None:
        while True:
            with self._changed:
                if not self._jobs:
                    self._thread = None
                    self._changed.notify_all()
                    return
                job = self._jobs.popleft()
                self._changed.notify_all()
            job()
            # Else the look would be kept in memory until the next one comes.
            del job
