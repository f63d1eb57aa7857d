"""In which way the sums over synapses are taken: every choice that depends on the device."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.engine.device import has_gpu
from keras_v1_activity.v1.engine.outgoing import OutgoingTable
from keras_v1_activity.v1.engine.piece_sums import ChunkSums, CompactedSums, PieceSums
from keras_v1_activity.v1.engine.synaptic_sums import DenseSums, EventSums, Sums
from keras_v1_activity.v1.network.table_cache import TableCache

WAYS: Final[tuple[str, ...]] = ("events", "all", "pieces", "compacted", "chunks")
"""See `synaptic_sums`."""

PIECE_BYTES: Final = 1 << 28
"""Of the gradients of currents that are kept until the weights get what is due."""


def way_of_device() -> str:
    """The way of `synaptic_sums` that is the fastest on this machine.

    On a CPU what arrives and what weights are owed concerns only the synapses that carry a spike.
    They are followed one by one; how many chunks that takes is only known in each step. A GPU would
    wait for the CPU at every step to learn it, and has the bandwidth to go over all synapses. Only
    what weights are owed follows spikes there too, once for a piece of time (`PieceSums`).

    Example:
        >>> way_of_device() in WAYS
        True
    """
    return "pieces" if has_gpu() else "events"


def synaptic_sums(
    origins: NDArray[np.int64],
    rows: NDArray[np.int64],
    n_origins: int,
    n_rows: int,
    *,
    way: str | None = None,
    dtype: str = "float32",
    tables: TableCache | None = None,
    piece_bytes: int = PIECE_BYTES,
) -> Sums:
    """The sums for synapses given by origin and receiving row.

    Args:
        origins: (n_synapses,) int, place of the delay buffer that a synapse listens to.
        rows: (n_synapses,) int, the current that it feeds.
        n_origins, n_rows: how many there are.
        way: "events" follows spikes, "all" computes over all synapses. The others are for a GPU:
            "pieces" computes over all synapses, but for the weights' gradient follows the spikes of
            a piece of time; "compacted" does so too, and forward follows spikes in lists of fixed
            size, over all synapses if they overflow; "chunks" does so too, and forward follows
            spikes in as many long chunks as it takes. By default `way_of_device()`.
        dtype: in which weights, and what is summed, are read; sums are in float32 always.
        tables: `TableCache` for the table of the synapses, or None.
        piece_bytes: length of a piece of time, see `PIECE_BYTES`.

    Example:
        >>> import tensorflow as tf
        >>> sums = synaptic_sums(np.array([0, 1]), np.array([1, 1]), n_origins=2, n_rows=3)
        >>> arranged = sums.arrange(tf.constant([10.0, 20.0]))
        >>> run = tf.function(sums.currents, jit_compile=True)
        >>> run(arranged, tf.ones((1, 2, 1)))[:, 0].numpy().tolist()
        [0.0, 30.0, 0.0]
    """
    way = way or way_of_device()
    outgoing = OutgoingTable.build(origins, rows, n_origins, tables)
    if way == "events":
        return EventSums(outgoing, n_rows, dtype)
    if way == "all":
        return DenseSums(outgoing, origins, rows, n_origins, n_rows, dtype)
    kind = {"pieces": PieceSums, "compacted": CompactedSums, "chunks": ChunkSums}[way]
    sums = kind(outgoing, origins, rows, n_origins, n_rows, dtype)
    sums.most_columns = max(1, piece_bytes // (4 * max(1, n_rows)))
    return sums
