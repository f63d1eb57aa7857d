"""A progress bar for those who wait."""

from __future__ import annotations

import sys
from typing import TextIO

from keras_v1_activity.common.notices import LOGGER_NAME, write


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal; one that is closed or None is not.

    Example:
        >>> is_terminal(None)
        False
    """
    try:
        return stream is not None and stream.isatty()
    except Exception:
        # Closed, or something that somebody has put in its place.
        return False


class ProgressBar:
    """A progress bar on standard error; if that is no terminal, its first and last state.

    Args:
        total: how many figures are to be drawn; with none, nothing is shown.

    Example:
        >>> bar = ProgressBar(3)
        >>> bar.show(1); bar.end()
    """

    _WIDTH = 24

    def __init__(self, total: int) -> None:
        self._total = total
        self._terminal = is_terminal(sys.stderr)
        self._shown = False

    def show(self, done: int) -> None:
        """Shows that `done` figures are drawn."""
        if not self._total or (self._shown and not self._terminal):
            return
        self._shown = True
        filled = self._WIDTH * done // self._total
        bar = "#" * filled + "." * (self._WIDTH - filled)
        self._write(f"drawing figures [{bar}] {done}/{self._total}, Ctrl-C skips the rest")

    def leave(self) -> None:
        """Ends the line before all is done."""
        if self._shown and self._terminal:
            write("\n")

    def end(self) -> None:
        """Shows the last state."""
        if not self._total:
            return
        over = " " * len(", Ctrl-C skips the rest") + "\n" if self._terminal else ""
        self._write(f"drawing figures [{'#' * self._WIDTH}] {self._total}/{self._total}{over}")

    def _write(self, text: str) -> None:
        start, end = ("\r", "") if self._terminal else ("", "\n")
        write(f"{start}{LOGGER_NAME}: {text}{end}")
