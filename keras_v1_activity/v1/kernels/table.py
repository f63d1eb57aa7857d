"""The recurrent synapses in the order in which the loops go along them. Numpy only."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.network.table_cache import TableCache

# What a neuron costs beside its synapses, in synapses.
_NEURON = 20


class SynapseTable(NamedTuple):
    """Synapses by the part of the neurons that they end in, then by source, then by delay.

    A part is what one thread works on: neurons that follow one another.

    Attributes:
        bounds: (parts + 1,) int64, the first neuron of each part, and the number of neurons.
        row_bounds: (parts + 1,) int64, the same for the sums that synapses feed.
        first: (parts, sources * depth + 1) int64, where the synapses of a part, source and delay
            begin.
        row: (synapses,) int32, the sum that each feeds.
        slot: (synapses,) int32, row * n_slots + delay - 1: where a window of time steps holds what
            is first asked of the synapse.
        position: (synapses,) int64, where each stands in the network's order.
    """

    bounds: NDArray[np.int64]
    row_bounds: NDArray[np.int64]
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
    parts: int,
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
        parts: how many threads there are.
        tables: `TableCache` that it is kept in, or None.

    Example:
        >>> one = np.array([0, 1])
        >>> table = synapse_table(one, one + 1, one, one, 2, depth=2, n_slots=4, parts=1)
        >>> table.slot.tolist(), table.first.tolist()
        ([0, 5], [[0, 1, 1, 1, 2]])
    """

    def arrays() -> dict[str, NDArray[np.integer]]:
        bounds = _bounds(source, target_of_row[row], n_neurons, parts)
        row_bounds = np.searchsorted(target_of_row, bounds)
        part = np.searchsorted(row_bounds, row, side="right") - 1
        origin = (part * n_neurons + source) * depth + delay - 1
        order = np.argsort(origin * len(target_of_row) + row, kind="stable")
        first = np.searchsorted(origin[order], np.arange(parts * n_neurons * depth + 1))
        begin = np.arange(parts)[:, None] * (n_neurons * depth)
        return {
            "bounds": bounds,
            "row_bounds": row_bounds.astype(np.int64),
            "first": first[begin + np.arange(n_neurons * depth + 1)].astype(np.int64),
            "row": row[order].astype(np.int32),
            "slot": (row[order] * n_slots + delay[order] - 1).astype(np.int32),
            "position": order.astype(np.int64),
        }

    key = [source, delay, row, target_of_row, n_neurons, depth, n_slots, parts]
    return SynapseTable(**(tables or TableCache()).fetch("loops", key, arrays))


def _bounds(
    source: NDArray[np.int32], target: NDArray[np.int64], n_neurons: int, parts: int
) -> NDArray[np.int64]:
    """The first neuron of each part, such that all have about the same to do."""
    work = np.bincount(source, minlength=n_neurons) + np.bincount(target, minlength=n_neurons)
    total = np.concatenate([[0], np.cumsum(work + _NEURON)])
    shares = np.arange(1, parts) * (total[-1] / parts)
    # A vector of 16 neurons is not cut in two.
    inner = np.minimum(np.rint(np.searchsorted(total, shares) / 16) * 16, n_neurons)
    return np.concatenate([[0], inner, [n_neurons]]).astype(np.int64)
