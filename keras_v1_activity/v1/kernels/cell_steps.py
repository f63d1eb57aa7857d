"""One time step of some neurons of one sample: the equations of `Glif3Equations`, as loops.

Every product is rounded before it is added to, and sums are taken in the order of the engine: the
numbers are the same. Each loop writes one array, so that the compiler can see that it may take many
neurons at once.
"""

from __future__ import annotations

import numpy as np

from keras_v1_activity.v1.kernels.compiled import Flags, Floats, loop
from keras_v1_activity.v1.kernels.constants import GLIF3, NEST, V1_GLIF_MODEL, CellConstants
from keras_v1_activity.v1.kernels.elements import copy

ONE, ZERO, HALF = np.float32(1.0), np.float32(0.0), np.float32(0.5)


@loop
def step(
    cell: CellConstants,
    low: int,
    high: int,
    state: tuple[Floats, ...],
    current: Floats,
    z: Floats,
    spikes: Floats,
    v_out: Floats,
    refractory_out: Flags,
    before_reset: Floats,
) -> None:
    """A time step of the neurons from `low` to `high`.

    Args:
        cell: `CellConstants`.
        low, high: int64.
        state: tuple of v (n,), r (n,), asc (2, n), psc_rise (4 n,) and psc (4 n,) of the sample;
            written to.
        current: (4 n,) what arrives in the step.
        z: (n,) float32, spikes of the step before.
        spikes, v_out: (n,) float32, written to: spikes and potentials of the step.
        refractory_out: (n,) uint8, written to: where no spike was possible.
        before_reset: (n,) float32, written to where it has neurons: potentials before the reset.
    """
    own = slice(low, high)
    fourfold = slice(4 * low, 4 * high)
    v, r, z, v_out = state[0][own], state[1][own], z[own], v_out[own]
    refractory_out, spikes = refractory_out[own], spikes[own]
    asc, rise, psc = state[2], state[3][fourfold], state[4][fourfold]
    if cell.hard_reset and cell.kind != V1_GLIF_MODEL:
        before = before_reset[own]
    else:
        before = v_out
    if cell.kind == NEST:
        _nest_potential(cell, low, v, asc[:, own], rise, psc, v_out)
        copy(v_out, before)
        _reset_to(v_out, before, z, cell.v_reset[own])
        _hold(v_out, r, z, cell.v_reset[own], refractory_out)
        for j in range(2):
            changes = cell.asc_change[j, own], cell.asc_change_at_spike[j, own]
            _nest_after_spikes(asc[j, own], z, r, changes, cell.asc_amps[j, own])
        _refractory(r, z, cell.t_ref[own], cell.dt, HALF * cell.dt)
    else:
        _potential(
            v, asc[0, own], asc[1, own], psc, cell.decay[own], cell.current_factor[own], v_out
        )
        if cell.hard_reset and cell.kind == GLIF3:
            copy(v_out, before)
            _reset_to(v_out, before, z, cell.v_reset[own])
        else:
            _reset_by(v_out, z, cell.v_reset[own])
        # Whole time steps but for the published equations: below half a step is rounding.
        least = ZERO if cell.kind == GLIF3 else HALF * cell.dt
        _refractory(r, z, cell.t_ref[own], cell.dt, least)
        _is_positive(r, refractory_out)
        for j in range(2):
            _after_spikes(asc[j, own], z, cell.asc_change[j, own], cell.asc_amps[j, own])
        if cell.hard_reset and cell.kind != GLIF3:
            _replace(v_out, refractory_out, cell.v_reset[own])
    _fire(v_out, refractory_out, spikes)
    copy(v_out, v)
    _synapses(
        rise, psc, current[fourfold], cell.syn_decay[fourfold], cell.psc_initial[fourfold], cell.dt
    )


@loop
def _potential(
    v: Floats,
    first: Floats,
    second: Floats,
    psc: Floats,
    decay: Floats,
    factor: Floats,
    v_out: Floats,
) -> None:
    received = psc.reshape((len(v), 4))
    for i in range(len(v)):
        total = received[i, 0] + received[i, 1] + received[i, 2] + received[i, 3]
        v_out[i] = total + (first[i] + second[i])
    for i in range(len(v)):
        v_out[i] = decay[i] * v[i] + factor[i] * v_out[i]


@loop
def _reset_by(v: Floats, z: Floats, v_reset: Floats) -> None:
    for i in range(len(v)):
        v[i] = v[i] + z[i] * (v_reset[i] - ONE)


@loop
def _reset_to(v: Floats, before: Floats, z: Floats, v_reset: Floats) -> None:
    for i in range(len(v)):
        v[i] = before[i] + z[i] * (v_reset[i] - before[i])


@loop
def _replace(v: Floats, where: Flags, by: Floats) -> None:
    for i in range(len(v)):
        v[i] = by[i] if where[i] else v[i]


@loop
def _refractory(r: Floats, z: Floats, t_ref: Floats, dt: np.float32, least: np.float32) -> None:
    for i in range(len(r)):
        left = r[i] + z[i] * t_ref[i] - dt
        r[i] = ZERO if left < least else left


@loop
def _is_positive(x: Floats, out: Flags) -> None:
    for i in range(len(x)):
        out[i] = x[i] > ZERO


@loop
def _after_spikes(asc: Floats, z: Floats, change: Floats, amps: Floats) -> None:
    for i in range(len(asc)):
        asc[i] = asc[i] + asc[i] * change[i] + z[i] * amps[i]


@loop
def _fire(v: Floats, refractory: Flags, spikes: Floats) -> None:
    for i in range(len(v)):
        spikes[i] = ONE if v[i] > ONE else ZERO
    for i in range(len(v)):
        spikes[i] = ZERO if refractory[i] else spikes[i]


@loop
def _nest_potential(
    cell: CellConstants, low: int, v: Floats, asc: Floats, rise: Floats, psc: Floats, v_out: Floats
) -> None:
    for i in range(len(v)):
        driven, neuron = ZERO, low + i
        for k in range(4):
            one = 4 * i + k
            received = cell.rise_gain[4 * low + one] * rise[one]
            driven += received + cell.psc_gain[4 * low + one] * psc[one]
        driven += cell.asc_gain[0, neuron] * asc[0, i] + cell.asc_gain[1, neuron] * asc[1, i]
        v_out[i] = cell.decay[neuron] * v[i] + driven


@loop
def _hold(v: Floats, r: Floats, z: Floats, v_reset: Floats, held: Flags) -> None:
    for i in range(len(v)):
        held[i] = z[i] > ZERO or r[i] > ZERO
    for i in range(len(v)):
        v[i] = v_reset[i] if (r[i] > ZERO and z[i] == ZERO) else v[i]


@loop
def _nest_after_spikes(
    asc: Floats, z: Floats, r: Floats, changes: tuple[Floats, Floats], amps: Floats
) -> None:
    change, at_spike = changes
    for i in range(len(asc)):
        own = ZERO if r[i] > ZERO else change[i]
        own = at_spike[i] if z[i] > ZERO else own
        asc[i] = asc[i] + asc[i] * own + z[i] * amps[i]


@loop
def _synapses(
    rise: Floats, psc: Floats, current: Floats, decay: Floats, initial: Floats, dt: np.float32
) -> None:
    for k in range(len(psc)):
        psc[k] = decay[k] * (psc[k] + dt * rise[k])
    for k in range(len(psc)):
        rise[k] = rise[k] * decay[k] + current[k] * initial[k]
