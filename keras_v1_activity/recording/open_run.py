"""OpenRun: what becomes of each look of a run that is open for writing."""

from contextlib import contextmanager

from keras_v1_activity.common.files import write_json
from keras_v1_activity.measures import summarise
from keras_v1_activity.state.trace_csv import write_traces
from keras_v1_activity.state.trace_table import trace_table
from keras_v1_activity.storage.index import StepWriter
from keras_v1_activity.storage.layout import step_files
from keras_v1_activity.storage.run_file import RunFile
from keras_v1_activity.storage.summary_arrays import write_summary_arrays


class OpenRun:
    """Stores looks, has them drawn, keeps ``run.json``; what fails is counted, never raised.

    One thread at a time calls it, but `write`, which any thread may call.

    Args:
        layout: `Layout` of the run.
        plan: `RecordPlan`.
        counters: `Counters` of the run.
        steps: list of the logged steps, to which it appends.
        drawing: `DrawingProcess` or `DrawingHere`; None where nothing is drawn.
        settings: dict for run.json.
        earlier: content of the run.json of a run that is resumed.
        save_data: store the activity; without it there are only figures and JSON files.
    """

    def __init__(self, layout, plan, counters, steps, *, drawing, settings, earlier, save_data):
        self._layout = layout
        self._plan = plan
        self._counters = counters
        self._steps = steps
        self._drawing = drawing
        self._writer = StepWriter(layout) if save_data else None
        self._run_file = RunFile(layout, settings, counters, steps, earlier)

    @property
    def mark(self):
        """`RunMark` of the run."""
        return self._run_file.mark

    def keep(self, make):
        """Stores one look, writes its summary and has its figures drawn.

        Args:
            make: function without arguments that returns the `Activity`.
        """
        try:
            activity = make()
        except Exception as error:
            self._counters.fail("capture", error)
            return
        if self.mark.replaced():
            self._counters.fail("replaced", f"the look at step {activity.step} is left out")
            return
        with self._failures_as("save"):
            self._restore_folder()
            if self._store(activity):
                self._note_step(activity.step)
            self._draw(activity)
            self._summarise(activity)
            self._show_traces(activity)
            self._run_file.update()

    def note_interval(self, step, interval):
        """Notes for run.json that from `step` on, multiples of `interval` are logged."""
        self._run_file.note_interval(step, interval)

    def write(self):
        """Writes ``run.json``."""
        with self._failures_as("save"):
            self._run_file.write()

    def write_end(self):
        """Writes ``run.json`` and ``activity_summary.npz``."""
        if self.mark.replaced():
            return
        self.write()
        failed = self._counters.causes.keys()
        if self._writer is not None and self._steps:
            with self._failures_as("save"):
                write_summary_arrays(self._layout.summary_arrays, step_files(self._layout.log_dir))
        if self._counters.causes.keys() - failed:
            self.write()

    def _restore_folder(self):
        log_dir = self._layout.log_dir
        if not log_dir.is_dir():
            self._counters.fail("log_dir", f"{log_dir} was deleted or moved")
            log_dir.mkdir(parents=True, exist_ok=True)
        if not self._layout.run.exists():
            # Nothing is drawn for a run that the folder does not name.
            self.write()

    def _store(self, activity):
        """Whether the look was stored, or is not to be."""
        if self._writer is None:
            return True
        stored = False
        with self._failures_as("save"):
            self._writer.write(activity)
            stored = True
        if stored:
            with self._failures_as("index"):
                self._writer.link(activity)
        return stored

    def _note_step(self, step):
        self._counters.add("looks")
        if step in self._steps[-1:]:
            self._counters.add("looks_replaced")
        else:
            self._steps.append(step)

    def _draw(self, activity):
        names = list(self._plan.figures)
        if activity.traces is not None:
            names += [f"trace_neuron_{neuron}" for neuron in activity.traces.neurons]
        figures = [(name, self._layout.figure(activity.step, name)) for name in names]
        if figures:
            with self._failures_as("draw"):
                self._drawing.put(activity, figures, self.mark)

    def _summarise(self, activity):
        with self._failures_as("save"):
            summary = summarise(activity)
            if not self.mark.replaced():
                write_json(self._layout.summary(activity.step), summary)

    def _show_traces(self, activity):
        """The traced neurons in a CSV file and on the terminal."""
        if activity.traces is None:
            return
        with self._failures_as("save"):
            write_traces(self._layout.traces(activity.step), activity)
        # A progress bar of Keras may stand on the line.
        print(f"\n{trace_table(activity)}", flush=True)

    @contextmanager
    def _failures_as(self, kind):
        """Counts an exception as a failure of this kind; only Ctrl-C and exit pass."""
        try:
            yield
        except Exception as error:
            self._counters.fail(kind, error)
