"""Probe capture: one batch of the user's choice through a model over the layer."""

import numpy as np
import tensorflow as tf

from keras_v1_activity.capture import models
from keras_v1_activity.capture.assemble import make_activity
from keras_v1_activity.capture.output import settle_output
from keras_v1_activity.capture.reduce import Selection, reduce_layer, reduce_loss
from keras_v1_activity.capture.selection import check_sample
from keras_v1_activity.capture.traces import call_that_gave, calls_of, reduce_traces


def make_intermediate_model(model, layer_name):
    """The Keras model from the inputs of `model` to [layer output, model outputs].

    It shares the layers, and so the weights, of `model`. A layer inside a sub-model is reached by
    running that sub-model's part up to it a second time.

    Args:
        model: a functional or sequential model.
        layer_name: name of the layer.

    Raises:
        ValueError: no such layer, or the model has no graph that leads to it.
    """
    layer = models.find_layer(model, layer_name)
    if not models.has_graph(model):
        raise ValueError(
            f"an intermediate model needs a functional or sequential model that is built; "
            f"'{model.name}' ({type(model).__name__}) is subclassed or not built yet: use live "
            "capture, which is what fit does without probe_data."
        )
    keras = models.keras_of(model)
    try:
        output = _symbolic_output(keras, model, layer)
        return keras.Model(model.input, [output, model.output])
    except (AttributeError, ValueError, KeyError, IndexError) as error:
        raise ValueError(
            f"no graph leads from the inputs of '{model.name}' to layer '{layer_name}' "
            f"({type(error).__name__}): it is called inside a subclassed layer or model; use live "
            "capture, which is what fit does without probe_data."
        ) from error


class Probe:
    """Looks at what a layer does with a batch that is not being trained on.

    Args:
        intermediate_model: see `make_intermediate_model`.
        layer: the layer.
        plan: `RecordPlan`.
        extract: see `settle_output`.
        given_neurons: `Neurons` that the user named, or None.

    Attributes:
        trouble: (kind, error), why the currents of traced neurons could not be taken, or None.

    Raises:
        ValueError: the layer gives no (batch, time, neuron) output, or the plan does not fit it.
    """

    def __init__(self, intermediate_model, layer, plan, *, extract=None, given_neurons=None):
        self._model = intermediate_model
        self._layer = layer
        self._plan = plan
        self._extract = extract
        self._given = given_neurons
        self._forward = tf.function(self._run, reduce_retracing=True, autograph=False)
        self.trouble = None

    def check(self, x, y=None):
        """Refuses, before any batch is run, what is known to be wrong from the shapes alone.

        Args:
            x: the input batch that is going to be looked at.
            y: its labels, or None.

        Raises:
            ValueError: the layer's output is unusable, the plan does not fit it, or the batch does
                not fit the model.
        """
        _check_batch(self._model, x, y)
        spikes, _ = settle_output(self._model.output[0], self._layer.name, self._extract)
        if spikes.shape[2] is not None:
            neurons = models.neurons_of(self._layer, spikes.shape[2], self._given)
            Selection.of(self._plan, neurons)

    def look(self, x, y=None, *, step=0, source="probe"):
        """The `Activity` that the batch `x` evokes now.

        Args:
            x: input batch, as the model takes it.
            y: its labels, or None.
            step: training step to name in it.
            source: "probe" or "look".

        Raises:
            ValueError: the layer's output is unusable, or sample_index is beyond the batch.
        """
        inputs = tf.nest.map_structure(tf.convert_to_tensor, x)
        layer_output, y_pred, traces = self._forward(inputs)
        spikes, voltages = settle_output(layer_output, self._layer.name, self._extract)
        check_sample(self._plan, int(spikes.shape[0]))
        neurons = models.neurons_of(self._layer, spikes.shape[2], self._given)
        selection = Selection.of(self._plan, neurons)
        taken = reduce_layer(spikes, voltages, selection)
        names = getattr(self._model, "output_names", None) or ()
        if len(names) == len(tf.nest.flatten(y_pred)) + len(tf.nest.flatten(layer_output)):
            names = names[-len(tf.nest.flatten(y_pred)) :]
        taken |= reduce_loss(x, y, y_pred, None, selection, spikes.shape[1], names)
        arrays = {name: np.asarray(tensor) for name, tensor in {**taken, **traces}.items()}
        return make_activity(arrays, selection, step=step, source=source)

    def _run(self, x):
        """Layer output, model output and what is traced, in the graph."""
        with calls_of(self._layer) as seen:
            layer_output, y_pred = self._model(x, training=False)
        return layer_output, y_pred, self._traces(layer_output, seen)

    def _traces(self, layer_output, seen):
        if not self._plan.trace_neurons:
            return {}
        spikes, voltages = settle_output(layer_output, self._layer.name, self._extract)
        neurons = models.neurons_of(self._layer, spikes.shape[2], self._given)
        selection = Selection.of(self._plan, neurons)
        call = call_that_gave(seen, layer_output)
        try:
            if call is None:
                raise ValueError(f"layer '{self._layer.name}' was not seen being called.")
            return reduce_traces(self._layer, call, spikes, voltages, selection)
        except Exception as error:
            self.trouble = ("trace", error)
            return reduce_traces(self._layer, None, spikes, voltages, selection)


