"""Stored looks whose figures were left out, to be drawn when there is time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from pathlib import Path

from keras_v1_activity.common.locks import Lock
from keras_v1_activity.drawing.products import n_figures
from keras_v1_activity.drawing.stored_look import StoredLook


class Backlog:
    """Looks that lack figures and are drawn later from their stored data, the newest first.

    Nothing of their data is kept in memory. It outlives the drawing process: what one left is
    drawn by the next one of the same run. Any thread may call it; no call waits.

    Example:
        >>> from keras_v1_activity.storage.layout import make_layout
        >>> layout, backlog = make_layout("folders", "logs"), Backlog()
        >>> for step in (100, 200):
        ...     backlog.add(StoredLook(layout, step, ("raster", "input")))
        >>> len(backlog), backlog.figures_left, backlog.take().step
        (2, 4, 200)
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._looks: deque[StoredLook] = deque()
        self._left = self._figures = 0
        # Most looks lack the same figures: their names are kept once.
        self._names: dict[tuple[str, ...], tuple[str, ...]] = {}

    def __len__(self) -> int:
        """How many looks lack figures."""
        return len(self._looks)

    @property
    def figures_left(self) -> int:
        """How many figures they lack."""
        return self._figures

    @property
    def left(self) -> int:
        """How many figures and numbers they lack."""
        return self._left

    @property
    def steps(self) -> list[int]:
        """Their steps, in the order in which they were added."""
        with self._lock:
            return [look.step for look in self._looks]

    @property
    def folder(self) -> Path | None:
        """Folder of their run; None if there are none."""
        with self._lock:
            return self._looks[-1].layout.log_dir if self._looks else None

    def add(self, look: StoredLook) -> None:
        """Takes in a look, which is drawn before those that are here."""
        with self._lock:
            self._looks.append(self._noted(look))

    def add_last(self, looks: Iterable[StoredLook]) -> None:
        """Takes in looks that are drawn after those that are here.

        Args:
            looks: in the order of their steps; the last is drawn first.
        """
        with self._lock:
            self._looks.extendleft(self._noted(look) for look in reversed(list(looks)))

    def take(self) -> StoredLook | None:
        """The look to be drawn next, which is here no longer; None if there is none."""
        with self._lock:
            if not self._looks:
                return None
            look = self._looks.pop()
            self._count(look.names, -1)
            return look

    def _noted(self, look: StoredLook) -> StoredLook:
        names = self._names.setdefault(look.names, look.names)
        self._count(names, 1)
        return look._replace(names=names)

    def _count(self, names: tuple[str, ...], sign: int) -> None:
        self._left += sign * len(names)
        self._figures += sign * n_figures(names)
