"""The network over time: spikes are followed along their synapses, then the neurons take a step."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import prange
from numpy.typing import NDArray

from keras_v1_activity.v1.kernels.cell_steps import step
from keras_v1_activity.v1.kernels.compiled import Floats, first_at_least, loop, parallel_loop
from keras_v1_activity.v1.kernels.constants import CellConstants
from keras_v1_activity.v1.kernels.elements import add, clear, in_one_run
from keras_v1_activity.v1.kernels.table import SynapseTable

CHUNK = 512
"""Neurons that are taken at once: what a step reads of them stays in a near cache."""


class Wiring(NamedTuple):
    """What feeds the currents of n neurons.

    Attributes:
        depth: longest delay, time steps.
        mixes: whether the sums that synapses feed differ from the currents (`ReceptorMix`).
        target: (sums,) int32, the neuron of each sum, ascending.
        current: (sums,) int32, the current (neuron * 4 + receptor) that each is, ascending; empty
            if it mixes.
        factors: (sums, 4) float32, what a sum is worth in each current of its neuron; empty unless
            it mixes.
        input_rows: (rows,) int32, ascending ids (neuron * 4 + receptor) of the input's currents.
    """

    depth: int
    mixes: bool
    target: NDArray[np.int32]
    current: NDArray[np.int32]
    factors: NDArray[np.float32]
    input_rows: NDArray[np.int32]


class Moving(NamedTuple):
    """What changes from step to step, of each sample: float32, if nothing else is said.

    Attributes:
        v, r: (b, n). asc: (b, 2, n). rise, psc: (b, 4 n).
        recent: (b, depth, n) the spikes before the first step, newest first.
        sums: (b, sums) room for what arrives over synapses.
        heard: (2, b, n) int64, which of the last spikes of a neuron are still on their way, as
            bits, the newest lowest: of the steps of even and of odd number.
        current: (b, 4 n) room for what arrives.
    """

    v: NDArray[np.float32]
    r: NDArray[np.float32]
    asc: NDArray[np.float32]
    rise: NDArray[np.float32]
    psc: NDArray[np.float32]
    recent: NDArray[np.float32]
    sums: NDArray[np.float32]
    heard: NDArray[np.int64]
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
def spiking(z: NDArray[Any], low: int, high: int) -> tuple[NDArray[np.int64], int]:
    """The neurons from `low` to `high` that spike, and how many they are; the rest is not set."""
    found, number = np.empty(high - low + 1, np.int64), 0
    # Written in any case: a branch that is taken now and then costs more.
    for neuron in range(low, high):
        found[number] = neuron
        number += z[neuron] != 0
    return found, number


@loop
def deliver(
    table: SynapseTable,
    weights: Floats,
    thread: int,
    heard: NDArray[np.int64],
    depth: int,
    sums: Floats,
) -> None:
    """Adds what arrives in a time step at a share, source by source, shorter delays first.

    Args:
        table: `SynapseTable`.
        weights: (synapses,) float32 in its order.
        thread: int64.
        heard: (n,) int64, as of `Moving`.
        depth: as of `Wiring`.
        sums: (sums,), written to.
    """
    sources, number = spiking(heard, 0, len(heard))
    for group in range(table.groups[thread], table.groups[thread + 1]):
        own = sums[table.group_sums[group] : table.group_sums[group + 1]]
        for source in sources[:number]:
            bits, far = heard[source], source * (depth - 1)
            for k in range(depth):
                if (bits >> k) & 1:
                    if k == 0:
                        start, stop = table.near[group, source], table.near[group, source + 1]
                    else:
                        start = table.by_delay[group, far + k - 1]
                        stop = table.by_delay[group, far + k]
                    for synapse in range(start, stop):
                        own[table.row[synapse]] += weights[synapse]


@loop
def hear(heard: NDArray[np.int64], spikes: Floats, depth: int, out: NDArray[np.int64]) -> None:
    """Writes which spikes are on their way a time step later."""
    still = (1 << depth) - 1
    for i in range(len(out)):
        out[i] = ((heard[i] << 1) | (1 if spikes[i] != 0 else 0)) & still


@loop
def sums_onto(wiring: Wiring, low: int, high: int) -> tuple[int, int]:
    """The first and the end of the sums of the neurons from `low` to `high`."""
    return first_at_least(wiring.target, low), first_at_least(wiring.target, high)


@loop
def inputs_of(wiring: Wiring, low: int, high: int) -> tuple[int, int]:
    """The first and the end of the input rows of the neurons from `low` to `high`."""
    rows = wiring.input_rows
    return first_at_least(rows, 4 * low), first_at_least(rows, 4 * high)


@loop
def arrived(
    wiring: Wiring, low: int, high: int, sums: Floats, inputs: Floats, current: Floats
) -> None:
    """The currents of neurons: of the sums that have arrived, which become 0, and of the input."""
    first, end = sums_onto(wiring, low, high)
    clear(current[4 * low : 4 * high])
    if wiring.mixes:
        for row in range(first, end):
            if sums[row] != 0:
                place = 4 * wiring.target[row]
                for receptor in range(4):
                    current[place + receptor] += sums[row] * wiring.factors[row, receptor]
    else:
        for row in range(first, end):
            current[wiring.current[row]] = sums[row]
    clear(sums[first:end])
    first, end = inputs_of(wiring, low, high)
    _add_at(inputs[first:end], wiring.input_rows[first:end], current)


@loop
def _add_at(x: Floats, rows: NDArray[np.int32], total: Floats) -> None:
    if len(x) == 0:
        return
    first = rows[0]
    if in_one_run(rows):
        add(x, total[first : first + len(x)])
    else:
        for k in range(len(x)):
            total[rows[k]] += x[k]


@loop
def advance(
    cell: CellConstants,
    table: SynapseTable,
    wiring: Wiring,
    weights: Floats,
    inputs: Floats,
    moving: Moving,
    steps: Steps,
    thread: int,
    sample: int,
    time: int,
) -> None:
    """A time step of a share of the neurons in one sample."""
    sums, depth = moving.sums[sample], wiring.depth
    heard, heard_next = moving.heard[time % 2, sample], moving.heard[1 - time % 2, sample]
    deliver(table, weights, thread, heard, depth, sums)
    z = moving.recent[sample, 0] if time == 0 else steps.spikes[sample, time - 1]
    current, coming = moving.current[sample], inputs[sample, time]
    state = (
        moving.v[sample], moving.r[sample], moving.asc[sample], moving.rise[sample],
        moving.psc[sample],
    )  # fmt: skip
    spikes, v = steps.spikes[sample, time], steps.v[sample, time]
    refractory, before = steps.refractory[sample, time], steps.before_reset[sample, time]
    end = table.bounds[thread + 1]
    for low in range(table.bounds[thread], end, CHUNK):
        high = min(low + CHUNK, end)
        arrived(wiring, low, high, sums, coming, current)
        step(cell, low, high, state, current, z, spikes, v, refractory, before)
    own = slice(table.bounds[thread], end)
    hear(heard[own], spikes[own], depth, heard_next[own])


@loop
def _unit(
    cell: CellConstants,
    table: SynapseTable,
    wiring: Wiring,
    weights: Floats,
    inputs: Floats,
    moving: Moving,
    steps: Steps,
    unit: int,
    time: int,
    by_sample: bool,
) -> None:
    """All time steps of a sample; or one of a share of the neurons, in all samples."""
    threads = len(table.bounds) - 1
    number = inputs.shape[1] * threads if by_sample else inputs.shape[0]
    # One call for both: what is called here is compiled into each call.
    for k in range(number):
        thread, sample, own = unit, k, time
        if by_sample:
            thread, sample, own = k % threads, unit, k // threads
        advance(cell, table, wiring, weights, inputs, moving, steps, thread, sample, own)


@parallel_loop
def run(
    cell: CellConstants,
    table: SynapseTable,
    wiring: Wiring,
    weights: Floats,
    inputs: Floats,
    moving: Moving,
    steps: Steps,
) -> None:
    """All time steps of all samples.

    With as many samples as threads each takes samples of its own, and none waits for another.
    Otherwise each takes its share of the neurons in every time step.
    """
    n_samples, n_steps, _ = inputs.shape
    threads = len(table.bounds) - 1
    by_sample = n_samples >= threads
    rounds, units = (1, n_samples) if by_sample else (n_steps, threads)
    for time in range(rounds):
        for unit in prange(units):
            # As one type: else it is compiled for unsigned numbers too.
            own = np.int64(unit)
            _unit(cell, table, wiring, weights, inputs, moving, steps, own, time, by_sample)