def split_probe(probe_data):
    """(x, y or None) from probe_data: a tuple of two is (x, y), anything else is x."""
    if isinstance(probe_data, tuple):
        if len(probe_data) != 2:
            raise ValueError(
                f"probe_data must be x or (x, y); got a tuple of {len(probe_data)} parts."
            )
        return probe_data
    return probe_data, None


def batch_size_of(x):
    """Samples in a batch of inputs.

    Raises:
        ValueError: `x` is no array or structure of arrays.
    """
    sizes = {np.shape(leaf)[0] for leaf in tf.nest.flatten(x) if np.ndim(leaf)}
    if len(sizes) != 1:
        raise ValueError(
            "probe_data must be one batch of inputs x, or (x, y), as arrays whose first dimension "
            f"is the sample; got {type(x).__name__} with batch sizes {sorted(sizes)}."
        )
    return sizes.pop()


def _check_batch(model, x, y):
    wanted = [tuple(tensor.shape) for tensor in model.inputs]
    came = [(np.shape(leaf), np.asarray(leaf).dtype) for leaf in tf.nest.flatten(x)]
    fits = len(came) == len(wanted) and all(
        dtype.kind in "biuf"
        and len(shape) == len(want)
        and all(b in (None, a) for a, b in zip(shape, want, strict=True))
        for (shape, dtype), want in zip(came, wanted, strict=True)
    )
    if not fits:
        described = ", ".join(f"{dtype} {shape}" for shape, dtype in came)
        raise ValueError(
            f"probe_data must hold inputs x of shape {', '.join(map(str, wanted))}, as the model "
            f"takes them, or (x, y); x is {described}."
        )
    if y is not None and {len(leaf) for leaf in tf.nest.flatten(y)} != {came[0][0][0]}:
        raise ValueError(
            f"probe_data has {came[0][0][0]} inputs but {len(tf.nest.flatten(y)[0])} labels: give "
            "one label for each sample."
        )


def _symbolic_output(keras, model, layer):
    """Symbolic output of `layer` in the graph of `model`."""
    if any(own is layer for own in model.layers):
        return layer.output
    for own in model.layers:
        holds = hasattr(own, "_flatten_layers") and any(
            inner is layer for inner in own._flatten_layers(include_self=False)
        )
        if holds:
            inner_output = _symbolic_output(keras, own, layer)
            part = keras.Model(own.input, inner_output)
            return part(_inputs_in(model, own))
    raise ValueError(f"layer '{layer.name}' is not in the graph.")


def _inputs_in(model, submodel):
    """The symbolic tensors that a sub-model is called on in the graph of `model`."""
    tensors = submodel._inbound_nodes[-1].input_tensors
    if not isinstance(tensors, (list, tuple)):
        return tensors
    return tensors[0] if len(tensors) == 1 else tensors
