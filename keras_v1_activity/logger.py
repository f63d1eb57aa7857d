"""NetworkActivityLogger: the callback's logging for a custom training or inference loop."""

from __future__ import annotations

import atexit
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.alarms.alarm import Rule
from keras_v1_activity.capture import models
from keras_v1_activity.capture.handed import HandedBatch
from keras_v1_activity.capture.handed_layout import HandedLayout, Layout
from keras_v1_activity.capture.potentials import HANDED_MV, PotentialsCheck
from keras_v1_activity.capture.replica_values import whole_batch, whole_traces
from keras_v1_activity.capture.selection import check_sample
from keras_v1_activity.capture.selections import Selections
from keras_v1_activity.common import notices
from keras_v1_activity.common.protocols import AnyArray, Model
from keras_v1_activity.common.workers import worker_of_environment
from keras_v1_activity.plan import FIGURES, RecordPlan
from keras_v1_activity.recording.recorder import Recorder
from keras_v1_activity.recording.run_alarms import OnAlarm, RunAlarms
from keras_v1_activity.recording.scalars import numbers, step_number
from keras_v1_activity.recording.schedule import Schedule, StepCount
from keras_v1_activity.recording.silent_recorder import SilentRecorder
from keras_v1_activity.recording.tapped_steps import TappedSteps
from keras_v1_activity.recording.tapping_logger import TappingLogger
from keras_v1_activity.sinks.deliveries import Deliveries, Sinks

# What `save_summary` waits for figures at most.
SUMMARY_WAIT_S: float = 60.0


