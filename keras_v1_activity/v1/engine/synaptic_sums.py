"""The sums over synapses that a time step needs, in the way that suits the device.

What arrives at the neurons, what the spikes are asked on the way back, and what each weight is
owed. Arrays hold one column for each sample, or for each time step of a block and sample
(`blocks.py`): a column is summed as if it were alone. All ways are compiled with static shapes.

Which of them runs, `ways.py` says; those for a GPU that follow spikes are in `piece_sums.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_v1_activity.v1.engine import events
from keras_v1_activity.v1.engine.outgoing import OutgoingTable
from keras_v1_activity.v1.engine.padded import PaddedRows, in_full


class Sums:
    """What every way has in common: the way back along the synapses.

    Args:
        outgoing: `OutgoingTable` of the synapses.
        n_rows: number of currents.
        dtype: see `synaptic_sums`.

    Attributes:
        outgoing, n_rows: as given.
        most_columns: None if `collect` is called for each block; else for a piece of so many
            columns, time steps times samples, at most.

    Example:
        >>> sums = Sums(OutgoingTable.build([0, 0, 1], [1, 0, 1], n_origins=2), n_rows=2)
        >>> arranged = sums.arrange_back(tf.constant([10.0, 20.0, 30.0]))
        >>> sums.pull(arranged, tf.constant([[1.0], [2.0]]))[:, 0].numpy().tolist()
        [40.0, 60.0]
    """

    def __init__(self, outgoing: OutgoingTable, n_rows: int, dtype: str = "float32") -> None:
        self.outgoing: OutgoingTable = outgoing
        self.n_rows: int = n_rows
        self.most_columns: int | None = None
        self._dtype = tf.as_dtype(dtype)

    def arrange(self, weights: tf.Tensor) -> Any:
        """The weights (n_synapses,) as `currents` takes them."""
        raise NotImplementedError

    def currents(self, arranged: Any, sent: tf.Tensor) -> tf.Tensor:
        """(n_rows, b) from the delay buffer (depth, n, b)."""
        raise NotImplementedError

    def arrange_back(self, weights: tf.Tensor) -> tf.Tensor:
        """The weights (n_synapses,) as `pull` takes them."""
        return self.outgoing.arrange(tf.cast(weights, self._dtype))

    def pull(self, arranged: tf.Tensor, arriving: tf.Tensor) -> tf.Tensor:
        """(n_origins, b): what each place of the delay buffer is asked by its synapses.

        `arriving` (n_rows, b) is the currents' gradient.
        """
        if self._dtype == tf.float32:
            return self._pull(arranged, arriving)
        # float16 ends at 6e-8, and gradients are small.
        largest = tf.reduce_max(tf.abs(arriving)) + np.finfo(np.float32).tiny
        return largest * self._pull(arranged, tf.cast(arriving / largest, self._dtype))

    def _pull(self, arranged: tf.Tensor, arriving: tf.Tensor) -> tf.Tensor:
        return self.outgoing.pull(arranged, arriving)

    def no_gradient(self) -> tf.Tensor:
        """The weights' gradient to begin with, as `collect` takes it."""
        return tf.zeros(self.outgoing.rows.shape)

    def collect(self, gradient: tf.Tensor, sent: tf.Tensor, arriving: tf.Tensor) -> tf.Tensor:
        """The weights' gradient plus what is due to `arriving` and `sent`, bool (depth, n, b)."""
        return events.collect(self.outgoing, gradient, sent, arriving)

    def in_order(self, gradient: tf.Tensor) -> tf.Tensor:
        """The weights' gradient (n_synapses,) from what `collect` gives."""
        return self.outgoing.in_order(gradient)


class EventSums(Sums):
    """Sums over the synapses that carry a spike, in the order of their sources.

    Args:
        outgoing, n_rows, dtype: see `Sums`.

    Example:
        >>> sums = EventSums(OutgoingTable.build([0], [1], n_origins=1), n_rows=2)
        >>> run = tf.function(sums.currents, jit_compile=True)
        >>> run(sums.arrange(tf.constant([10.0])), tf.ones((1, 1, 1)))[:, 0].numpy().tolist()
        [0.0, 10.0]
    """

    def arrange(self, weights: tf.Tensor) -> tf.Tensor:
        """The weights (n_synapses,) as `currents` takes them."""
        return self.outgoing.arrange(tf.cast(weights, self._dtype))

    def currents(self, arranged: tf.Tensor, sent: tf.Tensor) -> tf.Tensor:
        """(n_rows, b) from the delay buffer (depth, n, b)."""
        return events.push(self.outgoing, arranged, sent, self.n_rows)


class DenseSums(Sums):
    """Sums over every synapse.

    Args:
        outgoing: `OutgoingTable` of the synapses.
        origins: (n_synapses,) int, place of the delay buffer that a synapse listens to.
        rows: (n_synapses,) int, the current that it feeds.
        n_origins: number of origins.
        n_rows: number of currents.
        dtype: see `Sums`.

    Example:
        >>> one = np.array([0])
        >>> sums = DenseSums(OutgoingTable.build(one, one, 1), one, one, n_origins=1, n_rows=2)
        >>> sums.currents(sums.arrange(tf.constant([10.0])), tf.ones((1, 1, 1))).shape
        TensorShape([2, 1])
    """

    def __init__(
        self,
        outgoing: OutgoingTable,
        origins: NDArray[np.int64],
        rows: NDArray[np.int64],
        n_origins: int,
        n_rows: int,
        dtype: str = "float32",
    ) -> None:
        super().__init__(outgoing, n_rows, dtype)
        self._incoming = PaddedRows.build(rows, origins, n_rows, n_origins)
        count, first = outgoing.count.numpy(), outgoing.first.numpy()
        owner = np.zeros(outgoing.rows.shape[0], np.int32)
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        owner[np.repeat(first, count) + within] = np.repeat(np.arange(n_origins), count)
        with tf.init_scope():
            self._owner = tf.convert_to_tensor(owner)
            self._columns = tf.transpose(outgoing.rows)

    def arrange_back(self, weights: tf.Tensor) -> tf.Tensor:
        """(WIDTH, n_segments): what neighbouring threads of a GPU read is side by side."""
        return tf.transpose(super().arrange_back(weights))

    def _pull(self, arranged: tf.Tensor, arriving: tf.Tensor) -> tf.Tensor:
        """One gather for each place of a segment."""
        pairs = zip(tf.unstack(self._columns), tf.unstack(arranged), strict=True)
        terms = [in_full(tf.gather(arriving, rows)) * in_full(w)[:, None] for rows, w in pairs]
        return self.outgoing.by_origin(sum(terms[1:], terms[0]))

    def arrange(self, weights: tf.Tensor) -> list[tf.Tensor]:
        """One padded array per bucket of rows."""
        return self._incoming.arrange(tf.cast(weights, self._dtype))

    def currents(self, arranged: list[tf.Tensor], sent: tf.Tensor) -> tf.Tensor:
        """A product with the whole matrix."""
        sent = tf.reshape(sent, (self._incoming.n_columns, -1))
        return self._incoming.product(arranged, tf.cast(sent, self._dtype))

    def collect(self, gradient: tf.Tensor, sent: tf.Tensor, arriving: tf.Tensor) -> tf.Tensor:
        """Product of what came and what it was worth, for all synapses."""
        sent = tf.reshape(sent, (self._incoming.n_columns, -1))
        came = tf.cast(tf.gather(sent, self._owner), arriving.dtype)[:, None, :]
        return gradient + tf.reduce_sum(tf.gather(arriving, self.outgoing.rows) * came, axis=2)
