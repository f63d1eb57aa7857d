"""Recorder: owns what a run leaves on disk, and the drawing of its figures."""

import os
import sys
import warnings
from contextlib import contextmanager
from functools import partial

from keras_v1_activity.common.files import read_json, write_text
from keras_v1_activity.drawing.process import DrawingHere, DrawingProcess
from keras_v1_activity.recording.job_thread import JobThread
from keras_v1_activity.recording.open_run import OpenRun
from keras_v1_activity.storage.counters import Counters
from keras_v1_activity.storage.layout import (
    absolute,
    last_step,
    make_layout,
    move_aside,
    own_entries,
    step_files,
)

# Figures still to be drawn at the end are waited for where that takes no longer, by the look of it.
GRACE_S = 5.0
_WARNINGS = {
    "capture": "A look at the network failed",
    "trace": "The currents of the traced neurons could not be taken",
    "save": "What was recorded could not be stored in {log_dir}",
    "index": "The index activity.h5 in {log_dir} could not be written; load_activity needs none",
    "draw": "A figure could not be drawn",
    "drawing_process": "The drawing process was lost and is started anew once",
    "drawing_stopped": "The drawing process was lost again, nothing more is drawn",
    "log_dir": "The folder of the run vanished and is made anew",
    "replaced": "Another run has begun in {log_dir}, looks of this one are not stored any more",
}


