"""V1ActivityCallback: what a user asks for, as a session under the hooks of Keras."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from keras_v1_activity.alarms.alarm import Rule
from keras_v1_activity.capture import models
from keras_v1_activity.capture.choose_source import checked_probe
from keras_v1_activity.capture.output_choice import OutputChoice
from keras_v1_activity.capture.target import CaptureRequest, Extract
from keras_v1_activity.plan import FIGURES, RecordPlan
from keras_v1_activity.recording.hooks import SessionCallback
from keras_v1_activity.recording.recorder import Recorder
from keras_v1_activity.recording.run_alarms import OnAlarm, RunAlarms
from keras_v1_activity.recording.session import Session
from keras_v1_activity.recording.silent_recorder import SilentRecorder
from keras_v1_activity.sinks.deliveries import Deliveries, Sinks


class V1ActivityCallback(SessionCallback):
    """Shows what a spiking layer does while its model trains.

    At training steps N, 2N, ... the spikes and membrane potentials of one sample are captured,
    stored and drawn. A step is one training batch, counted over the whole of training from 1.
    By default the training batch itself is captured, in the training step: no second forward pass,
    and outside of a batch the model is always as it was found. Keras 3 (on TensorFlow) and tf-keras
    models are understood, with any `jit_compile`, mixed precision and `steps_per_execution`.

    Args:
        log_dir: folder of the run; made if it is missing.
        log_every_n_steps: N. Several logged steps inside one execution of `steps_per_execution`
            steps share one buffer: the last of them is kept.
        layer_name: layer whose output holds spikes, or (spikes, voltages in mV), each of shape
            (batch, time, neuron). If it is called several times in a step, the last call counts.
        probe_data: None captures the training batch. x or (x, y): this fixed batch instead, in
            inference mode, in a forward pass of its own; or a probe such as
            `probes.DriftingGratings(network)`, of which each look shows one stimulus.
        extract: function from the layer's output to (spikes, voltages or None), for outputs that
            are none of the usual; see `keras_v1_activity.capture.output.settle_output`.
        prediction_output: name or number (from 0) of the model's output that holds the predictions.
            None finds it: by the losses and metrics of `compile`, by labels that are whole numbers,
            by name, by rank; run.json says which it was. A regression has no predictions.
        sample_index: which sample of the batch is recorded; the last one of a batch that is
            shorter than the first was. Under tf.distribute it counts in the whole batch, from the
            first sample that `replica` has.
        voltage_neurons: how many neurons' potentials are recorded, or their ids.
        trace_neurons: ids of neurons of which every state variable is recorded, printed as a
            table, written to a CSV file and drawn. Currents come from the layer's method
            ``trace(inputs, spikes, neurons)``, which the layer `rsnn` of `v1.create_model` has; of
            other layers, spikes and potentials are traced.
        populations: one population name per neuron, or `Populations`, or a v1 network;
            None takes them from the layer or its cell, if it carries any.
        figures: which figures are drawn.
        dt: ms per time step.
        save_data: store the activity; without it only figures and JSON files are written.
        max_overhead: a part of training time, e.g. 0.02, that looks may cost; None sets no limit.
            Measured are the time that training waits for the hooks of this callback, and how much
            longer a logged step takes than the others; not what storing and drawing beside the
            training take of a processor that it needs. If looks cost more, N is doubled, once or
            several times and permanently; a notice says so, and run.json lists it as intervals.
        background: store in a thread and draw in a separate process; else in the training thread.
        replica: whose part of the batch is recorded under tf.distribute, a number among the
            replicas of this process.
        every_worker: under MultiWorkerMirroredStrategy, worker k records too, into ``worker_k`` in
            `log_dir`; else only the chief records.
        alarms: say when something is wrong: True, by the rules of `alarms.DEFAULT_RULES`; a list of
            rules, functions from a `History` to an `Alarm`, a list of them or None; or False.
        on_alarm: function that is called with each `Alarm` at the end of a batch, in the thread
            that trains; or "stop", which ends `fit` at the first alarm. Only the chief of several
            workers does so, and none of them ends the training.
        health: record the norms of gradients, of the updates really applied and of the weights, by
            population, and more that tells whether training is healthy; see docs/health.md.
        sinks: where numbers, pictures and alarms are handed on to, e.g.
            ``[sinks.TensorBoard("board")]``; see docs/sinks.md. Only the chief of several workers
            does so.
        report: write report.html, one file that shows the whole run, when `fit` ends; see
            docs/report.md.

    Raises:
        ValueError: an argument is wrong; also at the start of `fit` or in its first batch, for what
            only the model can tell.

    Example:
        >>> callback = V1ActivityCallback("logs", log_every_n_steps=1, figures=["raster"])
        >>> history = model.fit(x, y, batch_size=4, verbose=0, callbacks=[callback])
        >>> callback.recorder.steps
        [1, 2]
    """

    def __init__(
        self,
        log_dir: str | Path = "v1_activity",
        log_every_n_steps: int = 100,
        *,
        layer_name: str = "rsnn",
        probe_data: Any = None,
        extract: Extract | None = None,
        prediction_output: str | int | None = None,
        sample_index: int = 0,
        voltage_neurons: int | Sequence[int] = 20,
        trace_neurons: Sequence[int] = (),
        populations: models.PopulationsLike | None = None,
        figures: Sequence[str] = FIGURES,
        dt: float = 1.0,
        save_data: bool = True,
        background: bool = True,
        max_overhead: float | None = None,
        replica: int = 0,
        every_worker: bool = False,
        alarms: bool | Iterable[Rule] = True,
        on_alarm: OnAlarm = None,
        health: bool = False,
        sinks: Sinks = (),
        report: bool = False,
    ) -> None:
        models.check_backend()
        plan = RecordPlan(
            log_every_n_steps,
            sample_index,
            voltage_neurons,
            figures,
            dt,
            trace_neurons=trace_neurons,
            max_overhead=max_overhead,
            replica=replica,
            health=health,
            report=report,
        )
        stimuli = checked_probe(probe_data, plan)
        capture = "live" if stimuli is None else "probe"
        settings = {"layer_name": layer_name, "capture": capture, **plan.settings()}
        settings["prediction_output"] = prediction_output
        if stimuli is not None:
            settings["probe"] = stimuli.settings()
        request = CaptureRequest(
            layer_name,
            plan,
            extract,
            models.given_neurons(populations),
            OutputChoice(prediction_output, settings),
        )
        run_alarms = RunAlarms(alarms, on_alarm)
        deliveries = Deliveries(sinks)
        settings |= {**run_alarms.settings(), "sinks": deliveries.names}
        how = {"save_data": save_data, "background": background, "settings": settings}
        recorder = Recorder(log_dir, plan, **how, alarms=run_alarms, sinks=deliveries)
        beside = partial(_recorder_beside, recorder.log_dir, plan, how, bool(every_worker))
        super().__init__(Session(request, recorder, stimuli=stimuli, recorder_for=beside))


def _recorder_beside(
    log_dir: Path, plan: RecordPlan, how: Mapping[str, Any], records: bool, name: str
) -> Recorder:
    """That of a worker beside the chief."""
    return Recorder(log_dir / name, plan, **how) if records else SilentRecorder(log_dir, plan)
