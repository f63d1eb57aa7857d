"""The recurrent synapses in the order in which the loops go along them. Numpy only."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.network.table_cache import TableCache

# What a neuron costs beside its synapses, in synapses.
_NEURON = 20

NEAR_BYTES = 3 << 17
"""Of a window of time steps (`backward.py`), for one sample: what stays in a near cache."""


class SynapseTable(NamedTuple):
    """Synapses by the group of neurons that they end in, then by source, then by delay.

    A share is what one thread works on, neurons that follow one another. A group is a part of a
    share so small that what is read of its targets at random places stays in a near cache.

    Attributes:
        bounds: (threads + 1,) int64, the first neuron of each share, and the number of neurons.
        row_bounds: (threads + 1,) int64, the same for the sums that synapses feed.
        groups: (threads + 1,) int64, the first group of each share.
        first: (groups, sources * depth + 1) int64, where the synapses of a group, source and delay
            begin.
        row: (synapses,) int32, the sum that each feeds.
        slot: (synapses,) int32, row * n_slots + delay - 1: where a window of time steps holds what
            is first asked of the synapse.
        position: (synapses,) int64, where each stands in the network's order.
    """

    bounds: NDArray[np.int64]
    row_bounds: NDArray[np.int64]
    groups: NDArray[np.int64]
    first: NDArray[np.int64]
    row: NDArray[np.int32]
    slot: NDArray[np.int32]
    position: NDArray[np.int64]


def synapse_table(
    source: NDArray[np.int32],
    delay: NDArray[np.int64],
    row: NDArray[np.int64],
    target_of_row: NDArray[np.int64],
    n_neurons: int,
    *,
    depth: int,
    n_slots: int,
    threads: int,
    near_bytes: int = NEAR_BYTES,
    tables: TableCache | None = None,
) -> SynapseTable:
    """The table of synapses given by source, delay and the sum that they feed.

    Args:
        source: (synapses,) int.
        delay: (synapses,) int time steps, 1 to `depth`.
        row: (synapses,) int.
        target_of_row: (sums,) int, the neuron of each sum, ascending.
        n_neurons: how many there are.
        depth: longest delay.
        n_slots: time steps of a window.
        threads: how many shares there are.
        near_bytes: see `NEAR_BYTES`.
        tables: `TableCache` that it is kept in, or None.

    Example:
        >>> one = np.array([0, 1])
        >>> table = synapse_table(one, one + 1, one, one, 2, depth=2, n_slots=4, threads=1)
        >>> table.slot.tolist(), table.first.tolist()
        ([0, 5], [[0, 1, 1, 1, 2]])
    """
    n_groups = -(-4 * n_slots * len(target_of_row) // (near_bytes * threads))

    def arrays() -> dict[str, NDArray[np.integer]]:
        work = np.bincount(source, minlength=n_neurons)
        work += np.bincount(target_of_row[row], minlength=n_neurons)
        edges = _bounds(work, threads * n_groups)
        row_edges = np.searchsorted(target_of_row, edges)
        group = np.searchsorted(row_edges, row, side="right") - 1
        origin = (group * n_neurons + source) * depth + delay - 1
        order = np.argsort(origin * len(target_of_row) + row, kind="stable")
        first = np.searchsorted(origin[order], np.arange(len(edges[1:]) * n_neurons * depth + 1))
        begin = np.arange(threads * n_groups)[:, None] * (n_neurons * depth)
        return {
            "bounds": edges[::n_groups].copy(),
            "row_bounds": row_edges[::n_groups].astype(np.int64),
            "groups": np.arange(threads + 1) * n_groups,
            "first": first[begin + np.arange(n_neurons * depth + 1)].astype(np.int64),
            "row": row[order].astype(np.int32),
            "slot": (row[order] * n_slots + delay[order] - 1).astype(np.int32),
            "position": order.astype(np.int64),
        }

    key = [source, delay, row, target_of_row, n_neurons, depth, n_slots, threads, n_groups]
    return SynapseTable(**(tables or TableCache()).fetch("loops", key, arrays))


def _bounds(work: NDArray[np.integer], parts: int) -> NDArray[np.int64]:
    """The first neuron of each part, such that all have about the same to do."""
    total = np.concatenate([[0], np.cumsum(work + _NEURON)])
    shares = np.arange(1, parts) * (total[-1] / parts)
    # A vector of 16 neurons is not cut in two.
    inner = np.minimum(np.rint(np.searchsorted(total, shares) / 16) * 16, len(work))
    return np.concatenate([[0], inner, [len(work)]]).astype(np.int64)
