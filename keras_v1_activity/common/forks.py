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

    def begin_again(self) -> None:
        """Called in the child: makes new locks, and forgets what the parent's threads do."""
        ...


_OWNERS: weakref.WeakSet[Forkable] = weakref.WeakSet()


def begin_again_when_forked(owner: Forkable) -> None:
    """Has ``owner.begin_again()`` called in every forked child; `owner` is not kept in use.

    Example:
        >>> class Jobs:
        ...     def begin_again(self) -> None:
        ...         self.waiting = []
        >>> begin_again_when_forked(Jobs())
    """
    _OWNERS.add(owner)


def _in_child() -> None:
    for owner in list(_OWNERS):
        owner.begin_again()


# Windows has no fork.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
