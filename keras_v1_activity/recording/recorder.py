"""Recorder: owns what a run leaves on disk, and the drawing of its figures."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.common.atomic_files import write_text
from keras_v1_activity.drawing.here import DrawingHere
from keras_v1_activity.drawing.interface import Drawing
from keras_v1_activity.drawing.process import DrawingProcess
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.found_run import FoundRun
from keras_v1_activity.recording.job_thread import JobThread
from keras_v1_activity.recording.log_dir import check_writable
from keras_v1_activity.recording.messages import Messages
from keras_v1_activity.recording.open_run import OpenRun
from keras_v1_activity.recording.opening import Facts, Opening, decide
from keras_v1_activity.recording.overhead import OverheadBudget
from keras_v1_activity.storage.counters import Counters
from keras_v1_activity.storage.layout import make_layout, move_aside

# Figures still to be drawn at the end are waited for if that is expected to take no longer.
GRACE_S: float = 5.0


class Recorder:
    """Stores each look, has its figures drawn, and counts what fails. No failure ends a training.

    In the background, looks are stored by one thread, in order, and drawn by one process. No data
    are left out: a look that comes while four wait to be stored waits for storage. Figures may be
    left out, and are never waited for while looks come.

    Args:
        log_dir: folder of the run, ``~`` is your home; made if it is missing.
        plan: what is recorded; its `figures` are drawn.
        layout: "folders" (one folder a logged step) or "flat" (file names with the step in them).
        save_data: store the activity; without it there are only figures and JSON files.
        background: store in a thread and draw in a process; else both at once, in the calling
            thread.
        settings: for run.json, e.g. the keywords of the callback.

    Attributes:
        log_dir: absolute path of the folder.
        steps: the logged steps.
        drawing: what draws the figures; None while there is nothing to draw.

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

    def __init__(
        self,
        log_dir: str | os.PathLike[str],
        plan: RecordPlan,
        *,
        layout: str = "folders",
        save_data: bool = True,
        background: bool = True,
        settings: Mapping[str, object] | None = None,
    ) -> None:
        check_writable(log_dir)
        self._layout = make_layout(layout, log_dir)
        self._plan = plan
        self._save_data = save_data
        self._background = background
        self._settings = dict(settings or {})
        self.log_dir = self._layout.log_dir
        self.steps = []
        self.drawing = None
        self._counters = Counters()
        self._jobs = JobThread(background=background)
        self._messages = Messages(self.log_dir)
        self._run: OpenRun | None = None
        self._is_open = False

    @property
    def counts(self) -> dict[str, int]:
        """Looks, figures drawn, dropped and failed, saves and captures failed, by name."""
        return self._counters.counts

    def open(self, next_step: int) -> None:
        """Begins a run, or goes on with the one in the folder.

        A run whose last logged step lies before `next_step` is resumed, new steps are added to it,
        if `next_step` is not 1 or this recorder made the run. Anything else that an earlier run
        left in the folder is moved into ``earlier_001`` (the next free number) inside it, and one
        line says so.

        Args:
            next_step: the training step that comes next, from 1.

        Raises:
            ValueError: what an earlier run left cannot be moved aside.
        """
        self._jobs.flush()
        found = FoundRun.in_folder(self._layout)
        opening = decide(_facts(next_step, found, self._run, self._is_open, self.steps))
        if opening is Opening.KEEP:
            return
        if opening is not Opening.GO_ON and self.drawing is not None:
            # Figures that are still in work belong to another run.
            with self._counters.failures_as("draw"):
                self.drawing.abandon()
            self.drawing = None
        if opening.begins:
            _move_earlier_run_aside(self.log_dir, self._messages)
            found = FoundRun()
        if opening is not Opening.GO_ON:
            self._counters = Counters(found.counts)
        self.steps[:] = found.steps
        self._messages.begin(found.steps[-1] if found.steps else None, self._counters.counts)
        self._start_run(found.content)
        self._messages.say_failures(self._counters.causes)

    def _start_run(self, earlier: Mapping[str, Any]) -> None:
        if self.drawing is None and (self._plan.figures or self._plan.trace_neurons):
            # Made here, so that what a program leaves to be done at its end is done before.
            self.drawing = (DrawingProcess if self._background else DrawingHere)(self._counters)
        self._run = OpenRun(
            self._layout,
            self._plan,
            self._counters,
            self.steps,
            drawing=self.drawing,
            settings=self._settings,
            earlier=earlier,
            save_data=self._save_data,
        )
        self._is_open = True
        self._run.write()

    def record(self, activity: Activity) -> None:
        """Stores one look, writes its summary and has its figures drawn. Never raises.

        Args:
            activity: the look; a second one at the same step takes the place of the first.
        """
        self.record_made(activity.step, lambda: activity)

    def record_made(self, step: int, make: Callable[[], Activity]) -> None:
        """As `record`, for a look that is yet to be made, in the thread that stores it.

        Args:
            step: training step of the look.
            make: function without arguments that returns the look; called in another thread.
        """
        try:
            if self._run is None or not self._is_open:
                self.open(max(step, 1))
            assert self._run is not None
            self._messages.say_if_twice(step)
            self._jobs.put(partial(self._run.keep, make))
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
            step: the last step that was run.
            before: the interval until then.
            budget: what looks cost, and the interval from now on.
        """
        self.note_interval(step + 1, budget.interval)
        if before == self._plan.every_n_steps:
            self._messages.say_stretched(step, budget, self._plan.max_overhead)

    def fail(self, kind: str, error: BaseException | str) -> None:
        """Counts a failure and warns of the first of its kind.

        Args:
            kind: "capture", "save", "draw" or another word.
            error: the exception, or a sentence.
        """
        self._counters.fail(kind, error)
        self._messages.say_failures(self._counters.causes)

    def write_text(self, name: str, text: str) -> None:
        """Writes a text file, e.g. ``network_state.txt``, into the run's folder. Never raises."""
        with self._counters.failures_as("save"):
            write_text(self.log_dir / name, text)
        self._messages.say_failures(self._counters.causes)

    def close(self) -> None:
        """Writes what is left to be stored, ``activity_summary.npz`` and ``run.json``. Idempotent.

        Figures still to be drawn are waited for, with a progress bar, if that takes a few
        seconds; Ctrl-C skips them. Otherwise they are drawn while the program goes on, as one line
        says, and waited for when it ends.
        """
        if self._run is None or not self._is_open:
            return
        self._jobs.flush()
        self._is_open = False
        left = 0 if self.drawing is None else self.drawing.close(GRACE_S, self._run.write)
        self._run.write_end()
        self._messages.say_dropped(self._counters.counts)
        if left:
            self._messages.say_still_drawing(left)
        else:
            self.drawing = None
        self._messages.say_failures(self._counters.causes)

    def wait_for_figures(self, timeout_s: float | None = None) -> bool:
        """Waits until every look is stored and every figure drawn; Ctrl-C skips the rest.

        Args:
            timeout_s: seconds to wait at most for figures, with a progress bar; None: without
                limit.

        Returns:
            Whether nothing is left to be drawn.
        """
        self._jobs.flush()
        drawn = self.drawing is None or self.drawing.wait(timeout_s)
        self._messages.say_failures(self._counters.causes)
        return drawn


def _facts(
    next_step: int, found: FoundRun, run: OpenRun | None, is_open: bool, steps: Sequence[int]
) -> Facts:
    return Facts(
        next_step=next_step,
        own_run_id=None if run is None else run.mark.run_id,
        is_open=is_open,
        has_logged=bool(steps),
        replaced=is_open and run is not None and run.mark.replaced(),
        holds_run=found.is_there,
        found_run_id=found.run_id,
        last_step=found.last_step,
    )


def _move_earlier_run_aside(log_dir: Path, messages: Messages) -> None:
    try:
        target = move_aside(log_dir)
    except OSError as error:
        raise ValueError(
            f"log_dir {str(log_dir)!r} holds an earlier run that cannot be moved aside "
            f"({error}): give another log_dir."
        ) from error
    if target is not None:
        messages.say_moved_aside(target)
