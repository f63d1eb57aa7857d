"""Time steps in blocks, whose sums over the synapses are taken together.

A current that arrives in time step t changes the potential only in step t + 2: first the slope of
the synaptic current, then the synaptic current, then the potential
(`Glif3Equations.steps_to_potential`). A spike needs at least one more step to become a current. So
in a block of three steps, all spikes that its currents come from are settled by the currents before
the block, and the synapses are gone over once a block instead of once a step. Backward the same
holds, from the last step to the first. Nothing is approximated, no sum is taken in another order.

Arrays of a block hold its steps beside the samples, newest step first: (..., step * b + sample).
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

_BITS = 8


def heard(window: tf.Tensor, length: int) -> tf.Tensor:
    """The delay buffers of a block's steps, side by side.

    Args:
        window: (depth + length - 1, n, b) spikes, newest first: the newest is the last that the
            block's newest step hears.
        length: steps of the block.

    Returns:
        (depth, n, length * b).

    Example:
        >>> heard(tf.constant([[[3.0]], [[2.0]], [[1.0]]]), 2)[:, 0].numpy().tolist()
        [[3.0, 2.0], [2.0, 1.0]]
    """
    depth = window.shape[0] - length + 1
    return tf.concat([window[step : step + depth] for step in range(length)], axis=2)


def heard_long(window: tf.Tensor, depth: int) -> tf.Tensor:
    """The same as `heard` for any number of steps, also one that is known at the run only.

    Args:
        window: (depth + steps - 1, n, b) spikes, newest first.
        depth: of the delay buffer.

    Returns:
        (depth, n, steps * b).

    Example:
        >>> heard_long(tf.constant([[[3.0]], [[2.0]], [[1.0]]]), 2)[:, 0].numpy().tolist()
        [[3.0, 2.0], [2.0, 1.0]]
    """
    n_steps = tf.shape(window)[0] - depth + 1
    by_delay = tf.stack([window[delay : delay + n_steps] for delay in range(depth)])
    return tf.reshape(tf.transpose(by_delay, (0, 2, 1, 3)), (depth, window.shape[1], -1))


def by_spike(caused: tf.Tensor, length: int) -> tf.Tensor:
    """The transpose of `heard`: sums over the steps that heard the same spike.

    Args:
        caused: (depth, n, length * b).
        length: steps of the block.

    Returns:
        (depth + length - 1, n, b), newest spikes first.

    Example:
        >>> by_spike(tf.constant([[[30.0, 20.0]], [[2.0, 1.0]]]), 2)[:, 0, 0].numpy().tolist()
        [30.0, 22.0, 1.0]
    """
    if length == 1:
        return caused
    steps = tf.split(caused, length, axis=2)
    padded = [tf.pad(step, [[k, length - 1 - k], [0, 0], [0, 0]]) for k, step in enumerate(steps)]
    return tf.add_n(padded)


def pack(flags: tf.Tensor) -> tf.Tensor:
    """Flags (..., n, b), anything but 0 being true, as bits: uint8 (..., n / 8, b).

    Example:
        >>> pack(tf.constant([[1.0], [0.0], [1.0]])).numpy().tolist()
        [[5]]
    """
    n = flags.shape[-2]
    bits = tf.cast(tf.not_equal(flags, tf.zeros((), flags.dtype)), tf.int32)
    missing = [[0, 0]] * (len(flags.shape) - 2) + [[0, -n % _BITS], [0, 0]]
    bits = tf.pad(bits, missing)
    shape = tf.shape(bits)
    bits = tf.reshape(bits, tf.concat([shape[:-2], [-(-n // _BITS), _BITS], shape[-1:]], 0))
    return tf.cast(tf.reduce_sum(bits * _worth()[:, None], axis=-2), tf.uint8)


def unpack(packed: tf.Tensor, n: int) -> tf.Tensor:
    """The flags of `pack` again, bool (..., n, b).

    Example:
        >>> unpack(tf.constant([[5]], tf.uint8), 3).numpy().tolist()
        [[True], [False], [True]]
    """
    bits = tf.bitwise.bitwise_and(tf.cast(packed, tf.int32)[..., None, :], _worth()[:, None])
    shape = tf.shape(packed)
    flags = tf.reshape(bits > 0, tf.concat([shape[:-2], [-1], shape[-1:]], 0))
    return flags[..., :n, :]


def _worth() -> tf.Tensor:
    """(8,) what each bit of a byte is worth."""
    return tf.constant(2 ** np.arange(_BITS), tf.int32)
