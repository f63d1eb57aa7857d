"""Drawing beside the training: one process draws, a short queue feeds it, training never waits."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.common.forks import begin_again_when_forked
from keras_v1_activity.drawing import waiting
from keras_v1_activity.drawing.at_exit import AtExit
from keras_v1_activity.drawing.backlog import Backlog
from keras_v1_activity.drawing.feeder import Feeder
from keras_v1_activity.drawing.feeder_state import FeederState
from keras_v1_activity.drawing.look_queue import WaitingLook
from keras_v1_activity.drawing.products import HISTORY, NUMBERS, OnFigure, OnNumbers
from keras_v1_activity.drawing.stored_look import StoredLook
from keras_v1_activity.storage.counters import Counters
from keras_v1_activity.storage.layout import Layout
from keras_v1_activity.storage.run_file import RunMark

QUEUE_LOOKS: int = 4
TIMEOUT_S: float = 120.0
IDLE_S: float = 300.0


class DrawingProcess(FeederState):
    """Draws in one separate process, started at the first look.

    A full queue gives up its oldest look. If its data are stored, it is drawn from them when the
    queue is empty, the newest first; else its figures are counted as dropped. The process
    rests after each look (`throttle.rest_s`), unless somebody waits for it. A process
    that dies, or gives no sign for `timeout_s`, is started again once; after that nothing more is
    drawn. One with nothing to do for `idle_s` is ended, and started again at the next look. When
    this object is no longer used anywhere, what is queued is drawn and the process ended.

    Args:
        counters: counts figures drawn, missing, dropped and failed.
        on_numbers: called in another thread with the step of a look and its numbers by population.
            It must not keep this object in use.
        on_figure: called in another thread with each figure drawn, likewise.
        layout: where the data of the looks are stored; None if they are not.
        backlog: looks that an earlier drawing process of the run left; None if there are none.
        queue_looks: how many looks may wait.
        timeout_s: seconds that one figure may take.
        idle_s: seconds after which an idle process is ended.

    Example:
        >>> counters = Counters()
        >>> drawing = DrawingProcess(counters)
        >>> drawing.put(activity, [("raster", Path("raster.png"))])
        >>> drawing.close(), counters.counts["figures_drawn"]
        (0, 1)
    """

    def __init__(
        self,
        counters: Counters,
        on_numbers: OnNumbers | None = None,
        on_figure: OnFigure | None = None,
        *,
        layout: Layout | None = None,
        backlog: Backlog | None = None,
        queue_looks: int = QUEUE_LOOKS,
        timeout_s: float = TIMEOUT_S,
        idle_s: float = IDLE_S,
    ) -> None:
        self._made_of = (
            partial(
                type(self),
                layout=layout,
                queue_looks=queue_looks,
                timeout_s=timeout_s,
                idle_s=idle_s,
            ),
            (counters, on_numbers, on_figure),
        )
        self._layout = layout
        self._make_feeder = partial(
            Feeder,
            counters,
            queue_looks=queue_looks,
            timeout_s=timeout_s,
            idle_s=idle_s,
            on_numbers=on_numbers,
            on_figure=on_figure,
        )
        self._begin(backlog)
        begin_again_when_forked(self)
        if backlog:
            self.search()

    def _begin(self, backlog: Backlog | None) -> None:
        self._feeder = self._make_feeder(backlog=backlog)
        self._at_exit = AtExit(self._feeder)
        # The feeding thread knows nothing of this object, because it would keep it in use.
        self._finalizer = weakref.finalize(self, self._feeder.finish)
        self._finalizer.atexit = False

    def begin_again(self) -> Feeder:
        """In a forked child: begins empty. What was put before is drawn by the parent alone.

        Returns:
            What drew for the parent. If it were freed, the child would write what is half written
            into the pipe of the parent's process.
        """
        of_parent = self._feeder
        # It would wait for a lock that nobody frees.
        self._finalizer.detach()
        self._begin(None)
        return of_parent

    def __reduce__(self) -> Any:
        """A copy has a process of its own, and nothing to draw yet."""
        return self._made_of

    def put(
        self,
        activity: Activity,
        figures: Sequence[tuple[str, Path]],
        run: RunMark | None = None,
        place: Layout | None = None,
    ) -> None:
        """Queues the figures of one look and returns at once.

        Args:
            activity: the look.
            figures: (name, path of the file) of each; see `products`.
            run: which run they belong to; if the folder no longer holds it, they are dropped.
            place: where the files of a further look lie; None: where those of all looks do.
        """
        stored = run is not None and self._layout is not None
        layout = (place or self._layout) if stored else None
        if layout is not None:
            # Of a look at the same step whose place this one takes.
            for name, path in figures:
                if name in (NUMBERS, HISTORY):
                    continue
                with suppress(OSError):
                    os.unlink(path)
        self._at_exit.register()
        self._feeder.put(WaitingLook(activity, tuple(figures), run, layout))

    def put_stored(self, look: StoredLook) -> None:
        """Queues figures of a stored look, to be drawn after all others. Returns at once."""
        self._feeder.queue.add_found([look])
        self.search()

    def search(self, find: Callable[[], Iterable[StoredLook]] | None = None) -> None:
        """Has drawn, when the queue is empty, what is left from before. Returns at once.

        Args:
            find: returns stored looks that lack figures, by ascending step; called in another
                thread.
        """
        self._at_exit.register()
        self._feeder.search(find)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Waits until all is drawn, with a progress bar; Ctrl-C skips the rest.

        Args:
            timeout_s: seconds to wait at most; None: without limit.

        Returns:
            Whether nothing is left to be drawn.
        """
        return waiting.wait_until_drawn(self._feeder, timeout_s) == 0

    def close(
        self,
        grace_s: float | None = None,
        then: Callable[[], object] | None = None,
        *,
        all_of_it: bool = True,
    ) -> int:
        """Waits for the rest if that is soon done, and ends the process when all is drawn.

        A rest that is not expected within `grace_s` is drawn beside whatever the program goes on
        to do, and waited for when the interpreter ends. A look put later is drawn all the same.

        Args:
            grace_s: seconds to wait at most; None: without limit, with a progress bar.
            then: called without arguments, in another thread, when a rest is drawn or given up.
            all_of_it: do not wait if more is left than `grace_s` is expected to suffice for.

        Returns:
            How many figures and numbers are left.
        """
        left = waiting.close(self._feeder, grace_s, then, all_of_it=all_of_it)
        if not left:
            self._at_exit.unregister()
        return left

    def abandon(self) -> None:
        """Gives up what is not drawn, and ends the process."""
        self._feeder.abandon()