class NetworkActivityLogger(TappingLogger):
    """Stores and draws what a network does, in a loop of your own.

    Call `log_step` at every step; each N-th is logged, the others cost nothing. Arrays may be of
    numpy, TensorFlow, JAX or PyTorch; only the samples that are logged are converted. In a compiled
    training step of TensorFlow, call `tap` in it and `step_done` after it instead. The figures are
    named after the step: ``raster_step_100.png``.

    Args:
        log_dir: folder of the run; made if it is missing. What an earlier run left in it is
            moved into ``earlier_001`` inside it, unless `start_step` continues that run.
        log_every_n_steps: N: steps N, 2N, ... are logged.
        sample_index: which sample of the batch is recorded.
        voltage_neurons: how many neurons' potentials are recorded, or their ids.
        trace_neurons: ids of neurons of which every state variable is recorded, printed as a
            table, written to a CSV file and drawn; see `log_step`.
        populations: one population name per neuron, or `Populations`, or a v1 network.
        figures: which figures are drawn.
        dt: ms per time step.
        save_data: store the activity; without it only figures and JSON files are written.
        background: store in a thread and draw in a separate process; else in the calling thread.
        max_overhead: a part of training time, e.g. 0.02, that looks may cost; None sets no limit.
            Measured is the time in `log_step` against the time between two calls of it. If looks
            cost more, N is doubled, for good; a notice says so, and run.json lists the intervals.
        start_step: steps done before, e.g. by a run that is continued: the first call of `log_step`
            is step `start_step` + 1.
        replica: whose part of the batch `tap` records under tf.distribute.
        layout: ``"tbn"`` if `log_step` gets (time, batch, neuron) arrays; ``"btn"`` for (batch,
            time, neuron). None is ``"btn"``, and says once how spikes were read where nothing else
            that is given tells their batch from their time.
        voltage_range: (zero, one), the mV that `voltages` count as 0 and as 1, each a number or one
            for each neuron, e.g. ``(E_L, V_th)``; None: `voltages` are in mV.
        every_worker: of several workers that TF_CONFIG names, worker k logs too, into ``worker_k``
            in `log_dir`; else only the chief does.
        alarms, on_alarm: as `V1ActivityCallback` takes them. The function is called in `log_step`
            and `step_done`; "stop" makes `should_stop` True, for the loop to look at.
        sinks, report: as `V1ActivityCallback` takes them; `save_summary` writes the report.

    Attributes:
        plan: `RecordPlan`, what is recorded.
        given_neurons: `Neurons` from `populations`, or None.
        recorder: `Recorder` of the run, with its `steps`.
        settings: what run.json says that the run was set to.
        count: `StepCount`, on which a callback of this logger counts too.
        log_dir: absolute path of the folder.

    Raises:
        ValueError: an argument is wrong, or `log_dir` cannot be written.

    Example:
        >>> with NetworkActivityLogger("logs", log_every_n_steps=2, figures=["raster"]) as logger:
        ...     logged = [logger.log_step(spikes=np.eye(20), labels=3) for _ in range(4)]
        >>> logged, logger.recorder.steps
        ([False, True, False, True], [2, 4])
    """

    plan: RecordPlan
    given_neurons: Neurons | None
    recorder: Recorder
    settings: dict[str, Any]
    count: StepCount
    log_dir: Path

    def __init__(
        self,
        log_dir: str | Path = "my_logs",
        log_every_n_steps: int = 100,
        *,
        sample_index: int = 0,
        voltage_neurons: int | Sequence[int] = 20,
        trace_neurons: Sequence[int] = (),
        populations: models.PopulationsLike | None = None,
        figures: Sequence[str] = FIGURES,
        dt: float = 1.0,
        save_data: bool = True,
        background: bool = True,
        max_overhead: float | None = None,
        start_step: int = 0,
        replica: int = 0,
        layout: Layout | None = None,
        voltage_range: tuple[AnyArray, AnyArray] | None = None,
        every_worker: bool = False,
        alarms: bool | Iterable[Rule] = True,
        on_alarm: OnAlarm = None,
        sinks: Sinks = (),
        report: bool = False,
    ) -> None:
        self.plan = RecordPlan(
            log_every_n_steps,
            sample_index,
            voltage_neurons,
            figures,
            dt,
            trace_neurons=trace_neurons,
            max_overhead=max_overhead,
            replica=replica,
            report=report,
        )
        self.given_neurons = models.given_neurons(populations)
        self.count = StepCount(step_number(start_step, "start_step"))
        self._layout = HandedLayout(layout)
        self.settings = {"capture": "logger", "layout": self._layout.name, **self.plan.settings()}
        worker = worker_of_environment()
        run_alarms = RunAlarms(worker.is_chief and alarms, on_alarm)
        deliveries = Deliveries(sinks if worker.is_chief else ())
        self.settings |= {**run_alarms.settings(), "sinks": deliveries.names}
        self._save_data = save_data
        self._selections = Selections(self.plan, self.given_neurons)
        self._potentials = PotentialsCheck(HANDED_MV, voltage_range)
        silent = not worker.is_chief and not every_worker
        folder = log_dir if worker.is_chief or silent else Path(log_dir) / worker.name
        how: dict[str, Any] = {"layout": "flat", "save_data": save_data, "background": background}
        how |= {"settings": self.settings, "alarms": run_alarms, "sinks": deliveries}
        self.recorder = (SilentRecorder if silent else Recorder)(folder, self.plan, **how)
        self.log_dir = self.recorder.log_dir
        self._schedule = Schedule(self.plan, self.recorder)
        parts = self.plan, self._selections, self.count, self._schedule, self.recorder
        super().__init__(TappedSteps(*parts, self._potentials), self.recorder, self._layout)
        self.recorder.open(next_step=self.step + 1)
        self.recorder.note_interval(self.step + 1, self._schedule.interval)

    @property
    def step(self) -> int:
        """Number of the last step, from 1."""
        return self.count.step

    @step.setter
    def step(self, step: int) -> None:
        self.count.step = step

    def log_step(
        self,
        inputs: AnyArray | None = None,
        spikes: AnyArray | None = None,
        voltages: AnyArray | None = None,
        outputs: AnyArray | None = None,
        predictions: AnyArray | None = None,
        labels: AnyArray | None = None,
        step: AnyArray | None = None,
        *,
        sample_weight: AnyArray | None = None,
        traces: Mapping[str, AnyArray] | None = None,
        scalars: Mapping[str, Any] | None = None,
    ) -> bool:
        """Counts one step, and logs it if it is due.

        Arrays come with a batch axis, or all without it for a single sample. With ``layout="tbn"``
        time comes before batch in `spikes`, `voltages`, `inputs` and `traces`, and in `outputs`
        and `predictions` of three axes. What strategy.run returns, a part of the batch for each
        replica, is taken as one batch.

        Args:
            inputs: (batch, time, channels), what the network was given.
            spikes: (batch, time, neuron); above 0 is a spike. Needed in a step that is logged.
            voltages: (batch, time, neuron) membrane potentials, mV.
            outputs: (batch, chunks, classes) readout over time, probabilities or logits; or
                (batch, classes).
            predictions: the predicted class of each sample, (batch,), or of each chunk; or
                probabilities or logits in a shape of `outputs`. None takes them from `outputs`. A
                class that differs from what `outputs` say counts, and is drawn as certain.
            labels: the true class, (batch,), (batch, 1), one for each chunk, or one-hot.
            step: number of this step, if you count them yourself; logged if divisible by N.
            sample_weight: (batch, chunks) how much each chunk of `outputs` is scored; None: alike.
            traces: dict of name -> (batch, time, k), further variables of the k `trace_neurons`, in
                their order, such as ``rsnn.trace(currents, spikes, logger.plan.trace_neurons)``
                returns. Without it their spikes and voltages are traced.
            scalars: dict of name -> number, e.g. losses, for the summary of a step that is logged.

        Returns:
            Whether the step was logged.

        Raises:
            ValueError: in a step that is logged, one sentence on what does not fit.
        """
        with self._schedule.hook():
            self.step = self.step + 1 if step is None else step_number(step, "step")
            due = self.recorder.records and self.step % self._schedule.interval == 0
            if due:
                given = spikes, voltages, inputs, outputs, predictions, labels, sample_weight
                whole = (whole_batch(value, self._layout.batch_axis) for value in given)
                parts = whole_traces(traces, self._layout.batch_axis)
                self._log(HandedBatch(*whole, parts, layout=self._layout), numbers(scalars))
            self._steps.arm()
            self.recorder.alarms.hand_on()
        self._schedule.end_step(self.step, looked=due)
        return due

    def _log(self, batch: HandedBatch, scalars: Mapping[str, float]) -> None:
        if self._selections.are_new:
            check_sample(self.plan, batch.batch_size)
        activity = batch.activity(self._selections.of(batch.n_neurons), self.step)
        look = self._potentials.checked(activity)
        self.recorder.record_made(self.step, lambda: look, scalars=scalars)
        self.close_at_exit()

    def log_network_state(
        self, model: Model, sample_input: Any = None, *, layer_name: str = "rsnn"
    ) -> str:
        """Writes ``network_state.txt`` into the folder of the run; see `log_network_state`.

        Args:
            model: keras.Model of Keras 3 or tf-keras.
            sample_input: input batch to run once, or None for no firing statistics.
            layer_name: the spiking layer.

        Returns:
            The text.

        Raises:
            ValueError: no such layer; or, with `sample_input`, a model without a graph.
        """
        from keras_v1_activity.state.network_state import describe_network

        text = describe_network(model, sample_input, layer_name=layer_name, dt=self.plan.dt)
        self.recorder.write_text("network_state.txt", text)
        return text

    def wait_for_figures(self, timeout_s: float | None = None) -> bool:
        """Waits until every figure is drawn, with a progress line; Ctrl-C skips the rest.

        Args:
            timeout_s: seconds to wait at most; None: without limit.

        Returns:
            Whether nothing is left to be drawn.
        """
        return self.recorder.wait_for_figures(timeout_s)

    def save_summary(self, wait: bool = True) -> Path | None:
        """Writes what is left to be stored, ``activity_summary.npz`` and ``run.json``.

        Figures still to be drawn are waited for up to a minute, with a progress bar; Ctrl-C skips
        them. What is left is drawn while the program goes on. It may be called again later.

        Args:
            wait: wait for figures; else all that are left are drawn while the program goes on.

        Returns:
            Path of ``activity_summary.npz``; None if no step was logged or no data is saved.
        """
        self.recorder.close(wait_s=SUMMARY_WAIT_S if wait else 0.0)
        atexit.unregister(self.recorder.close)
        if not self.recorder.records:
            return None
        if not self.recorder.steps:
            notices.warn(
                f"nothing was logged in {self.log_dir}: the last step was {self.step}, and every "
                f"{self.plan.every_n_steps}th is logged; give a smaller log_every_n_steps."
            )
            return None
        return self.log_dir / "activity_summary.npz" if self._save_data else None

    def __enter__(self) -> NetworkActivityLogger:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Writes the summary, also if the loop was ended by an error."""
        if error is None or self.recorder.steps:
            self.save_summary()
