"""A progress line for those who wait."""

import sys


class Progress:
    """A progress line on standard error; where that is no terminal, its first and last state."""

    _WIDTH = 24

    def __init__(self, total):
        self._total = total
        self._terminal = sys.stderr is not None and sys.stderr.isatty()
        self._shown = False

    def show(self, done):
        """Shows that `done` figures are drawn."""
        if self._shown and not self._terminal:
            return
        self._shown = True
        filled = self._WIDTH * done // self._total
        bar = "#" * filled + "." * (self._WIDTH - filled)
        self._write(f"drawing figures [{bar}] {done}/{self._total}, Ctrl-C skips the rest")

    def leave(self):
        """Ends the line before all is done."""
        if self._shown and self._terminal:
            print(file=sys.stderr, flush=True)

    def end(self):
        """Shows the last state."""
        over = " " * len(", Ctrl-C skips the rest") + "\n" if self._terminal else ""
        self._write(f"drawing figures [{'#' * self._WIDTH}] {self._total}/{self._total}{over}")

    def _write(self, text):
        ends = {"end": ""} if self._terminal else {}
        start = "\r" if self._terminal else ""
        print(f"{start}keras_v1_activity: {text}", file=sys.stderr, flush=True, **ends)
