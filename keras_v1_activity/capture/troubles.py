"""Troubles: what could not be captured, kept until it is reported."""

from __future__ import annotations


class Troubles:
    """Reasons why a part of a look could not be taken, the latest of each kind.

    Example:
        >>> troubles = Troubles()
        >>> troubles.note("trace", ValueError("no currents"))
        >>> troubles.take()
        [('trace', ValueError('no currents'))]
        >>> troubles.take()
        []
    """

    def __init__(self) -> None:
        self._of_kind: dict[str, Exception] = {}

    def note(self, kind: str, error: Exception) -> None:
        """Keeps a reason.

        Args:
            kind: as `Recorder.fail` takes it, e.g. "capture" or "trace".
            error: the exception.
        """
        self._of_kind[kind] = error

    def take(self) -> list[tuple[str, Exception]]:
        """(kind, exception) of each reason noted since the last call."""
        taken = list(self._of_kind.items())
        self._of_kind.clear()
        return taken
