"""The way back over time, in blocks of time steps (`v1/engine/blocks.py` says why they may be).

For each block a window holds the gradients of the currents that its spikes could have caused, by
sum, time step and sample, so that a synapse reads what it is asked for from one place. While a
block is worked on, the window of the next is filled.
"""

from __future__ import annotations

import numpy as np
from numba import prange
from numpy.typing import NDArray

from keras_v1_activity.v1.kernels.along_synapses import collect, pull
from keras_v1_activity.v1.kernels.cell_adjoints import due, due_ahead, step_back, surrogate
from keras_v1_activity.v1.kernels.compiled import Floats, loop, parallel_loop
from keras_v1_activity.v1.kernels.constants import CellConstants
from keras_v1_activity.v1.kernels.elements import add, copy, in_one_run
from keras_v1_activity.v1.kernels.forward import CHUNK, Steps, Wiring, inputs_of
from keras_v1_activity.v1.kernels.returning import Returning, Upstream
from keras_v1_activity.v1.kernels.table import SynapseTable
from keras_v1_activity.v1.kernels.windows import enter, shift


@loop
def spikes_of(steps: Steps, recent: Floats, sample: int, time: int) -> Floats:
    """(n,) spikes of a time step; those before the first come from the delay buffer."""
    if time >= 0:
        return steps.spikes[sample, time]
    return recent[sample, min(-1 - time, recent.shape[1] - 1)]


@loop
def _take(x: Floats, rows: NDArray[np.int32], out: Floats) -> None:
    if len(out) == 0:
        return
    first = rows[0]
    if in_one_run(rows):
        copy(x[first : first + len(out)], out)
    else:
        for k in range(len(out)):
            out[k] = x[rows[k]]


@loop
def one_step(
    cell: CellConstants,
    wiring: Wiring,
    steps: Steps,
    recent: Floats,
    upstream: Upstream,
    back: Returning,
    low: int,
    high: int,
    sample: int,
    time: int,
    k: int,
) -> None:
    """The adjoint of a time step of the neurons from `low` to `high` in one sample."""
    asked, later = back.asked[sample, k], steps.spikes.shape[1] - 1 - time
    if later < wiring.depth:
        add(upstream.recent[sample, later, low:high], asked[low:high])
    if time < 0:
        if time == -1:
            add(back.z[sample, low:high], asked[low:high])
        if -1 - time < wiring.depth:
            copy(asked[low:high], back.recent[sample, -1 - time, low:high])
        return
    rise = back.rise[sample]
    due(cell, low, high, rise, back.due[sample])
    begin, end = inputs_of(wiring, low, high)
    grad_currents = back.currents[sample, time, begin:end]
    _take(back.due[sample], wiring.input_rows[begin:end], grad_currents)
    add(upstream.spikes[sample, time, low:high], asked[low:high])
    z = spikes_of(steps, recent, sample, time - 1)
    adjoint = (back.v[sample], back.asc[sample], rise, back.psc[sample], back.z[sample])
    refractory, before = steps.refractory[sample, time], steps.before_reset[sample, time]
    grad_v, slope = upstream.v[sample, time], back.slope[sample, k]
    step_back(cell, low, high, adjoint, slope, asked, grad_v, z, refractory, before)


@loop
def ahead(
    cell: CellConstants,
    wiring: Wiring,
    back: Returning,
    low: int,
    high: int,
    sample: int,
    time: int,
    window: Floats,
) -> None:
    """Enters the gradients of the currents that are settled before step `time` is taken back."""
    own, n_samples, length = back.due[sample], back.v.shape[0], back.asked.shape[1]
    n_slots = wiring.depth + length - 1
    if time >= 0:
        due(cell, low, high, back.rise[sample], own)
        place = (length - 2) * n_samples + sample
        enter(wiring, low, high, own, window, n_slots, place, n_samples)
    if length == 3 and time >= 1:
        due_ahead(cell, low, high, back.rise[sample], back.psc[sample], own)
        enter(wiring, low, high, own, window, n_slots, sample, n_samples)


@loop
def steps_back(
    cell: CellConstants,
    wiring: Wiring,
    steps: Steps,
    recent: Floats,
    upstream: Upstream,
    back: Returning,
    low: int,
    high: int,
    oldest: int,
    coming: Floats,
) -> None:
    """The time steps of a block, for the neurons from `low` to `high`."""
    n_samples, length = back.v.shape[0], back.asked.shape[1]
    n_slots = wiring.depth + length - 1
    for sample in range(n_samples):
        for k in range(length - 1, -1, -1):
            time = oldest + k
            one_step(cell, wiring, steps, recent, upstream, back, low, high, sample, time, k)
        if oldest >= 0:
            place = (length - 1) * n_samples + sample
            enter(wiring, low, high, back.due[sample], coming, n_slots, place, n_samples)
        ahead(cell, wiring, back, low, high, sample, oldest - 1, coming)


@loop
def block(
    cell: CellConstants,
    table: SynapseTable,
    wiring: Wiring,
    weights: Floats,
    steps: Steps,
    recent: Floats,
    upstream: Upstream,
    back: Returning,
    thread: int,
    number: int,
) -> None:
    """A block of time steps of a share of the neurons; before the first, what the first needs."""
    n_samples, length = back.v.shape[0], back.asked.shape[1]
    n_slots, start = wiring.depth + length - 1, table.bounds[thread]
    end, oldest = table.bounds[thread + 1], steps.spikes.shape[1] - (number + 1) * length
    if number < 0:
        for sample in range(n_samples):
            ahead(cell, wiring, back, start, end, sample, oldest - 1, back.windows[0])
        return
    window, coming = back.windows[number % 2], back.windows[1 - number % 2]
    for sample in range(n_samples):
        for k in range(max(0, -oldest), length):
            v, refractory = steps.v[sample, oldest + k], steps.refractory[sample, oldest + k]
            surrogate(cell, start, end, v, refractory, back.slope[sample, k])
    pull(cell, table, thread, weights, window, wiring.depth, oldest, back)
    for k in range(max(0, -wiring.depth - oldest), length):
        for sample in range(n_samples):
            z, place = spikes_of(steps, recent, sample, oldest + k), k * n_samples + sample
            collect(table, thread, z, window, wiring.depth, n_samples, place, back.weights)
    whole = oldest >= length - 1
    shift(table, thread, window, coming, n_slots * n_samples, length * n_samples, whole)
    for low in range(start, end, CHUNK):
        high = min(low + CHUNK, end)
        steps_back(cell, wiring, steps, recent, upstream, back, low, high, oldest, coming)


@parallel_loop
def run_back(
    cell: CellConstants,
    table: SynapseTable,
    wiring: Wiring,
    weights: Floats,
    steps: Steps,
    recent: Floats,
    upstream: Upstream,
    back: Returning,
) -> None:
    """All blocks, from the newest to that of the oldest spikes of the delay buffer."""
    n_steps, length = steps.spikes.shape[1], back.asked.shape[1]
    for number in range(-1, -(-(n_steps + wiring.depth) // length)):
        for thread in prange(len(table.bounds) - 1):
            block(cell, table, wiring, weights, steps, recent, upstream, back, thread, number)
