"""Sums for a GPU that follow spikes, at least those that give the weights their gradient.

Forward and back along the synapses, a GPU has the bandwidth to go over all of them at every block
of time steps. The weights' gradient can wait: nothing in the run depends on it. So the gradients of
the currents are kept for a piece of time, and then the spikes of that piece are followed together.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from keras_v1_activity.v1.engine import events
from keras_v1_activity.v1.engine.synaptic_sums import DenseSums, Sums

# Segments of a chunk on a GPU: tens of microseconds of work for each decision of the host.
_LONG_CHUNK = 1 << 20
# Columns of a piece if nobody knows better: it sets how many chunks a piece is.
_PIECE_COLUMNS = 1024
# Columns of a block if the batch is only known at the run: sixteen samples.
_BLOCK_COLUMNS = 48


class PieceSums(DenseSums):
    """Sums over every synapse, but for the weights' gradient, which follows spikes.

    At 8 Hz, 600 ms and float32, `DenseSums` moves 138 GB a step for the weights' gradient of 15
    million synapses with one sample, and 1,260 GB with 32: a row number, the gradient twice, and
    what arrived, 12 bytes a sample but no less than a sector of 32, for each synapse and block.
    Over all synapses in long pieces it would still be 39 and 1,240 GB; along spikes it is 6 and 200
    GB: 44 bytes for each spike of each synapse, and 3 GB a sample to keep gradients and to list
    spikes.

    How many chunks a piece takes, the host learns from the device. Not waiting for it needs lists
    of fixed size, which a storm of spikes overflows; these are some tens of waits of 10
    microseconds in a training step. Additions go in any order, so that the last bits of a gradient
    may differ from run to run.

    Args:
        outgoing, origins, rows, n_origins, n_rows, dtype: see `DenseSums`.

    Example:
        >>> from keras_v1_activity.v1.engine.ways import synaptic_sums
        >>> one = np.array([0])
        >>> sums = synaptic_sums(one, one, n_origins=1, n_rows=2, way="pieces")
        >>> two = tf.ones((1, 1, 2)), tf.constant([[3.0, 4.0], [0.0, 0.0]])
        >>> run = tf.function(sums.collect, jit_compile=True)
        >>> sums.in_order(run(sums.no_gradient(), *two)).numpy().tolist()
        [7.0]
    """

    def collect(self, gradient: tf.Tensor, sent: tf.Tensor, arriving: tf.Tensor) -> tf.Tensor:
        """What is due in a piece, to the segments that carried a spike."""
        return events.collect(
            self.outgoing, gradient, sent, arriving, longest=_LONG_CHUNK, columns=_PIECE_COLUMNS
        )


class CompactedSums(PieceSums):
    """Sums over lists, of fixed size, of the synapses that carry a spike.

    Whether the list of a block overflows, as in a storm of spikes, is decided on the device, but
    XLA copies a condition to the host and waits, unless it is in a command buffer: 10 microseconds
    a block. A fixed number of chunks would need the same decision, for what is left over. A list is
    of origins that any sample or step of the block had a spike at. At 8 Hz it holds 2 % of them
    with one sample, and overflows with eight. A current is summed by delay, then source. On a GPU
    even that order is open, so that the last bit of a potential may differ from run to run.

    Args:
        outgoing, origins, rows, n_origins, n_rows, dtype: see `DenseSums`.

    Example:
        >>> from keras_v1_activity.v1.engine.ways import synaptic_sums
        >>> one = np.array([0])
        >>> sums = synaptic_sums(one, one, n_origins=1, n_rows=2, way="compacted")
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


class ChunkSums(PieceSums):
    """Sums over the synapses that carry a spike, in chunks long enough for a GPU.

    Source by source and sample by sample, so that the work grows with the spikes and not with the
    batch; a block takes two or three chunks at 8 Hz. The order of a sum is open as in
    `CompactedSums`.

    Args:
        outgoing, origins, rows, n_origins, n_rows, dtype: see `DenseSums`.

    Example:
        >>> from keras_v1_activity.v1.engine.ways import synaptic_sums
        >>> one = np.array([0])
        >>> sums = synaptic_sums(one, one, n_origins=1, n_rows=2, way="chunks")
        >>> run = tf.function(sums.currents, jit_compile=True)
        >>> run(sums.arrange(tf.constant([10.0])), tf.ones((1, 1, 1)))[:, 0].numpy().tolist()
        [10.0, 0.0]
    """

    def arrange(self, weights: tf.Tensor) -> tf.Tensor:
        """The weights (n_synapses,) as segments."""
        return Sums.arrange_back(self, weights)

    def currents(self, arranged: tf.Tensor, sent: tf.Tensor) -> tf.Tensor:
        """(n_rows, b) from the delay buffer (depth, n, b)."""
        columns = sent.shape[2] or _BLOCK_COLUMNS
        return events.push(
            self.outgoing, arranged, sent, self.n_rows, longest=_LONG_CHUNK, columns=columns
        )
