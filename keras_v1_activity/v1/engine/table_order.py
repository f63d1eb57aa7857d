"""Currents summed in the order of the synapse table, as the published code sums them.

`EventSums` adds a current's synapses by source, then delay. The published code adds them in the
order of its table: also by source, but several synapses of one source onto one receptor in
whichever order they stand there. Two numbers added in another order may differ in the last bit.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_v1_activity.v1.engine import events
from keras_v1_activity.v1.engine.outgoing import OutgoingTable
from keras_v1_activity.v1.engine.synaptic_sums import EventSums
from keras_v1_activity.v1.network.table_cache import TableCache


def ranks_of_doubles(rows: NDArray[np.integer], sources: NDArray[np.integer]) -> NDArray[np.int64]:
    """How many synapses of the same source and row stand before each in the table, (n_synapses,).

    Args:
        rows: (n_synapses,) current that each synapse feeds.
        sources: (n_synapses,) neuron that sends.

    Example:
        >>> ranks_of_doubles(np.array([5, 5, 6, 5]), np.array([1, 1, 1, 1]))
        array([0, 1, 0, 2])
    """
    order = np.lexsort((sources, rows))  # stable: equal ones stay in the order of the table
    same = (np.diff(rows[order]) == 0) & (np.diff(sources[order]) == 0)
    places = np.arange(len(rows))
    starts = np.concatenate([[True], ~same])[: len(rows)]
    first = np.maximum.accumulate(np.where(starts, places, 0))
    ranks = np.empty(len(rows), np.int64)
    ranks[order] = places - first
    return ranks


class TableOrderSums(EventSums):
    """`EventSums` in the order of the table.

    Doubled synapses are given senders of their own: as many copies of a neuron, one after the
    other, as it has synapses onto one receptor at most. The copies are served in turn.

    Args:
        outgoing: `OutgoingTable` of the synapses, for what flows back.
        delays: (n_synapses,) int, time steps.
        sources, rows: (n_synapses,) int, neuron that sends and current that it feeds.
        depth, n_neurons, n_rows: size of the delay buffer, and number of currents.
        dtype: see `Sums`.
        tables: `TableCache` for the table of the copies, or None.

    Example:
        >>> delays, sources, rows = np.array([2, 1]), np.array([0, 0]), np.array([1, 1])
        >>> outgoing = OutgoingTable.build((delays - 1) * 1 + sources, rows, n_origins=2)
        >>> sums = TableOrderSums(outgoing, delays, sources, rows, 2, 1, 2)
        >>> run = tf.function(sums.currents, jit_compile=True)
        >>> run(sums.arrange(tf.constant([10.0, 20.0])), tf.ones((2, 1, 1)))[:, 0].numpy().tolist()
        [0.0, 30.0]
    """

    def __init__(
        self,
        outgoing: OutgoingTable,
        delays: NDArray[np.integer],
        sources: NDArray[np.integer],
        rows: NDArray[np.integer],
        depth: int,
        n_neurons: int,
        n_rows: int,
        *,
        dtype: str = "float32",
        tables: TableCache | None = None,
    ) -> None:
        super().__init__(outgoing, n_rows, dtype)
        ranks = ranks_of_doubles(rows, sources)
        self._copies = int(ranks.max(initial=0)) + 1
        self._forward = outgoing
        if self._copies > 1:
            n_senders = n_neurons * self._copies
            origins = (delays - 1) * n_senders + sources * self._copies + ranks
            self._forward = OutgoingTable.build(origins, rows, depth * n_senders, tables)

    def arrange(self, weights: tf.Tensor) -> tf.Tensor:
        """The weights (n_synapses,) as `currents` takes them."""
        return self._forward.arrange(tf.cast(weights, self._dtype))

    def currents(self, arranged: tf.Tensor, sent: tf.Tensor) -> tf.Tensor:
        """(n_rows, b) from the delay buffer (depth, n, b)."""
        copied = tf.repeat(sent, self._copies, axis=1) if self._copies > 1 else sent
        return events.push(self._forward, arranged, copied, self.n_rows)
