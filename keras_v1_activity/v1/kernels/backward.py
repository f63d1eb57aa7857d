"""The way back over time, in blocks of time steps (`block_shapes.py`).

A window holds what the currents are worth from the newest that are settled on, by sum, time step
and sample, so that a synapse reads what it asks of the spikes of a block from one place. Between
two turns at which near or far synapses are gone along, the neurons take the time steps back, and
fill the window of the next turn.
"""

from __future__ import annotations

import numpy as np
from numba import prange
from numpy.typing import NDArray

from keras_v1_activity.v1.kernels.along_synapses import collect, pull
from keras_v1_activity.v1.kernels.block_shapes import (
    BlockShape,
    BlockShapes,
    far_shape,
    near_shape,
    next_turn,
)
from keras_v1_activity.v1.kernels.cell_adjoints import due, due_ahead, step_back, surrogate
from keras_v1_activity.v1.kernels.compiled import Floats, loop, parallel_loop
from keras_v1_activity.v1.kernels.constants import CellConstants
from keras_v1_activity.v1.kernels.elements import add, clear, copy, in_one_run
from keras_v1_activity.v1.kernels.forward import CHUNK, Steps, Wiring, inputs_of
from keras_v1_activity.v1.kernels.returning import Returning, Upstream, place_of
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
) -> None:
    """The adjoint of a time step of the neurons from `low` to `high` in one sample."""
    n_steps, depth = steps.spikes.shape[1], wiring.depth
    asked, later = back.asked[sample, place_of(back, n_steps, time)], n_steps - 1 - time
    if later < depth:
        add(upstream.recent[sample, later, low:high], asked[low:high])
    if time < 0:
        if time == -1:
            add(back.z[sample, low:high], asked[low:high])
        copy(asked[low:high], back.recent[sample, -1 - time, low:high])
    else:
        rise, slope = back.rise[sample], back.slope[sample]
        due(cell, low, high, rise, back.due[sample])
        begin, end = inputs_of(wiring, low, high)
        grad_currents = back.currents[sample, time, begin:end]
        _take(back.due[sample], wiring.input_rows[begin:end], grad_currents)
        add(upstream.spikes[sample, time, low:high], asked[low:high])
        z = spikes_of(steps, recent, sample, time - 1)
        adjoint = (back.v[sample], back.asc[sample], rise, back.psc[sample], back.z[sample])
        refractory, before = steps.refractory[sample, time], steps.before_reset[sample, time]
        surrogate(cell, low, high, steps.v[sample, time], refractory, slope)
        grad_v = upstream.v[sample, time]
        step_back(cell, low, high, adjoint, slope, asked, grad_v, z, refractory, before)
    clear(asked[low:high])


@loop
def ahead(
    cell: CellConstants,
    wiring: Wiring,
    back: Returning,
    low: int,
    high: int,
    sample: int,
    front: int,
    taken: int,
    steps_ahead: int,
    window: Floats,
) -> None:
    """Enters what the currents of the steps before `front` are worth, as far as it is settled.

    But for those that the window held before `taken` steps were taken.
    """
    own, n_samples = back.due[sample], back.v.shape[0]
    n_slots = wiring.depth + steps_ahead
    if front >= 1 and taken >= steps_ahead:
        due(cell, low, high, back.rise[sample], own)
        place = (steps_ahead - 1) * n_samples + sample
        enter(wiring, low, high, own, window, n_slots, place, n_samples)
    if steps_ahead == 2 and front >= 2:
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
    front: int,
    taken: int,
    steps_ahead: int,
    coming: Floats,
) -> None:
    """So many time steps before `front`, for the neurons from `low` to `high`."""
    n_samples, n_slots = back.v.shape[0], wiring.depth + steps_ahead
    for sample in range(n_samples):
        for time in range(front - 1, front - taken - 1, -1):
            one_step(cell, wiring, steps, recent, upstream, back, low, high, sample, time)
            if 0 <= time < front - steps_ahead:
                place = (time - front + taken + steps_ahead) * n_samples + sample
                enter(wiring, low, high, back.due[sample], coming, n_slots, place, n_samples)
        ahead(cell, wiring, back, low, high, sample, front - taken, taken, steps_ahead, coming)


@loop
def along(
    cell: CellConstants,
    table: SynapseTable,
    thread: int,
    starts: NDArray[np.int32],
    shape: BlockShape,
    weights: Floats,
    steps: Steps,
    recent: Floats,
    back: Returning,
    window: Floats,
    n_slots: int,
    front: int,
) -> None:
    """Near or far synapses of a share's sources, for the block of time steps before `front`."""
    n_samples, oldest = back.v.shape[0], front - shape.length
    pull(cell, table, thread, starts, shape, weights, steps, back, window, n_slots, oldest)
    for k in range(max(0, -recent.shape[1] - oldest), shape.length):
        for sample in range(n_samples):
            z = spikes_of(steps, recent, sample, oldest + k)
            place = (k + shape.shift) * n_samples + sample
            collect(table, thread, starts, z, window, n_slots, n_samples, place, back.weights)


@loop
def turn(
    cell: CellConstants,
    table: SynapseTable,
    wiring: Wiring,
    shapes: BlockShapes,
    weights: Floats,
    steps: Steps,
    recent: Floats,
    upstream: Upstream,
    back: Returning,
    thread: int,
    done: int,
    number: int,
) -> None:
    """A share of the neurons until the next turn; before the first, what the first needs."""
    n_samples, n_steps, depth = back.v.shape[0], steps.spikes.shape[1], wiring.depth
    start, end, front = table.bounds[thread], table.bounds[thread + 1], n_steps - done
    n_slots = depth + shapes.ahead
    if number < 0:
        for sample in range(n_samples):
            ahead(
                cell, wiring, back, start, end, sample, front, shapes.ahead, shapes.ahead,
                back.windows[0],
            )  # fmt: skip
        return
    window, coming = back.windows[number % 2], back.windows[1 - number % 2]
    # One call for both: what is called here is compiled into each call.
    for starts, shape in ((table.near, near_shape(shapes)), (table.far, far_shape(shapes))):
        if done % shape.length == 0:
            along(
                cell, table, thread, starts, shape, weights, steps, recent, back, window, n_slots,
                front,
            )  # fmt: skip
    taken = next_turn(shapes, done, n_steps + depth) - done
    whole = front - taken >= shapes.ahead
    shift(table, thread, window, coming, n_slots * n_samples, taken * n_samples, whole)
    for low in range(start, end, CHUNK):
        high = min(low + CHUNK, end)
        steps_back(
            cell, wiring, steps, recent, upstream, back, low, high, front, taken, shapes.ahead,
            coming,
        )  # fmt: skip


@parallel_loop
def run_back(
    cell: CellConstants,
    table: SynapseTable,
    wiring: Wiring,
    shapes: BlockShapes,
    weights: Floats,
    steps: Steps,
    recent: Floats,
    upstream: Upstream,
    back: Returning,
) -> None:
    """All time steps, from the newest to that of the oldest spikes of the delay buffer."""
    done, number, total = 0, -1, steps.spikes.shape[1] + wiring.depth
    while done < total:
        for thread in prange(len(table.bounds) - 1):
            # As one type each: else it is compiled for literals and unsigned numbers too.
            own, so_far, which = np.int64(thread), np.int64(done), np.int64(number)
            turn(
                cell, table, wiring, shapes, weights, steps, recent, upstream, back, own, so_far,
                which,
            )  # fmt: skip
        if number >= 0:
            done = next_turn(shapes, np.int64(done), np.int64(total))
        number += 1
