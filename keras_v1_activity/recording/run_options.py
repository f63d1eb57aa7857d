"""RunOptions: what a recorder was made with, and what it makes of that for each run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from keras_v1_activity.drawing.backlog import Backlog
from keras_v1_activity.drawing.interface import Drawing
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.live_history import LiveHistory
from keras_v1_activity.recording.open_run import OpenRun
from keras_v1_activity.recording.run_alarms import RunAlarms
from keras_v1_activity.recording.run_figures import draw_what_is_missing, make_drawing
from keras_v1_activity.sinks.deliveries import Deliveries
from keras_v1_activity.sinks.sink import RunStart
from keras_v1_activity.storage.counters import Counters
from keras_v1_activity.storage.history_files import read_history
from keras_v1_activity.storage.layout import Layout


class RunOptions(NamedTuple):
    """The options of a `Recorder`.

    Attributes:
        layout: where the files of the run lie.
        plan: what is recorded and drawn.
        settings: what the run was set to, for run.json.
        save_data: store the activity; without it there are only figures and JSON files.
        background: store in a thread and draw in a process.
        alarms: judges the looks.
        sinks: what becomes known of the run is handed on to them.

    Example:
        >>> from keras_v1_activity.storage.layout import make_layout
        >>> options = RunOptions(make_layout("flat", "run"), RecordPlan(figures=()), {}, True, True,
        ...                      RunAlarms(), Deliveries())
        >>> options.drawing(Counters(), Backlog(), LiveHistory(Counters())) is None
        True
    """

    layout: Layout
    plan: RecordPlan
    settings: Mapping[str, object]
    save_data: bool
    background: bool
    alarms: RunAlarms
    sinks: Deliveries

    def drawing(self, counters: Counters, backlog: Backlog, history: LiveHistory) -> Drawing | None:
        """What draws the figures of a run and computes the numbers of its looks."""
        return make_drawing(
            self.plan,
            self.layout,
            counters,
            backlog,
            background=self.background,
            save_data=self.save_data,
            on_numbers=history.add_numbers,
            on_figure=self.sinks.picture,
        )

    def run(
        self,
        counters: Counters,
        steps: list[int],
        drawing: Drawing | None,
        history: LiveHistory,
        earlier: Mapping[str, Any],
    ) -> OpenRun:
        """A run that is open for writing; see `OpenRun` for the arguments."""
        run = OpenRun(
            self.layout,
            self.plan,
            counters,
            steps,
            drawing=drawing,
            settings=self.settings,
            earlier=earlier,
            save_data=self.save_data,
            history=history,
            alarms=self.alarms,
            sinks=self.sinks,
        )
        last_step = steps[-1] if steps else 0
        start = RunStart(run.mark.run_id, self.layout.log_dir, last_step, self.settings)
        self.sinks.begin(start, counters)
        self.alarms.also = self.sinks.alarm
        return run

    def take_up(
        self, run: OpenRun, drawing: Drawing | None, counters: Counters, history: LiveHistory,
        steps: tuple[int, ...],
    ) -> None:  # fmt: skip
        """Has read, and drawn, what an earlier part of a run has left and lacks. Returns at once.

        Args:
            run, drawing, counters, history: of the run.
            steps: the steps that were logged in the earlier part.
        """
        find = partial(read_history, self.layout.log_dir, steps)
        history.read(find, background=self.background)
        draw_what_is_missing(drawing, self.plan, run.mark, counters, self.layout, steps)
