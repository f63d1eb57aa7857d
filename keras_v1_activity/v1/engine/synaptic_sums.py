"""The sums over synapses that a time step needs, in the way that suits the device.

What arrives at the neurons, what the spikes are asked on the way back, and what each weight is
owed. Arrays hold one column for each sample, or for each time step of a block and sample
(`blocks.py`): a column is summed as if it were alone. All ways are compiled with static shapes.

Every choice that depends on the device is made here, by `way_of_device`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_v1_activity.v1.engine import events
from keras_v1_activity.v1.engine.outgoing import OutgoingTable
from keras_v1_activity.v1.engine.padded import PaddedRows, in_full
from keras_v1_activity.v1.network.table_cache import TableCache

WAYS: Final[tuple[str, ...]] = ("events", "all", "compacted")
"""See `synaptic_sums`."""


def way_of_device() -> str:
    """The way of `synaptic_sums` that is the fastest on this machine.

    On a CPU what arrives and what weights are owed concerns only the synapses that carry a spike.
    They are followed one by one; how many chunks that takes is only known in each step. A GPU would
    wait for the CPU at every step to learn it, and has the bandwidth to go over all synapses.

    Example:
        >>> way_of_device() in WAYS
        True
    """
    return "all" if tf.config.list_physical_devices("GPU") else "events"


def synaptic_sums(
    origins: NDArray[np.int64],
    rows: NDArray[np.int64],
    n_origins: int,
    n_rows: int,
    *,
    way: str | None = None,
    dtype: str = "float32",
    tables: TableCache | None = None,
) -> Sums:
    """The sums for synapses given by origin and receiving row.

    Args:
        origins: (n_synapses,) int, place of the delay buffer that a synapse listens to.
        rows: (n_synapses,) int, the current that it feeds.
        n_origins, n_rows: how many there are.
        way: "events" follows spikes, "all" computes over all synapses, "compacted" follows spikes
            in lists of fixed size, and computes over all synapses if they overflow; by default
            `way_of_device()`.
        dtype: in which weights, and what is summed, are read; sums are in float32 always.
        tables: `TableCache` for the table of the synapses, or None.

    Example:
        >>> sums = synaptic_sums(np.array([0, 1]), np.array([1, 1]), n_origins=2, n_rows=3)
        >>> arranged = sums.arrange(tf.constant([10.0, 20.0]))
        >>> sums.currents(arranged, tf.ones((1, 2, 1)))[:, 0].numpy().tolist()
        [0.0, 30.0, 0.0]
    """
    way = way or way_of_device()
    outgoing = OutgoingTable.build(origins, rows, n_origins, tables)
    if way == "events":
        return EventSums(outgoing, n_rows, dtype)
    kind = {"all": DenseSums, "compacted": CompactedSums}[way]
    return kind(outgoing, origins, rows, n_origins, n_rows, dtype)


class Sums:
    """What every way has in common: the way back along the synapses.

    Args:
        outgoing: `OutgoingTable` of the synapses.
        n_rows: number of currents.
        dtype: see `synaptic_sums`.

    Attributes:
        outgoing, n_rows: as given.

    Example:
        >>> sums = Sums(OutgoingTable.build([0, 0, 1], [1, 0, 1], n_origins=2), n_rows=2)
        >>> arranged = sums.arrange_back(tf.constant([10.0, 20.0, 30.0]))
        >>> sums.pull(arranged, tf.constant([[1.0], [2.0]]))[:, 0].numpy().tolist()
        [40.0, 60.0]
    """

    def __init__(self, outgoing: OutgoingTable, n_rows: int, dtype: str = "float32") -> None:
        self.outgoing: OutgoingTable = outgoing
        self.n_rows: int = n_rows
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
        >>> sums.currents(sums.arrange(tf.constant([10.0])), tf.ones((1, 1, 1))).shape
        TensorShape([2, 1])
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


class CompactedSums(DenseSums):
    """Sums over lists, of fixed size, of the synapses that carry a spike.

    What is in the lists is decided on the device. If a list overflows, as in a storm of spikes, the
    sum goes over every synapse. A current is summed by delay, then source. On a GPU even that order
    is open, so that the last bit of a potential may differ from run to run.

    Args:
        outgoing, origins, rows, n_origins, n_rows, dtype: see `DenseSums`.

    Example:
        >>> one = np.array([0])
        >>> sums = CompactedSums(OutgoingTable.build(one, one, 1), one, one, n_origins=1, n_rows=2)
        >>> run = tf.function(sums.currents, jit_compile=True)
        >>> run(sums.arrange(tf.constant([10.0])), tf.ones((1, 1, 1)))[:, 0].numpy().tolist()
        [10.0, 0.0]
    """

    def arrange(self, weights: tf.Tensor) -> tuple[Any, tf.Tensor]:
        """Those of the whole sum, and the segments."""
        return super().arrange(weights), Sums.arrange_back(self, weights)

    def currents(self, arranged: tuple[Any, tf.Tensor], sent: tf.Tensor) -> tf.Tensor:
        """From the listed origins if they are few enough, else a product with the whole matrix."""
        whole, segments = arranged
        if self.outgoing.rows.shape[0] == 0:
            return super().currents(whole, sent)
        listed = events.List.of(self.outgoing, sent)
        return tf.cond(
            listed.complete,
            lambda: events.push_listed(self.outgoing, segments, listed, self.n_rows),
            lambda: super(CompactedSums, self).currents(whole, sent),
        )

    def collect(self, gradient: tf.Tensor, sent: tf.Tensor, arriving: tf.Tensor) -> tf.Tensor:
        """The segments that carried a spike, in long chunks."""
        return events.collect(self.outgoing, gradient, sent, arriving, longest=1 << 16)
