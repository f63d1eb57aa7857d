"""Products of input weights that go only over what channels sent.

An LGN unit at 20 Hz is active in one moment of 50. The moments of a piece are the bits of one word
for each channel. From the bits that are set follows, in chunks of fixed size, which synapses carry
something, and when: every shape is known to the compiler, and the number of chunks follows the
activity. Each chunk is a gather and a scatter. A row is summed in the order of its channels.

The functions are for code compiled by XLA, which leaves out an index behind the end of an array.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_v1_activity.v1.engine.running_sums import beginnings, running_sum

MOST_MOMENTS: Final = 32
"""Moments of a piece: the bits of a word."""
_WIDTH: Final = 16  # synapses of a segment: the floats of one cache line
# From so many moments of 32 on it is faster to go over all synapses: found by trying.
_MANY: Final = 2


class Sent(NamedTuple):
    """What channels sent in the moments of a piece.

    x: (moments, n_channels). words: (n_segments,) int32, bit k is set if the segment's channel sent
    something in moment k. sizes: (n_segments,) how many bits are set. ends: (n_segments,) how many
    are set up to each segment. few: scalar bool, whether so few are set that to follow them is the
    faster way.
    """

    x: tf.Tensor
    words: tf.Tensor
    sizes: tf.Tensor
    ends: tf.Tensor
    few: tf.Tensor


class SpikeSegments:
    """Synapses from input channels in segments, each of one channel, ascending.

    Args:
        rows: (n_synapses,) int row of each synapse.
        channels: (n_synapses,) int input channel of each.
        n_rows, n_channels: how many there are.

    Example:
        >>> table = SpikeSegments(np.array([0, 1]), np.array([1, 1]), n_rows=2, n_channels=3)
        >>> weights, x = table.arrange(tf.constant([10.0, 20.0])), tf.constant([[5.0, 1.0, 7.0]])
        >>> words = table.words(x[None])[0]
        >>> def product():
        ...     return table.product(weights, table.sent(x, words))
        >>> tf.function(product, jit_compile=True)().numpy().tolist()
        [[10.0, 20.0]]
    """

    def __init__(
        self,
        rows: NDArray[np.integer],
        channels: NDArray[np.integer],
        n_rows: int,
        n_channels: int,
    ) -> None:
        self._n_rows, self._n_channels = n_rows, n_channels
        degree = np.bincount(channels, minlength=n_channels)
        count = -(-degree // _WIDTH)
        by_channel = np.argsort(channels, kind="stable")
        within = np.arange(len(rows)) - np.repeat(np.cumsum(degree) - degree, degree)
        place = np.repeat(np.cumsum(count) - count, degree) * _WIDTH + within
        position = np.empty(len(rows), np.int32)
        position[by_channel] = place
        owner = np.repeat(np.arange(n_channels), count)
        table = np.zeros((len(owner), _WIDTH), np.int32)
        # The row of a segment's first synapse fills it, then the others take their places.
        heads = within % _WIDTH == 0
        table[place[heads] // _WIDTH] = rows[by_channel[heads], None]
        table.reshape(-1)[place] = rows[by_channel]
        self.n_segments: int = len(owner)
        self._chunk = min(max(2048, self.n_segments // 4), 32768)
        with tf.init_scope():
            self._rows = tf.convert_to_tensor(table)
            self._owner = tf.convert_to_tensor(owner.astype(np.int32))
            self._position = tf.convert_to_tensor(position)

    def arrange(self, weights: tf.Tensor) -> tf.Tensor:
        """The weights (n_synapses,) as segments (n_segments, 16); what is left over is 0."""
        flat = tf.zeros((self.n_segments * _WIDTH,), weights.dtype)
        flat = tf.tensor_scatter_nd_update(flat, self._position[:, None], weights)
        return tf.reshape(flat, (self.n_segments, _WIDTH))

    def in_order(self, arranged: tf.Tensor) -> tf.Tensor:
        """(n_synapses,) of (n_segments, 16)."""
        return tf.gather(tf.reshape(arranged, (-1,)), self._position)

    def words(self, pieces: tf.Tensor) -> tf.Tensor:
        """(pieces, n_channels) int32: in bit k whether a channel sent something in moment k.

        To be made before a loop over the pieces: within, it would be made once for each segment.

        Args:
            pieces: (pieces, moments, n_channels) what was sent, at most 32 moments.
        """
        worth = np.left_shift(np.uint32(1), np.arange(pieces.shape[1], dtype=np.uint32))
        bits = tf.where(pieces != 0, tf.constant(worth.view(np.int32))[:, None], 0)
        return tf.reduce_sum(bits, 1)

    def sent(self, x: tf.Tensor, words: tf.Tensor) -> Sent:
        """What channels sent in a piece: x (moments, n_channels), and its `words`."""
        words = tf.gather(words, self._owner)
        sizes = _population(words)
        ends = running_sum(sizes)
        few = (ends[-1] if self.n_segments else 0) <= _MANY * self.n_segments
        return Sent(x, words, sizes, ends, few)

    def product(self, arranged: tf.Tensor, sent: Sent) -> tf.Tensor:
        """(moments, n_rows): the sums of what was sent times the arranged weights."""

        def add(sums, segments, moments, values):
            places = moments[:, None] * self._n_rows + tf.gather(self._rows, segments)
            caused = tf.gather(arranged, segments) * values[:, None]
            places, caused = tf.reshape(places, (-1, 1)), tf.reshape(caused, (-1,))
            return tf.tensor_scatter_nd_add(sums, places, caused)

        nothing = tf.zeros((sent.x.shape[0] * self._n_rows,), sent.x.dtype)
        return tf.reshape(self._for_each_chunk(sent, add, nothing), (-1, self._n_rows))

    def collect(self, gradient: tf.Tensor, upstream: tf.Tensor, sent: Sent) -> tf.Tensor:
        """The gradient of the arranged weights, plus what is due to a piece.

        Args:
            gradient: (n_segments, 16) so far.
            upstream: (moments, n_rows) gradient of the product.
            sent: in these moments.
        """
        flat = tf.reshape(upstream, (-1,))

        def add(gradient, segments, moments, values):
            places = moments[:, None] * self._n_rows + tf.gather(self._rows, segments)
            due = tf.gather(flat, places) * values[:, None]
            return tf.tensor_scatter_nd_add(gradient, segments[:, None], due)

        return self._for_each_chunk(sent, add, gradient)

    def _for_each_chunk(
        self, sent: Sent, add: Callable[..., tf.Tensor], total: tf.Tensor
    ) -> tf.Tensor:
        """`add(total, segments, moments, values)` for chunks of all that was sent.

        The value is 0 if the chunk is longer than what is left.
        """
        if not self.n_segments:
            return total
        starts, number = sent.ends - sent.sizes, sent.ends[-1]
        # As long as the longest list that is followed, in whole chunks.
        n_chunks = -(-_MANY * self.n_segments // self._chunk) + 1
        began = beginnings(starts, n_chunks * self._chunk)
        began = tf.reshape(began, (n_chunks, self._chunk))
        flat = tf.reshape(sent.x, (-1,))

        def listed(k, before):
            """Of chunk k, of which `before` segments began in the chunks before it."""
            numbers = k * self._chunk + tf.range(self._chunk)
            segments = before + running_sum(began[k]) - 1
            among = numbers - tf.gather(starts, segments)
            moments = _place_of_bit(tf.gather(sent.words, segments), among)
            # Behind the last there is no bit to be found.
            left = numbers < number
            moments = tf.where(left, moments, 0)
            values = tf.gather(flat, moments * self._n_channels + tf.gather(self._owner, segments))
            return segments, moments, tf.where(left, values, 0)

        def one_chunk(k, now, total):
            # Carried over, not computed where it is used: there, it would be once per synapse.
            return k + 1, listed(k + 1, now[0][-1] + 1), add(total, *now)

        return tf.while_loop(
            lambda k, *_: k * self._chunk < number,
            one_chunk,
            (tf.constant(0), listed(tf.constant(0), tf.constant(0)), total),
        )[2]


def _population(words: tf.Tensor) -> tf.Tensor:
    """How many bits are set in each."""
    return tf.cast(tf.raw_ops.PopulationCount(x=words), tf.int32)


def _place_of_bit(words: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
    """Where the bit stands before which `number` others are set, by halving the word."""
    place = tf.zeros_like(words)
    for width in (16, 8, 4, 2, 1):
        low = tf.bitwise.bitwise_and(words, (1 << width) - 1)
        below = _population(low)
        above = number >= below
        words = tf.where(above, tf.bitwise.right_shift(words, width), low)
        number = tf.where(above, number - below, number)
        place += tf.where(above, width, 0)
    return place
