"""The short queue of looks that wait to be drawn, and behind it those that are drawn later."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.drawing.backlog import Backlog
from keras_v1_activity.drawing.products import n_figures
from keras_v1_activity.drawing.stored_look import StoredLook
from keras_v1_activity.storage.counters import Counters
from keras_v1_activity.storage.layout import Layout
from keras_v1_activity.storage.run_file import RunMark


class WaitingLook(NamedTuple):
    """A look with the figures that are to be drawn of it.

    Attributes:
        activity: the look.
        figures: (name, path of the file) of each; see `products`.
        run: which run they belong to; None draws them in any case.
        layout: where its files lie, if its data are stored; None if they are not.

    Example:
        >>> WaitingLook(activity, [("raster", Path("raster.png"))]).stored() is None
        True
    """

    activity: Activity
    figures: Sequence[tuple[str, Path]]
    run: RunMark | None = None
    layout: Layout | None = None

    @property
    def step(self) -> int:
        """Step of the look."""
        return self.activity.step

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the figures."""
        return tuple(name for name, _ in self.figures)

    def stored(self) -> StoredLook | None:
        """The same look without its data in memory; None if they are not stored."""
        if self.layout is None:
            return None
        return StoredLook(self.layout, self.step, self.names, self.run)


class LookQueue:
    """Looks that wait, and how many figures are left. Any thread may call it; no call waits.

    A full queue gives up its oldest look: if its data are stored it goes to the backlog, which is
    taken from when nothing waits; else its figures are counted as dropped. A figure counts as
    missing until it is drawn, has failed or is dropped. Numbers are left like figures, but are not
    counted.

    Args:
        counters: counts the figures that are missing and those that are dropped.
        most_looks: how many looks may wait.
        backlog: stored looks to be drawn when there is time; None for an empty one.

    Attributes:
        changed: is notified of every change; whoever holds it keeps the queue as it is.
        backlog: stored looks to be drawn when there is time.
        stopped: whether nothing more is taken in or out.

    Example:
        >>> queue = LookQueue(Counters(), most_looks=4)
        >>> queue.put(WaitingLook(activity, [("raster", Path("raster.png"))]))
        True
        >>> queue.steps, queue.figures_left, queue.take().activity.step, len(queue)
        ([100], 1, 100, 0)
    """

    changed: threading.Condition
    backlog: Backlog
    stopped: bool

    def __init__(self, counters: Counters, most_looks: int, backlog: Backlog | None = None) -> None:
        # Its lock may be taken again by the thread that holds it.
        self.changed = threading.Condition()
        self.backlog = Backlog() if backlog is None else backlog
        self.stopped = False
        self._counters = counters
        self._most_looks = most_looks
        self._waiting: deque[WaitingLook] = deque()
        self._figures_in_work = self._in_work = 0

    def __len__(self) -> int:
        """How many looks can be taken, those of the backlog among them."""
        with self.changed:
            return 0 if self.stopped else len(self._waiting) + len(self.backlog)

    @property
    def figures_left(self) -> int:
        """Figures of the looks that can be taken, and of those in work the ones not yet done."""
        with self.changed:
            if self.stopped:
                return self._figures_in_work
            waiting = sum(n_figures(look.names) for look in self._waiting)
            return self._figures_in_work + waiting + self.backlog.figures_left

    @property
    def left(self) -> int:
        """As `figures_left`, with the numbers that are still to be computed."""
        with self.changed:
            if self.stopped:
                return self._in_work
            waiting = sum(len(look.figures) for look in self._waiting)
            return self._in_work + waiting + self.backlog.left

    @property
    def steps(self) -> list[int]:
        """Steps of the looks that wait, the oldest first, without the backlog."""
        with self.changed:
            return [look.activity.step for look in self._waiting]

    def put(self, look: WaitingLook) -> bool:
        """Takes in one look; False if the queue is stopped, so that nothing is drawn of it."""
        with self.changed:
            self._counters.add("figures_missing", n_figures(look.names))
            if self.stopped:
                self._put_off(look, look.names)
                return False
            if len(self._waiting) >= self._most_looks:
                oldest = self._waiting.popleft()
                self._put_off(oldest, oldest.names)
            self._waiting.append(look)
            self.changed.notify_all()
            return True

    def add_found(self, looks: Iterable[StoredLook]) -> None:
        """Takes looks that were found to lack figures into the backlog, after those in it.

        Args:
            looks: by ascending step.
        """
        looks = list(looks)
        with self.changed:
            self._counters.add("figures_missing", sum(n_figures(look.names) for look in looks))
            self.backlog.add_last(looks)
            self.changed.notify_all()

    def take(self) -> WaitingLook | StoredLook | None:
        """The oldest look that waits, else the newest of the backlog; None if there is none.

        Its figures are left until `count_done` or `lose` says otherwise.
        """
        with self.changed:
            look: WaitingLook | StoredLook | None = None
            if not self.stopped:
                look = self._waiting.popleft() if self._waiting else self.backlog.take()
            if look is not None:
                self._in_work += len(look.names)
                self._figures_in_work += n_figures(look.names)
            return look

    def count_done(self, n_done: int = 1, outcome: str = "", *, figures: bool = True) -> None:
        """Figures of a look in work are drawn, or will never be.

        Args:
            n_done: how many.
            outcome: what they are counted as, e.g. "figures_drawn"; nothing if this is empty.
            figures: whether they are figures; else they are numbers.
        """
        with self.changed:
            self._in_work -= n_done
            if figures:
                self._figures_in_work -= n_done
                self._counters.add("figures_missing", -n_done)
            if outcome:
                self._counters.add(outcome, n_done)
            self.changed.notify_all()

    def lose(self, look: WaitingLook | StoredLook, left: int) -> None:
        """A look in work was lost with the process; its last `left` figures are not drawn.

        If its data are stored it is tried again, after all others.
        """
        with self.changed:
            names = look.names[len(look.names) - left :]
            self._in_work -= left
            self._figures_in_work -= n_figures(names)
            if names:
                self._put_off(look, names, last=True)
            self.changed.notify_all()

    def stop(self) -> None:
        """Gives up what waits, and takes nothing more in or out."""
        with self.changed:
            self.stopped = True
            while self._waiting:
                look = self._waiting.popleft()
                self._put_off(look, look.names)
            self.changed.notify_all()

    def _put_off(
        self, look: WaitingLook | StoredLook, names: tuple[str, ...], *, last: bool = False
    ) -> None:
        """To the backlog, if the look is stored."""
        stored = look if isinstance(look, StoredLook) else look.stored()
        if stored is None:
            self._counters.add("figures_missing", -n_figures(names))
            self._counters.add("figures_dropped", n_figures(names))
        elif last:
            self.backlog.add_last([stored._replace(names=names)])
        else:
            self.backlog.add(stored)
