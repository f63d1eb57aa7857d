"""Counting what went well and what failed, from several threads."""

import threading

_FAILED = {"capture": "captures_failed", "save": "saves_failed", "draw": "figures_failed"}


class Tally:
    """Counts by name, and the first cause of each kind of failure.

    Args:
        counts: counts to start from, e.g. those of a run that is resumed.
    """

    def __init__(self, counts=None):
        self._lock = threading.Lock()
        self._counts = dict.fromkeys(
            ("looks", "figures_drawn", "figures_dropped", *_FAILED.values()), 0
        )
        for name, count in (counts or {}).items():
            if isinstance(count, int):
                self._counts[name] = count
        self._causes = {}

    def add(self, name, count=1):
        """Adds to the count called `name`."""
        with self._lock:
            self._counts[name] = self._counts.get(name, 0) + count

    def fail(self, kind, error):
        """Counts one failure of a kind; the first cause of each kind is kept.

        Args:
            kind: "capture", "save" or "draw"; any other is counted as ``<kind>_failed``.
            error: the exception, or a sentence.
        """
        self.add(_FAILED.get(kind, f"{kind}_failed"))
        with self._lock:
            self._causes.setdefault(kind, describe(error))

    @property
    def counts(self):
        """A copy of the counts, dict by name."""
        with self._lock:
            return dict(self._counts)

    @property
    def causes(self):
        """A copy of the first causes, dict by kind."""
        with self._lock:
            return dict(self._causes)


def describe(error):
    """An exception as one line: its type and message; a sentence as it is."""
    if isinstance(error, BaseException):
        text = " ".join(str(error).split())
        return f"{type(error).__name__}: {text}" if text else type(error).__name__
    return str(error)
