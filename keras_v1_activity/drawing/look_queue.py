"""The short queue of looks that wait to be drawn."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.storage.counters import Counters
from keras_v1_activity.storage.run_file import RunMark


class WaitingLook(NamedTuple):
    """A look with the figures that are to be drawn of it.

    Attributes:
        activity: the look.
        figures: (figure name, path of the PNG file) of each.
        run: which run they belong to; None draws them in any case.

    Example:
        >>> WaitingLook(activity, [("raster", Path("raster.png"))]).run is None
        True
    """

    activity: Activity
    figures: Sequence[tuple[str, Path]]
    run: RunMark | None = None


class LookQueue:
    """Looks that wait, and how many figures are left. Any thread may call it; no call waits.

    A full queue drops its oldest look, whose figures are counted as dropped.

    Args:
        counters: counts the figures that are dropped.
        most_looks: how many looks may wait.

    Attributes:
        changed: is notified of every change; whoever holds it keeps the queue as it is.
        figures_left: figures of the looks that wait, and of the one in work those not yet done.
        stopped: whether nothing more is taken in.

    Example:
        >>> queue = LookQueue(Counters(), most_looks=4)
        >>> queue.put(WaitingLook(activity, [("raster", Path("raster.png"))]))
        True
        >>> queue.steps, queue.figures_left, queue.take().activity.step, len(queue)
        ([100], 1, 100, 0)
    """

    changed: threading.Condition
    figures_left: int
    stopped: bool

    def __init__(self, counters: Counters, most_looks: int) -> None:
        # Its lock may be taken again by the thread that holds it.
        self.changed = threading.Condition()
        self.figures_left = 0
        self.stopped = False
        self._counters = counters
        self._most_looks = most_looks
        self._waiting: deque[WaitingLook] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def steps(self) -> list[int]:
        """Steps of the looks that wait, the oldest first."""
        with self.changed:
            return [look.activity.step for look in self._waiting]

    def put(self, look: WaitingLook) -> bool:
        """Takes in one look; False if the queue is stopped, so that its figures are dropped."""
        with self.changed:
            if self.stopped:
                self._counters.add("figures_dropped", len(look.figures))
                return False
            if len(self._waiting) >= self._most_looks:
                self._drop(self._waiting.popleft())
            self._waiting.append(look)
            self.figures_left += len(look.figures)
            self.changed.notify_all()
            return True

    def take(self) -> WaitingLook | None:
        """The oldest look, whose figures are still left; None if none waits."""
        with self.changed:
            return self._waiting.popleft() if self._waiting else None

    def count_done(self, n_figures: int = 1) -> None:
        """Some figures of the look in work are drawn, or will never be."""
        with self.changed:
            self.figures_left -= n_figures
            self.changed.notify_all()

    def stop(self) -> None:
        """Drops what waits and takes nothing more in."""
        with self.changed:
            self.stopped = True
            while self._waiting:
                self._drop(self._waiting.popleft())
            self.changed.notify_all()

    def _drop(self, look: WaitingLook) -> None:
        self._counters.add("figures_dropped", len(look.figures))
        self.figures_left -= len(look.figures)
