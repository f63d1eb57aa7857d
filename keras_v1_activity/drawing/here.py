"""Drawing in the training process itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.drawing.figure_file import draw_into_file
from keras_v1_activity.drawing.look_numbers import LookNumbers
from keras_v1_activity.drawing.products import NUMBERS, OnFigure, OnNumbers
from keras_v1_activity.drawing.stored_look import StoredLook
from keras_v1_activity.storage.counters import Counters
from keras_v1_activity.storage.further_looks import is_further
from keras_v1_activity.storage.layout import Layout, data_beside
from keras_v1_activity.storage.run_file import RunMark


class DrawingHere:
    """Draws at once, in the calling thread: for notebooks and debugging.

    Args:
        counters: counts figures drawn and failed.
        on_numbers: called with the step of a look and its numbers by population.
        on_figure: called with the step of a look, the name and the file of each figure drawn.

    Example:
        >>> counters = Counters()
        >>> DrawingHere(counters).put(activity, [("raster", Path("raster.png"))])
        >>> counters.counts["figures_drawn"]
        1
    """

    def __init__(
        self,
        counters: Counters,
        on_numbers: OnNumbers | None = None,
        on_figure: OnFigure | None = None,
    ) -> None:
        self._counters = counters
        self._on_numbers = on_numbers
        self._on_figure = on_figure
        self._numbers = LookNumbers()

    @property
    def worker_pid(self) -> None:
        """None: there is no process."""
        return None

    @property
    def figures_left(self) -> int:
        """0: nothing is left to be drawn."""
        return 0

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
            figures: (name, path of the file) of each; see `products`.
            run: which run they belong to; if the folder no longer holds it, they are dropped.
            place: not needed, because nothing is drawn later.
        """
        for name, path in figures:
            if name == NUMBERS:
                activity = self._with_numbers(activity, path, run)
                continue
            self._draw(activity.step, name, activity, path, run)

    def _draw(
        self, step: int, name: str, activity: Activity | None, path: Path, run: RunMark | None
    ) -> None:
        with self._counters.failures_as("draw"):
            drawn = draw_into_file(name, activity, path, run)
            self._counters.add("figures_drawn" if drawn else "figures_dropped")
            if drawn and self._on_figure is not None and not is_further(path):
                self._on_figure(step, name, path)

    def _with_numbers(self, activity: Activity, path: Path, run: RunMark | None) -> Activity:
        with self._counters.failures_as("statistics"):
            numbers = self._numbers.add(activity, path, run)
            if numbers is None:
                return activity
            for trouble in numbers.troubles:
                self._counters.fail("statistics", trouble)
            if self._on_numbers is not None and not is_further(data_beside(path)):
                self._on_numbers(activity.step, numbers.statistics)
            return activity.with_details(statistics=numbers.statistics)
        return activity

    def put_stored(self, look: StoredLook) -> None:
        """Draws the figure of the run."""
        for name, path in look.figures:
            self._draw(look.step, name, None, path, look.run)

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
