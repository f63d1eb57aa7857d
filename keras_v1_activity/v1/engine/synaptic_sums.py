"""The two sums over synapses that a step needs, in the way that suits the device.

What arrives, and what each weight owes: both concern only the synapses that carry a spike. On a CPU
they are followed one by one (`events.py`); how many chunks that takes is only known in each step. A
GPU would wait for the host at every step to learn it, and has the bandwidth to go over all
synapses. Both ways are compiled with static shapes and give the same sums.
"""

import numpy as np
import tensorflow as tf

from keras_v1_activity.v1.engine import events
from keras_v1_activity.v1.engine.outgoing import OutgoingTable
from keras_v1_activity.v1.engine.padded import PaddedRows


def synaptic_sums(origins, rows, n_origins, n_rows, *, every_synapse=None, tables=None):
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
    """
    if every_synapse is None:
        every_synapse = bool(tf.config.list_physical_devices("GPU"))
    outgoing = OutgoingTable.build(origins, rows, n_origins, tables)
    if every_synapse:
        return DenseSums(outgoing, origins, rows, n_origins, n_rows)
    return EventSums(outgoing, n_rows)


class EventSums:
    """Sums over the synapses that carry a spike, in the order of their sources."""

    def __init__(self, outgoing, n_rows):
        self.outgoing = outgoing
        self._n_rows = n_rows

    def arrange(self, weights):
        """The weights (n_synapses,) as `currents` takes them."""
        return self.outgoing.arrange(weights)

    def currents(self, arranged, sent):
        """(n_rows, b) from the delay buffer (depth, n, b)."""
        return events.push(self.outgoing, arranged, sent, self._n_rows)

    def collect(self, gradient, sent, arriving):
        """The weights' gradient, arranged as `outgoing`, plus what is due to one step.

        `sent` (depth, n, b) is the delay buffer, `arriving` (n_rows, b) the currents' gradient.
        """
        return events.collect(self.outgoing, gradient, sent, arriving)


class DenseSums:
    """The same over every synapse; methods as of `EventSums`."""

    def __init__(self, outgoing, origins, rows, n_origins, n_rows):
        self.outgoing = outgoing
        self._incoming = PaddedRows.build(rows, origins, n_rows, n_origins)
        count, first = outgoing.count.numpy(), outgoing.first.numpy()
        owner = np.zeros(outgoing.rows.shape[0], np.int32)
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        owner[np.repeat(first, count) + within] = np.repeat(np.arange(n_origins), count)
        with tf.init_scope():
            self._owner = tf.convert_to_tensor(owner)

    def arrange(self, weights):
        """One padded array per bucket of rows."""
        return self._incoming.arrange(weights)

    def currents(self, arranged, sent):
        """A product with the whole matrix."""
        return self._incoming.product(arranged, tf.reshape(sent, (self._incoming.n_columns, -1)))

    def collect(self, gradient, sent, arriving):
        """Product of what came and what it was worth, for all synapses."""
        sent = tf.reshape(sent, (self._incoming.n_columns, -1))
        came = tf.gather(sent, self._owner)[:, None, :]
        return gradient + tf.reduce_sum(tf.gather(arriving, self.outgoing.rows) * came, axis=2)
