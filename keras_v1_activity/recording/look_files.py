"""What one look leaves on disk: data, figures, summary, traces."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.common.atomic_files import write_json
from keras_v1_activity.common.notices import tell, write
from keras_v1_activity.common.values import plain
from keras_v1_activity.drawing.interface import Drawing
from keras_v1_activity.drawing.products import HISTORY, file_of, wanted
from keras_v1_activity.drawing.stored_look import StoredLook
from keras_v1_activity.measures import summarise
from keras_v1_activity.plan import RecordPlan, figures_of
from keras_v1_activity.state.trace_csv import write_traces
from keras_v1_activity.state.trace_table import trace_table
from keras_v1_activity.storage.counters import Counters
from keras_v1_activity.storage.further_looks import next_place
from keras_v1_activity.storage.index import StepWriter
from keras_v1_activity.storage.layout import Layout, remove_left_over
from keras_v1_activity.storage.ownership import set_aside_if_damaged
from keras_v1_activity.storage.run_id import RunMark
from keras_v1_activity.storage.summary_arrays import RunSummary


class LookFiles:
    """Writes the files of each look of a run; what fails is counted, never raised.

    Args:
        layout: where the files lie.
        plan: which figures are drawn.
        counters: counts what fails.
        mark: which run it is.
        drawing: draws the figures; None if there are none.
        save_data: store the activity; without it there are only figures and JSON files.

    Example:
        >>> from keras_v1_activity.storage.layout import make_layout
        >>> layout = make_layout("folders", "run")
        >>> files = LookFiles(
        ...     layout, RecordPlan(figures=()), Counters(), RunMark(str(layout.run), ""),
        ...     drawing=None, save_data=True,
        ... )
        >>> files.store(activity), layout.data(100).is_file()
        (True, True)
    """

    def __init__(
        self,
        layout: Layout,
        plan: RecordPlan,
        counters: Counters,
        mark: RunMark,
        *,
        drawing: Drawing | None,
        save_data: bool,
    ) -> None:
        self._layout = layout
        self._plan = plan
        self._counters = counters
        self._mark = mark
        self._drawing = drawing
        self._writer = StepWriter(layout, mark.run_id) if save_data else None
        self._summary = RunSummary(layout, mark.run_id)
        self._place = layout
        self._stored: set[int] = set()
        # How many looks the run had when its history was drawn, in its course and at its end.
        self._history_drawn_at = self._history_ended_at = 0

    def open(self) -> None:
        """Removes what killed processes left half written, and completes the index."""
        remove_left_over(self._layout.log_dir)
        with self._counters.failures_as("save"):
            _set_aside_if_damaged(self._layout.run)
        if self._writer is not None:
            with self._counters.failures_as("index"):
                self._writer.open()
            with self._counters.failures_as("summary"):
                self._summary.open()

    def find_place(self, activity: Activity) -> bool:
        """Finds the place of the look that comes next.

        Returns:
            Whether it is a further look, as of `V1ActivityCallback.look`, at a step that has one:
            it is kept beside that.
        """
        step, layout = activity.step, self._layout
        taken = step in self._stored or any(
            path.exists() for path in (layout.data(step), layout.summary(step))
        )
        is_further = activity.source == "look" and taken
        self._place = next_place(layout, step) if is_further else layout
        self._stored.add(step)
        return is_further

    def store(self, activity: Activity) -> bool:
        """Stores the data of a look; False if that failed, True also if none are to be stored."""
        if self._writer is None:
            return True
        stored = False
        with self._counters.failures_as("save"):
            writer = (
                self._writer
                if self._place is self._layout
                else StepWriter(self._place, self._mark.run_id)
            )
            writer.write(activity)
            stored = True
        if stored and self._place is self._layout:
            with self._counters.failures_as("index"):
                self._writer.link(activity)
            with self._counters.failures_as("summary"):
                self._summary.add(activity)
        return stored

    def finish(self) -> None:
        """Completes the index and writes ``activity_summary.npz``, at the end of a training."""
        if self._writer is None:
            return
        with self._counters.failures_as("index"):
            self._writer.finish()
        with self._counters.failures_as("save"):
            self._summary.write()

    def draw(self, activity: Activity, n_looks: int) -> None:
        """Has the figures of a look drawn, and its numbers by population computed.

        Args:
            activity: the look.
            n_looks: how many the run has by now: when it has grown by a tenth, its history is drawn
                again.
        """
        names = list(figures_of(wanted(self._plan), activity.details))
        if activity.traces is not None:
            names += [f"trace_neuron_{neuron}" for neuron in activity.traces.neurons]
        if HISTORY in self._plan.figures and n_looks >= 1.1 * self._history_drawn_at:
            self._history_drawn_at = n_looks
            names.append(HISTORY)
        figures = [(name, file_of(self._place, activity.step, name)) for name in names]
        if figures and self._drawing is not None:
            with self._counters.failures_as("draw"):
                self._drawing.put(activity, figures, self._mark, self._place)

    def draw_history(self, step: int, n_looks: int) -> None:
        """Has the history of the run drawn, after all that waits to be drawn, if it is not yet.

        Args:
            step: of the last look.
            n_looks: how many the run has.
        """
        if HISTORY not in self._plan.figures or n_looks == self._history_ended_at:
            return
        self._history_ended_at = n_looks
        if self._drawing is not None:
            with self._counters.failures_as("draw"):
                look = StoredLook(self._layout, step, (HISTORY,), self._mark)
                self._drawing.put_stored(look)

    def numbers_of(self, activity: Activity) -> dict[str, Any]:
        """The numbers of a look, with its details."""
        with self._counters.failures_as("save"):
            return {**summarise(activity), **plain(activity.details)}
        return {"step": activity.step}

    def write_summary(self, summary: Mapping[str, Any]) -> None:
        """Writes the summary of a look as JSON."""
        with self._counters.failures_as("save"):
            if not self._mark.replaced():
                path = self._place.summary(summary["step"])
                write_json(path, summary, self._layout.log_dir)

    def show_traces(self, activity: Activity) -> None:
        """Writes the traced neurons into a CSV file, and as a table to the terminal."""
        if activity.traces is None:
            return
        with self._counters.failures_as("save"):
            write_traces(self._place.traces(activity.step), activity)
        # A progress bar of Keras may stand on the line.
        write(f"\n{trace_table(activity)}\n", sys.stdout)


def _set_aside_if_damaged(path: Path) -> None:
    target = set_aside_if_damaged(path)
    if target is not None:
        tell(f"{path} was damaged: it is now in {target}, and is written again.")
