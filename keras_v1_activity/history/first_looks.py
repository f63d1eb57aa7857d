"""FirstLooks: what was found in the first looks of a run, which change no more as the run grows."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

_Found = TypeVar("_Found")
# So many things are remembered: rules may ask for ever new ones.
_MOST = 10_000


class FirstLooks:
    """Remembers what is found in the first rows of a `History`, until one of them changes.

    Example:
        >>> first = FirstLooks()
        >>> [first.remembered(20, "mean", lambda: 5.0, n_looks=n) for n in (19, 20)]
        [5.0, 5.0]
        >>> first.remembered(20, "mean", lambda: 6.0, n_looks=21)
        5.0
        >>> first.forget(3)
        >>> first.remembered(20, "mean", lambda: 6.0, n_looks=21)
        6.0
    """

    def __init__(self) -> None:
        self._found: dict[Hashable, Any] = {}
        self._rows = 0

    def remembered(
        self, of_looks: int, key: Hashable, find: Callable[[], _Found], *, n_looks: int
    ) -> _Found:
        """What `find` makes of the first looks: found once, and anew if one of them has changed.

        Args:
            of_looks: how many looks that is about.
            key: what is found, so that it can be told from other things.
            find: function without arguments that looks at these rows alone.
            n_looks: how many there are; while they are fewer than `of_looks`, nothing is
                remembered.
        """
        if n_looks < of_looks:
            return find()
        if key not in self._found:
            if len(self._found) >= _MOST:
                self._found.clear()
            self._found[key] = find()
            self._rows = max(self._rows, of_looks)
        found: _Found = self._found[key]
        return found

    def forget(self, place: int) -> None:
        """The row at a place is new, or has changed."""
        if place < self._rows:
            self._found.clear()
            self._rows = 0
