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
    """

    depth: int
    mixes: bool
    target: NDArray[np.int32]
    factors: NDArray[np.float32]
    input_rows: NDArray[np.int32]


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
def deliver(table, weights, thread, z, time, depth, soonest, pending):
    """Adds what the spikes `z` of a time step bring to a share, by the step in which it arrives.

    Args:
        table: `SynapseTable`.
        weights: (synapses,) float32 in its order.
        thread: int64.
        z: (n,) float32.
        time: int64, the step of the spikes; may be negative.
        depth: as of `Wiring`.
        soonest: int64, shortest delay that is still to come.
        pending: (depth, sums), written to.
    """
    sources = np.flatnonzero(z)
    for group in range(table.groups[thread], table.groups[thread + 1]):
        for source in sources:
            for delay in range(soonest, depth + 1):
                start = table.first[group, source * depth + delay - 1]
                stop = table.first[group, source * depth + delay]
                arriving = pending[(time + delay) % depth]
                for k in range(start, stop):
                    arriving[table.row[k]] += weights[k]


@loop
def sums_onto(wiring, low, high):
    """The first and the end of the sums of the neurons from `low` to `high`."""
    if wiring.mixes:
        ends = np.searchsorted(wiring.target, np.array([low, high]))
        return ends[0], ends[1]
    return 4 * low, 4 * high


@loop
def inputs_of(wiring, low, high):
    """The first and the end of the input rows of the neurons from `low` to `high`."""
    ends = np.searchsorted(wiring.input_rows, np.array([4 * low, 4 * high]))
    return ends[0], ends[1]


@loop
def arrived(wiring, low, high, sums, inputs, current):
    """The currents of neurons: of the sums that have arrived, which become 0, and of the input."""
    first, end = sums_onto(wiring, low, high)
    if wiring.mixes:
        current[4 * low : 4 * high] = 0
        for row in range(first, end):
            if sums[row] != 0:
                place = 4 * wiring.target[row]
                for receptor in range(4):
                    current[place + receptor] += sums[row] * wiring.factors[row, receptor]
    else:
        current[first:end] = sums[first:end]
    sums[first:end] = 0
    first, end = inputs_of(wiring, low, high)
    _add_at(inputs[first:end], wiring.input_rows[first:end], current)


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
def advance(cell, table, wiring, weights, inputs, moving, steps, thread, sample, time):
    """A time step of a share of the neurons in one sample."""
    own, depth = moving.pending[sample], wiring.depth
    if time == 0:
        for ago in range(1, depth):
            z = moving.recent[sample, ago]
            deliver(table, weights, thread, z, -1 - ago, depth, ago + 1, own)
        z = moving.recent[sample, 0]
    else:
        z = steps.spikes[sample, time - 1]
    deliver(table, weights, thread, z, time - 1, depth, 1, own)
    current, arriving, coming = moving.current[sample], own[time % depth], inputs[sample, time]
    state = (
        moving.v[sample], moving.r[sample], moving.asc[sample], moving.rise[sample],
        moving.psc[sample],
    )  # fmt: skip
    spikes, v = steps.spikes[sample, time], steps.v[sample, time]
    refractory, before = steps.refractory[sample, time], steps.before_reset[sample, time]
    end = table.bounds[thread + 1]
    for low in range(table.bounds[thread], end, CHUNK):
        high = min(low + CHUNK, end)
        arrived(wiring, low, high, arriving, coming, current)
        step(cell, low, high, state, current, z, spikes, v, refractory, before)


@parallel_loop
def run_by_share(cell, table, wiring, weights, inputs, moving, steps):
    """All time steps, in each of which every thread takes its share of the neurons."""
    for time in range(inputs.shape[1]):
        for thread in prange(len(table.bounds) - 1):
            for sample in range(inputs.shape[0]):
                advance(cell, table, wiring, weights, inputs, moving, steps, thread, sample, time)


@parallel_loop
def run_by_sample(cell, table, wiring, weights, inputs, moving, steps):
    """All time steps, where every thread takes samples: none waits for another."""
    for sample in prange(inputs.shape[0]):
        for time in range(inputs.shape[1]):
            for thread in range(len(table.bounds) - 1):
                advance(cell, table, wiring, weights, inputs, moving, steps, thread, sample, time)
