"""What a forked child must not go on with: locks that nobody frees, threads that are not there."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Forkable(Protocol):
    """Something that begins again, empty, in a forked child.

    Example:
        >>> class Jobs:
        ...     def begin_again(self) -> None:
        ...         self.waiting = []
        >>> jobs: Forkable = Jobs()
        >>> jobs.begin_again()
    """

    def begin_again(self) -> object:
        """Called in the child: makes new locks, and forgets what the parent's threads do.

        Returns:
            What the child must never free, because that would wait for a lock of the parent's
            threads; or None.
        """
        ...


class _Forks:
    """What a forked child of this process does first.

    There is one of them, because Python never takes back what it is told to do in forked children:
    each object that came and went would leave a call behind. Python is told at the first use, so
    that importing this file changes nothing.
    """

    def __init__(self) -> None:
        self._owners: weakref.WeakSet[Forkable] = weakref.WeakSet()
        self._is_registered = False
        self._never_freed: list[object] = []

    def add(self, owner: Forkable) -> None:
        self._owners.add(owner)
        # Windows has no fork.
        if not self._is_registered and hasattr(os, "register_at_fork"):
            self._is_registered = True
            os.register_at_fork(after_in_child=self._begin_again)

    def _begin_again(self) -> None:
        for owner in list(self._owners):
            kept = owner.begin_again()
            if kept is not None:
                self._never_freed.append(kept)


_FORKS = _Forks()


def begin_again_when_forked(owner: Forkable) -> None:
    """Has ``owner.begin_again()`` called in every forked child; `owner` is not kept in use.

    Example:
        >>> class Jobs:
        ...     def begin_again(self) -> None:
        ...         self.waiting = []
        >>> begin_again_when_forked(Jobs())
    """
    _FORKS.add(owner)
