"""Back along the synapses: what spikes are asked, and what weights are owed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.kernels.block_shapes import BlockShape
from keras_v1_activity.v1.kernels.cell_adjoints import mark_possible
from keras_v1_activity.v1.kernels.compiled import Floats, loop
from keras_v1_activity.v1.kernels.constants import CellConstants
from keras_v1_activity.v1.kernels.elements import clear
from keras_v1_activity.v1.kernels.forward import Steps, spiking
from keras_v1_activity.v1.kernels.lanes import add_lanes
from keras_v1_activity.v1.kernels.returning import Returning, place_of
from keras_v1_activity.v1.kernels.table import SynapseTable


@loop
def pull(
    cell: CellConstants,
    table: SynapseTable,
    thread: int,
    starts: NDArray[np.int32],
    shape: BlockShape,
    weights: Floats,
    steps: Steps,
    back: Returning,
    window: Floats,
    n_slots: int,
    oldest: int,
) -> None:
    """Adds what synapses ask of the spikes of a block, for the sources of a share.

    Args:
        cell, table, steps, back: see there.
        thread: int64.
        starts: near or far ones, of the table.
        shape: `BlockShape`, theirs.
        weights: (synapses,) float32 in the order of the table.
        window: float32, what the currents are worth, and numbers to the width of a vector.
        n_slots: int64, its time steps.
        oldest: int64, the first time step of the block.
    """
    n_samples, n_steps, width = back.v.shape[0], steps.spikes.shape[1], shape.width
    low, high = table.bounds[thread], table.bounds[thread + 1]
    lanes = back.lanes[: width * back.v.shape[1]]
    # Where no spike was possible or near, nothing comes of it; but before the first step.
    wanted = np.full(high - low, oldest < 0)
    for sample in range(n_samples):
        for time in range(max(0, oldest), oldest + shape.length):
            v, held = steps.v[sample, time], steps.refractory[sample, time]
            mark_possible(cell, v[low:high], held[low:high], wanted)
    clear(lanes[width * low : width * high])
    for group in range(table.groups[-1]):
        first = (table.group_sums[group] * n_slots + shape.shift) * n_samples
        _pull_lanes(
            weights, table.slot, starts[group], wanted, low, n_samples, window, first, lanes, width
        )
    for k in range(shape.length):
        for sample in range(n_samples):
            asked = back.asked[sample, place_of(back, n_steps, oldest + k)]
            for source in range(low, high):
                number = width * source + k * n_samples + sample
                asked[source] += cell.recurrent_gradient * lanes[number]


@loop
def _pull_lanes(
    weights: Floats,
    slot: NDArray[np.uint16],
    starts: NDArray[np.int32],
    wanted: NDArray[np.bool_],
    low: int,
    step: int,
    window: Floats,
    first: int,
    lanes: Floats,
    width: int,
) -> None:
    if width == 4:
        add_lanes(4, weights, slot, starts, wanted, low, step, window, first, lanes, width, 0)
    elif width == 8:
        add_lanes(8, weights, slot, starts, wanted, low, step, window, first, lanes, width, 0)
    else:
        for at in range(0, width, 16):
            add_lanes(
                16, weights, slot, starts, wanted, low, step, window, first + at, lanes, width, at
            )


@loop
def collect(
    table: SynapseTable,
    thread: int,
    starts: NDArray[np.int32],
    z: Floats,
    window: Floats,
    n_slots: int,
    step: int,
    place: int,
    gradient: Floats,
) -> None:
    """What is owed to the synapses that the spikes `z` of a share's sources went along."""
    sources, number = spiking(z, table.bounds[thread], table.bounds[thread + 1])
    for source in sources[:number]:
        for group in range(table.groups[-1]):
            first = table.group_sums[group] * n_slots * step + place
            for k in range(starts[group, source], starts[group, source + 1]):
                gradient[k] += window[first + table.slot[k] * step]
