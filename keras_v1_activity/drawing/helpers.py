"""Threads started ahead, for when Python gives none any more."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress

Call = Callable[[], object]


class Helpers:
    """Threads that wait for something to do.

    Once a program has come to its end, some versions of Python (3.12) start no thread any more,
    though figures are still to be drawn. What was started before goes on.

    Example:
        >>> helpers, done = Helpers(), threading.Event()
        >>> helpers.start(1)
        >>> helpers.run(done.set)
        >>> done.wait()
        True
        >>> helpers.end()
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # None ends the thread that takes it.
        self._calls: queue.SimpleQueue[Call | None] = queue.SimpleQueue()
        self._idle = 0
        self._stay = False

    def start(self, n: int) -> None:
        """Has `n` threads wait; fewer if Python gives none."""
        with self._lock, suppress(RuntimeError):
            self._stay = True
            while self._idle < n:
                threading.Thread(target=self._serve, daemon=True).start()
                self._idle += 1

    def run(self, call: Call) -> None:
        """Calls in a thread that waits, or in a new one.

        Args:
            call: function without arguments that raises nothing.

        Raises:
            RuntimeError: none waits, and Python gives no other.
        """
        with self._lock:
            if self._idle:
                self._idle -= 1
                self._calls.put(call)
                return
        threading.Thread(target=call, daemon=True).start()

    def end(self) -> None:
        """Ends the threads that wait, and the others when they have nothing to do any more."""
        with self._lock:
            self._stay = False
            for _ in range(self._idle):
                self._calls.put(None)
            self._idle = 0

    def _serve(self) -> None:
        while (call := self._calls.get()) is not None:
            call()
            # Else what the call knows would be kept in memory until the next one comes.
            del call
            with self._lock:
                if not self._stay:
                    return
                self._idle += 1
