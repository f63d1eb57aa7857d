"""Live capture: the activity of the training batch itself, from within the training step.

Keras gives callbacks no batch data. So the train function is traced once more with two taps in it,
one behind the layer and one before the loss, which under a condition assign what is wanted to
variables outside the model. The taps are on the model only while that function runs (tracing
happens inside the call), and the function itself only from the start of a batch to its end. Hence
at any other moment, however training ends, the model is as it was found.
"""

import functools
from contextlib import ExitStack, contextmanager, suppress

import tensorflow as tf

from keras_v1_activity.capture import models
from keras_v1_activity.capture.buffer import Shelf
from keras_v1_activity.capture.output import settle_output
from keras_v1_activity.capture.reduce import Selection, reduce_layer, reduce_loss
from keras_v1_activity.capture.traces import reduce_traces

_ABSENT = object()
_FUNCTIONS = ("train_function", "train_tf_function")


class LiveCapture:
    """Takes what a layer does in chosen training steps of one model.

    Example:
        >>> live = LiveCapture(model, layer, plan)                    # doctest: +SKIP
        >>> live.before_batch(step=100, due=True)                     # in on_train_batch_begin
        >>> taken, selection, step = live.after_batch()               # in on_train_batch_end

    Attributes:
        untapped: the model's own train function.
        trouble: (kind, error), why labels and predictions or traces could not be taken, or None.

    Args:
        model: a compiled model of Keras 3 or tf-keras.
        layer: the layer of it that spikes.
        plan: `RecordPlan`.
        extract: see `settle_output`.
        given_neurons: `Neurons` that the user named, or None.
        log_dir: where what is captured goes, for a capture of the same model to be told apart.
    """

    def __init__(self, model, layer, plan, *, extract=None, given_neurons=None, log_dir=None):
        self.model = model
        self.log_dir = log_dir
        self.layer = layer
        self.plan = plan
        self._extract = extract
        self._given = given_neurons
        self._selection = None
        self._n_steps = None
        self._problem = None
        self._layer_shelf, self._loss_shelf = Shelf(), Shelf()
        self._armed = tf.Variable(False, trainable=False, name="armed")
        self._step = tf.Variable(0, trainable=False, dtype=tf.int64, name="step")
        self._every = tf.Variable(1, trainable=False, dtype=tf.int64, name="every")
        self._is_armed = False
        self._tapped = None
        self._ours = None
        self._guests = []
        self._host = None
        self.untapped = None
        self.trouble = None
        self._several = False

    @property
    def several(self):
        """Whether one call of the train function runs several steps."""
        return self._several

    def fits(self, model, layer):
        """Whether this capture, with what it has compiled, serves another run of `model`."""
        if self._host is not None:
            return self.layer is layer and self._host.fits(model, self._host.layer)
        return (
            self.model is model
            and self.layer is layer
            and self.untapped is not None
            and model.train_function is self.untapped
            and self._several == (models.steps_per_execution(model) > 1)
        )

    def before_batch(self, step, *, due, every=1):
        """Lets the next call of the train function be ours.

        Args:
            step: training step (from 1) that this call starts with.
            due: whether anything is to be taken in it.
            every: take the steps divisible by it; the last of them is kept.
        """
        self._host = _host_of(self.model.train_function, self)
        if self._host is not None:
            self._host.admit(self)
        elif self.model.train_function is not self.untapped or self._tapped is None:
            # First batch, or another callback had the function made anew.
            self._trace_anew()
        if due or self._is_armed:
            self._armed.assign(due)
            self._is_armed = due
        if due:
            self._layer_shelf.clear()
            self._loss_shelf.clear()
            self._every.assign(every)
        if due or self._several:
            self._step.assign(step - 1 if self._several else step)
        if self._host is None:
            self._put_on()

    def admit(self, guest):
        """Taps for another capture of the same model too: one trace serves both.

        Raises:
            ValueError: both write into one folder.
        """
        if self.log_dir is not None and guest.log_dir == self.log_dir:
            raise ValueError(
                f"two callbacks of one fit write into log_dir {str(self.log_dir)!r}: give each a "
                "folder of its own, or leave one of them out."
            )
        guest._several = models.steps_per_execution(self.model) > 1
        if guest not in self._guests:
            self._guests.append(guest)
            self.take_off()
            self._trace_anew()
            self._put_on()

    def finish_step(self):
        """Waits for the step that has been called, where something is taken in it."""
        if self._is_armed:
            # What is wrong, `after_batch` says.
            with suppress(tf.errors.OpError):
                self._layer_shelf.wait()

    def after_batch(self):
        """What was taken: (dict of arrays, `Selection`, step), or None."""
        if not self._is_armed:
            return None
        of_layer = self._layer_shelf.take()
        if of_layer is None:
            return None
        taken, step = of_layer
        of_loss = self._loss_shelf.take()
        if of_loss is not None and of_loss[1] == step:
            taken.update(of_loss[0])
        return taken, self._selection, step

    def steps_seen(self):
        """Training steps run so far, counted in the graph; None where the host counts them."""
        traced = self._tapped is not None or self._host is not None
        return int(self._step.numpy()) if self._several and traced else None

    def take_off(self):
        """Puts the model's own train function back, if ours is still there."""
        if self._tapped is not None and self.model.train_function is self._ours:
            self.model.train_function = self.untapped

    def _trace_anew(self):
        model = self.model
        saved = {name: getattr(model, name) for name in _FUNCTIONS if hasattr(model, name)}
        self._several = models.steps_per_execution(model) > 1
        try:
            with self._taps():
                model.train_function = None
                made = model.make_train_function()
                self._tapped = model.train_function or made
        finally:
            for name, function in saved.items():
                setattr(model, name, function)
        self.untapped = saved["train_function"]

    def _put_on(self):
        def train_function(*args, **kwargs):
            """One tapped call, after which the model has its own train function back."""
            self.take_off()
            with self._taps():
                return self._call(*args, **kwargs)

        train_function.capture = self
        self._ours = train_function
        self.model.train_function = train_function

    def _call(self, *args, **kwargs):
        captures = [self, *self._guests]
        for capture in captures:
            capture._problem = None
        try:
            return self._tapped(*args, **kwargs)
        except Exception:
            # What a tap refuses while it is traced comes back wrapped in Keras's own words.
            for capture in captures:
                if capture._problem is not None:
                    raise capture._problem from None
            raise

    @contextmanager
    def _taps(self):
        with ExitStack() as taps:
            for capture in (self, *self._guests):
                taps.enter_context(capture._own_taps())
            yield

    @contextmanager
    def _own_taps(self):
        wrapped = [
            (self.layer, "call", self._tap_layer(self.layer.call)),
            (self.model, "compute_loss", self._tap_loss(self.model.compute_loss)),
        ]
        if self._several:
            wrapped.append((self.model, "train_step", self._count_steps(self.model.train_step)))
        before = [vars(owner).get(name, _ABSENT) for owner, name, _ in wrapped]
        # Straight into __dict__: Keras's __setattr__ tracks what it is given.
        for owner, name, function in wrapped:
            vars(owner)[name] = function
        try:
            yield
        finally:
            for (owner, name, _), old in zip(wrapped, before, strict=True):
                if old is _ABSENT:
                    vars(owner).pop(name, None)
                else:
                    vars(owner)[name] = old

    def _count_steps(self, train_step):
        @functools.wraps(train_step)
        def counting(*args, **kwargs):
            self._step.assign_add(1)
            return train_step(*args, **kwargs)

        return tf.autograph.experimental.do_not_convert(counting)

    def _tap_layer(self, call):
        @functools.wraps(call)
        def tapped_call(*args, **kwargs):
            output = call(*args, **kwargs)
            self._lay_down_layer(output, (args, kwargs) if self.plan.trace_neurons else None)
            return output

        return tapped_call

    def _tap_loss(self, compute_loss):
        @functools.wraps(compute_loss)
        def tapped_compute_loss(*args, **kwargs):
            self._lay_down_loss(*args, **kwargs)
            return compute_loss(*args, **kwargs)

        return tapped_compute_loss

    @tf.autograph.experimental.do_not_convert
    def _lay_down_layer(self, output, call):
        try:
            spikes, voltages = settle_output(output, self.layer.name, self._extract)
            self._check_shape(spikes)
            neurons = models.neurons_of(self.layer, spikes.shape[2], self._given)
            self._selection = Selection.of(self.plan, neurons)
            self._n_steps = spikes.shape[1]
            self._when_due(
                self._layer_shelf,
                lambda s, v, call: {
                    **reduce_layer(s, v, self._selection),
                    **self._traces(call, s, v),
                },
                (spikes, voltages, call),
            )
        except ValueError as error:
            self._problem = error
            raise

    def _traces(self, call, spikes, voltages):
        try:
            return reduce_traces(self.layer, call, spikes, voltages, self._selection)
        except Exception as error:
            # As with labels: what the layer cannot tell must not end the training.
            self.trouble = ("trace", error)
            return reduce_traces(self.layer, None, spikes, voltages, self._selection)

    @tf.autograph.experimental.do_not_convert
    def _lay_down_loss(self, x=None, y=None, y_pred=None, sample_weight=None, **_):
        if self._selection is None:
            return
        names = getattr(self.model, "output_names", None) or ()
        try:
            self._when_due(
                self._loss_shelf,
                lambda *batch: reduce_loss(*batch, self._selection, self._n_steps, names),
                (x, y, y_pred, sample_weight),
            )
        except Exception as error:
            # Spikes without labels are worth having, and training must go on.
            self.trouble = ("capture", error)

    def _when_due(self, shelf, reduce, tensors):
        tensors = tf.nest.map_structure(_without_gradient, tensors)
        due = self._armed
        if self._several:
            due = tf.logical_and(due, tf.equal(self._step % self._every, 0))

        def lay_down():
            shelf.put(reduce(*tensors), self._step)
            return tf.constant(True)

        tf.cond(due, lay_down, lambda: tf.constant(False))

    def _check_shape(self, spikes):
        if spikes.shape[2] is None:
            raise ValueError(
                f"layer '{self.layer.name}' gives {tuple(spikes.shape)}, a number of neurons that "
                "is unknown before it runs: set the shape of its output, e.g. with ensure_shape."
            )
        if spikes.shape[1] is None and getattr(self.model, "jit_compile", False):
            raise ValueError(
                f"layer '{self.layer.name}' gives {tuple(spikes.shape)}, a sequence of unknown "
                "length, which XLA cannot record: fix the time dimension, e.g. "
                "keras.Input((600, n_inputs)), or compile the model with jit_compile=False."
            )


def take_off_stale(model):
    """Gives a model its own train function back where a fit ended between two hooks of a batch."""
    capture = getattr(getattr(model, "train_function", None), "capture", None)
    if capture is not None:
        capture.take_off()


def _host_of(train_function, capture):
    """The other capture whose function this is, or None: two callbacks watch one model."""
    host = getattr(train_function, "capture", None)
    return None if host is capture else host


def _without_gradient(value):
    return tf.stop_gradient(value) if isinstance(value, tf.Tensor) else value
