"""One sink, the short queue before it, and the thread that calls it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from keras_v1_activity.common.forks import begin_again_when_forked
from keras_v1_activity.sinks.sink import RunStart, Sink
from keras_v1_activity.storage.counters import Counters

MOST_WAITING: Final = 200
"""How many calls of a sink may wait; what comes while so many do is not handed on."""
MOST_PICTURES: Final = 100
"""Pictures are not handed on while so many calls wait, so that numbers and alarms are."""


class _Call(NamedTuple):
    make: Callable[[Sink], object]
    counters: Counters
    needs_begun: bool = True
    ends: bool = False


class Delivery:
    """Calls one sink in a thread of its own. Nobody waits for it but `wait`; nothing is raised.

    Calls are made in the order in which they came. The thread lives from `begin` to `end`; it is a
    daemon, because a sink that hangs must not keep Python from ending.

    Args:
        sink: whose methods are called.
        kind: under which failures are counted, e.g. "sink_tensorboard".

    Example:
        >>> from pathlib import Path
        >>> counters = Counters()
        >>> delivery = Delivery(Sink(), "sink_mine")
        >>> delivery.begin(RunStart("3fa9", Path("logs"), 0, {}), counters)
        >>> delivery.put(lambda sink: 1 / 0); delivery.end(); delivery.wait(time.monotonic() + 10)
        True
        >>> counters.counts["sink_mine_failed"]
        1
    """

    kind: str

    def __init__(self, sink: Sink, kind: str) -> None:
        self.kind = kind
        self._sink = sink
        self._counters = Counters()
        self.begin_again()
        begin_again_when_forked(self)

    def begin_again(self) -> None:
        """Forgets all, as a forked child does: it has none of the parent's threads."""
        self._changed = threading.Condition()
        self._waiting: deque[_Call] = deque()
        self._in_work = False
        self._is_open = False
        self._is_slow = False
        # Told by the thread: whether the sink has taken up the run.
        self._is_begun = False
        self._thread: threading.Thread | None = None

    def begin(self, run: RunStart, counters: Counters) -> None:
        """A run begins or goes on; one that nobody has ended is ended before.

        Args:
            run: which.
            counters: of the run: count what fails from now on.
        """
        self.end()
        self._counters = counters
        self._is_open, self._is_slow = True, False
        self._add(_Call(lambda sink: self._begin(sink, run), counters, needs_begun=False))

    def _begin(self, sink: Sink, run: RunStart) -> None:
        self._is_begun = False
        sink.begin(run)
        self._is_begun = True

    def put(self, make: Callable[[Sink], object], most: int = MOST_WAITING) -> None:
        """Has a call made; one that comes while `most` others wait is counted and left out."""
        with self._changed:
            if not self._is_open:
                return
            is_full = len(self._waiting) >= most
        if is_full:
            self._leave_out(self._counters)
            if not self._is_slow:
                self._is_slow = True
                cause = f"{most} calls of it wait, and what comes meanwhile is left out"
                self._counters.fail(self.kind, cause)
        else:
            self._add(_Call(make, self._counters))

    def end(self) -> None:
        """Lets the sink end the run when all that waits has been handed on. Waits for nothing."""
        if self._is_open:
            self._is_open = False
            self._add(_Call(_end, self._counters, ends=True))

    @property
    def left(self) -> int:
        """How many calls wait or are in work."""
        with self._changed:
            return len(self._waiting) + self._in_work

    def wait(self, until: float) -> bool:
        """Waits until all is handed on, or the time `until` of time.monotonic; whether it is."""
        with self._changed:
            while self._waiting or self._in_work:
                remaining_s = until - time.monotonic()
                if remaining_s <= 0 or self._thread is None or not self._thread.is_alive():
                    return False
                self._changed.wait(remaining_s)
            return True

    def _add(self, call: _Call) -> None:
        with self._changed:
            self._waiting.append(call)
            self._changed.notify_all()
            if self._thread is not None and self._thread.is_alive():
                return
            thread = threading.Thread(target=self._work, daemon=True, name=self.kind)
            try:
                thread.start()
            except (RuntimeError, MemoryError) as error:
                # The system, or an interpreter about to end, gives no thread.
                self._waiting.clear()
                self._is_open = False
                self._counters.fail(self.kind, error)
            else:
                self._thread = thread

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                call = self._waiting.popleft()
                self._in_work = True
            try:
                self._do(call)
            finally:
                with self._changed:
                    self._in_work = False
                    is_over = call.ends and not self._waiting
                    if is_over:
                        self._thread = None
                    self._changed.notify_all()
            if is_over:
                return

    def _do(self, call: _Call) -> None:
        if call.needs_begun and not self._is_begun:
            if not call.ends:
                self._leave_out(call.counters)
            return
        try:
            call.make(self._sink)
        except BaseException as error:
            # Also what is meant to end a program: it is the sink's thread alone that ends.
            call.counters.fail(self.kind, error)
        if call.ends:
            self._is_begun = False

    def _leave_out(self, counters: Counters) -> None:
        counters.add(f"{self.kind}_left_out")


def _end(sink: Sink) -> None:
    sink.end()
