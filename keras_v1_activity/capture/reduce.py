"""From a batch of tensors to the little that one look needs; compiled and eager alike.

Whatever leaves here has a shape that does not depend on the batch size, so that a ragged last
batch fits the same variables: sample indices beyond the batch are clamped to its last sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from keras_v1_activity.activity.inputs import group_sizes
from keras_v1_activity.capture.bits import fired_of, pack
from keras_v1_activity.capture.kinds import MOST_OUTPUTS, Head
from keras_v1_activity.capture.leaves import leaf_for, leaves_of, size_of_sample
from keras_v1_activity.capture.output_choice import OutputChoice
from keras_v1_activity.capture.selection import Selection


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
    head: Head | None = None,
) -> dict[str, Any]:
    """What is kept of the batch's inputs, labels, predictions and weights.

    Args:
        x: the model's input or inputs.
        y: targets, structured as the outputs or not at all; None if unknown.
        y_pred: the model's output or outputs.
        sample_weight: as the loss is given it.
        selection: `Selection`.
        n_steps: time steps of the layer: an input of other length is not drawn over its time.
        head: `Head`, the output that holds the predictions; None finds it by names and ranks.

    Returns:
        Dict of float32 tensors, each only if there is something: inputs (time, rows), n_inputs
        (int64), and outputs (samples, chunks, classes), targets and weights (samples, ...), whose
        first sample is the recorded one; with `head`, also kind and from_logits of
        the head (int64).

    Example:
        >>> from keras_v1_activity.activity.neurons import Neurons
        >>> from keras_v1_activity.plan import RecordPlan
        >>> selection = Selection.of(RecordPlan(figures=()), Neurons.unnamed(4))
        >>> kept = reduce_loss(x, y, tf.zeros((8, 3)), None, selection, n_steps=12)
        >>> {name: tuple(tensor.shape) for name, tensor in kept.items()}
        {'inputs': (12, 7), 'n_inputs': (), 'outputs': (1, 1, 3), 'targets': (1,)}
    """
    taken = _reduce_inputs(x, selection, n_steps)
    if head is None:
        head = OutputChoice().head(None, y_pred, y)
    elif y_pred is not None:
        logits = -1 if head.from_logits is None else int(head.from_logits)
        taken["kind"] = tf.constant(head.kind, tf.int64)
        taken["from_logits"] = tf.constant(logits, tf.int64)
    outputs = None if head is None else leaves_of(y_pred)[head.index]
    if outputs is not None and size_of_sample(outputs) <= MOST_OUTPUTS:
        rows = _rows(outputs, selection.samples)
        taken["outputs"] = rows[:, tf.newaxis] if outputs.shape.rank == 2 else rows
    n_outputs = len(leaves_of(y_pred)) if y_pred is not None else 1
    for name, value in (("targets", y), ("weights", sample_weight)):
        tensor = leaf_for(head, value, n_outputs)
        if tensor is not None and size_of_sample(tensor) <= MOST_OUTPUTS:
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


def _reduce_inputs(x: Any, selection: Selection, n_steps: int | None) -> dict[str, Any]:
    """The input that runs over the layer's time, as `average_channels` has it."""
    tensor = _over_time(x, n_steps)
    if tensor is None:
        return {}
    (sample, *_) = _clamped(selection.samples, tensor)
    length, n_channels = _sizes(tensor)
    # A sample of the first dimension is a view of the batch; tf.gather would copy it.
    channels = tf.cast(tf.reshape(tensor[sample], (length, n_channels)), tf.float32)
    if isinstance(n_channels, int):
        sizes: Any = group_sizes(n_channels, selection.plan.input_group(n_channels))
        n_rows, group = len(sizes), selection.plan.input_group(n_channels)
    else:
        # As `RecordPlan.input_group` and `group_sizes`, for a number that only the batch tells.
        group = tf.maximum(-(-n_channels // selection.plan.max_input_rows), 1)
        n_rows = -(-n_channels // group)
        sizes = tf.cast(tf.minimum(n_channels - tf.range(n_rows) * group, group), tf.float32)
    if not isinstance(n_channels, int) or n_channels % group:
        channels = tf.pad(channels, [[0, 0], [0, n_rows * group - n_channels]])
    sums = tf.reduce_sum(tf.reshape(channels, (length, n_rows, group)), axis=2)
    return {"inputs": sums / sizes, "n_inputs": tf.cast(n_channels, tf.int64)}


def _over_time(x: Any, n_steps: int | None) -> Any:
    """The first input of (batch, time, channels...) with the layer's time, as far as it is known.

    An input whose length is known to be that of the layer goes before one of unknown length.
    """
    long = [t for t in leaves_of(x) if t is not None and (t.shape.rank or 0) >= 3]
    known = [t for t in long if n_steps is not None and t.shape[1] == n_steps]
    unknown = [t for t in long if n_steps is None or t.shape[1] is None]
    return next(iter([*known, *unknown]), None)


def _sizes(tensor: Any) -> tuple[Any, Any]:
    """(time steps, channels) of an input, each an int if it is known."""
    size = tf.shape(tensor)
    length = tensor.shape[1] if tensor.shape[1] is not None else size[1]
    n_channels = tensor.shape[2:].num_elements()
    return length, tf.reduce_prod(size[2:]) if n_channels is None else n_channels
