"""Recorder: owns what a run leaves on disk, and the drawing of its figures."""

import os
import sys
import warnings
from contextlib import contextmanager

from keras_v1_activity.background import DrawingHere, DrawingProcess
from keras_v1_activity.console import trace_table
from keras_v1_activity.files import write_text
from keras_v1_activity.storage.index import StepWriter
from keras_v1_activity.storage.layout import (
    absolute,
    last_step,
    make_layout,
    move_aside,
    own_entries,
    step_files,
)
from keras_v1_activity.storage.run_file import RunFile, earlier_content
from keras_v1_activity.storage.summary_arrays import write_summary_arrays
from keras_v1_activity.storage.summary_writer import SummaryWriter
from keras_v1_activity.storage.tally import Tally
from keras_v1_activity.storage.trace_csv import write_traces

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

    Args:
        log_dir: folder of the run, ``~`` is your home; made where it is missing.
        plan: `RecordPlan`; its `figures` are drawn.
        layout: "folders" (one folder a logged step) or "flat" (file names with the step in them).
        save_data: store the activity; without it there are only figures and JSON files.
        background: draw in a separate process and compute summaries in a thread; else both at
            once, in the calling thread.
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
        self._tally = Tally()
        self._opened = False
        self._dropped_before = 0
        self._warned = set()
        self._drawing = self._writer = self._run_file = self._summaries = None

    @property
    def counts(self):
        """Looks, figures drawn, dropped and failed, saves and captures failed: dict by name."""
        return self._tally.counts

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
        replaced = self._replaced()
        if self._run_file is not None and not self.steps and not replaced:
            return
        self._finish_drawing()
        earlier = earlier_content(self._layout)
        logged = [step for step in earlier.get("steps", []) if isinstance(step, int)]
        goes_on = next_step > 1 or (self._opened and not replaced)
        if goes_on and last_step(self.log_dir, logged) < next_step:
            self.steps[:] = sorted({*logged, *step_files(self.log_dir)})
        else:
            self._move_earlier_run_aside()
            earlier = {}
            self.steps.clear()
        self._tally = Tally(earlier.get("counts"))
        self._opened = True
        self._dropped_before = self.counts["figures_dropped"]
        self._warned.clear()
        self._writer = StepWriter(self._layout)
        self._summaries = SummaryWriter(self._tally, background=self._background)
        self._run_file = RunFile(self._layout, self._settings, self._tally, self.steps, earlier)
        with self._failures_as("save"):
            self._run_file.write()
        self._announce()

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
        with self._failures_as("save"):
            if self._run_file is None:
                self.open(max(activity.step, 1))
            if self._replaced():
                self._tally.fail("replaced", f"the look at step {activity.step} is left out")
            else:
                self._keep(activity)
        self._announce()

    def _keep(self, activity):
        self._restore_folder()
        if self._store(activity):
            self._note_step(activity.step)
        self._draw(activity)
        self._show_traces(activity)
        self._run_file.update()

    def _replaced(self):
        """Whether another recorder has begun a run in the folder since this one opened it."""
        return self._run_file is not None and self._run_file.mark.replaced()

    def _note_step(self, step):
        self._tally.add("looks")
        if step not in self.steps[-1:]:
            self.steps.append(step)
            return
        self._tally.add("looks_replaced")
        if "replaced" not in self._warned:
            self._warned.add("replaced")
            _warn(
                f"Step {step} was logged twice: the later look has taken the place of the first.",
                stacklevel=5,
            )

    def _restore_folder(self):
        if not self.log_dir.is_dir():
            self._tally.fail("log_dir", f"{self.log_dir} was deleted or moved")
            self.log_dir.mkdir(parents=True, exist_ok=True)
        if not self._layout.run.exists():
            # Nothing is drawn for a run that the folder does not name.
            with self._failures_as("save"):
                self._run_file.write()

    def _store(self, activity):
        """Whether the look was stored."""
        stored = True
        if self._save_data:
            stored = False
            with self._failures_as("save"):
                self._writer.write(activity)
                stored = True
        if self._save_data and stored:
            with self._failures_as("index"):
                self._writer.link(activity)
        self._summaries.put(activity, self._layout.summary(activity.step), self._run_file.mark)
        return stored

    def _show_traces(self, activity):
        """The traced neurons in a CSV file and on the terminal."""
        if activity.traces is None:
            return
        with self._failures_as("save"):
            write_traces(self._layout.traces(activity.step), activity)
        # A progress bar of Keras may stand on the line.
        print(f"\n{trace_table(activity)}", flush=True)

    def _draw(self, activity):
        names = list(self._plan.figures)
        if activity.traces is not None:
            names += [f"trace_neuron_{neuron}" for neuron in activity.traces.neurons]
        figures = [(name, self._layout.figure(activity.step, name)) for name in names]
        if not figures:
            return
        with self._failures_as("draw"):
            if self._drawing is None:
                make = DrawingProcess if self._background else DrawingHere
                self._drawing = make(self._tally)
            self._drawing.put(activity, figures, self._run_file.mark)

    def fail(self, kind, error):
        """Counts a failure and warns of the first of its kind.

        Args:
            kind: "capture", "save", "draw" or another word.
            error: the exception, or a sentence.
        """
        self._tally.fail(kind, error)
        self._announce()

    def write_text(self, name, text):
        """Writes a text file, e.g. ``network_state.txt``, into the run's folder. Never raises."""
        with self._failures_as("save"):
            write_text(self.log_dir / name, text)
        self._announce()

    def close(self):
        """Ends the drawing, then writes ``activity_summary.npz`` and ``run.json``. Idempotent.

        Figures still to be drawn are waited for, with a progress line; Ctrl-C skips them.
        """
        if self._run_file is None:
            return
        self._finish_drawing()
        if not self._replaced():
            self._write_end()
        self._announce()
        self._run_file = None

    def _write_end(self):
        with self._failures_as("save"):
            self._run_file.write()
        if self._save_data and self.steps:
            with self._failures_as("save"):
                write_summary_arrays(self._layout.summary_arrays, step_files(self.log_dir))
        if self._tally.causes.keys() - self._warned:
            with self._failures_as("save"):
                self._run_file.write()

    def _finish_drawing(self):
        if self._summaries is not None:
            self._summaries.close()
        if self._drawing is None:
            return
        with self._failures_as("draw"):
            self._drawing.close()
        self._drawing = None
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
            self._tally.fail(kind, error)

    def _announce(self):
        """Warns of kinds of failure not warned of yet, here because threads cannot."""
        for kind, cause in self._tally.causes.items():
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
