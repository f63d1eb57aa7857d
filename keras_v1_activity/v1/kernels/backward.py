"""The way back over time, in blocks of time steps (`v1/engine/blocks.py` says why they may be).

For each block a window holds the gradients of the currents that its spikes could have caused, by
sum, time step and sample, so that a synapse reads what it is asked for from one place. While a
block is worked on, the window of the next is filled.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import prange
from numpy.typing import NDArray

from keras_v1_activity.v1.kernels.cell_adjoints import due, due_ahead, step_back, surrogate
from keras_v1_activity.v1.kernels.compiled import loop, parallel_loop
from keras_v1_activity.v1.kernels.lanes import add_lanes


class Upstream(NamedTuple):
    """Gradients that come from the losses, float32.

    Attributes:
        spikes, v: (b, time, n). recent: (b, depth, n), of the final delay buffer.
    """

    spikes: NDArray[np.float32]
    v: NDArray[np.float32]
    recent: NDArray[np.float32]


class Returning(NamedTuple):
    """What changes from block to block, and what the way back gives: all float32.

    Attributes:
        v, z: (b, n), asc: (b, 2, n), rise, psc: (b, 4 n) gradients of the state after a step.
        recent: (b, depth, n) gradient of the spikes before the first step.
        currents: (b, time, input rows) gradients of the input.
        weights: (synapses,) gradients in the order of the table.
        windows: (2, numbers) see the module. due: (b, 4 n) room.
        asked, slope: (b, length, n) of a block's spikes: what synapses ask, and their derivative.
        lanes: (parts, numbers) room.
    """

    v: NDArray[np.float32]
    asc: NDArray[np.float32]
    rise: NDArray[np.float32]
    psc: NDArray[np.float32]
    z: NDArray[np.float32]
    recent: NDArray[np.float32]
    currents: NDArray[np.float32]
    weights: NDArray[np.float32]
    windows: NDArray[np.float32]
    due: NDArray[np.float32]
    asked: NDArray[np.float32]
    slope: NDArray[np.float32]
    lanes: NDArray[np.float32]


@loop
def enter(table, wiring, part, gradients, window, n_slots, place, step):
    """Writes the gradients (4 n,) of the currents of a time step into a window, by sum.

    Args:
        place: int64, of the step and sample within a sum's numbers.
        step: int64, how many samples there are.
    """
    size = n_slots * step
    low, high = table.row_bounds[part], table.row_bounds[part + 1]
    if wiring.mixes:
        for row in range(low, high):
            first, factors = 4 * wiring.target[row], wiring.factors[row]
            total = gradients[first] * factors[0] + gradients[first + 1] * factors[1]
            total += gradients[first + 2] * factors[2] + gradients[first + 3] * factors[3]
            window[row * size + place] = total
    else:
        for row in range(low, high):
            window[row * size + place] = gradients[row]


@loop
def pull(cell, table, part, weights, window, depth, first_time, back):
    """What synapses ask of the spikes of a block, for the sources of a part."""
    n_samples, length, n = back.asked.shape
    lanes, n_lanes = back.lanes[part], length * n_samples
    for source in range(table.bounds[part], table.bounds[part + 1]):
        # Where no spike was possible or near, nothing comes of it; but before the first step.
        wanted = first_time < 0
        for sample in range(n_samples):
            for k in range(length):
                wanted = wanted or back.slope[sample, k, source] != 0
        if not wanted:
            back.asked[:, :, source] = 0
            continue
        lanes[:] = 0
        for other in range(len(table.bounds) - 1):
            start = table.first[other, source * depth]
            stop = table.first[other, (source + 1) * depth]
            _pull_lanes(weights, table.slot, start, stop, n_samples, window, n_lanes, lanes)
        for k in range(length):
            for sample in range(n_samples):
                total = lanes[k * n_samples + sample]
                back.asked[sample, k, source] = cell.recurrent_gradient * total


@loop
def _pull_lanes(weights, slot, start, stop, step, window, n_lanes, lanes):
    if n_lanes <= 4:
        add_lanes(4, weights, slot, start, stop, step, window, 0, lanes, 0)
    elif n_lanes <= 8:
        add_lanes(8, weights, slot, start, stop, step, window, 0, lanes, 0)
    else:
        for at in range(0, n_lanes, 16):
            add_lanes(16, weights, slot, start, stop, step, window, at, lanes, at)


@loop
def collect(table, part, z, window, depth, step, place, gradient):
    """What is owed to the synapses that the spikes `z` of a part's sources went along."""
    for source in range(table.bounds[part], table.bounds[part + 1]):
        if z[source] != 0:
            for other in range(len(table.bounds) - 1):
                start = table.first[other, source * depth]
                stop = table.first[other, (source + 1) * depth]
                for k in range(start, stop):
                    gradient[k] += window[table.slot[k] * step + place]


@loop
def spikes_of(steps, recent, sample, time):
    """(n,) spikes of a time step; those before the first come from the delay buffer."""
    if time >= 0:
        return steps.spikes[sample, time]
    return recent[sample, min(-1 - time, recent.shape[1] - 1)]


