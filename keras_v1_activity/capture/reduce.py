"""From a batch of tensors to the little that one look needs; compiled and eager alike.

Whatever leaves here has a shape that does not depend on the batch size, so that a ragged last
batch fits the same variables: sample indices beyond the batch are clamped to its last sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from keras_v1_activity.activity.inputs import group_sizes
from keras_v1_activity.capture.bits import fired_of, pack
from keras_v1_activity.capture.selection import Selection

# Beyond this many numbers a sample the model's output is no readout of classes.
_MOST_OUTPUTS = 1_000_000
_READOUT_NAMES = ("prediction", "predictions", "output", "outputs", "logits")


def reduce_layer(spikes: Any, voltages: Any | None, selection: Selection) -> dict[str, Any]:
    """What is kept of a layer's output.

    Args:
        spikes: (batch, time, neuron), any type; above 0 is a spike.
        voltages: (batch, time, neuron) mV, or None.
        selection: `Selection`.

    Returns:
        Dict of tensors: spike_bits uint8, see `bits.pack`; n_steps and batch_size int64; and if
        asked for, voltages (time, k) float32 and batch_spikes (samples, time, neuron) bool.

    Example:
        >>> from keras_v1_activity.activity.neurons import Neurons
        >>> from keras_v1_activity.plan import RecordPlan
        >>> selection = Selection.of(RecordPlan(figures=()), Neurons.unnamed(4))
        >>> reduce_layer(tf.eye(4)[tf.newaxis], None, selection)["spike_bits"].numpy()
        array([132,  33], dtype=uint8)
    """
    sample, *viewed = _clamped(selection.samples, spikes)
    of_sample = spikes[sample]
    taken = {
        "batch_size": tf.shape(spikes, tf.int64)[0],
        "n_steps": tf.shape(spikes, tf.int64)[1],
        "spike_bits": pack(of_sample),
    }
    if voltages is not None and len(selection.voltage_neurons):
        of_neurons = tf.gather(voltages[sample], selection.voltage_neurons, axis=1)
        taken["voltages"] = tf.cast(of_neurons, tf.float32)
    if viewed:
        # Neurons first: a few hundred of them are far less to copy than a whole sample.
        seen = spikes[: selection.plan.batch_samples]
        thinned = fired_of(tf.gather(seen, selection.batch_neurons, axis=2))
        taken["batch_spikes"] = tf.gather(thinned, tf.stack(viewed), axis=0)
    return taken


def reduce_loss(
    x: Any,
    y: Any,
    y_pred: Any,
    sample_weight: Any,
    selection: Selection,
    n_steps: int | None,
    output_names: Sequence[str] = (),
) -> dict[str, Any]:
    """What is kept of the batch's inputs, labels, predictions and weights.

    Args:
        x: the model's input or inputs.
        y: targets, structured as the outputs or not at all; None if unknown.
        y_pred: the model's output or outputs.
        sample_weight: as the loss is given it.
        selection: `Selection`.
        n_steps: time steps of the layer: an input of other length is not drawn over its time.
        output_names: names of the outputs, to know the readout among several.

    Returns:
        Dict of float32 tensors, each only if there is something: inputs (time, rows), n_inputs
        (int64), and outputs (samples, chunks, classes), targets and weights (samples, ...), whose
        first sample is the recorded one.

    Example:
        >>> from keras_v1_activity.activity.neurons import Neurons
        >>> from keras_v1_activity.plan import RecordPlan
        >>> selection = Selection.of(RecordPlan(figures=()), Neurons.unnamed(4))
        >>> kept = reduce_loss(x, y, tf.zeros((8, 3)), None, selection, n_steps=12)
        >>> {name: tuple(tensor.shape) for name, tensor in kept.items()}
        {'inputs': (12, 7), 'n_inputs': (), 'outputs': (1, 1, 3), 'targets': (1,)}
    """
    taken = _reduce_inputs(x, selection, n_steps)
    at = _readout_index(y_pred, output_names)
    outputs = None if at is None else _leaves(y_pred)[at]
    if outputs is not None and _sample_size(outputs) <= _MOST_OUTPUTS:
        rows = _rows(outputs, selection.samples)
        taken["outputs"] = rows[:, tf.newaxis] if outputs.shape.rank == 2 else rows
    for name, value in (("targets", y), ("weights", sample_weight)):
        tensor = _at(value, at)
        if tensor is not None and _sample_size(tensor) <= _MOST_OUTPUTS:
            taken[name] = _rows(tensor, selection.samples)
    return taken


def _clamped(samples: Sequence[int], batch_of: Any) -> list[Any]:
    """Indices of samples that are in the batch; numbers that are known at once cost no copy."""
    size = batch_of.shape[0]
    if size is not None:
        return [min(sample, size - 1) for sample in samples]
    last = tf.shape(batch_of)[0] - 1
    return [tf.minimum(tf.constant(sample), last) if sample else 0 for sample in samples]


def _rows(tensor: Any, samples: Sequence[int]) -> Any:
    return tf.cast(tf.gather(tensor, tf.stack(_clamped(samples, tensor)), axis=0), tf.float32)


def _leaves(structure: Any) -> list[Any]:
    """The numeric tensors of a structure, in a fixed order; None keeps its place."""
    if isinstance(structure, dict):
        return [leaf for key in sorted(structure) for leaf in _leaves(structure[key])]
    if isinstance(structure, (list, tuple)):
        return [leaf for value in structure for leaf in _leaves(value)]
    return [_numeric(structure)]


def _numeric(value: Any) -> Any:
    if value is None or isinstance(value, (tf.SparseTensor, tf.RaggedTensor)):
        return None
    tensor = tf.convert_to_tensor(value)
    usable = tensor.dtype.is_floating or tensor.dtype.is_integer or tensor.dtype.is_bool
    return tensor if usable and tensor.shape.rank else None


def _sample_size(tensor: Any) -> int:
    """Numbers per sample; unknown dimensions count as 1."""
    return int(np.prod([size or 1 for size in tensor.shape.as_list()[1:]]))


def _names(structure: Any, output_names: Sequence[str]) -> list[str]:
    if isinstance(structure, dict):
        return sorted(structure)
    return list(output_names or ())


def _readout_index(y_pred: Any, output_names: Sequence[str]) -> int | None:
    """Which leaf of the model's output is the readout: by name, else the first that may be one."""
    leaves = _leaves(y_pred)
    possible = [i for i, t in enumerate(leaves) if t is not None and t.shape.rank in (2, 3)]
    names = _names(y_pred, output_names)
    if len(names) == len(leaves):
        for name in _READOUT_NAMES:
            if name in names and names.index(name) in possible:
                return names.index(name)
    return possible[0] if possible else None


