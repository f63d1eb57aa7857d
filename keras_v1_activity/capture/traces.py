"""The traces of chosen neurons: what the layer itself can tell of them, and its output.

A layer that has a method ``trace(inputs, spikes, neurons)`` is asked for the other variables: it
gets what it was called on and the spikes it gave, both (1, time, ...) of the recorded sample, and
returns a dict of (1, time, k) tensors; see `keras_v1_activity.v1.RSNN.trace`. Of any other layer
only the spikes and potentials are traced.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_v1_activity.capture.kept_names import TRACE_PREFIX
from keras_v1_activity.capture.methods import replaced_methods
from keras_v1_activity.capture.selection import Selection
from keras_v1_activity.common.protocols import Layer

_STATE_WORDS = ("initial_state", "initial_states", "state")


def why_only_output(layer: Layer) -> str | None:
    """The sentence that says that a layer has no currents to trace; None if it has.

    Example:
        >>> why_only_output(model.get_layer("rsnn"))[:53]
        "trace_neurons: layer 'rsnn' (ThresholdLayer) has no m"
    """
    if callable(getattr(layer, "trace", None)):
        return None
    return (
        f"trace_neurons: layer '{layer.name}' ({type(layer).__name__}) has no method "
        "trace(inputs, spikes, neurons), so only the spikes and membrane potentials of these "
        "neurons are traced, no currents."
    )


def reduce_traces(
    layer: Layer,
    call: tuple[Sequence[Any], Mapping[str, Any]] | None,
    spikes: Any,
    voltages: Any | None,
    selection: Selection,
    sample: Any = None,
) -> dict[str, Any]:
    """The variables of the traced neurons in the recorded sample.

    Args:
        layer: the layer.
        call: (args, kwargs) that it was called with; None if unknown.
        spikes: (batch, time, neuron).
        voltages: (batch, time, neuron) mV, or None.
        selection: `Selection` with `trace_neurons`.
        sample: index of the recorded sample, an int or a scalar tensor; None: `sample_index`.

    Returns:
        Dict of float32 tensors (time, k) by ``trace/`` and the name of the variable.

    Raises:
        ValueError: the layer was called from a state, or traces something of another shape.

    Example:
        >>> from keras_v1_activity.activity.neurons import Neurons
        >>> from keras_v1_activity.plan import RecordPlan
        >>> selection = Selection.of(RecordPlan(trace_neurons=[2, 0]), Neurons.unnamed(9))
        >>> rsnn = model.get_layer("rsnn")
        >>> spikes, voltages = rsnn(x)
        >>> traces = reduce_traces(rsnn, ((x,), {}), spikes, voltages, selection)
        >>> {name: tuple(values.shape) for name, values in traces.items()}
        {'trace/spike': (12, 2), 'trace/voltage': (12, 2)}
    """
    if not len(selection.trace_neurons):
        return {}
    neurons = selection.trace_neurons
    sample = tf.constant(selection.plan.sample_index) if sample is None else sample
    at = tf.minimum(sample, tf.shape(spikes)[0] - 1)
    traced = {"spike": neurons_of_sample(spikes, at, neurons)}
    if voltages is not None:
        traced["voltage"] = neurons_of_sample(voltages, at, neurons)
    traced = {f"{TRACE_PREFIX}{name}": tf.cast(x, tf.float32) for name, x in traced.items()}
    if call is None or why_only_output(layer) is not None:
        return traced
    tracing: Any = layer
    inputs = tf.nest.map_structure(lambda x: _sample(x, at), _inputs(tracing, *call))
    for name, value in tracing.trace(inputs, _sample(spikes, at), neurons).items():
        value = tf.cast(value, tf.float32)
        _check(layer, name, value, spikes, neurons)
        traced[f"{TRACE_PREFIX}{name}"] = value[0]
    return traced


def neurons_of_sample(tensor: Any, at: Any, neurons: NDArray[np.int64]) -> Any:
    """(time, k): chosen neurons of one sample.

    Args:
        tensor: (batch, time, neuron).
        at: index of the sample, an int or a scalar tensor; beyond the batch it is the last one.
        neurons: (k,) ids.

    Example:
        >>> neurons_of_sample(tf.zeros((8, 12, 9)), 2, np.array([4, 0])).shape
        TensorShape([12, 2])
    """
    last = tf.shape(tensor)[0] - 1
    return tf.gather(tf.gather(tensor, tf.minimum(at, last), axis=0), neurons, axis=1)


@contextmanager
def calls_of(
    layer: Layer, seen: list[tuple[Any, Any, Any]] | None = None
) -> Iterator[list[tuple[Any, Any, Any]]]:
    """Notes each call of a layer in this block: a list of (args, kwargs, output).

    Args:
        layer: the layer.
        seen: list that is added to; None makes one.

    Example:
        >>> with calls_of(model.get_layer("rsnn")) as seen:
        ...     output = model(x)
        >>> len(seen)
        1
    """
    seen = [] if seen is None else seen
    watched: Any = layer
    call = watched.call

    def noted(*args: Any, **kwargs: Any) -> Any:
        output = call(*args, **kwargs)
        seen.append((args, kwargs, output))
        return output

    with replaced_methods([(layer, "call", noted)]):
        yield seen


def call_that_gave(
    seen: Sequence[tuple[Any, Any, Any]], output: Any
) -> tuple[Sequence[Any], Mapping[str, Any]] | None:
    """(args, kwargs) of the noted call with this output; of the last one if none has it.

    Args:
        seen: as `calls_of` gives it.
        output: structure of tensors.

    Example:
        >>> output = tf.zeros(1)
        >>> call_that_gave([(("first",), {}, output), (("second",), {}, tf.ones(1))], output)
        (('first',), {})
    """
    first = tf.nest.flatten(output)[0]
    for args, kwargs, gave in reversed(seen):
        if tf.nest.flatten(gave)[0] is first:
            return args, kwargs
    return seen[-1][:2] if seen else None


def _inputs(layer: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    given = inspect.signature(layer.call).bind(*args, **kwargs).arguments
    if any(given.get(word) is not None for word in _STATE_WORDS):
        raise ValueError(
            f"trace_neurons: layer '{layer.name}' is called with an initial state, and currents "
            "can be traced only from rest: spikes and membrane potentials are traced."
        )
    return next(iter(given.values()))


def _sample(tensor: Any, at: Any) -> Any:
    return tf.gather(tensor, [at], axis=0)


def _check(layer: Layer, name: str, value: Any, spikes: Any, neurons: NDArray[np.int64]) -> None:
    expected = (1, spikes.shape[1], len(neurons))
    if value.shape.rank != 3 or not value.shape.is_compatible_with(expected):
        raise ValueError(
            f"trace of layer '{layer.name}' gave {name} of shape {tuple(value.shape)}; expected "
            f"(batch, time, traced neurons) = {expected}."
        )
