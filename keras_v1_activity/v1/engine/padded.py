"""Sparse matrices as padded rows, in the shapes that XLA turns into fast loops.

A row of a synapse matrix holds between none and thousands of synapses. Rows of similar length are
kept together, padded to the longest of them, so that a product is a gather, a multiplication and a
sum over one axis, all of static shape: it compiles, it fuses, and it runs the same on a GPU.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.v1.engine.loops import repeat

# Each is a loop of its own to be compiled, in time and memory; at the lengths of V1 networks six
# leave about 10% of padding.
_MOST_BUCKETS = 6
# Lengths that buckets are chosen among; more are joined before.
_MOST_LENGTHS = 512
# Places of a row that are added in one pass over the sums of a wide product.
_UNROLLED = 8


@dataclass(frozen=True, eq=False)
class PaddedRows:
    """A sparse matrix pattern, n_rows x n_columns, without its weights.

    The weights live elsewhere, as the trained vector with one entry per synapse; `arrange` brings
    them into the form of a product.

    Attributes:
        n_rows, n_columns: shape of the matrix.
        synapses: per bucket, int32 (rows, width) index into the weight vector; its length if
            the place is padding.
        columns: per bucket, int32 (rows, width) column of that synapse; 0 for padding.
        place: int32 (n_rows,) where a row's sum stands in the concatenated buckets; the entry
            behind the last for rows without synapses.

    Example:
        >>> table = PaddedRows.build([0, 2, 2], [1, 0, 1], n_rows=3, n_columns=2)
        >>> weights = table.arrange(tf.constant([10.0, 20.0, 30.0]))
        >>> table.product(weights, tf.constant([[1.0], [2.0]]))[:, 0].numpy().tolist()
        [20.0, 0.0, 80.0]
    """

    n_rows: int
    n_columns: int
    synapses: tuple[tf.Tensor, ...]
    columns: tuple[tf.Tensor, ...]
    place: tf.Tensor

    @classmethod
    def build(cls, rows: ArrayLike, columns: ArrayLike, n_rows: int, n_columns: int) -> PaddedRows:
        """Tables for synapses given as two index arrays of equal length, in any order.

        Args:
            rows: (n_synapses,) int.
            columns: (n_synapses,) int.
            n_rows: shape of the matrix.
            n_columns: likewise.
        """
        rows, columns = np.asarray(rows), np.asarray(columns)
        by_row = np.argsort(rows, kind="stable")
        degree = np.bincount(rows, minlength=n_rows)
        start = np.concatenate([[0], np.cumsum(degree)])
        place = np.full(n_rows, np.count_nonzero(degree), np.int32)
        synapse_tables, column_tables, filled = [], [], 0
        for members, width in buckets(degree):
            slot = np.arange(width)
            real = slot < degree[members][:, None]
            entry = np.where(real, start[members][:, None] + slot, 0)
            synapse = by_row[entry]
            synapse_tables.append(np.where(real, synapse, len(rows)).astype(np.int32))
            column_tables.append(np.where(real, columns[synapse], 0).astype(np.int32))
            place[members] = filled + np.arange(len(members))
            filled += len(members)
        # Eager tensors are passed to compiled functions as inputs; as constants inside the graph
        # 15 million synapses would break its 2 GB limit and take minutes to compile.
        with tf.init_scope():
            return cls(
                n_rows,
                n_columns,
                tuple(tf.convert_to_tensor(t) for t in synapse_tables),
                tuple(tf.convert_to_tensor(t) for t in column_tables),
                tf.convert_to_tensor(place),
            )

    def arrange(self, weights: tf.Tensor) -> list[tf.Tensor]:
        """The weight vector (n_synapses,) as one padded (rows, width) array per bucket."""
        with_zero = tf.concat([weights, tf.zeros((1,), weights.dtype)], 0)
        return [tf.gather(with_zero, table) for table in self.synapses]

    def product(self, arranged: list[tf.Tensor], x: tf.Tensor) -> tf.Tensor:
        """The matrix times `x` (n_columns, b), for few columns b; result (n_rows, b)."""
        sums = [
            tf.reduce_sum(in_full(tf.gather(x, columns)) * in_full(weights)[:, :, None], axis=1)
            for weights, columns in zip(arranged, self.columns, strict=True)
        ]
        return self._in_row_order(sums, in_full(x))

    def wide_product(self, arranged: list[tf.Tensor], x: tf.Tensor) -> tf.Tensor:
        """The same for tens or hundreds of columns: place by place of all rows."""
        sums = [
            _accumulate(weights, columns, x)
            for weights, columns in zip(arranged, self.columns, strict=True)
        ]
        return self._in_row_order(sums, x)

    def _in_row_order(self, sums: list[tf.Tensor], x: tf.Tensor) -> tf.Tensor:
        empty = tf.zeros((1, tf.shape(x)[1]), x.dtype)
        return tf.gather(tf.concat([*sums, empty], 0), self.place)


def buckets(
    degree: NDArray[np.integer], most: int = _MOST_BUCKETS
) -> Iterator[tuple[NDArray[np.int64], int]]:
    """Yields (row indices, width) for rows of similar length, empty rows left out.

    Of all ways to part the lengths into `most` ranges, the one that needs the least padding.

    Args:
        degree: (n_rows,) int length of each row.
        most: how many buckets there may be.

    Example:
        >>> [width for _, width in buckets(np.array([1, 1, 1, 9, 10, 0]), most=2)]
        [1, 10]
    """
    lengths, counts = np.unique(degree[degree > 0], return_counts=True)
    if not lengths.size:
        return
    every = -(-lengths.size // _MOST_LENGTHS)
    ends = np.append(np.arange(every, lengths.size, every), lengths.size)
    rows_up_to = np.append(0, np.cumsum(counts))[np.append(0, ends)]
    widths = _least_padding(lengths[ends - 1], rows_up_to, most)
    bucket = np.searchsorted(widths, degree)
    for k, width in enumerate(widths):
        yield np.flatnonzero((bucket == k) & (degree > 0)), int(width)


def _least_padding(
    lengths: NDArray[np.integer], rows_up_to: NDArray[np.integer], most: int
) -> list[int]:
    """The greatest length of each of `most` ranges of the ascending `lengths`.

    `rows_up_to` (len(lengths) + 1,) counts the rows of the lengths before each. Dynamic programming
    over how many ranges hold the first j lengths: the last of them begins behind the i-th.
    """
    n = len(lengths)
    area = np.where(np.arange(n + 1) == 0, 0, np.inf)
    begins = []
    for _ in range(min(most, n)):
        best, begin = area.copy(), np.arange(n + 1)
        for j in range(1, n + 1):
            candidates = area[:j] + (rows_up_to[j] - rows_up_to[:j]) * lengths[j - 1]
            i = int(np.argmin(candidates))
            if candidates[i] < best[j]:
                best[j], begin[j] = candidates[i], i
        area = best
        begins.append(begin)
    widths, j = [], n
    for begin in reversed(begins):
        if begin[j] < j:
            widths.append(int(lengths[j - 1]))
            j = begin[j]
    return widths[::-1]


def in_full(x: tf.Tensor) -> tf.Tensor:
    """The same in float32 at least: what is read in half precision is summed in full.

    Example:
        >>> in_full(tf.ones(2, tf.bfloat16)).dtype.name
        'float32'
    """
    return tf.cast(x, tf.float32) if x.dtype.size < tf.float32.size else x


def _accumulate(weights: tf.Tensor, columns: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
    n_rows, width = weights.shape
    missing = [[0, -width % _UNROLLED], [0, 0]]
    by_place = tf.reshape(tf.pad(tf.transpose(weights), missing), (-1, _UNROLLED, n_rows, 1))
    columns_by_place = tf.reshape(tf.pad(tf.transpose(columns), missing), (-1, _UNROLLED, n_rows))

    def add_places(k, total):
        # One after the other, in one pass over the sums. To take each from the whole table by
        # itself would make three times as many operations to be traced.
        for place, weight in zip(
            tf.unstack(columns_by_place[k]), tf.unstack(by_place[k]), strict=True
        ):
            total += tf.gather(x, place) * weight
        return k + 1, total

    turns = -(-width // _UNROLLED)
    return repeat(turns, add_places, tf.zeros((n_rows, tf.shape(x)[1]), x.dtype))[1]


def weight_gradient(
    row_values: tf.Tensor,
    column_values: tf.Tensor,
    rows: tf.Tensor,
    columns: tf.Tensor,
    chunk: int = 4096,
) -> tf.Tensor:
    """For each synapse, the dot product of its row's and its column's history.

    Args:
        row_values: (n_rows, m) gradient arriving at each row at each moment and sample.
        column_values: (n_columns, m) what each column sent at that moment.
        rows, columns: int32 (n_synapses,) tensors.
        chunk: synapses handled at once; bounds the memory.

    Returns:
        (n_synapses,) gradient of the weights.

    Example:
        >>> row_values, column_values = tf.constant([[1.0, 2.0]]), tf.constant([[3.0, 4.0]])
        >>> only = tf.constant([0])
        >>> weight_gradient(row_values, column_values, only, only).numpy().tolist()
        [11.0]
    """
    n = rows.shape[0]
    if n == 0:
        return tf.zeros((0,), row_values.dtype)
    chunk = min(chunk, n)
    n_chunks = -(-n // chunk)
    padding = [[0, n_chunks * chunk - n]]
    rows = tf.reshape(tf.pad(rows, padding), (n_chunks, chunk))
    columns = tf.reshape(tf.pad(columns, padding), (n_chunks, chunk))

    def one_chunk(k, sums):
        products = tf.gather(row_values, rows[k]) * tf.gather(column_values, columns[k])
        return k + 1, sums.write(k, tf.reduce_sum(products, axis=1))

    sums = tf.TensorArray(row_values.dtype, n_chunks, element_shape=(chunk,))
    _, sums = repeat(n_chunks, one_chunk, sums)
    return tf.reshape(sums.stack(), (-1,))[:n]


def in_pieces(moments: int, *arrays: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """Cuts arrays (m, ...) into pieces of `moments`, the last filled up with zeros.

    Returns:
        The number of pieces, a scalar tensor, and the arrays as (pieces, moments, ...).

    Example:
        >>> number, pieces = in_pieces(2, tf.constant([1.0, 2.0, 3.0]))
        >>> int(number), pieces.numpy().tolist()
        (2, [[1.0, 2.0], [3.0, 0.0]])
    """
    missing = -tf.shape(arrays[0])[0] % moments
    pieces = []
    for array in arrays:
        filled = tf.pad(array, [[0, missing]] + [[0, 0]] * (len(array.shape) - 1))
        pieces.append(tf.reshape(filled, (-1, moments, *array.shape[1:])))
    return tf.shape(pieces[0])[0], *pieces


def detach(tensors: Iterable[tf.Tensor]) -> tuple[tf.Tensor, ...]:
    """The tensors, out of reach of automatic differentiation.

    Around code with a gradient of its own: a persistent tape would otherwise try to differentiate
    that gradient too, and compiled loops do not let it.

    Example:
        >>> len(detach((tf.zeros(2), tf.ones(3))))
        2
    """
    return tuple(map(tf.stop_gradient, tensors))
