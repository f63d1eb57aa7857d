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
from keras_v1_activity.v1.kernels.forward import CHUNK, inputs_of, sums_onto
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
        lanes: (n, numbers) room.
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
def enter(wiring, low, high, gradients, window, n_slots, place, step):
    """Writes the gradients (4 n,) of the currents of a time step into a window, by sum.

    Args:
        wiring: `Wiring`.
        low, high: int64, the neurons whose currents they are.
        gradients: (4 n,) float32.
        window: float32, written to.
        n_slots: int64, time steps of a window.
        place: int64, of the step and sample within a sum's numbers.
        step: int64, how many samples there are.
    """
    size = n_slots * step
    begin, end = sums_onto(wiring, low, high)
    if wiring.mixes:
        for row in range(begin, end):
            first, factors = 4 * wiring.target[row], wiring.factors[row]
            total = gradients[first] * factors[0] + gradients[first + 1] * factors[1]
            total += gradients[first + 2] * factors[2] + gradients[first + 3] * factors[3]
            window[row * size + place] = total
    else:
        for row in range(begin, end):
            window[row * size + place] = gradients[row]


@loop
def pull(cell, table, thread, weights, window, depth, first_time, back):
    """What synapses ask of the spikes of a block, for the sources of a share."""
    n_samples, length, _ = back.asked.shape
    low, high = table.bounds[thread], table.bounds[thread + 1]
    lanes, n_lanes, width = back.lanes.reshape(-1), length * n_samples, back.lanes.shape[1]
    wanted = np.ones(high - low, np.bool_)
    if first_time >= 0:
        # Where no spike was possible or near, nothing comes of it; but before the first step.
        for source in range(low, high):
            wanted[source - low] = np.any(back.slope[:, :, source] != 0)
    lanes[width * low : width * high] = 0
    for group in range(table.groups[-1]):
        for source in range(low, high):
            if wanted[source - low]:
                start = table.first[group, source * depth]
                stop = table.first[group, (source + 1) * depth]
                own = width * source
                _pull_lanes(weights, table.slot, start, stop, n_samples, window, n_lanes, lanes, own)
    for k in range(length):
        for sample in range(n_samples):
            asked, first = back.asked[sample, k], k * n_samples + sample
            for source in range(low, high):
                asked[source] = cell.recurrent_gradient * lanes[width * source + first]


@loop
def _pull_lanes(weights, slot, start, stop, step, window, n_lanes, lanes, own):
    if n_lanes <= 4:
        add_lanes(4, weights, slot, start, stop, step, window, 0, lanes, own)
    elif n_lanes <= 8:
        add_lanes(8, weights, slot, start, stop, step, window, 0, lanes, own)
    else:
        for at in range(0, n_lanes, 16):
            add_lanes(16, weights, slot, start, stop, step, window, at, lanes, own + at)


@loop
def collect(table, thread, z, window, depth, step, place, gradient):
    """What is owed to the synapses that the spikes `z` of a share's sources went along."""
    low = table.bounds[thread]
    for source in low + np.flatnonzero(z[low : table.bounds[thread + 1]]):
        for group in range(table.groups[-1]):
            start = table.first[group, source * depth]
            stop = table.first[group, (source + 1) * depth]
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
def one_step(cell, wiring, steps, recent, upstream, back, low, high, sample, time, k):
    """The adjoint of a time step of the neurons from `low` to `high` in one sample."""
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
    begin, end = inputs_of(wiring, low, high)
    grad_currents = back.currents[sample, time, begin:end]
    _take(back.due[sample], wiring.input_rows[begin:end], grad_currents)
    asked[low:high] += upstream.spikes[sample, time, low:high]
    z = spikes_of(steps, recent, sample, time - 1)
    adjoint = (back.v[sample], back.asc[sample], rise, back.psc[sample], back.z[sample])
    refractory, before = steps.refractory[sample, time], steps.before_reset[sample, time]
    grad_v, slope = upstream.v[sample, time], back.slope[sample, k]
    step_back(cell, low, high, adjoint, slope, asked, grad_v, z, refractory, before)


@loop
def ahead(cell, wiring, back, low, high, sample, time, window):
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
def shift(table, thread, old, new, size, moved, whole):
    """The older window's numbers at their places in the newer one; those before are 0."""
    low, high = size * table.row_bounds[thread], size * table.row_bounds[thread + 1]
    # In one piece: what this leaves at the places of the new steps is overwritten, or 0.
    new[low + moved : high] = old[low : high - moved]
    if not whole:
        for start in range(low, high, size):
            new[start : start + moved] = 0


@loop
def steps_back(cell, wiring, steps, recent, upstream, back, low, high, oldest, coming):
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
def block(cell, table, wiring, weights, steps, recent, upstream, back, thread, number):
    """A block of time steps of a share of the neurons."""
    n_samples, length = back.v.shape[0], back.asked.shape[1]
    n_slots, start = wiring.depth + length - 1, table.bounds[thread]
    end, oldest = table.bounds[thread + 1], steps.spikes.shape[1] - (number + 1) * length
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
def run_back(cell, table, wiring, weights, steps, recent, upstream, back):
    """All blocks, from the newest to that of the oldest spikes of the delay buffer."""
    threads, length = len(table.bounds) - 1, back.asked.shape[1]
    last = steps.spikes.shape[1] - 1
    for thread in prange(threads):
        for sample in range(back.v.shape[0]):
            low, high = table.bounds[thread], table.bounds[thread + 1]
            ahead(cell, wiring, back, low, high, sample, last, back.windows[0])
    for number in range(-(-(last + 1 + wiring.depth) // length)):
        for thread in prange(threads):
            block(cell, table, wiring, weights, steps, recent, upstream, back, thread, number)
