"""V1ActivityCallback: Keras hooks that count, capture and hand on; nothing else."""

import warnings
from functools import partial

import keras

from keras_v1_activity.capture import models
from keras_v1_activity.capture.arguments import checked_function, checked_name, checked_probe
from keras_v1_activity.plan import FIGURES, RecordPlan
from keras_v1_activity.recording.overhead import CostMeter, OverheadBudget
from keras_v1_activity.recording.recorder import Recorder


class V1ActivityCallback(keras.callbacks.Callback):
    """Shows what a spiking layer does while its model trains.

    At training steps N, 2N, ... the spikes and membrane potentials of one sample are captured,
    stored and drawn. A step is one training batch, counted over the whole of training from 1.
    By default the training batch itself is captured, in the training step: no second forward pass,
    and outside of a batch the model is always as it was found. Keras 3 (on TensorFlow) and tf-keras
    models are understood, with any `jit_compile`, mixed precision and `steps_per_execution`.

    Args:
        log_dir: folder of the run; made where it is missing.
        log_every_n_steps: N. Several logged steps inside one execution of `steps_per_execution`
            steps share one buffer: the last of them is kept.
        layer_name: layer whose output holds spikes, or (spikes, voltages in mV), each of shape
            (batch, time, neuron). Where it is called several times in a step, the last call counts.
        probe_data: None captures the training batch. x or (x, y): this fixed batch instead, in
            inference mode, through `intermediate_model`.
        extract: function from the layer's output to (spikes, voltages or None), for outputs that
            are none of the usual; see `keras_v1_activity.capture.output.settle_output`.
        sample_index: which sample of the batch is recorded; the last one of a batch that is
            shorter than the first was.
        voltage_neurons: how many neurons' potentials are recorded, or their ids.
        trace_neurons: ids of neurons of which every state variable is recorded, printed as a
            table, written to a CSV file and drawn. Currents come from the layer's method
            ``trace(inputs, spikes, neurons)``, which the layer `rsnn` of `v1.create_model` has; of
            other layers, spikes and potentials are traced.
        populations: one population name per neuron, or `Populations`, or a v1 network;
            None takes them from the layer or its cell, where it carries any.
        figures: which figures are drawn.
        dt: ms per time step.
        save_data: store the activity; without it only figures and JSON files are written.
        max_overhead: a part of training time, e.g. 0.02, that looks may cost; None sets no limit.
            Measured are the time that training waits for the hooks of this callback, and how much
            longer a logged step takes than the others; not what storing and drawing beside the
            training take of a processor that it needs. Where looks cost more, N is doubled, once
            or several times and for good, which one line says; run.json lists it as intervals.
        background: store in a thread and draw in a separate process; else in the training thread.

    Raises:
        ValueError: an argument is wrong; also at the start of `fit` or in its first batch, for what
            only the model can tell.

    Example:
        >>> callback = V1ActivityCallback("logs", log_every_n_steps=50)   # doctest: +SKIP
        >>> model.fit(x, y, callbacks=[callback])                         # doctest: +SKIP
    """

    # Asked for by tf-keras: leave the logs on the device.
    _supports_tf_logs = True
    _chief_worker_only = None

    def __init__(
        self,
        log_dir="v1_activity",
        log_every_n_steps=100,
        *,
        layer_name="rsnn",
        probe_data=None,
        extract=None,
        sample_index=0,
        voltage_neurons=20,
        trace_neurons=(),
        populations=None,
        figures=FIGURES,
        dt=1.0,
        save_data=True,
        background=True,
        max_overhead=None,
    ):
        super().__init__()
        models.check_backend()
        self.plan = RecordPlan(
            log_every_n_steps,
            sample_index,
            voltage_neurons,
            figures,
            dt,
            trace_neurons=trace_neurons,
            max_overhead=max_overhead,
        )
        self.layer_name = checked_name(layer_name)
        self._extract = checked_function(extract)
        self._given_neurons = models.given_neurons(populations)
        self._probe_data = checked_probe(probe_data, self.plan)
        self.recorder = self._make_recorder(
            log_dir,
            self.plan,
            save_data=save_data,
            background=background,
            settings={
                "layer_name": layer_name,
                "capture": "live" if probe_data is None else "probe",
                **self.plan.settings(),
            },
        )
        self.step = 0
        self._forget_model()
        self._running = self._open = False

    def _forget_model(self):
        self._live = self._intermediate_model = self._probe = None
        self._said_several = self._said_untraced = False
        self._budget = OverheadBudget(self.plan.every_n_steps, self.plan.max_overhead)
        self._meter = CostMeter(self._budget)

    @property
    def intermediate_model(self):
        """The keras.Model from the model's inputs to [layer output, outputs], made when needed.

        Raises:
            RuntimeError: the callback knows no model yet.
            ValueError: the model is subclassed, so that it has no graph; or it has no such layer.
        """
        if self._intermediate_model is None:
            from keras_v1_activity.capture.probe import make_intermediate_model

            model = self._known_model()
            self._intermediate_model = make_intermediate_model(model, self.layer_name)
        return self._intermediate_model

    def look(self, x, y=None):
        """Logs what the batch `x` evokes now, before, during or after training.

        Args:
            x: input batch, as the model takes it.
            y: its labels, or None.

        Returns:
            The `Activity`, stored and drawn under the current step (0 before training).

        Raises:
            RuntimeError: the callback knows no model yet.
            ValueError: the model has no graph, the layer's output is unusable, or sample_index is
                beyond the batch.
        """
        if not self._running:
            self.step = max(self.step, models.batches_trained(self._known_model()))
        activity = self._make_probe().look(x, y, step=self.step, source="look")
        if not self._open:
            self._open_recorder()
        self._report_trouble(self._probe)
        self.recorder.record(activity)
        if not self._running and self.step:
            self._close_recorder()
        return activity

    def wait_for_figures(self, timeout_s=None):
        """Waits until every figure is drawn, with a progress line; Ctrl-C skips the rest.

        Args:
            timeout_s: seconds to wait at most; None: without limit.

        Returns:
            Whether nothing is left to be drawn.
        """
        return self.recorder.wait_for_figures(timeout_s)

    def set_model(self, model):
        """Called by Keras; call it yourself to `look` at a model before `fit`."""
        if model is not self._model:
            self._forget_model()
            self._close_recorder()
            self.step = 0
        super().set_model(model)

    def on_train_begin(self, logs=None):
        """Finds the layer, opens the run, writes network_state.txt."""
        layer = models.find_layer(self._model, self.layer_name)
        self.step = max(self.step, models.batches_trained(self._model))
        self._say_untraced(layer)
        if self._probe_data is not None:
            self._make_probe().check(*self._probe_data)
        else:
            self._prepare_live(layer)
        self._open_recorder()
        self._running, self._first_batch = True, True
        self._write_network_state()

    def on_epoch_begin(self, epoch, logs=None):
        """Takes up the optimizer's count, which a restored checkpoint may have moved on."""
        self.step = max(self.step, models.batches_trained(self._model))

    def on_train_batch_begin(self, batch, logs=None):
        """Arms the capture where a logged step is coming."""
        self._meter.begin_hook()
        self._begun_at = batch
        if self._live is not None:
            self._arm()
        self._meter.end_hook()

    def _arm(self):
        every = self._budget.interval
        last = self.step + self._steps_per_execution
        n_due = last // every - self.step // every
        self._say_several(n_due)
        self._live.before_batch(
            self.step + 1,
            due=n_due > 0 or self._first_batch,
            every=1 if self._first_batch else every,
        )

    def on_train_batch_end(self, batch, logs=None):
        """Counts the batch, and hands on what was captured in it."""
        if self._live is not None:
            # What the step still has to compute is not the hook's time.
            self._live.finish_step()
        self._meter.begin_hook()
        before, every = self.step, self._budget.interval
        self.step += batch - self._begun_at + 1
        due = self.step // every * every
        if self._live is not None:
            self._finish_live_batch()
        elif due > before:
            self._probe_now(due)
        self._meter.end_hook()
        stretched = self._meter.note(
            self.step - before, looked=due > before, counts=not self._first_batch
        )
        self._first_batch = False
        if stretched:
            self.recorder.say_stretched(self.step, every, self._budget)

    def on_epoch_end(self, epoch, logs=None):
        """Corrects the count where the last execution of an epoch ran fewer steps."""
        seen = self._live.steps_seen() if self._live is not None else None
        self.step = self.step if seen is None else seen

    def on_train_end(self, logs=None):
        """Writes what is left to be stored; figures are waited for where that is soon done."""
        self._running = False
        if self._live is not None:
            self._live.take_off()
        self._close_recorder()

    def _make_recorder(self, *arguments, **keywords):
        return Recorder(*arguments, **keywords)

    def _known_model(self):
        if self._model is None:
            raise RuntimeError(
                "the callback knows no model yet: give it to model.fit, or call "
                "callback.set_model(model) first."
            )
        return self._model

    def _open_recorder(self):
        # A look before training has opened the run that training goes on with.
        if not (self._open and self.step == 0 and not self._running):
            self.recorder.open(next_step=self.step + 1)
            self.recorder.note_interval(self.step + 1, self._budget.interval)
        self._open = True

    def _close_recorder(self):
        if self._open:
            self._open = False
            self.recorder.close()

    def _write_network_state(self):
        try:
            from keras_v1_activity.state.network_state import describe_network

            text = describe_network(self._model, layer_name=self.layer_name)
        except Exception as error:
            self.recorder.fail("network_state", error)
        else:
            self.recorder.write_text("network_state.txt", text)

    def _prepare_live(self, layer):
        n_replicas = models.replicas(self._model)
        if n_replicas > 1:
            warnings.warn(
                f"V1ActivityCallback captures no training batch under {n_replicas} replicas, whose "
                "batches it cannot tell apart: nothing is logged; give probe_data instead.",
                RuntimeWarning,
                stacklevel=3,
            )
            self._live = None
            self._steps_per_execution = 1
            return
        self._steps_per_execution = models.steps_per_execution(self._model)
        from keras_v1_activity.capture.live import LiveCapture, take_off_stale

        take_off_stale(self._model)
        if self._live is None or not self._live.fits(self._model, layer):
            self._live = LiveCapture(
                self._model,
                layer,
                self.plan,
                extract=self._extract,
                given_neurons=self._given_neurons,
                log_dir=self.recorder.log_dir,
            )

    def _finish_live_batch(self):
        try:
            taken = self._live.after_batch()
        except Exception as error:
            self.recorder.fail("capture", error)
            return
        self._report_trouble(self._live)
        if taken is not None:
            self._hand_on(*taken)

    def _hand_on(self, arrays, selection, step):
        if self._first_batch:
            from keras_v1_activity.capture.probe import check_sample

            check_sample(self.plan, int(arrays["batch_size"]))
        if not self._budget.is_due(step):
            return
        from keras_v1_activity.capture.assemble import make_activity

        # Made of its arrays beside the training, by the thread that stores it.
        self.recorder.record_made(
            step, partial(make_activity, arrays, selection, step=step, source="live")
        )

    def _say_several(self, n_due):
        if n_due > 1 and not self._said_several:
            self._said_several = True
            warnings.warn(
                f"log_every_n_steps is {self.plan.every_n_steps}, but the model runs "
                f"{self._steps_per_execution} steps per execution: of the logged steps in one "
                "execution only the last is kept.",
                RuntimeWarning,
                stacklevel=3,
            )

    def _make_probe(self):
        if self._probe is None:
            from keras_v1_activity.capture.probe import Probe

            self._probe = Probe(
                self.intermediate_model,
                models.find_layer(self._model, self.layer_name),
                self.plan,
                extract=self._extract,
                given_neurons=self._given_neurons,
            )
        return self._probe

    def _probe_now(self, step):
        if self._probe_data is None:
            return
        try:
            activity = self._make_probe().look(*self._probe_data, step=step, source="probe")
        except Exception as error:
            self.recorder.fail("capture", error)
        else:
            self._report_trouble(self._probe)
            self.recorder.record(activity)

    def _report_trouble(self, capture):
        """Part of a look was not to be had: said once, and the rest is logged."""
        if capture.trouble is not None:
            self.recorder.fail(*capture.trouble)
            capture.trouble = None

    def _say_untraced(self, layer):
        if not self.plan.trace_neurons or self._said_untraced:
            return
        from keras_v1_activity.capture.traces import why_only_output

        why = why_only_output(layer)
        if why is not None:
            self._said_untraced = True
            warnings.warn(why, RuntimeWarning, stacklevel=3)

    # Asked for by tf-keras of every callback in its list.
    def _implements_train_batch_hooks(self):
        return True

    def _implements_test_batch_hooks(self):
        return False

    def _implements_predict_batch_hooks(self):
        return False