@loop
def _take(x, rows, out):
    if len(out) == 0:
        return
    first = rows[0]
    # Most often they follow one another.
    if rows[len(out) - 1] - first == len(out) - 1:
        out[:] = x[first : first + len(out)]
    else:
        for k in range(len(out)):
            out[k] = x[rows[k]]


@loop
def one_step(cell, table, wiring, steps, recent, upstream, back, part, sample, time, k):
    """The adjoint of a time step of a part of the neurons in one sample."""
    low, high = table.bounds[part], table.bounds[part + 1]
    asked, later = back.asked[sample, k], steps.spikes.shape[1] - 1 - time
    if later < wiring.depth:
        asked[low:high] += upstream.recent[sample, later, low:high]
    if time < 0:
        if time == -1:
            asked[low:high] += back.z[sample, low:high]
        if -1 - time < wiring.depth:
            back.recent[sample, -1 - time, low:high] = asked[low:high]
        return
    rise = back.rise[sample]
    due(cell, low, high, rise, back.due[sample])
    own = slice(wiring.input_bounds[part], wiring.input_bounds[part + 1])
    _take(back.due[sample], wiring.input_rows[own], back.currents[sample, time, own])
    asked[low:high] += upstream.spikes[sample, time, low:high]
    z = spikes_of(steps, recent, sample, time - 1)
    adjoint = (back.v[sample], back.asc[sample], rise, back.psc[sample], back.z[sample])
    refractory, before = steps.refractory[sample, time], steps.before_reset[sample, time]
    grad_v, slope = upstream.v[sample, time], back.slope[sample, k]
    step_back(cell, low, high, adjoint, slope, asked, grad_v, z, refractory, before)


@loop
def ahead(cell, table, wiring, back, part, sample, time, length, window, n_slots):
    """Enters the gradients of the currents that are settled before step `time` is taken back."""
    low, high, step = table.bounds[part], table.bounds[part + 1], back.v.shape[0]
    own, first = back.due[sample], time - length + 2
    if time >= 0:
        due(cell, low, high, back.rise[sample], own)
        enter(table, wiring, part, own, window, n_slots, (time - first) * step + sample, step)
    if length == 3 and time >= 1:
        due_ahead(cell, low, high, back.rise[sample], back.psc[sample], own)
        enter(table, wiring, part, own, window, n_slots, sample, step)


@loop
def shift(table, part, old, new, size, moved, whole):
    """The older window's numbers at their places in the newer one; those before are 0."""
    low, high = size * table.row_bounds[part], size * table.row_bounds[part + 1]
    # In one piece: what this leaves at the places of the new steps is overwritten, or 0.
    new[low + moved : high] = old[low : high - moved]
    if not whole:
        for start in range(low, high, size):
            new[start : start + moved] = 0


@loop
def block(cell, table, wiring, weights, steps, recent, upstream, back, part, number):
    """A block of time steps of a part of the neurons."""
    n_samples, length = back.v.shape[0], back.asked.shape[1]
    n_steps, n_slots = steps.spikes.shape[1], wiring.depth + length - 1
    newest = n_steps - 1 - number * length
    low, high, oldest = table.bounds[part], table.bounds[part + 1], newest - length + 1
    window, coming = back.windows[number % 2], back.windows[1 - number % 2]
    for sample in range(n_samples):
        for k in range(max(0, -oldest), length):
            v, refractory = steps.v[sample, oldest + k], steps.refractory[sample, oldest + k]
            surrogate(cell, low, high, v, refractory, back.slope[sample, k])
    pull(cell, table, part, weights, window, wiring.depth, oldest, back)
    for k in range(max(0, -wiring.depth - oldest), length):
        for sample in range(n_samples):
            z, place = spikes_of(steps, recent, sample, oldest + k), k * n_samples + sample
            collect(table, part, z, window, wiring.depth, n_samples, place, back.weights)
    whole = oldest >= length - 1
    shift(table, part, window, coming, n_slots * n_samples, length * n_samples, whole)
    for sample in range(n_samples):
        for k in range(length - 1, -1, -1):
            time = oldest + k
            one_step(cell, table, wiring, steps, recent, upstream, back, part, sample, time, k)
        if oldest >= 0:
            place = (length - 1) * n_samples + sample
            enter(table, wiring, part, back.due[sample], coming, n_slots, place, n_samples)
        ahead(cell, table, wiring, back, part, sample, oldest - 1, length, coming, n_slots)


@parallel_loop
def run_back(cell, table, wiring, weights, steps, recent, upstream, back):
    """All blocks, from the newest to that of the oldest spikes of the delay buffer."""
    parts, n_slots = len(table.bounds) - 1, wiring.depth + back.asked.shape[1] - 1
    n_steps, length, n_samples = steps.spikes.shape[1], back.asked.shape[1], back.v.shape[0]
    for part in prange(parts):
        for sample in range(n_samples):
            window = back.windows[0]
            ahead(cell, table, wiring, back, part, sample, n_steps - 1, length, window, n_slots)
    for number in range(-(-(n_steps + wiring.depth) // length)):
        for part in prange(parts):
            block(cell, table, wiring, weights, steps, recent, upstream, back, part, number)
