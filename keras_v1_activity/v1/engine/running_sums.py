"""Sums from the first entry to each, and what follows from them, in forms that XLA makes fast."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from keras_v1_activity.v1.engine.device import has_gpu

_TRIANGLE = np.triu(np.ones((32, 32), np.float32))


def running_sum(x: tf.Tensor) -> tf.Tensor:
    """The sum of the entries up to each, this one included.

    tf.cumsum takes two to three times as long as products with a triangle of ones. Their sums, of
    32 entries each, are exact in float32 below 2^24.

    Args:
        x: (n,) flags, or int32 in [0, 2^19).

    Returns:
        (n,) int32.

    Example:
        >>> running_sum(tf.constant([True, False, True])).numpy().tolist()
        [1, 1, 2]
    """
    if x.dtype != tf.bool and has_gpu():
        # Its products keep ten bits of each number (TensorFloat-32): enough for flags.
        return tf.cumsum(x)
    n, block = tf.size(x), _TRIANGLE.shape[0]
    blocks = tf.pad(tf.cast(x, tf.float32), [[0, -n % block]])
    within = tf.cast(tf.matmul(tf.reshape(blocks, (-1, block)), _TRIANGLE), tf.int32)
    before = tf.cumsum(within[:, -1], exclusive=True)
    return tf.reshape(within + before[:, None], (-1,))[:n]


def beginnings(starts: tf.Tensor, n: int) -> tuple[tf.Tensor, tf.Tensor]:
    """How many of `starts` are each number from 1 to n - 1, and how many are 0 or less.

    For code compiled by XLA, which leaves out an index behind the end of an array.

    Args:
        starts: (k,) int32.
        n: how many numbers.

    Returns:
        (n,) int32, whose first entry is 0, and a scalar.

    Example:
        >>> run = tf.function(lambda: beginnings(tf.constant([-3, 1, 1, 4]), 3), jit_compile=True)
        >>> began, before = run()
        >>> began.numpy().tolist(), int(before)
        ([0, 2, 0], 1)
    """
    later = starts > 0
    # Those before are counted, not put in one place: a GPU would add them one after the other.
    before = tf.size(starts) - tf.reduce_sum(tf.cast(later, tf.int32))
    places = tf.where(later, starts, n)[:, None]
    began = tf.tensor_scatter_nd_add(tf.zeros((n,), tf.int32), places, tf.ones_like(starts))
    return began, before


def owners(starts: tf.Tensor, n: int) -> tf.Tensor:
    """For 0 ... n - 1 the last entry of the ascending `starts` that is not greater.

    For code compiled by XLA, as `beginnings`.

    Args:
        starts: (k,) int32, ascending.
        n: how many numbers.

    Example:
        >>> run = tf.function(lambda: owners(tf.constant([0, 2, 2, 5]), 4), jit_compile=True)
        >>> run().numpy().tolist()
        [0, 0, 2, 2]
    """
    began, before = beginnings(starts, n)
    return running_sum(began) + before - 1
