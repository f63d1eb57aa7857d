"""Deliveries: all sinks of a run, as the recorder knows them."""

from __future__ import annotations

import atexit
import time
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from keras_v1_activity.sinks.delivery import MOST_PICTURES, MOST_WAITING, Delivery
from keras_v1_activity.sinks.numbers import scalars_of
from keras_v1_activity.sinks.sink import WAIT_S, RunStart, Sink, checked_sinks
from keras_v1_activity.storage.counters import Counters
from keras_v1_activity.storage.names import REPORT
from keras_v1_activity.storage.run_id import NO_RUN

if TYPE_CHECKING:
    from keras_v1_activity.alarms.alarm import Alarm
Sinks: TypeAlias = Sink | Iterable[Sink]
"""What a user gives as ``sinks=``."""


class Deliveries:
    """Hands what becomes known of a run on to its sinks. Nothing is raised, and nobody waits.

    Any thread may call it. Each sink has a thread and a queue of its own; see `Delivery`. In a
    forked child nothing is handed on, and a copy begins with copies of the sinks.

    Args:
        sinks: what the user gave as ``sinks=``.

    Attributes:
        names: of the classes of the sinks, for run.json.

    Raises:
        ValueError: something in it is no sink.

    Example:
        >>> class Print(Sink):
        ...     def scalars(self, step, values):
        ...         print(step, values)
        >>> deliveries = Deliveries([Print()])
        >>> deliveries.begin(RunStart("3fa9", Path("logs"), 0, {}), Counters())
        >>> deliveries.scalars(100, {"mean_rate_hz": 4.0}); deliveries.close()
        100 {'rate_hz/all': 4.0}
    """

    names: list[str]

    def __init__(self, sinks: Sinks = ()) -> None:
        self._sinks = checked_sinks(sinks)
        self.names = [type(sink).__name__ for sink in self._sinks]
        self._each = [Delivery(sink, kind) for sink, kind in _kinds(self._sinks)]
        self._counters = Counters()
        self._start: RunStart | None = None
        self._is_closing = False
        if self._each:
            # Before anything is recorded: at the end of Python, what was registered last is called
            # first, and the last pictures are to be drawn before the sinks are waited for.
            _LEAVING.add(self._each)
            # Of a run that nobody closes: what is recorded of it is handed on all the same.
            weakref.finalize(self, _end, self._each).atexit = False

    def __reduce__(self) -> tuple[type[Deliveries], tuple[tuple[Sink, ...]]]:
        return Deliveries, (self._sinks,)

    def begin(self, run: RunStart, counters: Counters) -> None:
        """A run begins or goes on.

        Args:
            run: which; one that another process records is left to that.
            counters: of the run; count what fails and what is left out.
        """
        self._counters = counters
        self._is_closing, self._start = False, run
        if run.run_id != NO_RUN:
            for delivery in self._each:
                delivery.begin(run, counters)

    def scalars(self, step: int, part: Mapping[str, Any]) -> None:
        """What has become known of a look: its row, or an addition to it."""
        if self._each:
            # One for all of them: nobody may change it.
            values = MappingProxyType(scalars_of(part))
            if values:
                self._put(lambda sink: sink.scalars(step, values))

    def picture(self, step: int, name: str, path: Path) -> None:
        """A figure of a look has been drawn."""

        def hand_on(sink: Sink) -> None:
            # Training that went back may have moved it aside by now.
            if path.exists():
                sink.picture(step, name, path)

        self._put(hand_on, MOST_PICTURES)

    def alarm(self, alarm: Alarm) -> None:
        """An alarm has fired."""
        self._put(lambda sink: sink.alarm(alarm))

    def artifact(self, path: Path) -> None:
        """A file of the whole run is complete."""
        self._put(lambda sink: sink.artifact(path))

    def _put(self, call: Callable[[Sink], object], most: int = MOST_WAITING) -> None:
        for delivery in self._each:
            delivery.put(call, most)

    def wait(self) -> bool:
        """Waits until the sinks have taken all, for `WAIT_S` at most; whether they have."""
        return not _unfinished(self._each, WAIT_S)

    def close(self, write: Callable[[], object] | None = None, *, more_comes: bool = False) -> None:
        """Waits for the sinks at the end of a training, for `WAIT_S` at most.

        Args:
            write: writes ``run.json``; called if something failed.
            more_comes: figures are still being drawn, and `close_late` is called after them.
        """
        if not self._each:
            return
        self._is_closing = True
        if not more_comes:
            self._hand_on_report()
            _end(self._each)
        for delivery in _unfinished(self._each, WAIT_S):
            cause = f"it has not taken all within {WAIT_S:g} s of the end of the training"
            self._counters.fail(delivery.kind, cause)
        if write is not None and any(name.startswith("sink_") for name in self._counters.counts):
            write()

    def close_late(self, write: Callable[[], object]) -> None:
        """Ends a run of which the last figures were drawn after the training.

        Args:
            write: as for `close`.
        """
        # Else training goes on already.
        if self._is_closing:
            self.close(write)

    def _hand_on_report(self) -> None:
        start = self._start
        if start is not None and start.settings.get("report"):
            path = start.log_dir / REPORT
            if path.is_file():
                self.artifact(path)


class _Leaving:
    """What Python does at its end for all sinks: one wait for all of them together."""

    def __init__(self) -> None:
        self._lists: list[weakref.ref[Delivery]] = []
        self._is_registered = False

    def add(self, deliveries: list[Delivery]) -> None:
        self._lists = [known for known in self._lists if known() is not None]
        self._lists += [weakref.ref(delivery) for delivery in deliveries]
        if not self._is_registered:
            self._is_registered = True
            atexit.register(self._leave)

    def _leave(self) -> None:
        found = [delivery for known in self._lists if (delivery := known()) is not None]
        _end(found)
        _unfinished(found, WAIT_S)


_LEAVING = _Leaving()


def _kinds(sinks: Iterable[Sink]) -> Iterator[tuple[Sink, str]]:
    """Each sink, and the kind that its failures are counted as."""
    seen: Counter[str] = Counter()
    for sink in sinks:
        name = type(sink).__name__.lower()
        seen[name] += 1
        yield sink, f"sink_{name}" if seen[name] == 1 else f"sink_{name}_{seen[name]}"


def _end(deliveries: list[Delivery]) -> None:
    for delivery in deliveries:
        delivery.end()


def _unfinished(deliveries: list[Delivery], wait_s: float) -> list[Delivery]:
    """Those that have not handed on all within `wait_s` together; Ctrl-C waits no longer."""
    until = time.monotonic() + wait_s
    try:
        for delivery in deliveries:
            delivery.wait(until)
    except KeyboardInterrupt:
        pass
    return [delivery for delivery in deliveries if delivery.left]
