"""Products of input weights along what channels sent, in the form for a GPU.

As `spike_segments.py` on a CPU, but with thousands of moments together, those of several samples,
and in chunks that are long enough for a GPU. The order of a sum is open there: the last bit of a
current may differ from run to run.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_v1_activity.v1.engine import events
from keras_v1_activity.v1.engine.loops import even_pieces, repeat
from keras_v1_activity.v1.engine.outgoing import OutgoingTable
from keras_v1_activity.v1.engine.padded import in_pieces

# Places (channel, moment) of a piece: 256 MB as float32.
_MOST_PLACES: Final = 1 << 26
# Segments of a chunk, and columns that it is made for: some chunks a piece at 20 Hz.
_LONG_CHUNK: Final = 1 << 20
_COLUMNS: Final = 1024


class InputEvents:
    """Sums over the input synapses that carry something, forward and for their weights.

    Args:
        rows: (n_synapses,) int row of each synapse.
        channels: (n_synapses,) int input channel of each.
        n_rows, n_channels: how many there are.
        most_places: channels times moments of a piece, at most.

    Example:
        >>> table = InputEvents(np.array([0, 1]), np.array([1, 1]), n_rows=2, n_channels=3)
        >>> weights, x = tf.constant([10.0, 20.0]), tf.constant([[5.0, 1.0, 7.0]])
        >>> run = tf.function(lambda: table.product(weights, x), jit_compile=True)
        >>> run().numpy().tolist()
        [[10.0, 20.0]]
    """

    def __init__(
        self,
        rows: NDArray[np.integer],
        channels: NDArray[np.integer],
        n_rows: int,
        n_channels: int,
        most_places: int = _MOST_PLACES,
    ) -> None:
        self._n_rows, self._n_channels = n_rows, n_channels
        self._most = max(1, most_places // max(1, n_channels))
        self._table = OutgoingTable.build(channels, rows, n_channels)

    def product(self, weights: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        """(moments, n_rows) of the weights (n_synapses,) and x (moments, n_channels)."""
        arranged = self._table.arrange(weights)
        number, pieces = self._cut(x)

        def one(k: tf.Tensor, sums: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
            currents = events.push(
                self._table, arranged, self._sent(pieces[k]), self._n_rows,
                longest=_LONG_CHUNK, columns=_COLUMNS,
            )  # fmt: skip
            return k + 1, sums.write(k, tf.transpose(currents))

        _, sums = repeat(number, one, tf.TensorArray(x.dtype, number))
        return tf.reshape(sums.stack(), (-1, self._n_rows))[: tf.shape(x)[0]]

    def weight_gradient(self, upstream: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        """(n_synapses,) of the (moments, n_rows) gradient of the product, and its x."""
        number, due, pieces = self._cut(upstream, x)

        def one(k: tf.Tensor, gradient: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            sent, arriving = self._sent(pieces[k]), tf.transpose(due[k])
            return k + 1, events.collect(
                self._table, gradient, sent, arriving, longest=_LONG_CHUNK, columns=_COLUMNS
            )

        _, gradient = repeat(number, one, tf.zeros(self._table.rows.shape, x.dtype))
        return self._table.in_order(gradient)

    def _cut(self, *arrays: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """The number of pieces, and each array in pieces of about the same length."""
        return in_pieces(even_pieces(tf.shape(arrays[0])[0], self._most)[1], *arrays)

    def _sent(self, piece: tf.Tensor) -> tf.Tensor:
        """(1, n_channels, moments) as `events` takes it."""
        return tf.ensure_shape(tf.transpose(piece)[None], (1, self._n_channels, None))
