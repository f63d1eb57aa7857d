"""Threads that are begun before they are needed."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable


class HelperThread:
    """Makes one call after the other, in a thread of its own.

    Python 3.12 starts no thread any more once the program has ended, and figures are still drawn
    then. A thread that was begun before goes on.

    Example:
        >>> helper, done = HelperThread(), threading.Event()
        >>> helper.begin(); helper.call(done.set)
        >>> done.wait(10)
        True
        >>> helper.end()
    """

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Starts the thread, if there is none.

        Raises:
            RuntimeError: the system, or a program about to end, gives none.
        """
        if self._thread is None:
            thread = threading.Thread(target=_serve, args=(self._calls,), daemon=True)
            thread.start()
            self._thread = thread

    def call(self, function: Callable[[], object]) -> None:
        """Has a function called, after those that were given before.

        Args:
            function: without arguments; what it raises ends the thread.

        Raises:
            RuntimeError: there is no thread, and none can be started.
        """
        self.begin()
        self._calls.put(function)

    def end(self) -> None:
        """Lets the thread end when all calls are made; the next call starts another."""
        if self._thread is not None:
            self._calls.put(None)
            self._calls, self._thread = queue.SimpleQueue(), None


class LinkThreads:
    """The two threads of the link to a drawing process.

    Attributes:
        listener: hears its answers.
        guard: ends it if it does not read.

    Example:
        >>> threads = LinkThreads()
        >>> threads.begin(); threads.end()
    """

    listener: HelperThread
    guard: HelperThread

    def __init__(self) -> None:
        self.listener = HelperThread()
        self.guard = HelperThread()

    def begin(self) -> None:
        """Starts those that do not run.

        Raises:
            RuntimeError: see `HelperThread.begin`.
        """
        self.listener.begin()
        self.guard.begin()

    def end(self) -> None:
        """Lets both end when they have nothing left to do."""
        self.listener.end()
        self.guard.end()


def _serve(calls: queue.SimpleQueue[Callable[[], object] | None]) -> None:
    while (call := calls.get()) is not None:
        call()
        # Else what it holds would be kept until the next one comes.
        del call
