"""Tracing chosen neurons of a layer: what the layer itself can tell of them, and its output.

A layer that has a method ``trace(inputs, spikes, neurons)`` is asked for the other variables: it
gets what it was called on and the spikes it gave, both (1, time, ...) of the recorded sample, and
returns a dict of (1, time, k) tensors; see `keras_v1_activity.v1.RSNN.trace`. Of any other layer
only the spikes and potentials are traced.
"""

import inspect
from contextlib import contextmanager

import tensorflow as tf

from keras_v1_activity.capture.assemble import TRACE_PREFIX

_STATE_WORDS = ("initial_state", "initial_states", "state")


def why_only_output(layer):
    """The sentence that says that a layer has no currents to trace; None where it has."""
    if callable(getattr(layer, "trace", None)):
        return None
    return (
        f"trace_neurons: layer '{layer.name}' ({type(layer).__name__}) has no method "
        "trace(inputs, spikes, neurons), so only the spikes and membrane potentials of these "
        "neurons are traced, no currents."
    )


def reduce_traces(layer, call, spikes, voltages, selection):
    """The variables of the traced neurons in the recorded sample.

    Args:
        layer: the layer.
        call: (args, kwargs) that it was called with; None where unknown.
        spikes: (batch, time, neuron).
        voltages: (batch, time, neuron) mV, or None.
        selection: `Selection` with `trace_neurons`.

    Returns:
        Dict of float32 tensors (time, k) by ``trace/`` and the name of the variable.

    Raises:
        ValueError: the layer was called from a state, or traces something of another shape.
    """
    if not len(selection.trace_neurons):
        return {}
    neurons = selection.trace_neurons
    at = tf.minimum(tf.constant(selection.plan.sample_index), tf.shape(spikes)[0] - 1)
    traced = {"spike": _of_neurons(spikes, at, neurons)}
    if voltages is not None:
        traced["voltage"] = _of_neurons(voltages, at, neurons)
    traced = {f"{TRACE_PREFIX}{name}": tf.cast(x, tf.float32) for name, x in traced.items()}
    if call is None or why_only_output(layer) is not None:
        return traced
    inputs = tf.nest.map_structure(lambda x: _sample(x, at), _inputs(layer, *call))
    for name, value in layer.trace(inputs, _sample(spikes, at), neurons).items():
        value = tf.cast(value, tf.float32)
        _check(layer, name, value, spikes, neurons)
        traced[f"{TRACE_PREFIX}{name}"] = value[0]
    return traced


@contextmanager
def calls_of(layer):
    """Notes each call of a layer in this block: a list of (args, kwargs, output)."""
    seen = []
    call = layer.call

    def noted(*args, **kwargs):
        output = call(*args, **kwargs)
        seen.append((args, kwargs, output))
        return output

    before = vars(layer).get("call")
    # Straight into __dict__: Keras's __setattr__ tracks what it is given.
    vars(layer)["call"] = noted
    try:
        yield seen
    finally:
        if before is None:
            del vars(layer)["call"]
        else:
            vars(layer)["call"] = before


def call_that_gave(seen, output):
    """(args, kwargs) of the noted call with this output; of the last one where none has it."""
    first = tf.nest.flatten(output)[0]
    for args, kwargs, gave in reversed(seen):
        if tf.nest.flatten(gave)[0] is first:
            return args, kwargs
    return seen[-1][:2] if seen else None


def _inputs(layer, args, kwargs):
    given = inspect.signature(layer.call).bind(*args, **kwargs).arguments
    if any(given.get(word) is not None for word in _STATE_WORDS):
        raise ValueError(
            f"trace_neurons: layer '{layer.name}' is called with an initial state, and currents "
            "can be traced only from rest: spikes and membrane potentials are traced."
        )
    return next(iter(given.values()))


def _sample(tensor, at):
    return tf.gather(tensor, [at], axis=0)


def _of_neurons(tensor, at, neurons):
    return tf.gather(tf.gather(tensor, at, axis=0), neurons, axis=1)


def _check(layer, name, value, spikes, neurons):
    expected = (1, spikes.shape[1], len(neurons))
    if value.shape.rank != 3 or not value.shape.is_compatible_with(expected):
        raise ValueError(
            f"trace of layer '{layer.name}' gave {name} of shape {tuple(value.shape)}; expected "
            f"(batch, time, traced neurons) = {expected}."
        )
