"""Work done beside the training, in order, none of it left out."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from keras_v1_activity.common.forks import begin_again_when_forked
from keras_v1_activity.common.notices import warn

WAITING_JOBS: int = 4
# A thread that something has ended tells nobody; whoever waits for it asks after it.
_LOOK_AGAIN_S = 1.0


class JobThread:
    """Does one job after the other in a thread that lives while there is something to do.

    The thread is not a daemon, so that the interpreter waits for the last job even if nobody
    flushes. When it falls behind, `put` waits for it: that costs no more than to do the work in
    place. A forked child begins without jobs: the parent does those that were put before.

    Args:
        background: work in a thread; else at once, in the calling thread.
        failed: called with the exception of a job that raised one; the next job is done all the
            same. None warns of it.

    Example:
        >>> jobs = JobThread()
        >>> jobs.put(lambda: print("stored")); jobs.flush()
        stored
    """

    def __init__(
        self, *, background: bool = True, failed: Callable[[Exception], object] | None = None
    ) -> None:
        self._background = background
        self._failed = _say if failed is None else failed
        self.begin_again()
        begin_again_when_forked(self)

    def begin_again(self) -> None:
        """In a forked child: begins without the jobs and the thread of the parent."""
        self._jobs: deque[Callable[[], object]] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def put(self, job: Callable[[], object]) -> None:
        """Has a job done; waits if four are waiting.

        Args:
            job: function without arguments.
        """
        if not self._background:
            self._do(job)
            return
        with self._changed:
            while len(self._jobs) >= WAITING_JOBS and self._working():
                self._changed.wait(_LOOK_AGAIN_S)
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
            while self._working():
                self._changed.wait(_LOOK_AGAIN_S)

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
            self._do(job)
            # Else the look would be kept in memory until the next one comes.
            del job

    def _do(self, job: Callable[[], object]) -> None:
        try:
            job()
        except Exception as error:
            self._failed(error)


def _say(error: Exception) -> None:
    warn(f"work beside the training failed, which goes on: {type(error).__name__}: {error}")
