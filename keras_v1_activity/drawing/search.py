"""The search for figures that are missing: asked for by one thread, done by another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from keras_v1_activity.drawing.stored_look import StoredLook


class Search:
    """What is to be looked for, until that is done.

    Args:
        changed: is notified when something is asked for, and when it is done.

    Example:
        >>> search = Search(threading.Condition())
        >>> search.ask(lambda: [])
        >>> search.pending, search.run(list), search.pending
        (True, [], False)
    """

    def __init__(self, changed: threading.Condition) -> None:
        self._changed = changed
        self._find: Callable[[], Iterable[StoredLook]] | None = None

    @property
    def pending(self) -> bool:
        """Whether something was asked for and is not done."""
        return self._find is not None

    def ask(self, find: Callable[[], Iterable[StoredLook]] | None) -> None:
        """Asks for a search, in place of one that has not begun.

        Args:
            find: returns looks that lack figures, by ascending step; None takes the search back.
        """
        with self._changed:
            self._find = find
            self._changed.notify_all()

    def run(self, add: Callable[[Iterable[StoredLook]], object]) -> object:
        """Does what was asked for, if anything was.

        Args:
            add: called with what was found.

        Returns:
            What `add` returns; None if nothing was asked for.
        """
        find = self._find
        if find is None:
            return None
        try:
            return add(find())
        finally:
            with self._changed:
                if self._find is find:
                    self._find = None
                self._changed.notify_all()
