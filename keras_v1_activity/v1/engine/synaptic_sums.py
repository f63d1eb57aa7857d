"""The two sums over synapses that a step needs, in the way that suits the device.

What arrives, and what each weight owes: both concern only the synapses that carry a spike. On a CPU
they are followed one by one (`events.py`); how many chunks that takes is only known in each step. A
GPU would wait for the CPU at every step to learn it, and has the bandwidth to go over all
synapses. Both ways are compiled with static shapes and give the same sums.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_v1_activity.v1.engine import events
from keras_v1_activity.v1.engine.outgoing import OutgoingTable
from keras_v1_activity.v1.engine.padded import PaddedRows
from keras_v1_activity.v1.network.table_cache import TableCache


def synaptic_sums(
    origins: NDArray[np.int64],
    rows: NDArray[np.int64],
    n_origins: int,
    n_rows: int,
    *,
    every_synapse: bool | None = None,
    tables: TableCache | None = None,
) -> EventSums | DenseSums:
    """The sums for synapses given by origin and receiving row.

    Args:
        origins: (n_synapses,) int, place of the delay buffer that a synapse listens to.
        rows: (n_synapses,) int, the current that it feeds.
        n_origins, n_rows: how many there are.
        every_synapse: False follows spikes, True computes over all synapses; by default whichever
            is faster on this machine: the second with a GPU.
        tables: `TableCache` for the table of the synapses, or None.

    Returns:
        `EventSums` or `DenseSums`.

    Example:
        >>> sums = synaptic_sums(np.array([0, 1]), np.array([1, 1]), n_origins=2, n_rows=3)
        >>> arranged = sums.arrange(tf.constant([10.0, 20.0]))
        >>> sums.currents(arranged, tf.ones((1, 2, 1)))[:, 0].numpy().tolist()
        [0.0, 30.0, 0.0]
    """
    if every_synapse is None:
        every_synapse = bool(tf.config.list_physical_devices("GPU"))
    outgoing = OutgoingTable.build(origins, rows, n_origins, tables)
    if every_synapse:
        return DenseSums(outgoing, origins, rows, n_origins, n_rows)
    return EventSums(outgoing, n_rows)


class EventSums:
    """Sums over the synapses that carry a spike, in the order of their sources.

    Args:
        outgoing: `OutgoingTable` of the synapses.
        n_rows: number of currents.

    Example:
        >>> sums = EventSums(OutgoingTable.build([0], [1], n_origins=1), n_rows=2)
        >>> sums.currents(sums.arrange(tf.constant([10.0])), tf.ones((1, 1, 1))).shape
        TensorShape([2, 1])
    """

    def __init__(self, outgoing: OutgoingTable, n_rows: int) -> None:
        self.outgoing: OutgoingTable = outgoing
        self.n_rows: int = n_rows

    def arrange(self, weights: tf.Tensor) -> tf.Tensor:
        """The weights (n_synapses,) as `currents` takes them."""
        return self.outgoing.arrange(weights)

    def currents(self, arranged: tf.Tensor, sent: tf.Tensor) -> tf.Tensor:
        """(n_rows, b) from the delay buffer (depth, n, b)."""
        return events.push(self.outgoing, arranged, sent, self.n_rows)

    def collect(self, gradient: tf.Tensor, sent: tf.Tensor, arriving: tf.Tensor) -> tf.Tensor:
        """The weights' gradient, arranged as `outgoing`, plus what is due to one step.

        `sent` (depth, n, b) is the delay buffer, `arriving` (n_rows, b) the currents' gradient.
        """
        return events.collect(self.outgoing, gradient, sent, arriving)


class DenseSums:
    """The same over every synapse; methods as of `EventSums`.

    Args:
        outgoing: `OutgoingTable` of the synapses.
        origins: (n_synapses,) int, place of the delay buffer that a synapse listens to.
        rows: (n_synapses,) int, the current that it feeds.
        n_origins: number of origins.
        n_rows: number of currents.

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
    ) -> None:
        self.outgoing: OutgoingTable = outgoing
        self._incoming = PaddedRows.build(rows, origins, n_rows, n_origins)
        count, first = outgoing.count.numpy(), outgoing.first.numpy()
        owner = np.zeros(outgoing.rows.shape[0], np.int32)
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        owner[np.repeat(first, count) + within] = np.repeat(np.arange(n_origins), count)
        with tf.init_scope():
            self._owner = tf.convert_to_tensor(owner)

    def arrange(self, weights: tf.Tensor) -> list[tf.Tensor]:
        """One padded array per bucket of rows."""
        return self._incoming.arrange(weights)

    def currents(self, arranged: list[tf.Tensor], sent: tf.Tensor) -> tf.Tensor:
        """A product with the whole matrix."""
        return self._incoming.product(arranged, tf.reshape(sent, (self._incoming.n_columns, -1)))

    def collect(self, gradient: tf.Tensor, sent: tf.Tensor, arriving: tf.Tensor) -> tf.Tensor:
        """Product of what came and what it was worth, for all synapses."""
        sent = tf.reshape(sent, (self._incoming.n_columns, -1))
        came = tf.gather(sent, self._owner)[:, None, :]
        return gradient + tf.reduce_sum(tf.gather(arriving, self.outgoing.rows) * came, axis=2)
