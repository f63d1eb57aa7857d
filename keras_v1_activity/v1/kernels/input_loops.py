"""The product of a sparse matrix with the input of many moments, and its gradients.

Few channels send a spike in a moment: their synapses are followed one by one. Where more do, or
where the input has real values, all synapses are gone over, for 16 moments at once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import prange
from numpy.typing import NDArray

from keras_v1_activity.v1.kernels.compiled import Floats, first_at_least, loop, parallel_loop
from keras_v1_activity.v1.kernels.elements import clear, copy
from keras_v1_activity.v1.kernels.lanes import add_lanes, product_of_lanes

LANES = 16
"""Moments that are taken at once where all synapses are gone over."""

CHUNK = 64
"""Moments whose gradients are mixed before weights get what they are owed."""


class InputTable(NamedTuple):
    """Synapses from channels to sums, and what the sums are worth.

    Attributes:
        first: (channels + 1,) int64, where the synapses of a channel begin.
        row: (synapses,) int32, the sum that each feeds.
        channel_bounds: (parts + 1,) int64, the first channel of each part.
        row_first: (sums + 1,) int64, where those of a sum begin in an order of their own.
        channel: (synapses,) int32, the channel of each in that order.
        place: (sums,) int32, the first of the four rows of the product that a sum is worth
            something in; empty if sums are the rows.
        factors: (sums, 4) float32, what it is worth there.
    """

    first: NDArray[np.int64]
    row: NDArray[np.int32]
    channel_bounds: NDArray[np.int64]
    row_first: NDArray[np.int64]
    channel: NDArray[np.int32]
    place: NDArray[np.int32]
    factors: NDArray[np.float32]


class Events(NamedTuple):
    """What is not 0 of an input, by moment.

    Attributes:
        number: (moments,) int64, how many events a moment has; all of its channels if there is no
            room for them.
        channel: (moments, room) int32, ascending within a moment.
        value: (moments, room) float32.
    """

    number: NDArray[np.int64]
    channel: NDArray[np.int32]
    value: NDArray[np.float32]


@loop
def _find(x: Floats, events: Events, moment: int) -> None:
    found = np.empty(len(x) + 1, np.int32)
    number, room = 0, events.channel.shape[1]
    # Written in any case: a branch that is taken now and then costs more.
    for channel in range(len(x)):
        found[number] = channel
        number += x[channel] != 0
    if number > room:
        events.number[moment] = len(x)
        return
    events.number[moment] = number
    for k in range(number):
        events.channel[moment, k] = found[k]
        events.value[moment, k] = x[found[k]]


@parallel_loop
def find(x: Floats, events: Events) -> None:
    """Writes the `Events` of x (moments, channels)."""
    for moment in prange(len(x)):
        _find(x[moment], events, moment)


@loop
def _mixed(table: InputTable, sums: Floats, out: Floats) -> None:
    """The rows (rows,) that sums are worth."""
    clear(out)
    for row in range(len(sums)):
        own, factors = out[table.place[row] :], table.factors[row]
        own[0] += sums[row] * factors[0]
        own[1] += sums[row] * factors[1]
        own[2] += sums[row] * factors[2]
        own[3] += sums[row] * factors[3]


@loop
def _of_sums(table: InputTable, upstream: Floats, out: Floats, step: int) -> None:
    """The gradient of each sum, `step` apart, from that of the rows."""
    for row in range(len(table.place)):
        own, factors = upstream[table.place[row] :], table.factors[row]
        total = own[0] * factors[0] + own[1] * factors[1]
        out[row * step] = total + own[2] * factors[2] + own[3] * factors[3]
    if len(table.place) == 0:
        for row in range(len(upstream)):
            out[row * step] = upstream[row]


@loop
def _follow(table: InputTable, weights: Floats, events: Events, moment: int, sums: Floats) -> None:
    for event in range(events.number[moment]):
        channel, value = events.channel[moment, event], events.value[moment, event]
        for k in range(table.first[channel], table.first[channel + 1]):
            sums[table.row[k]] += weights[k] * value


@parallel_loop
def product_of_events(table: InputTable, weights: Floats, events: Events, out: Floats) -> None:
    """Writes the product (moments, rows) to `out`, of weights (synapses,) in their first order."""
    n_sums = len(table.row_first) - 1
    for moment in prange(len(out)):
        if len(table.place) > 0:
            sums = np.zeros(n_sums, np.float32)
            _follow(table, weights, events, moment, sums)
            _mixed(table, sums, out[moment])
        else:
            clear(out[moment])
            _follow(table, weights, events, moment, out[moment])


@parallel_loop
def weights_of_events(
    table: InputTable, upstream: Floats, events: Events, gradient: Floats
) -> None:
    """Adds to the gradient (synapses,) of the weights what the events ask, from (moments, rows)."""
    n_moments, n_sums = len(upstream), len(table.row_first) - 1
    asked = np.empty((CHUNK, n_sums), np.float32)
    for start in range(0, n_moments, CHUNK):
        stop = min(start + CHUNK, n_moments)
        for moment in prange(start, stop):
            _of_sums(table, upstream[moment], asked[moment - start], 1)
        for part in prange(len(table.channel_bounds) - 1):
            low, high = table.channel_bounds[part], table.channel_bounds[part + 1]
            for moment in range(start, stop):
                _owed(table, events, moment, low, high, asked[moment - start], gradient)


@loop
def _owed(
    table: InputTable,
    events: Events,
    moment: int,
    low: int,
    high: int,
    asked: Floats,
    gradient: Floats,
) -> None:
    own = events.channel[moment, : events.number[moment]]
    for event in range(first_at_least(own, low), first_at_least(own, high)):
        channel, value = own[event], events.value[moment, event]
        for k in range(table.first[channel], table.first[channel + 1]):
            gradient[k] += value * asked[table.row[k]]


@loop
def _side_by_side(x: Floats, start: int, out: Floats) -> None:
    """X (moments, columns) from `start` on as (columns * LANES,), moments side by side."""
    stop = min(start + LANES, len(x))
    for moment in range(start, stop):
        for column in range(x.shape[1]):
            out[column * LANES + moment - start] = x[moment, column]


@loop
def _all_lanes(
    weights: Floats,
    slots: NDArray[np.int32],
    starts: NDArray[np.int64],
    values: Floats,
    sums: Floats,
) -> None:
    wanted = np.ones(len(starts) - 1, np.bool_)
    add_lanes(LANES, weights, slots, starts, wanted, 0, LANES, values, 0, sums, LANES, 0)


@parallel_loop
def product_of_all(table: InputTable, weights: Floats, x: Floats, out: Floats) -> None:
    """Writes the product (moments, rows) to `out`; the weights in the order by sum."""
    n_sums = len(table.row_first) - 1
    for chunk in prange(-(-len(x) // LANES)):
        start = chunk * LANES
        beside = np.zeros(x.shape[1] * LANES, np.float32)
        _side_by_side(x, start, beside)
        sums = np.zeros(n_sums * LANES, np.float32)
        _all_lanes(weights, table.channel, table.row_first, beside, sums)
        own = np.empty(n_sums, np.float32)
        for moment in range(start, min(start + LANES, len(x))):
            for row in range(n_sums):
                own[row] = sums[row * LANES + moment - start]
            if len(table.place) > 0:
                _mixed(table, own, out[moment])
            else:
                copy(own, out[moment])


@parallel_loop
def weights_of_all(table: InputTable, upstream: Floats, x: Floats, gradient: Floats) -> None:
    """As `weights_of_events`, of an input (moments, channels) of any values."""
    n_sums = len(table.row_first) - 1
    asked = np.zeros(n_sums * LANES, np.float32)
    beside = np.zeros(x.shape[1] * LANES, np.float32)
    for start in range(0, len(x), LANES):
        stop = min(start + LANES, len(x))
        if stop - start < LANES:
            clear(asked)
        for moment in prange(start, stop):
            _of_sums(table, upstream[moment], asked[moment - start :], LANES)
        _side_by_side(x, start, beside)
        for part in prange(len(table.channel_bounds) - 1):
            for channel in range(table.channel_bounds[part], table.channel_bounds[part + 1]):
                for k in range(table.first[channel], table.first[channel + 1]):
                    at = table.row[k] * LANES
                    gradient[k] += product_of_lanes(asked, at, beside, channel * LANES)


@parallel_loop
def input_gradient(table: InputTable, weights: Floats, upstream: Floats, out: Floats) -> None:
    """Writes the gradient (moments, channels) of the input to `out`."""
    n_sums = len(table.row_first) - 1
    for chunk in prange(-(-len(upstream) // LANES)):
        start = chunk * LANES
        stop = min(start + LANES, len(upstream))
        asked = np.zeros(n_sums * LANES, np.float32)
        for moment in range(start, stop):
            _of_sums(table, upstream[moment], asked[moment - start :], LANES)
        sums = np.zeros(out.shape[1] * LANES, np.float32)
        _all_lanes(weights, table.row, table.first, asked, sums)
        for moment in range(start, stop):
            for channel in range(out.shape[1]):
                out[moment, channel] = sums[channel * LANES + moment - start]
