"""V1ActivityCallback: the hooks of Keras, passed on to a session; nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.capture import models
from keras_v1_activity.capture.callback_list import put_last, take_out
from keras_v1_activity.capture.choose_source import checked_probe
from keras_v1_activity.capture.output_choice import OutputChoice
from keras_v1_activity.capture.target import CaptureRequest, Extract
from keras_v1_activity.common.protocols import Model
from keras_v1_activity.plan import FIGURES, RecordPlan
from keras_v1_activity.recording.recorder import Recorder
from keras_v1_activity.recording.session import Session


class _LastCallback(keras.callbacks.Callback):
    """Acts when a batch begins, after all other callbacks: none of them can fail after it."""

    _supports_tf_logs = True
    _chief_worker_only = None

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Arms the capture if a logged step is coming."""
        self._session.begin_batch(batch)


class SessionCallback(keras.callbacks.Callback):
    """Passes the hooks of Keras 3 and tf-keras on to a `Session`, whose plan and recorder it shows.

    Example:
        >>> V1ActivityCallback("logs").recorder.steps
        []
    """

    # Asked for by tf-keras of every callback in its list. The logs stay on the device.
    _supports_tf_logs = True
    _chief_worker_only = None
    _implements_train_batch_hooks = staticmethod(lambda: True)
    _implements_test_batch_hooks = _implements_predict_batch_hooks = staticmethod(lambda: False)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._last: _LastCallback | None = None
        self.plan: RecordPlan = session.request.plan
        self.layer_name: str = session.request.layer_name
        self.recorder: Recorder = session.recorder

    @property
    def step(self) -> int:
        """Number of the last training step, from 1; 0 before training."""
        return self._session.step

    @property
    def intermediate_model(self) -> Any:
        """The keras.Model from the model's inputs to [layer output, outputs], made when needed.

        Looks need none: they are taken of any model.

        Raises:
            RuntimeError: the callback knows no model yet.
            ValueError: the model is subclassed, so that it has no graph; or it has no such layer.
        """
        return self._session.watched.probe.intermediate_model

    def look(self, x: Any, y: Any = None) -> Activity:
        """Logs what the batch `x` evokes now, before, during or after training.

        Args:
            x: input batch, as the model takes it.
            y: its labels, or None.

        Returns:
            The `Activity`, stored and drawn under the current step (0 before training), beside
            other looks at that step; see `keras_v1_activity.storage.looks_at`.

        Raises:
            RuntimeError: the callback knows no model yet.
            ValueError: the model's layer or the batch is not as asked for.
        """
        return self._session.look(x, y)

    def wait_for_figures(self, timeout_s: float | None = None) -> bool:
        """Waits until every figure is drawn, with a progress line; Ctrl-C skips the rest.

        Args:
            timeout_s: seconds to wait at most; None: without limit.

        Returns:
            Whether nothing is left to be drawn.
        """
        return self.recorder.wait_for_figures(timeout_s)

    def set_model(self, model: Model) -> None:
        """Called by Keras; call it yourself to `look` at a model before `fit`."""
        self._session.set_model(model)
        super().set_model(model)

    def on_train_begin(self, logs: Any = None) -> None:
        """Finds the layer.

        Raises:
            ValueError: it is not there, or another callback of this fit has the same log_dir.
        """
        self._session.begin_training()
        last = _LastCallback(self._session)
        self._last = last if put_last(last, instead_of=self._last) else None

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Takes up the optimizer's count, which a restored checkpoint may have moved on.

        In the first epoch it opens the run and writes network_state.txt.
        """
        self._session.begin_epoch()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Arms the capture if a logged step is coming."""
        if self._last is None:
            self._session.begin_batch(batch)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Counts the batch, and hands on what was captured in it."""
        self._session.end_batch(batch)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Corrects the count if the last execution of an epoch ran fewer steps."""
        self._session.end_epoch()

    def on_train_end(self, logs: Any = None) -> None:
        """Writes what is left to be stored; figures are waited for if that is soon done."""
        take_out(self._last)
        self._last = None
        self._session.end_training()


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
            inference mode, in a forward pass of its own.
        extract: function from the layer's output to (spikes, voltages or None), for outputs that
            are none of the usual; see `keras_v1_activity.capture.output.settle_output`.
        prediction_output: name or number (from 0) of the model's output that holds the predictions.
            None finds it: by the losses and metrics of `compile`, by labels that are whole numbers,
            by name, by rank; run.json says which it was. A regression has no predictions.
        sample_index: which sample of the batch is recorded; the last one of a batch that is
            shorter than the first was.
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
        )
        batch = checked_probe(probe_data, plan)
        capture = "live" if batch is None else "probe"
        settings = {"layer_name": layer_name, "capture": capture, **plan.settings()}
        settings["prediction_output"] = prediction_output
        request = CaptureRequest(
            layer_name,
            plan,
            extract,
            models.given_neurons(populations),
            OutputChoice(prediction_output, settings),
        )
        recorder = Recorder(
            log_dir, plan, save_data=save_data, background=background, settings=settings
        )
        super().__init__(Session(request, recorder, probe_batch=batch))
