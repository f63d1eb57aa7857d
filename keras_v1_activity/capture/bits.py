"""Spikes of one sample as bits, an eighth of the size of booleans.

They are in the order of `numpy.packbits` of the flattened array, most significant bit first, so
that of a quiet network nearly all bytes are zero.
"""

from __future__ import annotations

import functools
from typing import Any

import tensorflow as tf


def pack(spikes: Any) -> Any:
    """The bits of spikes (time, neuron), (ceil(time * neuron / 8),) uint8; the rest are zeros.

    Args:
        spikes: tensor of any numeric type or bool; above 0 is a spike, NaN is none.

    Example:
        >>> pack(tf.constant([[0.0, 1.0], [1.0, 0.0]])).numpy()   # 0b01100000
        array([96], dtype=uint8)
    """
    # Fused, comparing and packing reads the spikes once: a fifth of the time. On a GPU the separate
    # kernels are fast, and XLA may lack what it needs there; shapes that change compile each time.
    fuse = spikes.shape.is_fully_defined() and not tf.config.list_logical_devices("GPU")
    return (_packed_by_xla if fuse else _packed)(spikes)


def _packed(spikes: Any) -> Any:
    fired = tf.reshape(fired_of(spikes), [-1])
    if fired.shape[0] is None or fired.shape[0] % 8:
        fired = tf.pad(fired, [[0, -tf.size(fired) % 8]])
    eighths = tf.cast(tf.reshape(fired, [-1, 8]), tf.uint8)
    # Bit by bit: a sum over eight floats is four times slower if XLA compiles it, and a sum of
    # integers has no kernel on a GPU.
    return functools.reduce(
        tf.bitwise.bitwise_or,
        [tf.bitwise.left_shift(eighths[:, k], tf.constant(7 - k, tf.uint8)) for k in range(8)],
    )


_packed_by_xla: Any = tf.function(_packed, jit_compile=True, autograph=False)


def fired_of(spikes: Any) -> Any:
    """True at each spike, a bool tensor of the same shape.

    Example:
        >>> fired_of(tf.constant([0.0, 1.0])).numpy()
        array([False,  True])
    """
    return spikes if spikes.dtype == tf.bool else spikes > tf.zeros((), spikes.dtype)
