"""Synapses grouped by where their spikes come from: what the event-driven engine reads.

The origin of a synapse is a place that can hold a spike: a neuron at one delay for recurrent
synapses, an input channel for those of the input. An origin's synapses are cut into segments of
`WIDTH`; the last is filled up with synapses of weight 0. One table serves three purposes: a spike
is followed along its segments (`events.py`), a gradient is drawn back along all of them (`pull`),
and the gradient of the weights is summed segment by segment.

Origins stand in the order of their number of segments, each with as many as the longest of its
bucket; so the sums of a bucket's segments are one array (origins, segments), summed over one axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.v1.engine.padded import buckets, in_full
from keras_v1_activity.v1.network.table_cache import TableCache

WIDTH: int = 16
"""Synapses of a segment: the floats of one cache line."""

# Origins differ more than rows do: some delays are rare. A bucket here is only a sum of its own.
_MOST_BUCKETS = 16


def segment_arrays(
    origins: ArrayLike, rows: ArrayLike, n_origins: int
) -> dict[str, NDArray[np.int32]]:
    """The table of synapses given by origin and receiving row, in plain numpy.

    Args:
        origins: (n_synapses,) int, where each synapse's spikes come from.
        rows: (n_synapses,) int, the current that it feeds.
        n_origins: number of origins.

    Returns:
        dict of int32 arrays. ``rows`` (n_segments, WIDTH): row of each synapse; padding repeats one
        of the segment's. ``position`` (n_synapses,): place of a synapse in the flattened segments.
        ``count`` and ``first`` (n_origins,): how many segments an origin has, and the first of
        them. ``place`` (n_origins,): where an origin's sum stands behind those of the buckets
        before it; behind the last for origins without synapses. ``buckets`` (k, 2): how many
        origins each bucket holds, and segments per origin.

    Example:
        >>> segment_arrays([0, 1, 1], [5, 6, 7], 2)["count"]
        array([1, 1], dtype=int32)
    """
    origins, rows = np.asarray(origins, np.int64), np.asarray(rows, np.int64)
    degree = np.bincount(origins, minlength=n_origins)
    count = -(-degree // WIDTH)
    first, shapes = np.zeros(n_origins, np.int64), []
    place = np.full(n_origins, np.count_nonzero(degree))
    n_segments = n_placed = 0
    for members, width in buckets(count, _MOST_BUCKETS):
        first[members] = n_segments + width * np.arange(len(members))
        place[members] = n_placed + np.arange(len(members))
        shapes.append((len(members), width))
        n_segments += width * len(members)
        n_placed += len(members)
    by_origin = np.argsort(origins, kind="stable")
    ordered = origins[by_origin]
    within = np.arange(len(origins)) - (np.cumsum(degree) - degree)[ordered]
    position = np.empty(len(origins), np.int64)
    position[by_origin] = first[ordered] * WIDTH + within
    table = np.zeros((n_segments, WIDTH), np.int64)
    # The row of a segment's first synapse fills it, then the others take their places.
    heads = by_origin[within % WIDTH == 0]
    table[position[heads] // WIDTH] = rows[heads, None]
    table.reshape(-1)[position] = rows
    arrays = {
        "rows": table,
        "position": position,
        "count": count,
        "first": first,
        "place": place,
        "buckets": np.reshape(shapes, (-1, 2)),
    }
    return {name: array.astype(np.int32) for name, array in arrays.items()}


@dataclass(frozen=True, eq=False)
class OutgoingTable:
    """`segment_arrays` as tensors, and the sums over them.

    Attributes:
        rows, position, count, first, place: int32 tensors as of `segment_arrays`.
        buckets: list of [origins, segments per origin].

    Example:
        >>> table = OutgoingTable.build([0, 0, 1], [5, 6, 5], n_origins=2)
        >>> weights = table.arrange(tf.constant([10.0, 20.0, 30.0]))
        >>> table.pull(weights, tf.ones((7, 1)))[:, 0].numpy().tolist()
        [30.0, 30.0]
    """

    rows: tf.Tensor
    position: tf.Tensor
    count: tf.Tensor
    first: tf.Tensor
    place: tf.Tensor
    buckets: list[list[int]]

    @classmethod
    def build(
        cls,
        origins: ArrayLike,
        rows: ArrayLike,
        n_origins: int,
        tables: TableCache | None = None,
    ) -> OutgoingTable:
        """The table of synapses given as two index arrays of equal length.

        Args:
            origins: (n_synapses,) int, where each synapse's spikes come from.
            rows: (n_synapses,) int, the current that it feeds.
            n_origins: number of origins.
            tables: `TableCache` that it is kept in, or None.
        """
        arrays = (tables or TableCache()).fetch(
            "outgoing",
            [origins, rows, n_origins, WIDTH, _MOST_BUCKETS],
            lambda: segment_arrays(origins, rows, n_origins),
        )
        shapes = arrays.pop("buckets").tolist()
        # Eager tensors are passed to compiled functions as inputs; as constants inside the graph
        # 15 million synapses would break its 2 GB limit and take minutes to compile.
        with tf.init_scope():
            tensors = {name: tf.convert_to_tensor(array) for name, array in arrays.items()}
            return cls(**tensors, buckets=shapes)

    def arrange(self, weights: tf.Tensor) -> tf.Tensor:
        """The weight vector (n_synapses,) as segments (n_segments, WIDTH); padding is 0."""
        flat = tf.zeros((self.rows.shape[0] * WIDTH,), weights.dtype)
        flat = tf.tensor_scatter_nd_update(flat, self.position[:, None], weights)
        return tf.reshape(flat, self.rows.shape)

    def in_order(self, arranged: tf.Tensor) -> tf.Tensor:
        """The weights' order again: (n_segments, WIDTH) to (n_synapses,)."""
        return tf.gather(tf.reshape(arranged, (-1,)), self.position)

    def pull(self, arranged: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        """For each origin the sum over its synapses of weight times `x` of the row they feed.

        Args:
            arranged: (n_segments, WIDTH) weights.
            x: (n_rows, b).

        Returns:
            (n_origins, b).
        """
        products = in_full(tf.gather(x, self.rows)) * in_full(arranged)[:, :, None]
        return self.by_origin(tf.reduce_sum(products, axis=1))

    def by_origin(self, partial: tf.Tensor) -> tf.Tensor:
        """(n_origins, b) sums of (n_segments, b) over the segments of each origin.

        Example:
            >>> table = OutgoingTable.build([0, 0, 1], [5, 6, 5], n_origins=2)
            >>> table.by_origin(tf.constant([[1.0], [2.0]]))[:, 0].numpy().tolist()
            [1.0, 2.0]
        """
        sums, start, batch = [], 0, tf.shape(partial)[1]
        for n_origins, width in self.buckets:
            own = partial[start : start + n_origins * width]
            sums.append(tf.reduce_sum(tf.reshape(own, (n_origins, width, batch)), axis=1))
            start += n_origins * width
        nothing = tf.zeros((1, batch), partial.dtype)
        return tf.gather(tf.concat([*sums, nothing], 0), self.place)
