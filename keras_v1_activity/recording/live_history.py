"""LiveHistory: the numbers of a run's looks, kept in memory while it is recorded."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from keras_v1_activity.common.forks import begin_again_when_forked
from keras_v1_activity.history import History
from keras_v1_activity.storage.counters import Counters

OnRow: TypeAlias = Callable[[History, int], object]
"""Called with the history so far and the step whose row is new or has grown."""
OnPart: TypeAlias = Callable[[int, Mapping[str, Any]], object]
"""Called with the step of a row, and what has been added to it."""

# A folder that does not answer must not hold up the end of a training.
_LONGEST_WAIT_S = 60.0


class _Part(NamedTuple):
    step: int
    content: Mapping[str, Any]
    anew: bool


class LiveHistory:
    """A `History` that grows while looks are stored, drawn and measured; any thread may add to it.

    What is added is taken in one after the other, in the order in which it came, by one of the
    threads that add; the others do not wait. What comes while earlier rows are read from disk is
    taken in after them. In a forked child, and in a copy, it is empty.

    Args:
        counters: counts what fails, as "history".
        on_row: called after each row and each addition to one, in the thread that has taken it in,
            one call at a time. The `History` that it is given is its own and does not change any
            more. What it raises is counted as "on_row". It must not keep the recorder in use, and
            should be quick: later rows wait for it, though no training does.
        on_part: called before that with what has been added; must be quick, and raise nothing.

    Example:
        >>> history = LiveHistory(Counters(), lambda known, step: print(step, len(known)))
        >>> history.merge(100, {"mean_rate_hz": 4.0}, anew=True)
        100 1
        >>> history.merge(100, {"statistics": {"branching_ratio": 0.8}})
        100 1
        >>> history.now().value(0, "statistics", "branching_ratio")
        0.8
    """

    def __init__(
        self, counters: Counters, on_row: OnRow | None = None, on_part: OnPart | None = None
    ) -> None:
        self._counters = counters
        self._on_row = on_row
        self._on_part = on_part
        self.begin_again()
        begin_again_when_forked(self)

    def begin_again(self) -> None:
        """Forgets all rows, as a forked child does: it has none of the parent's threads."""
        self._changed = threading.Condition()
        self._history = History()
        self._waiting: deque[_Part] = deque()
        # The thread that takes in what waits.
        self._taker: int | None = None
        self._reading = False

    def __reduce__(self) -> tuple[type[LiveHistory], tuple[object, ...]]:
        return LiveHistory, (self._counters, self._on_row, self._on_part)

    def renewed(self, counters: Counters) -> LiveHistory:
        """An empty one for the next run; of this one nothing is told any more.

        Args:
            counters: of the next run.
        """
        told = self._on_row, self._on_part
        self._on_row = self._on_part = None
        return LiveHistory(counters, *told)

    def now(self) -> History:
        """A copy of what is known now."""
        with self._changed:
            return self._history.last(len(self._history))

    def merge(self, step: int, part: Mapping[str, Any], *, anew: bool = False) -> None:
        """Adds the row of a look, or what has become known of it later. Never raises, nor waits.

        Args:
            step, part, anew: as for `History.merge`.
        """
        with self._changed:
            self._waiting.append(_Part(step, part, anew))
        self._take_in()

    def add_numbers(self, step: int, numbers: Mapping[str, Any]) -> None:
        """Adds the numbers of a look by population, once they are computed."""
        self.merge(step, {"statistics": numbers})

    def read(self, find: Callable[[], History], *, background: bool = True) -> None:
        """Takes in the earlier rows of a run that is resumed. Nothing is told of them.

        Args:
            find: reads them; called in a thread of its own.
            background: return at once; else when they are read.
        """
        with self._changed:
            self._reading = True
        thread = threading.Thread(target=self._read, args=(find,), daemon=True)
        try:
            if background:
                thread.start()
        except RuntimeError:
            # The system gives no thread.
            background = False
        if not background:
            self._read(find)

    def wait(self) -> None:
        """Waits, for a minute at most, until all that was added is taken in and told."""

        def done() -> bool:
            here = self._taker == threading.get_ident()
            return here or not (self._reading or self._waiting or self._taker)

        with self._changed:
            self._changed.wait_for(done, _LONGEST_WAIT_S)

    def _read(self, find: Callable[[], History]) -> None:
        earlier = History()
        with self._counters.failures_as("history"):
            earlier = find()
        with self._changed:
            self._history = earlier
            self._reading = False
            self._changed.notify_all()
        self._take_in()

    def _take_in(self) -> None:
        """Takes in what waits, unless another thread does, or earlier rows are still read."""
        while True:
            with self._changed:
                # Also this thread itself may do it: `on_row` has added to a row.
                if self._taker is not None or self._reading or not self._waiting:
                    return
                part = self._waiting.popleft()
                self._taker = threading.get_ident()
            try:
                self._take(part)
            finally:
                with self._changed:
                    self._taker = None
                    self._changed.notify_all()

    def _take(self, part: _Part) -> None:
        with self._changed:
            self._history.merge(part.step, part.content, anew=part.anew)
            known = self._history.last(len(self._history))
        if self._on_part is not None:
            self._on_part(part.step, part.content)
        if self._on_row is not None:
            with self._counters.failures_as("on_row"):
                self._on_row(known, part.step)
