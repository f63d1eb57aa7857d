"""Back along the synapses: what spikes are asked, and what weights are owed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.kernels.compiled import Floats, loop
from keras_v1_activity.v1.kernels.constants import CellConstants
from keras_v1_activity.v1.kernels.elements import clear
from keras_v1_activity.v1.kernels.forward import spiking
from keras_v1_activity.v1.kernels.lanes import add_lanes
from keras_v1_activity.v1.kernels.returning import Returning
from keras_v1_activity.v1.kernels.table import SynapseTable


@loop
def pull(
    cell: CellConstants,
    table: SynapseTable,
    thread: int,
    weights: Floats,
    window: Floats,
    depth: int,
    first_time: int,
    back: Returning,
) -> None:
    """What synapses ask of the spikes of a block, for the sources of a share."""
    n_samples, length, _ = back.asked.shape
    low, high = table.bounds[thread], table.bounds[thread + 1]
    lanes, n_lanes, width = back.lanes.reshape(-1), length * n_samples, back.lanes.shape[1]
    # Where no spike was possible or near, nothing comes of it; but before the first step.
    wanted = np.full(high - low, first_time < 0)
    for sample in range(n_samples):
        for k in range(length):
            slope = back.slope[sample, k, low:high]
            for source in range(len(slope)):
                wanted[source] |= slope[source] != 0
    clear(lanes[width * low : width * high])
    for group in range(table.groups[-1]):
        for source in range(low, high):
            if wanted[source - low]:
                start = table.first[group, source * depth]
                stop = table.first[group, (source + 1) * depth]
                own = width * source
                _pull_lanes(
                    weights, table.slot, start, stop, n_samples, window, n_lanes, lanes, own
                )
    for k in range(length):
        for sample in range(n_samples):
            asked, first = back.asked[sample, k], k * n_samples + sample
            for source in range(low, high):
                asked[source] = cell.recurrent_gradient * lanes[width * source + first]


@loop
def _pull_lanes(
    weights: Floats,
    slot: NDArray[np.int32],
    start: int,
    stop: int,
    step: int,
    window: Floats,
    n_lanes: int,
    lanes: Floats,
    own: int,
) -> None:
    if n_lanes <= 4:
        add_lanes(4, weights, slot, start, stop, step, window, 0, lanes, own)
    elif n_lanes <= 8:
        add_lanes(8, weights, slot, start, stop, step, window, 0, lanes, own)
    else:
        for at in range(0, n_lanes, 16):
            add_lanes(16, weights, slot, start, stop, step, window, at, lanes, own + at)


@loop
def collect(
    table: SynapseTable,
    thread: int,
    z: Floats,
    window: Floats,
    depth: int,
    step: int,
    place: int,
    gradient: Floats,
) -> None:
    """What is owed to the synapses that the spikes `z` of a share's sources went along."""
    sources, number = spiking(z, table.bounds[thread], table.bounds[thread + 1])
    for source in sources[:number]:
        for group in range(table.groups[-1]):
            start = table.first[group, source * depth]
            stop = table.first[group, (source + 1) * depth]
            for k in range(start, stop):
                gradient[k] += window[table.slot[k] * step + place]
