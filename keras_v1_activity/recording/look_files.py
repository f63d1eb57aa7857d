"""What one look leaves on disk: data, figures, summary, traces."""

from __future__ import annotations

import sys

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.common.atomic_files import write_json
from keras_v1_activity.common.notices import write
from keras_v1_activity.drawing.interface import Drawing
from keras_v1_activity.measures import summarise
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.state.trace_csv import write_traces
from keras_v1_activity.state.trace_table import trace_table
from keras_v1_activity.storage.counters import Counters
from keras_v1_activity.storage.index import StepWriter
from keras_v1_activity.storage.layout import Layout
from keras_v1_activity.storage.run_file import RunMark


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
        self._writer = StepWriter(layout) if save_data else None

    def store(self, activity: Activity) -> bool:
        """Stores the data of a look; False if that failed, True also if none are to be stored."""
        if self._writer is None:
            return True
        stored = False
        with self._counters.failures_as("save"):
            self._writer.write(activity)
            stored = True
        if stored:
            with self._counters.failures_as("index"):
                self._writer.link(activity)
        return stored

    def draw(self, activity: Activity) -> None:
        """Has the figures of a look drawn."""
        names = list(self._plan.figures)
        if activity.traces is not None:
            names += [f"trace_neuron_{neuron}" for neuron in activity.traces.neurons]
        figures = [(name, self._layout.figure(activity.step, name)) for name in names]
        if figures and self._drawing is not None:
            with self._counters.failures_as("draw"):
                self._drawing.put(activity, figures, self._mark)

    def summarise(self, activity: Activity) -> None:
        """Writes the summary of a look as JSON."""
        with self._counters.failures_as("save"):
            summary = summarise(activity)
            if not self._mark.replaced():
                write_json(self._layout.summary(activity.step), summary)

    def show_traces(self, activity: Activity) -> None:
        """Writes the traced neurons into a CSV file, and as a table to the terminal."""
        if activity.traces is None:
            return
        with self._counters.failures_as("save"):
            write_traces(self._layout.traces(activity.step), activity)
        # A progress bar of Keras may stand on the line.
        write(f"\n{trace_table(activity)}\n", sys.stdout)
