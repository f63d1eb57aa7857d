"""The recurrent synapses in the order in which the loops go along them. Numpy only."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.network.table_cache import Arrays, TableCache

# What a neuron costs beside its synapses, in synapses.
_NEURON = 20

# A slot is a number of 16 bits.
_MOST_SLOTS = 1 << 16

NEAR_BYTES = 4 * _MOST_SLOTS
"""Of a group's part of a window of time steps, for one sample: what stays in a near cache."""


class SynapseTable(NamedTuple):
    """Synapses by the group of sums that they feed, near before far, then by source, then by delay.

    Near synapses have a delay of one time step, far ones a longer one. A share is what one thread
    works on, neurons that follow one another. A group is a part of a share's sums so small that
    what is read of it at random places stays in a near cache.

    Attributes:
        bounds: (threads + 1,) int64, the first neuron of each share, and the number of neurons.
        sum_bounds: (threads + 1,) int64, the same for the sums that synapses feed.
        groups: (threads + 1,) int64, the first group of each share, and the number of groups.
        group_sums: (groups + 1,) int64, the first sum of each group, and the number of sums.
        near: (groups, sources + 1) int32, where the near synapses of a group and source begin.
        far: (groups, sources + 1) int32, the same of the far ones.
        by_delay: (groups, sources * (depth - 1) + 1) int32, where those of a delay begin in `far`.
        row: (synapses,) uint16, the sum that each feeds, counted from the first of its group.
        slot: (synapses,) uint16, row * n_slots + delay - 1 for near synapses, and - 2 for far ones:
            where the group's part of a window holds what is first asked of the synapse.
        position: (synapses,) int64, where each stands in the network's order.
    """

    bounds: NDArray[np.int64]
    sum_bounds: NDArray[np.int64]
    groups: NDArray[np.int64]
    group_sums: NDArray[np.int64]
    near: NDArray[np.int32]
    far: NDArray[np.int32]
    by_delay: NDArray[np.int32]
    row: NDArray[np.uint16]
    slot: NDArray[np.uint16]
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
        near_bytes: at most `NEAR_BYTES`, see there.
        tables: `TableCache` that it is kept in, or None.

    Example:
        >>> two = np.array([0, 1])
        >>> table = synapse_table(two, two + 1, two, two, 2, depth=2, n_slots=4, threads=1)
        >>> table.slot.tolist(), table.near.tolist(), table.far.tolist()
        ([0, 4], [[0, 1, 1]], [[1, 1, 2]])
    """
    most_sums = max(1, near_bytes // (4 * n_slots))

    def arrays() -> Arrays:
        work = np.bincount(source, minlength=n_neurons)
        work += np.bincount(target_of_row[row], minlength=n_neurons)
        bounds = _bounds(work, threads)
        sum_bounds = np.searchsorted(target_of_row, bounds)
        groups, group_sums = _groups(sum_bounds, most_sums)
        group = np.searchsorted(group_sums[1:-1], row, side="right")
        far = delay > 1
        # Of a group: all sources' near synapses, then all sources' far ones, by delay.
        origin = np.where(far, n_neurons + source * (depth - 1) + delay - 2, source)
        origin += group * (n_neurons * depth)
        order = np.argsort(origin * len(target_of_row) + row, kind="stable")
        first = np.searchsorted(origin[order], np.arange(groups[-1] * n_neurons * depth + 1))
        begin = np.arange(groups[-1])[:, None] * (n_neurons * depth)
        of_group = first[begin + np.arange(n_neurons * depth + 1)]
        within = (row - group_sums[group])[order]
        by_delay = of_group[:, n_neurons:]
        return {
            "bounds": bounds,
            "sum_bounds": sum_bounds.astype(np.int64),
            "groups": groups,
            "group_sums": group_sums,
            "near": of_group[:, : n_neurons + 1].astype(np.int32),
            "far": np.take(by_delay, np.arange(n_neurons + 1) * (depth - 1), 1).astype(np.int32),
            "by_delay": by_delay.astype(np.int32),
            "row": within.astype(np.uint16),
            "slot": (within * n_slots + (delay - 1 - far)[order]).astype(np.uint16),
            "position": order.astype(np.int64),
        }

    key = [source, delay, row, target_of_row, n_neurons, depth, n_slots, threads, most_sums]
    return SynapseTable(**(tables or TableCache()).fetch("near_and_far", key, arrays))


def _bounds(work: NDArray[np.integer], parts: int) -> NDArray[np.int64]:
    """The first neuron of each part, such that all have about the same to do."""
    total = np.concatenate([[0], np.cumsum(work + _NEURON)])
    shares = np.arange(1, parts) * (total[-1] / parts)
    # A vector of 16 neurons is not cut in two.
    inner = np.minimum(np.rint(np.searchsorted(total, shares) / 16) * 16, len(work))
    return np.concatenate([[0], inner, [len(work)]]).astype(np.int64)


def _groups(
    sum_bounds: NDArray[np.integer], most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first group of each share, and the first sum of each group, at most so many in one."""
    number = np.maximum(1, -(-np.diff(sum_bounds) // most))
    edges = [
        np.linspace(low, high, n, endpoint=False).astype(np.int64)
        for low, high, n in zip(sum_bounds[:-1], sum_bounds[1:], number, strict=True)
    ]
    groups = np.concatenate([[0], np.cumsum(number)]).astype(np.int64)
    return groups, np.concatenate([*edges, sum_bounds[-1:]]).astype(np.int64)