def _at(structure: Any, index: int | None) -> Any:
    """The leaf that belongs to the readout; a single leaf belongs to whatever there is."""
    if structure is None:
        return None
    leaves = _leaves(structure)
    if len(leaves) == 1:
        return leaves[0]
    return leaves[index] if index is not None and index < len(leaves) else None


def _reduce_inputs(x: Any, selection: Selection, n_steps: int | None) -> dict[str, Any]:
    """The input that runs over the layer's time, as `average_channels` has it."""
    for tensor in _leaves(x):
        if tensor is not None and (tensor.shape.rank or 0) >= 3 and tensor.shape[1] == n_steps:
            break
    else:
        return {}
    n_channels = tensor.shape[2:].num_elements()
    if n_channels is None or n_steps is None:
        return {}
    (sample, *_) = _clamped(selection.samples, tensor)
    # A sample of the first dimension is a view of the batch; tf.gather would copy it.
    channels = tf.cast(tf.reshape(tensor[sample], (n_steps, n_channels)), tf.float32)
    group = selection.plan.input_group(n_channels)
    sizes = group_sizes(n_channels, group)
    n_rows = len(sizes)
    if n_channels % group:
        channels = tf.pad(channels, [[0, 0], [0, n_rows * group - n_channels]])
    sums = tf.reduce_sum(tf.reshape(channels, (n_steps, n_rows, group)), axis=2)
    return {"inputs": sums / sizes, "n_inputs": tf.constant(n_channels, tf.int64)}
