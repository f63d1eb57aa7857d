"""OpenRun: what becomes of each look of a run that is open for writing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.drawing.interface import Drawing
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.end_report import EndReport
from keras_v1_activity.recording.live_history import LiveHistory
from keras_v1_activity.recording.look_files import LookFiles
from keras_v1_activity.recording.run_alarms import RunAlarms
from keras_v1_activity.sinks.deliveries import Deliveries
from keras_v1_activity.storage.counters import Counters
from keras_v1_activity.storage.layout import Layout
from keras_v1_activity.storage.run_file import RunFile, RunMark
from keras_v1_activity.storage.run_id import NO_RUN


class OpenRun:
    """Takes in looks and keeps ``run.json``; what fails is counted, never raised.

    Only one thread at a time may call it; any thread may call `write`.

    Args:
        layout: where the files of the run lie.
        plan: what is recorded and drawn.
        counters: counts looks and failures.
        steps: the logged steps, to which it appends.
        drawing: draws the figures; None if nothing is drawn.
        settings: what the run was set to, for run.json.
        earlier: content of the run.json of a run that is resumed.
        save_data: store the activity; without it there are only figures and JSON files.
        history: takes in the numbers of each look; None: one of its own.
        alarms: judges them; None: nobody does.
        sinks: what becomes known of the run is handed on to them; None: there are none.

    Attributes:
        history: the numbers of its looks.

    Example:
        >>> from keras_v1_activity.storage.layout import make_layout
        >>> steps = []
        >>> run = OpenRun(
        ...     make_layout("folders", "run"), RecordPlan(figures=()), Counters(), steps,
        ...     drawing=None, settings={}, earlier={}, save_data=True,
        ... )
        >>> run.write(); run.keep(lambda: activity, {}); run.write_end()
        >>> steps
        [100]
    """

    history: LiveHistory

    def __init__(
        self,
        layout: Layout,
        plan: RecordPlan,
        counters: Counters,
        steps: list[int],
        *,
        drawing: Drawing | None,
        settings: Mapping[str, object],
        earlier: Mapping[str, Any],
        save_data: bool,
        history: LiveHistory | None = None,
        alarms: RunAlarms | None = None,
        sinks: Deliveries | None = None,
    ) -> None:
        self._sinks = sinks or Deliveries()
        self._alarms = RunAlarms(rules=False) if alarms is None else alarms
        self._alarms.begin(counters, earlier)
        self.history = LiveHistory(counters) if history is None else history
        self._layout = layout
        self._counters = counters
        self._steps = steps
        self._report = EndReport(layout, plan, counters)
        self._planned = self._interval = plan.every_n_steps
        further = self._alarms.content
        self._run_file = RunFile(layout, settings, counters, steps, earlier, further)
        self._files = LookFiles(
            layout, plan, counters, self.mark, drawing=drawing, save_data=save_data
        )
        if not self.mark.replaced():
            self._files.open()

    @property
    def mark(self) -> RunMark:
        """Which run it is."""
        return self._run_file.mark

    def keep(self, make: Callable[[], Activity], scalars: Mapping[str, float]) -> None:
        """Stores one look, writes its summary and has its figures drawn.

        Args:
            make: function without arguments that returns the look.
            scalars: named numbers for its details.
        """
        try:
            activity = make()
            if scalars:
                activity = activity.with_details(scalars=scalars)
        except Exception as error:
            self._counters.fail("capture", error)
            return
        with self._counters.failures_as("save"):
            if self.mark.replaced():
                kind = "taken" if self.mark.run_id == NO_RUN else "replaced"
                self._counters.fail(kind, f"the look at step {activity.step} is left out")
                return
            self._restore_folder()
            is_further = self._files.find_place(activity)
            row = self._files.numbers_of(activity)
            if not is_further:
                longer = self._interval / self._planned
                row.update(self._alarms.numbers_of(activity, longer))
                # Judged before it is stored and drawn, which say what stands.
                self.history.merge(activity.step, row, anew=True)
                standing = self._alarms.standing()
                if standing:
                    activity, row = activity.with_details(**standing), {**row, **standing}
                    self.history.merge(activity.step, standing)
            if self._files.store(activity):
                self._note_step(activity.step, is_further)
            # Before it is drawn: the numbers that are computed then are added to the summary.
            self._files.write_summary(row)
            self._files.draw(activity, len(self._steps))
            self._files.show_traces(activity)
            self._run_file.update()

    def note_interval(self, step: int, interval: int) -> None:
        """Notes for run.json that from `step` on, multiples of `interval` are logged."""
        self._interval = interval
        self._run_file.note_interval(step, interval)

    def write(self) -> None:
        """Writes ``run.json``."""
        with self._counters.failures_as("save"):
            self._run_file.write()

    def draw_end(self) -> None:
        """Has the history of the run drawn with all its looks."""
        if self._steps and not self.mark.replaced():
            self._files.draw_history(self._steps[-1], len(self._steps))

    def write_end(self, *, more_comes: bool = False) -> None:
        """Writes ``run.json``, ``activity_summary.npz`` and the report; hands on alarms before.

        Sinks are waited for afterwards, ten seconds at most.

        Args:
            more_comes: figures are still being drawn, and `write_again` is called after them.
        """
        self._alarms.hand_on(at_end=True)
        if not self.mark.replaced():
            self.write()
            failed = self._counters.causes.keys()
            if self._steps:
                self._files.finish()
                self._report.write(self._steps)
            if self._counters.causes.keys() - failed:
                self.write()
        self._sinks.close(self.write, more_comes=more_comes)

    def write_again(self) -> None:
        """As `write`, when the figures and numbers that were left at the end are there."""
        self.write()
        if not self.mark.replaced():
            self._report.complete(self._steps)
        self._sinks.close_late(self.write)

    def _restore_folder(self) -> None:
        log_dir = self._layout.log_dir
        if not log_dir.is_dir():
            self._counters.fail("log_dir", f"{log_dir} was deleted or moved")
            log_dir.mkdir(parents=True, exist_ok=True)
            self._files.open()
        if not self._layout.run.exists():
            # Nothing is drawn for a run that the folder does not name.
            self.write()

    def _note_step(self, step: int, is_further: bool) -> None:
        self._counters.add("looks")
        if is_further:
            return
        if step in self._steps[-1:]:
            self._counters.add("looks_replaced")
        else:
            self._steps.append(step)
