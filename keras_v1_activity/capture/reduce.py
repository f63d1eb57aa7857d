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
from keras_v1_activity.capture.replicas import Part
from keras_v1_activity.capture.selection import Selection
from keras_v1_activity.plan import RecordPlan

_WHOLE = Part()


def reduce_layer(
    spikes: Any, voltages: Any | None, selection: Selection, part: Part = _WHOLE
) -> dict[str, Any]:
    """What is kept of a layer's output.

    Args:
        spikes: (batch, time, neuron), any type; above 0 is a spike.
        voltages: (batch, time, neuron) mV, or None.
        selection: `Selection`.
        part: `Part`, if this is a replica's part of the batch.

    Returns:
        Dict of tensors: spike_bits uint8, see `bits.pack`; n_steps and batch_size int64; those of
        `Part.facts`; and if asked for, voltages (time, k) float32 and batch_spikes (samples, time,
        neuron) bool.

    Example:
        >>> from keras_v1_activity.activity.neurons import Neurons
        >>> from keras_v1_activity.plan import RecordPlan
        >>> selection = Selection.of(RecordPlan(figures=()), Neurons.unnamed(4))
        >>> reduce_layer(tf.eye(4)[tf.newaxis], None, selection)["spike_bits"].numpy()
        array([132,  33], dtype=uint8)
    """
    sample, *viewed = clamped(part.samples(selection.samples), spikes)
    of_sample = spikes[sample]
    taken = {
        "batch_size": tf.shape(spikes, tf.int64)[0],
        "n_steps": tf.shape(spikes, tf.int64)[1],
        "spike_bits": pack(of_sample),
        **part.facts(),
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
    part: Part = _WHOLE,
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
        part: `Part`, if this is a replica's part of the batch.

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
    samples = part.samples(selection.samples)
    taken = reduce_inputs(x, samples[0], selection.plan, n_steps)
    if head is None:
        head = OutputChoice().head(None, y_pred, y)
    elif y_pred is not None:
        logits = -1 if head.from_logits is None else int(head.from_logits)
        taken["kind"] = tf.constant(head.kind, tf.int64)
        taken["from_logits"] = tf.constant(logits, tf.int64)
    outputs = None if head is None else leaves_of(y_pred)[head.index]
    if outputs is not None and size_of_sample(outputs) <= MOST_OUTPUTS:
        rows = rows_of(outputs, samples)
        taken["outputs"] = rows[:, tf.newaxis] if outputs.shape.rank == 2 else rows
    n_outputs = len(leaves_of(y_pred)) if y_pred is not None else 1
    for name, value in (("targets", y), ("weights", sample_weight)):
        tensor = leaf_for(head, value, n_outputs)
        if tensor is not None and size_of_sample(tensor) <= MOST_OUTPUTS:
            taken[name] = rows_of(tensor, samples)
    return taken


def reduce_inputs(x: Any, sample: Any, plan: RecordPlan, n_steps: int | None) -> dict[str, Any]:
    """What is kept of the inputs: the one that runs over the layer's time, averaged over channels.

    Args:
        x: input or structure of inputs, (batch, time, channels...) that which is kept.
        sample: index of the sample, an int or a scalar tensor.
        plan: `RecordPlan`.
        n_steps: time steps of the layer, or None if they are unknown.

    Returns:
        Dict of inputs (time, rows) float32, as `average_channels` has it, and n_inputs int64; empty
        if there is none.

    Example:
        >>> kept = reduce_inputs(x, 0, RecordPlan(max_input_rows=4), 12)
        >>> kept["inputs"].shape, int(kept["n_inputs"])
        (TensorShape([12, 4]), 7)
    """
    tensor = _over_time(x, n_steps)
    if tensor is None:
        return {}
    (at,) = clamped([sample], tensor)
    length, n_channels = _sizes(tensor)
    # A sample of the first dimension is a view of the batch; tf.gather would copy it.
    channels = tf.cast(tf.reshape(tensor[at], (length, n_channels)), tf.float32)
    if isinstance(n_channels, int):
        sizes: Any = group_sizes(n_channels, plan.input_group(n_channels))
        n_rows, group = len(sizes), plan.input_group(n_channels)
    else:
        # As `RecordPlan.input_group` and `group_sizes`, for a number that only the batch tells.
        group = tf.maximum(-(-n_channels // plan.max_input_rows), 1)
        n_rows = -(-n_channels // group)
        sizes = tf.cast(tf.minimum(n_channels - tf.range(n_rows) * group, group), tf.float32)
    if not isinstance(n_channels, int) or n_channels % group:
        channels = tf.pad(channels, [[0, 0], [0, n_rows * group - n_channels]])
    sums = tf.reduce_sum(tf.reshape(channels, (length, n_rows, group)), axis=2)
    return {"inputs": sums / sizes, "n_inputs": tf.cast(n_channels, tf.int64)}


def rows_of(tensor: Any, samples: Sequence[Any]) -> Any:
    """Samples of a batch, float32; those beyond it are its last one.

    Args:
        tensor: (batch, ...).
        samples: indices, ints or scalar tensors.

    Example:
        >>> rows_of(tf.constant([3, 4, 5]), [1, 9]).numpy()
        array([4., 5.], dtype=float32)
    """
    return tf.cast(gathered(tensor, samples), tf.float32)


def gathered(tensor: Any, samples: Sequence[Any]) -> Any:
    """As `rows_of`, of the tensor's own type.

    Args:
        tensor, samples: as for `rows_of`.

    Example:
        >>> gathered(tf.constant([3, 4, 5]), [1, 9]).numpy()
        array([4, 5], dtype=int32)
    """
    return tf.gather(tensor, tf.stack(clamped(samples, tensor)), axis=0)


def clamped(samples: Sequence[Any], batch_of: Any) -> list[Any]:
    """Indices of samples that are in the batch; numbers that are known at once cost no copy.

    Args:
        samples: indices, ints or scalar tensors.
        batch_of: (batch, ...) tensor.

    Example:
        >>> clamped([3, 9], tf.zeros((8, 2)))
        [3, 7]
    """
    size = batch_of.shape[0]
    last = tf.shape(batch_of)[0] - 1 if size is None else size - 1
    return [_at_most(sample, last) for sample in samples]


def _at_most(sample: Any, last: Any) -> Any:
    if isinstance(sample, int) and isinstance(last, int):
        return min(sample, last)
    return 0 if isinstance(sample, int) and not sample else tf.minimum(sample, last)


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
