"""Whether somebody waits for figures, so that drawing does not rest."""

from __future__ import annotations

import threading
from types import TracebackType


class Hurry:
    """A `with` block around each wait: drawing does not rest while one is entered.

    Args:
        changed: is notified when one is entered.

    Example:
        >>> hurry = Hurry(threading.Condition())
        >>> with hurry:
        ...     print(hurry.on)
        True
        >>> hurry.on
        False
    """

    def __init__(self, changed: threading.Condition) -> None:
        self._changed = changed
        self._waiters = 0

    @property
    def on(self) -> bool:
        """Whether somebody waits."""
        return self._waiters > 0

    def __enter__(self) -> Hurry:
        with self._changed:
            self._waiters += 1
            self._changed.notify_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._changed:
            self._waiters -= 1
