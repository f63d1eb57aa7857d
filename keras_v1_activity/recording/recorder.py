"""Recorder: owns what a run leaves on disk, and the drawing of its figures."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.common.atomic_files import write_text
from keras_v1_activity.drawing.at_exit import say_missing
from keras_v1_activity.drawing.backlog import Backlog
from keras_v1_activity.drawing.interface import Drawing
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.found_run import FoundRun
from keras_v1_activity.recording.job_thread import JobThread, failures_of
from keras_v1_activity.recording.live_history import LiveHistory, OnRow
from keras_v1_activity.recording.log_dir import check_writable
from keras_v1_activity.recording.messages import Messages
from keras_v1_activity.recording.moving_aside import make_room
from keras_v1_activity.recording.open_run import OpenRun
from keras_v1_activity.recording.opening import Opening, decide
from keras_v1_activity.recording.opening_facts import facts_of
from keras_v1_activity.recording.overhead import OverheadBudget
from keras_v1_activity.recording.run_alarms import RunAlarms
from keras_v1_activity.recording.run_options import RunOptions
from keras_v1_activity.sinks.deliveries import Deliveries
from keras_v1_activity.storage.claim import Claim
from keras_v1_activity.storage.counters import Counters
from keras_v1_activity.storage.layout import make_layout
from keras_v1_activity.storage.ownership import Owner, owner_of
from keras_v1_activity.storage.run_id import NO_RUN

# Figures still to be drawn at the end are waited for if that is expected to take no longer.
GRACE_S: float = 5.0


class Recorder:
    """Stores each look, has its figures drawn, and counts what fails. No failure ends a training.

    In the background, looks are stored by one thread, in order, and drawn by one process. A look
    that comes while four wait to be stored waits for storage. Figures are never waited for while
    looks come: those not drawn in time are drawn later, also after training or when it is resumed.

    Args:
        log_dir: folder of the run, ``~`` is your home; made if it is missing.
        plan: what is recorded; its `figures` are drawn.
        layout: "folders" (one folder a logged step) or "flat" (file names with the step in them).
        save_data: store the activity; without it there are only figures and JSON files.
        background: store in a thread and draw in a process; else both at once, in the calling
            thread.
        settings: for run.json, e.g. the keywords of the callback; changes in it are written too.
        on_row: called with the run's history whenever that has grown; None: `alarms` judges it.
        alarms: None: nobody judges the looks.
        sinks: what becomes known of the run is handed on to them; None: there are none.

    Attributes:
        log_dir: absolute path of the folder.
        steps: the logged steps.
        drawing: what draws the figures; None while there is nothing to draw.
        history: `LiveHistory` of the run, in memory; a new one for each run.
        alarms: `RunAlarms`, which judges its looks.
        records: whether looks are stored; see `SilentRecorder`.

    Raises:
        ValueError: `log_dir` is a file or cannot be written; there is no such layout.

    Example:
        >>> recorder = Recorder("run", RecordPlan(figures=()))
        >>> recorder.open(next_step=1); recorder.record(activity); recorder.close()
        >>> recorder.steps, recorder.counts["looks"]
        ([100], 1)
    """

    log_dir: Path
    steps: list[int]
    drawing: Drawing | None
    history: LiveHistory
    alarms: RunAlarms
    records: bool = True

    def __init__(
        self,
        log_dir: str | os.PathLike[str],
        plan: RecordPlan,
        *,
        layout: str = "folders",
        save_data: bool = True,
        background: bool = True,
        settings: Mapping[str, object] | None = None,
        on_row: OnRow | None = None,
        alarms: RunAlarms | None = None,
        sinks: Deliveries | None = None,
    ) -> None:
        if self.records:
            check_writable(log_dir)
        self._layout = make_layout(layout, log_dir)
        self._plan = plan
        self._save_data = save_data
        self.alarms = alarms or RunAlarms(rules=False)
        settings = {} if settings is None else settings
        options = settings, save_data, background, self.alarms, sinks or Deliveries()
        self._options = RunOptions(self._layout, plan, *options)
        self.log_dir = self._layout.log_dir
        self.steps, self.drawing = [], None
        self._counters = Counters()
        self._backlog = Backlog()
        told = on_row or self.alarms.on_row, self._options.sinks.scalars
        self.history = LiveHistory(self._counters, *told)
        self._pid = os.getpid()
        self._jobs = JobThread(background=background, on_error=failures_of(self))
        self._messages = Messages(self.log_dir)
        self._claim = Claim(self.log_dir)
        self._run: OpenRun | None = None
        self._is_open = False

    @property
    def counts(self) -> dict[str, int]:
        """Looks, figures drawn, missing, dropped and failed, saves and captures failed, by name."""
        return self._counters.counts

    def open(self, next_step: int) -> None:
        """Begins a run, or goes on with the one in the folder.

        A run is resumed, and new steps are added to it, if `next_step` is not 1 or this recorder
        made the run; looks that it has from `next_step` on are moved into ``earlier_001`` (the next
        free number) inside the folder. So is anything else that an earlier run left there. One
        line says so.

        Args:
            next_step: the training step that comes next, from 1.

        Raises:
            ValueError: what an earlier run left cannot be moved aside.
        """
        self._jobs.flush()
        if not self._claim.take():
            # Another process records here: looks are counted, and nothing is stored.
            self._counters = Counters()
            self.history = self.history.renewed(self._counters)
            self.steps.clear()
            self._start_run({"run_id": NO_RUN})
            self._messages.begin(None, self._counters.counts)
            self.fail("taken", "one process at a time records into a folder")
            return
        found = FoundRun.in_folder(self._layout)
        opening = decide(facts_of(next_step, found, self._run, self._is_open, self.steps))
        if opening is Opening.KEEP:
            return
        if opening is not Opening.GO_ON and self.drawing is not None:
            # Figures that are still in work belong to another run.
            with self._counters.failures_as("draw"):
                self.drawing.abandon()
            self.drawing = None
        found = make_room(opening, found, self.log_dir, next_step, self._messages)
        if opening is not Opening.GO_ON:
            self._counters = Counters(found.counts)
            self._backlog = Backlog()
            self.history = self.history.renewed(self._counters)
        self.steps[:] = found.steps
        self._messages.begin(found.steps[-1] if found.steps else None, self._counters.counts)
        self._pid = os.getpid()
        self._start_run(found.content)
        if opening in (Opening.RESUME, Opening.GO_BACK):
            parts = self._run, self.drawing, self._counters, self.history
            self._options.take_up(*parts, found.steps)
        self._messages.say_failures(self._counters.causes)

    def _start_run(self, earlier: Mapping[str, Any]) -> None:
        if self.drawing is None:
            # Made here, so that what a program leaves to be done at its end is done before.
            self.drawing = self._options.drawing(self._counters, self._backlog, self.history)
        parts = self._counters, self.steps, self.drawing, self.history
        self._run, self._is_open = self._options.run(*parts, earlier), True
        self._run.write()

    def record(self, activity: Activity) -> None:
        """Stores one look, writes its summary and has its figures drawn. Never raises.

        Args:
            activity: the look; a second one at the same step takes the place of the first, unless
                its source is "look": such a one is kept beside it.
        """
        self.record_made(activity.step, lambda: activity, beside=activity.source == "look")

    def record_made(
        self,
        step: int,
        make: Callable[[], Activity],
        *,
        beside: bool = False,
        scalars: Mapping[str, float] | None = None,
    ) -> None:
        """As `record`, for a look that is yet to be made, in the thread that stores it.

        Args:
            step, make: training step of the look, and a function that returns it.
            beside: whether it is kept beside another look at the same step.
            scalars: named numbers for its summary.
        """
        try:
            if self._run is None or not self._is_open:
                self.open(max(step, 1))
            assert self._run is not None
            # A forked child that records is the one to close the run, too.
            self._pid = os.getpid()
            if not beside:
                self._messages.say_if_twice(step)
            if self.drawing is not None:  # Python 3.12 starts no thread at a program's end.
                self.drawing.search()
            self._jobs.put(partial(self._run.keep, make, scalars or {}))
        except Exception as error:
            self._counters.fail("save", error)
        self._messages.say_failures(self._counters.causes)

    def note_interval(self, step: int, interval: int) -> None:
        """Notes in run.json that from `step` on, the steps divisible by `interval` are logged."""
        if self._run is not None and self._is_open:
            self._run.note_interval(step, interval)

    def say_stretched(self, step: int, before: int, budget: OverheadBudget) -> None:
        """Notes, and the first time says, that looks cost too much and are taken less often.

        Args:
            step, before: the last step that was run, and the interval until then.
            budget: what looks cost, and the interval from now on.
        """
        self.note_interval(step + 1, budget.interval)
        if before == self._plan.every_n_steps:
            self._messages.say_stretched(step, budget, self._plan.max_overhead)

    def fail(self, kind: str, error: BaseException | str) -> None:
        """Counts a failure and warns of the first of its kind.

        Args:
            kind, error: "capture", "save", "draw" or another word; the exception, or a sentence.
        """
        self._counters.fail(kind, error)
        self._messages.say_failures(self._counters.causes)

    def write_text(self, name: str, text: str) -> None:
        """Writes a text file, e.g. ``network_state.txt``, into the run's folder. Never raises.

        A ``network_state.txt`` of another program stays as it is.
        """
        path = self.log_dir / name
        with self._counters.failures_as("save"):
            if owner_of(path) is Owner.FOREIGN:
                self._messages.say_foreign(path)
            elif self._run is None or not self._run.mark.replaced():
                write_text(path, text)
        self._messages.say_failures(self._counters.causes)

    def close(self, wait_s: float | None = None) -> None:
        """Writes what is left to be stored, ``activity_summary.npz`` and ``run.json``. Idempotent.

        Figures still to be drawn are waited for, with a progress bar, if that takes a few seconds;
        Ctrl-C skips them. Otherwise they are drawn while the program goes on. A notice says so, and
        how long Python waits for them when it ends. Sinks are waited for, ten seconds at most.

        Args:
            wait_s: seconds to wait for figures, also if more are left; None: if a few suffice.
        """
        if self._run is None or not self._is_open or self._pid != os.getpid():
            return
        self._jobs.flush()
        self._is_open, left = False, 0
        if self.drawing is not None:
            self._run.draw_end()
            grace_s = GRACE_S if wait_s is None else wait_s
            left = self.drawing.close(grace_s, self._run.write_again, all_of_it=wait_s is None)
        self.history.wait()
        self._run.write_end(more_comes=left > 0)
        self._claim.give_back()
        self.alarms.say_table()
        self._messages.say_dropped(self._counters.counts, stored=self._save_data)
        if left and self.drawing is not None:
            self._messages.say_still_drawing(self.drawing.figures_left)
        else:
            self.drawing = None
            say_missing(self._backlog)
        self._messages.say_failures(self._counters.causes)

    def wait_for_figures(self, timeout_s: float | None = None) -> bool:
        """Waits until every look is stored and every figure drawn; Ctrl-C skips the rest.

        Args:
            timeout_s: seconds to wait at most for figures, with a progress bar; None: no limit.

        Returns:
            Whether nothing is left to be drawn.
        """
        self._jobs.flush()
        drawn = (self.drawing is None or self.drawing.wait(timeout_s)) and not self._backlog
        self._options.sinks.wait()
        self._messages.say_failures(self._counters.causes)
        return drawn
