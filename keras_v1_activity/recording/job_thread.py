"""Work done beside the training, in order, none of it left out."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Protocol

# numpy imports it when it is first needed, here in the thread that stores. A child that is forked
# in that moment would wait without end for an import that nobody finishes.
import numpy.ma  # noqa: F401

from keras_v1_activity.common.forks import begin_again_when_forked

WAITING_JOBS: int = 4
# A thread that ends says so. Should one ever end without a word, it is noticed after this time.
_LOOK_AGAIN_S = 1.0


class JobThread:
    """Does one job after the other in a thread that lives while there is something to do.

    The thread is not a daemon, so that the interpreter waits for the last job even if nobody
    flushes. When it falls behind, `put` waits for it: that costs no more than to do the work in
    place. A job that raises ends neither the thread nor the program; the next one is done. A
    forked child leaves the waiting jobs to its parent.

    Args:
        background: work in a thread; else at once, in the calling thread.
        on_error: called with what a job raised; None lets it pass.

    Example:
        >>> jobs = JobThread(on_error=lambda error: print("failed:", error))
        >>> jobs.put(lambda: print("stored")); jobs.put(lambda: 1 / 0); jobs.flush()
        stored
        failed: division by zero
    """

    def __init__(
        self,
        *,
        background: bool = True,
        on_error: Callable[[BaseException], object] | None = None,
    ) -> None:
        self._background = background
        self._on_error = on_error
        self.begin_again()
        begin_again_when_forked(self)

    def begin_again(self) -> None:
        """Forgets all jobs, as a forked child does: it has none of the parent's threads."""
        self._jobs: deque[Callable[[], object]] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def __reduce__(self) -> tuple[Callable[[], JobThread], tuple[()]]:
        """A copy has a thread of its own, and nothing to do yet."""
        return partial(JobThread, background=self._background), ()

    def put(self, job: Callable[[], object]) -> None:
        """Has a job done; waits if four are waiting.

        Args:
            job: function without arguments.
        """
        if not self._background:
            self._do(job)
            return
        with self._changed:
            while self._working() and len(self._jobs) >= WAITING_JOBS:
                self._changed.wait(_LOOK_AGAIN_S)
            self._jobs.append(job)
            if self._working() or self._start():
                return
        # The system, or an interpreter about to end, gives no thread.
        self._work()

    def flush(self) -> None:
        """Waits until all is done. Idempotent."""
        with self._changed:
            while self._working():
                self._changed.wait(_LOOK_AGAIN_S)
            left = bool(self._jobs)
        if left:
            self._work()

    def _start(self) -> bool:
        """Starts the thread; False if there is none to be had."""
        thread = threading.Thread(target=self._work, daemon=False)
        # Set before, so that Ctrl-C between the two leaves no thread that nobody knows of.
        self._thread = thread
        try:
            thread.start()
        except (RuntimeError, MemoryError):
            self._thread = None
            return False
        except BaseException:
            self._thread = thread if thread.ident is not None else None
            raise
        return True

    def _working(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

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
        except BaseException as error:
            # Ctrl-C is for the training, whose thread this is if there is no background.
            if not isinstance(error, Exception) and not self._aside():
                raise
            self._report(error)

    def _aside(self) -> bool:
        return self._background and threading.current_thread() is self._thread

    def _report(self, error: BaseException) -> None:
        try:
            if self._on_error is not None:
                self._on_error(error)
        except Exception:
            # What cannot even be counted is let go: a message is not worth a training.
            return


class Counting(Protocol):
    """What counts failures by kind, as a `Recorder` does.

    Example:
        >>> from keras_v1_activity.storage.counters import Counters
        >>> counting: Counting = Counters()
    """

    def fail(self, kind: str, error: BaseException) -> None:
        """Counts a failure of a kind."""
        ...


def failures_of(owner: Counting) -> Callable[[BaseException], None]:
    """A function that counts what a job raised, for `JobThread`; it does not keep `owner` in use.

    Example:
        >>> from keras_v1_activity.storage.counters import Counters
        >>> counters = Counters()
        >>> failures_of(counters)(OSError("disk full")); counters.counts["saves_failed"]
        1
    """
    known = weakref.ref(owner)

    def fail(error: BaseException) -> None:
        found = known()
        if found is not None:
            found.fail("save", error)

    return fail
