"""Counting what went well and what failed, from several threads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from keras_v1_activity.common.locks import Lock
from keras_v1_activity.storage.run_content import is_count

_FIGURES = ("figures_drawn", "figures_missing", "figures_dropped")
_FAILED = {"capture": "captures_failed", "save": "saves_failed", "draw": "figures_failed"}


class Counters:
    """Counts by name, and the first cause of each kind of failure.

    Args:
        counts: counts to start from, e.g. those of a run that is resumed; what is no whole number
            is left out.

    Example:
        >>> counters = Counters({"looks": 2})
        >>> counters.add("looks")
        >>> with counters.failures_as("save"):
        ...     raise OSError("disk full")
        >>> counters.counts["looks"], counters.counts["saves_failed"], counters.causes
        (3, 1, {'save': 'OSError: disk full'})
    """

    def __init__(self, counts: Mapping[str, object] | None = None) -> None:
        self._lock = Lock()
        self._counts: dict[str, int] = dict.fromkeys(("looks", *_FIGURES, *_FAILED.values()), 0)
        for name, count in (counts or {}).items():
            if is_count(count):
                self._counts[name] = count
        self._causes: dict[str, str] = {}

    def add(self, name: str, count: int = 1) -> None:
        """Adds to the count called `name`."""
        with self._lock:
            self._counts[name] = self._counts.get(name, 0) + count

    def fail(self, kind: str, error: BaseException | str) -> None:
        """Counts one failure of a kind; the first cause of each kind is kept.

        Args:
            kind: "capture", "save" or "draw"; any other is counted as ``<kind>_failed``.
            error: the exception, or a sentence.
        """
        self.add(_FAILED.get(kind, f"{kind}_failed"))
        with self._lock:
            self._causes.setdefault(kind, describe(error))

    @contextmanager
    def failures_as(self, kind: str) -> Iterator[None]:
        """Counts an exception in the block as a failure of this kind; only Ctrl-C and exit pass."""
        try:
            yield
        except Exception as error:
            self.fail(kind, error)

    @property
    def counts(self) -> dict[str, int]:
        """A copy of the counts, by name."""
        with self._lock:
            return dict(self._counts)

    @property
    def causes(self) -> dict[str, str]:
        """A copy of the first causes, by kind of failure."""
        with self._lock:
            return dict(self._causes)


def describe(error: BaseException | str) -> str:
    """An exception as one line: its type and message; a sentence as it is.

    Example:
        >>> describe(OSError("disk full"))
        'OSError: disk full'
    """
    if isinstance(error, BaseException):
        text = " ".join(str(error).split())
        return f"{type(error).__name__}: {text}" if text else type(error).__name__
    return str(error)
