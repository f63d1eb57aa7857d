"""Drawing in the training process itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.drawing.figure_file import draw_into_file
from keras_v1_activity.drawing.stored_look import StoredLook
from keras_v1_activity.storage.counters import Counters
from keras_v1_activity.storage.layout import Layout
from keras_v1_activity.storage.run_file import RunMark


class DrawingHere:
    """Draws at once, in the calling thread: for notebooks and debugging.

    Args:
        counters: counts figures drawn and failed.

    Example:
        >>> counters = Counters()
        >>> DrawingHere(counters).put(activity, [("raster", Path("raster.png"))])
        >>> counters.counts["figures_drawn"]
        1
    """

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    @property
    def worker_pid(self) -> None:
        """None: there is no process."""
        return None

    def get_ready(self) -> None:
        """Nothing: figures are drawn in the calling thread."""

    def put(
        self,
        activity: Activity,
        figures: Sequence[tuple[str, Path]],
        run: RunMark | None = None,
        place: Layout | None = None,
    ) -> None:
        """Draws the figures of one look; a failure is counted, never raised.

        Args:
            activity: the look.
            figures: (figure name, path of the PNG file) of each.
            run: which run they belong to; if the folder no longer holds it, they are dropped.
            place: not needed, because nothing is drawn later.
        """
        for name, path in figures:
            with self._counters.failures_as("draw"):
                drawn = draw_into_file(name, activity, path, run)
                self._counters.add("figures_drawn" if drawn else "figures_dropped")

    def wait(self, timeout_s: float | None = None) -> bool:
        """True: nothing is left to be drawn."""
        return True

    def search(self, find: Callable[[], Iterable[StoredLook]] | None = None) -> None:
        """Nothing: a training would have to wait while figures of earlier looks are drawn."""

    def close(
        self,
        grace_s: float | None = None,
        then: Callable[[], object] | None = None,
        *,
        all_of_it: bool = True,
    ) -> int:
        """0: nothing is left to be drawn."""
        return 0

    def abandon(self) -> None:
        """Nothing is left to be given up."""
