"""Sums over the synapses that carry something, and over no others.

At 7 Hz one place of the delay buffer in 150 holds a spike, and a time step concerns as many of the
synapses. The segments (`outgoing.py`) of all that was sent are put in a queue, in the order of
source, then delay, and taken from it in chunks of fixed size: every shape is known to the compiler,
and the number of chunks follows the activity. Each chunk is a gather and a scatter.

The functions are for code compiled by XLA, which leaves out an index behind the end of an array.

A current is summed in the order of its sources, and of the delays if one source has several
synapses onto one receptor, as the plain formulation sums it, to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from keras_v1_activity.v1.engine.outgoing import OutgoingTable
from keras_v1_activity.v1.engine.running_sums import owners, running_sum

_LONGEST = 4096
# Behind the end of every array, and far enough from the end of int32 to be added to.
_FAR = 1 << 30


def push(
    table: OutgoingTable,
    arranged: tf.Tensor,
    sent: tf.Tensor,
    n_rows: int,
    *,
    longest: int = _LONGEST,
    columns: int | None = None,
) -> tf.Tensor:
    """Currents caused by what was sent: each row's sum of weight times value.

    Args:
        table: `OutgoingTable` of depth * n origins.
        arranged: (n_segments, WIDTH) weights.
        sent: (depth, n, b) what each origin sent; mostly 0, usually spikes.
        n_rows: number of currents.
        longest: entries of a chunk at most.
        columns: b, or about as much, if it is not known before the run.

    Returns:
        (n_rows, b).

    Example:
        >>> table = OutgoingTable.build([0, 0, 1], [5, 6, 5], n_origins=2)
        >>> arranged = table.arrange(tf.constant([10.0, 20.0, 30.0]))
        >>> sent = tf.constant([[[1.0], [0.0]]])  # the first of two neurons fired
        >>> run = tf.function(lambda x: push(table, arranged, x, n_rows=7), jit_compile=True)
        >>> run(sent)[:, 0].numpy().tolist()
        [0.0, 0.0, 0.0, 0.0, 0.0, 10.0, 20.0]
    """
    batch = tf.shape(sent)[2]

    def add(currents, segments, values, samples):
        places = tf.gather(table.rows, segments) * batch + samples[:, None]
        caused = tf.cast(tf.gather(arranged, segments), values.dtype) * values[:, None]
        places, caused = tf.reshape(places, (-1, 1)), tf.reshape(caused, (-1,))
        return tf.tensor_scatter_nd_add(currents, places, caused)

    nothing = tf.zeros((n_rows * batch,), sent.dtype)
    currents = _for_each_chunk(table, sent, add, nothing, longest, columns)
    return tf.reshape(currents, (n_rows, batch))


def collect(
    table: OutgoingTable,
    gradient: tf.Tensor,
    sent: tf.Tensor,
    arriving: tf.Tensor,
    *,
    longest: int = _LONGEST,
    columns: int | None = None,
) -> tf.Tensor:
    """Adds to the weights' gradient what is due to one moment, or to each of several.

    Args:
        table: `OutgoingTable` of depth * n origins.
        gradient: (n_segments, WIDTH) gradient of the weights so far.
        sent: (depth, n, b) what each origin sent, or bool: whether it spiked.
        arriving: (n_rows, b) gradient of the currents that it fed.
        longest, columns: as for `push`.

    Returns:
        The new (n_segments, WIDTH).

    Example:
        >>> table = OutgoingTable.build([0, 0, 1], [5, 6, 5], n_origins=2)
        >>> sent, arriving = tf.constant([[[1.0], [0.0]]]), tf.fill((7, 1), 0.5)
        >>> so_far = tf.zeros(table.rows.shape)
        >>> run = tf.function(lambda x: collect(table, so_far, x, arriving), jit_compile=True)
        >>> table.in_order(run(sent)).numpy().tolist()
        [0.5, 0.5, 0.0]
    """
    batch = tf.shape(sent)[2]
    arriving = tf.reshape(arriving, (-1,))

    def add(gradient, segments, values, samples):
        places = tf.gather(table.rows, segments) * batch + samples[:, None]
        due = tf.gather(arriving, places) * values[:, None]
        return tf.tensor_scatter_nd_add(gradient, segments[:, None], due)

    return _for_each_chunk(table, sent, add, gradient, longest, columns)


class List(NamedTuple):
    """All segments to be summed, in a list of fixed size.

    complete: scalar, whether the list is long enough. segments: (length,) int; behind the last one
    beyond the table. values: (length, b) what the origin of each sent.

    Example:
        >>> table = OutgoingTable.build([0, 0, 1], [5, 6, 5], n_origins=2)
        >>> make = tf.function(lambda x: List.of(table, x, share=1), jit_compile=True)
        >>> make(tf.constant([[[1.0], [0.0]]])).segments.numpy().tolist()
        [0, 2]
    """

    complete: tf.Tensor
    segments: tf.Tensor
    values: tf.Tensor

    @classmethod
    def of(cls, table: OutgoingTable, sent: tf.Tensor, share: int = 8) -> List:
        """The list for what was sent (depth, n, b), which holds one in `share` segments."""
        n_origins, n_segments = table.count.shape[0], table.rows.shape[0]
        sent = tf.reshape(sent, (n_origins, tf.shape(sent)[2]))
        most, length = -(-n_origins // share), -(-n_segments // share)
        active = tf.reduce_any(sent != 0, axis=1) & (table.count > 0)
        indices, n_active = _compact(active)
        chosen = indices[:most]
        real = tf.range(most) < n_active
        sizes = tf.where(real, tf.gather(table.count, chosen), 0)
        ends = running_sum(sizes)
        starts, number = tf.where(real, ends - sizes, _FAR), tf.range(length)
        origin = owners(starts, length)
        segments = tf.gather(tf.gather(table.first, chosen) - starts, origin) + number
        return cls(
            complete=(n_active <= most) & (ends[-1] <= length),
            segments=tf.where(number < ends[-1], segments, n_segments),
            values=tf.gather(sent, tf.gather(chosen, origin)),
        )


def push_listed(table: OutgoingTable, arranged: tf.Tensor, listed: List, n_rows: int) -> tf.Tensor:
    """The same as `push`, (n_rows, b), from a complete `List`.

    Example:
        >>> table = OutgoingTable.build([0, 0, 1], [5, 6, 5], n_origins=2)
        >>> arranged = table.arrange(tf.constant([10.0, 20.0, 30.0]))
        >>> def run(sent):
        ...     return push_listed(table, arranged, List.of(table, sent, share=1), n_rows=7)
        >>> run = tf.function(run, jit_compile=True)
        >>> run(tf.constant([[[1.0], [0.0]]]))[:, 0].numpy().tolist()
        [0.0, 0.0, 0.0, 0.0, 0.0, 10.0, 20.0]
    """
    values = listed.values
    weights = tf.cast(tf.gather(arranged, listed.segments), values.dtype)
    caused = weights[:, :, None] * values[:, None, :]
    real = listed.segments < table.rows.shape[0]
    places = tf.where(real[:, None], tf.gather(table.rows, listed.segments), n_rows)
    return tf.tensor_scatter_nd_add(
        tf.zeros((n_rows, tf.shape(values)[1]), values.dtype), places[:, :, None], caused
    )


def _for_each_chunk(
    table: OutgoingTable,
    sent: tf.Tensor,
    add: Callable[..., tf.Tensor],
    total: tf.Tensor,
    longest: int,
    columns: int | None,
) -> tf.Tensor:
    """`add(total, segments, values, samples)` for chunks of all segments to be summed.

    The three are (chunk,): segment, the value that its origin sent, and the sample. If the chunk is
    longer than what is left, the rest of segments and samples lies behind the end of every array:
    many additions of 0 to one place would be done one after the other on a GPU.
    """
    n_segments = table.rows.shape[0]
    if n_segments == 0:
        return total
    depth, n = sent.shape[:2]
    batch = tf.shape(sent)[2]
    by_delay = tf.reshape(sent, (depth, -1))
    counts, firsts = (tf.reshape(x, (depth, n)) for x in (table.count, table.first))
    active = by_delay if sent.dtype == tf.bool else by_delay != 0
    senders, n_active = _compact(tf.reduce_any(active, axis=0))
    # At usual rates one chunk of senders, and two of segments.
    columns = columns or sent.shape[2] or 1
    n_chosen = _between(64, n * columns // 10, longest)
    chunk = _between(256, n_segments * columns // 96, longest)

    def of_each(indices: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
        """(senders, depth) of (depth, all); all delays of a sender follow one another."""
        return tf.transpose(tf.gather(values, indices, axis=1))

    def add_senders(k, total):
        numbers = k * n_chosen + tf.range(n_chosen)
        chosen = tf.gather(senders, tf.minimum(numbers, tf.size(senders) - 1))
        source, sample = chosen // batch, chosen % batch
        values = tf.cast(of_each(chosen, by_delay), total.dtype)
        real = tf.broadcast_to((numbers < n_active)[:, None], tf.shape(values))
        sending = (values != 0) & real
        sizes = tf.reshape(tf.where(sending, of_each(source, counts), 0), (-1,))
        first = tf.reshape(of_each(source, firsts), (-1,))
        values = tf.reshape(values, (-1,))
        ends = running_sum(sizes)
        starts = tf.where(tf.reshape(real, (-1,)), ends - sizes, _FAR)

        def add_segments(j, total):
            origin = owners(starts - j * chunk, chunk)
            number = j * chunk + tf.range(chunk)
            segments = tf.gather(first - starts, origin) + number
            left = number < ends[-1]
            segments = tf.where(left, segments, n_segments)
            samples = tf.where(left, tf.gather(sample, origin // depth), _FAR)
            return j + 1, add(total, segments, tf.gather(values, origin), samples)

        return k + 1, _loop(lambda j, _: j * chunk < ends[-1], add_segments, total)

    return _loop(lambda k, _: k * n_chosen < n_active, add_senders, total)


def _between(low: int, value: int, high: int) -> int:
    return min(max(low, value), high)


def _loop(condition: Callable[..., Any], body: Callable[..., Any], total: tf.Tensor) -> tf.Tensor:
    return tf.while_loop(condition, body, (tf.constant(0), total))[1]


def _compact(active: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Indices of the true entries, ascending, in an array as long as `active`; and their number."""
    n = tf.size(active)
    ends = running_sum(active)
    # An index behind the end is left out.
    places = tf.where(active, ends - 1, n)
    indices = tf.tensor_scatter_nd_update(tf.zeros_like(ends), places[:, None], tf.range(n))
    return indices, ends[-1]