class Recorder:
    """Stores each look, has its figures drawn, and counts what fails. Training never ends by it.

    In the background, looks are stored by one thread, in order, and drawn by one process. A look
    that comes while four wait to be stored waits for storage, since no data are left out; figures
    are, and are never waited for while looks come.

    Args:
        log_dir: folder of the run, ``~`` is your home; made where it is missing.
        plan: `RecordPlan`; its `figures` are drawn.
        layout: "folders" (one folder a logged step) or "flat" (file names with the step in them).
        save_data: store the activity; without it there are only figures and JSON files.
        background: store in a thread and draw in a process; else both at once, where it is called.
        settings: dict for run.json, e.g. the keywords of the callback.

    Attributes:
        log_dir: absolute path of the folder.
        steps: list of the logged steps.

    Raises:
        ValueError: `log_dir` is a file or cannot be written; there is no such layout.

    Example:
        >>> recorder = Recorder("logs", RecordPlan())   # doctest: +SKIP
        >>> recorder.open(next_step=1); recorder.record(activity); recorder.close()
    """

    def __init__(
        self, log_dir, plan, *, layout="folders", save_data=True, background=True, settings=None
    ):
        _check_writable(log_dir)
        self._layout = make_layout(layout, log_dir)
        self._plan = plan
        self._save_data = save_data
        self._background = background
        self._settings = dict(settings or {})
        self.log_dir = self._layout.log_dir
        self.steps = []
        self._counters = Counters()
        self._jobs = JobThread(background=background)
        self._run = self._drawing = None
        self._is_open = False
        self._last_step = None
        self._dropped_before = 0
        self._warned = set()

    @property
    def counts(self):
        """Looks, figures drawn, dropped and failed, saves and captures failed: dict by name."""
        return self._counters.counts

    def open(self, next_step):
        """Begins a run, or goes on with the one in the folder.

        A run whose last logged step lies before `next_step` is resumed, new steps are added to it,
        if `next_step` is not 1 or this recorder made the run. Anything else that an earlier run
        left in the folder is moved into ``earlier_001`` (the next free number) inside it, which
        one printed line says.

        Args:
            next_step: the training step that comes next, from 1.

        Raises:
            ValueError: what an earlier run left cannot be moved aside.
        """
        self._jobs.flush()
        replaced = self._is_open and self._run.mark.replaced()
        if self._is_open and not self.steps and not replaced:
            return
        earlier = read_json(self._layout.run)
        logged = [step for step in earlier.get("steps", []) if isinstance(step, int)]
        goes_on = next_step > 1 or (self._run is not None and not replaced)
        if goes_on and last_step(self.log_dir, logged) < next_step:
            self.steps[:] = sorted({*logged, *step_files(self.log_dir)})
            is_own = self._run is not None and earlier.get("run_id") == self._run.mark.run_id
        else:
            self._give_up_drawing()
            self._move_earlier_run_aside()
            earlier, is_own = {}, False
            self.steps.clear()
        if not is_own:
            # A run of its own may have figures in work, which go on being counted.
            self._give_up_drawing()
            self._counters = Counters(earlier.get("counts"))
        self._dropped_before = self.counts["figures_dropped"]
        self._last_step = self.steps[-1] if self.steps else None
        self._warned.clear()
        self._start_run(earlier)
        self._announce()

    def _start_run(self, earlier):
        if self._drawing is None and (self._plan.figures or self._plan.trace_neurons):
            # Made here, so that what a program leaves to be done at its end is done before.
            self._drawing = (DrawingProcess if self._background else DrawingHere)(self._counters)
        self._run = OpenRun(
            self._layout,
            self._plan,
            self._counters,
            self.steps,
            drawing=self._drawing,
            settings=self._settings,
            earlier=earlier,
            save_data=self._save_data,
        )
        self._is_open = True
        self._run.write()

    def _move_earlier_run_aside(self):
        if not own_entries(self.log_dir):
            return
        try:
            target = move_aside(self.log_dir)
        except OSError as error:
            raise ValueError(
                f"log_dir {str(self.log_dir)!r} holds an earlier run that cannot be moved aside "
                f"({error}): give another log_dir."
            ) from error
        print(f"keras_v1_activity: {self.log_dir} held an earlier run, which is now in {target}.")

    def record(self, activity):
        """Stores one look, writes its summary and has its figures drawn. Never raises.

        Args:
            activity: `Activity`; a second one at the same step takes the place of the first.
        """
        self.record_made(activity.step, lambda: activity)

    def record_made(self, step, make):
        """As `record`, for a look that is yet to be made, where it is stored.

        Args:
            step: training step of the look.
            make: function without arguments that returns the `Activity`; called in another thread.
        """
        with self._failures_as("save"):
            if not self._is_open:
                self.open(max(step, 1))
            self._say_twice(step)
            self._jobs.put(partial(self._run.keep, make))
        self._announce()

    def note_interval(self, step, interval):
        """Notes in run.json that from `step` on, the steps divisible by `interval` are logged."""
        if self._is_open:
            self._run.note_interval(step, interval)

    def say_stretched(self, step, before, budget):
        """Notes, and the first time says, that looks cost too much and are taken more seldom.

        Args:
            step: the last step that was run.
            before: the interval until then.
            budget: `OverheadBudget`.
        """
        self.note_interval(step + 1, budget.interval)
        if before == self._plan.every_n_steps:
            print(
                f"\nkeras_v1_activity: looks cost {budget.overhead:.2%} of the training time, more "
                f"than max_overhead={self._plan.max_overhead:g}: from step {step + 1} on, every "
                f"{budget.interval}th step is logged."
            )

    def _say_twice(self, step):
        twice, self._last_step = step == self._last_step, step
        if twice and "twice" not in self._warned:
            self._warned.add("twice")
            _warn(
                f"Step {step} was logged twice: the later look has taken the place of the first.",
                stacklevel=5,
            )

    def fail(self, kind, error):
        """Counts a failure and warns of the first of its kind.

        Args:
            kind: "capture", "save", "draw" or another word.
            error: the exception, or a sentence.
        """
        self._counters.fail(kind, error)
        self._announce()

    def write_text(self, name, text):
        """Writes a text file, e.g. ``network_state.txt``, into the run's folder. Never raises."""
        with self._failures_as("save"):
            write_text(self.log_dir / name, text)
        self._announce()

    def close(self):
        """Writes what is left to be stored, ``activity_summary.npz`` and ``run.json``. Idempotent.

        Figures still to be drawn are waited for, with a progress line, where that takes a few
        seconds; Ctrl-C skips them. Otherwise they are drawn while the program goes on, as one line
        says, and waited for when it ends.
        """
        if not self._is_open:
            return
        self._jobs.flush()
        self._is_open = False
        left = 0
        if self._drawing is not None:
            left = self._drawing.close(GRACE_S, self._run.write)
        self._run.write_end()
        self._say_dropped()
        if left:
            print(
                f"keras_v1_activity: {left:,} figures are still being drawn and appear in "
                f"{self.log_dir} one by one; Python waits for them when it ends.",
                file=sys.stderr,
            )
        else:
            self._drawing = None
        self._announce()

    def wait_for_figures(self, timeout_s=None):
        """Waits until every figure is drawn, with a progress line; Ctrl-C skips the rest.

        Args:
            timeout_s: seconds to wait at most; None: without limit.

        Returns:
            Whether nothing is left to be drawn.
        """
        self._jobs.flush()
        drawn = self._drawing is None or self._drawing.wait(timeout_s)
        self._announce()
        return drawn

    def _give_up_drawing(self):
        if self._drawing is not None:
            with self._failures_as("draw"):
                self._drawing.abandon()
        self._drawing = None

    def _say_dropped(self):
        dropped = self.counts["figures_dropped"] - self._dropped_before
        if dropped:
            print(
                f"keras_v1_activity: {dropped:,} figures were left out, because looks came faster "
                "than they could be drawn or drawing had stopped.",
                file=sys.stderr,
            )

    @contextmanager
    def _failures_as(self, kind):
        """Counts an exception as a failure of this kind; only Ctrl-C and exit pass."""
        try:
            yield
        except Exception as error:
            self._counters.fail(kind, error)

    def _announce(self):
        """Warns of kinds of failure not warned of yet, here because threads cannot."""
        for kind, cause in self._counters.causes.items():
            if kind in self._warned:
                continue
            self._warned.add(kind)
            what = _WARNINGS.get(kind, f"Recording failed ({kind})").format(log_dir=self.log_dir)
            _warn(f"{what}: {cause}. Training goes on; run.json counts what fails from here on.")


def _warn(text, stacklevel=4):
    try:
        warnings.warn(text, RuntimeWarning, stacklevel=stacklevel)
    except RuntimeWarning:
        # Where warnings are made errors, this one would end the training.
        print(f"keras_v1_activity: {text}", file=sys.stderr)


def _check_writable(log_dir):
    """Makes the folder and writes into it once.

    Raises:
        ValueError: that failed.
    """
    if isinstance(log_dir, str) and not log_dir.strip():
        raise ValueError(f"log_dir must name a folder, e.g. 'v1_activity'; got {log_dir!r}.")
    try:
        folder = absolute(log_dir)
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".write_test-{os.getpid()}"
        probe.write_bytes(b"x")
        probe.unlink()
    except (OSError, TypeError, ValueError) as error:
        raise ValueError(
            f"log_dir must be a folder that can be written; got {log_dir!r} ({error}). "
            "Give another folder."
        ) from error
