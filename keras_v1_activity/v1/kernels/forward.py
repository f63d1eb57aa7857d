"""The network over time: spikes are followed along their synapses, then the neurons take a step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import prange
from numpy.typing import NDArray

from keras_v1_activity.v1.kernels.cell_steps import step
from keras_v1_activity.v1.kernels.compiled import loop, parallel_loop

CHUNK = 512
"""Neurons that are taken at once: what a step reads of them stays in a near cache."""


class Wiring(NamedTuple):
    """What feeds the currents of n neurons.

    Attributes:
        depth: longest delay, time steps.
        mixes: whether the sums that synapses feed differ from the currents (`ReceptorMix`).
        target: (sums,) int32, the neuron of each sum, ascending; empty unless it mixes.
        factors: (sums, 4) float32, what a sum is worth in each current of its neuron.
        input_rows: (rows,) int32, ascending ids (neuron * 4 + receptor) of the input's currents.
        input_bounds: (parts + 1,) int64, the first input row of each part.
    """

    depth: int
    mixes: bool
    target: NDArray[np.int32]
    factors: NDArray[np.float32]
    input_rows: NDArray[np.int32]
    input_bounds: NDArray[np.int64]


class Moving(NamedTuple):
    """What changes from step to step, of each sample: all float32.

    Attributes:
        v, r: (b, n). asc: (b, 2, n). rise, psc: (b, 4 n).
        recent: (b, depth, n) the spikes before the first step, newest first.
        pending: (b, depth, sums) what is still to arrive, by time step modulo depth.
        current: (b, 4 n) room for what arrives.
    """

    v: NDArray[np.float32]
    r: NDArray[np.float32]
    asc: NDArray[np.float32]
    rise: NDArray[np.float32]
    psc: NDArray[np.float32]
    recent: NDArray[np.float32]
    pending: NDArray[np.float32]
    current: NDArray[np.float32]


class Steps(NamedTuple):
    """What a run gives of each time step, (b, time, n).

    Attributes:
        spikes, v: float32. refractory: uint8, where no spike was possible. before_reset: float32,
            potentials before a hard reset; without neurons if the adjoint needs none.
    """

    spikes: NDArray[np.float32]
    v: NDArray[np.float32]
    refractory: NDArray[np.uint8]
    before_reset: NDArray[np.float32]


@loop
def deliver(table, weights, part, z, time, depth, soonest, pending):
    """Adds what the spikes `z` of a time step bring to a part, by the step in which it arrives.

    Args:
        table: `SynapseTable`.
        weights: (synapses,) float32 in its order.
        part: int64.
        z: (n,) float32.
        time: int64, the step of the spikes; may be negative.
        depth: as of `Wiring`.
        soonest: int64, shortest delay that is still to come.
        pending: (depth, sums), written to.
    """
    for source in range(len(z)):
        if z[source] != 0:
            for delay in range(soonest, depth + 1):
                start = table.first[part, source * depth + delay - 1]
                stop = table.first[part, source * depth + delay]
                arriving = pending[(time + delay) % depth]
                for k in range(start, stop):
                    arriving[table.row[k]] += weights[k]


@loop
def arrived(table, wiring, part, sums, inputs, current):
    """The currents of a part: of the sums that have arrived, which become 0, and of the input."""
    low, high = table.row_bounds[part], table.row_bounds[part + 1]
    if wiring.mixes:
        current[4 * table.bounds[part] : 4 * table.bounds[part + 1]] = 0
        for row in range(low, high):
            if sums[row] != 0:
                first = 4 * wiring.target[row]
                for receptor in range(4):
                    current[first + receptor] += sums[row] * wiring.factors[row, receptor]
    else:
        current[low:high] = sums[low:high]
    sums[low:high] = 0
    own = slice(wiring.input_bounds[part], wiring.input_bounds[part + 1])
    _add_at(inputs[own], wiring.input_rows[own], current)


@loop
def _add_at(x, rows, total):
    if len(x) == 0:
        return
    first = rows[0]
    # Most often they follow one another.
    if rows[len(x) - 1] - first == len(x) - 1:
        _add(x, total[first : first + len(x)])
    else:
        for k in range(len(x)):
            total[rows[k]] += x[k]


@loop
def _add(x, total):
    for k in range(len(total)):
        total[k] += x[k]


@loop
def advance(cell, table, wiring, weights, inputs, moving, steps, part, sample, time):
    """A time step of a part of the neurons in one sample."""
    own, depth = moving.pending[sample], wiring.depth
    if time == 0:
        for ago in range(1, depth):
            z = moving.recent[sample, ago]
            deliver(table, weights, part, z, -1 - ago, depth, ago + 1, own)
        z = moving.recent[sample, 0]
    else:
        z = steps.spikes[sample, time - 1]
    deliver(table, weights, part, z, time - 1, depth, 1, own)
    current = moving.current[sample]
    arrived(table, wiring, part, own[time % depth], inputs[sample, time], current)
    state = (
        moving.v[sample], moving.r[sample], moving.asc[sample], moving.rise[sample],
        moving.psc[sample],
    )  # fmt: skip
    spikes, v = steps.spikes[sample, time], steps.v[sample, time]
    refractory, before = steps.refractory[sample, time], steps.before_reset[sample, time]
    end = table.bounds[part + 1]
    for low in range(table.bounds[part], end, CHUNK):
        high = min(low + CHUNK, end)
        step(cell, low, high, state, current, z, spikes, v, refractory, before)


@parallel_loop
def run_by_part(cell, table, wiring, weights, inputs, moving, steps):
    """All time steps, in each of which every thread takes a part of the neurons."""
    parts = len(table.bounds) - 1
    for time in range(inputs.shape[1]):
        for part in prange(parts):
            for sample in range(inputs.shape[0]):
                advance(cell, table, wiring, weights, inputs, moving, steps, part, sample, time)


@parallel_loop
def run_by_sample(cell, table, wiring, weights, inputs, moving, steps):
    """All time steps, where every thread takes samples: none waits for another."""
    for sample in prange(inputs.shape[0]):
        for time in range(inputs.shape[1]):
            for part in range(len(table.bounds) - 1):
                advance(cell, table, wiring, weights, inputs, moving, steps, part, sample, time)
