"""The adjoint of one time step of some neurons of one sample: as of `Glif3Cell`, as loops."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.kernels.cell_steps import ONE, ZERO
from keras_v1_activity.v1.kernels.compiled import Flags, Floats, loop
from keras_v1_activity.v1.kernels.constants import GLIF3, NEST, CellConstants
from keras_v1_activity.v1.kernels.elements import clear


@loop
def surrogate(
    cell: CellConstants, low: int, high: int, v: Floats, refractory: Flags, slope: Floats
) -> None:
    """Derivative of a spike by the potential, of the neurons from `low` to `high`.

    Args:
        cell: `CellConstants`.
        low, high: int64.
        v: (n,) float32, refractory: (n,) uint8, of the step.
        slope: (n,) float32, written to.
    """
    own = slice(low, high)
    v, refractory, slope = v[own], refractory[own], slope[own]
    if cell.triangle:
        _triangle(v, cell.dampening_factor, slope)
    else:
        _gaussian(v, cell.dampening_factor, cell.gauss_std, slope)
    _nothing_where(refractory, slope)


@loop
def _triangle(v: Floats, height: np.float32, slope: Floats) -> None:
    for i in range(len(v)):
        slope[i] = height * max(ONE - abs(v[i] - ONE), ZERO)


@loop
def _gaussian(v: Floats, height: np.float32, width: np.float32, slope: Floats) -> None:
    for i in range(len(v)):
        away = (v[i] - ONE) / width
        slope[i] = height * math.exp(-(away * away))


@loop
def _nothing_where(flags: Flags, x: Floats) -> None:
    for i in range(len(x)):
        x[i] = ZERO if flags[i] else x[i]


@loop
def mark_possible(
    cell: CellConstants, v: Floats, refractory: Flags, marks: NDArray[np.bool_]
) -> None:
    """Marks the neurons whose `surrogate` in a step can be other than 0."""
    if cell.triangle:
        for i in range(len(marks)):
            marks[i] |= (refractory[i] == 0) & (abs(v[i] - ONE) < ONE)
    else:
        for i in range(len(marks)):
            marks[i] |= refractory[i] == 0


@loop
def step_back(
    cell: CellConstants,
    low: int,
    high: int,
    adjoint: tuple[Floats, ...],
    slope: Floats,
    asked: Floats,
    grad_v: Floats,
    z: Floats,
    refractory: Flags,
    before_reset: Floats,
) -> None:
    """The adjoint of a time step of the neurons from `low` to `high`.

    Args:
        cell: `CellConstants`.
        low, high: int64.
        adjoint: tuple of the gradients of v (n,), asc (2, n), psc_rise (4 n,), psc (4 n,) and the
            newest spikes (n,) after the step; written to: those before it.
        slope: (n,) derivative of the spikes of the step.
        asked: (n,) gradient of these spikes but for that in `adjoint`; overwritten.
        grad_v: (n,) gradient of the layer's potentials of the step.
        z: (n,) spikes of the step before.
        refractory, before_reset: (n,) as `step` gave them.
    """
    own = slice(low, high)
    fourfold = slice(4 * low, 4 * high)
    of_v, asc, of_z, grad = adjoint[0][own], adjoint[1], adjoint[4][own], asked[own]
    rise, psc = adjoint[2][fourfold], adjoint[3][fourfold]
    z, refractory, decay = z[own], refractory[own], cell.syn_decay[fourfold]
    _of_potential(grad, slope[own], grad_v[own], of_v, of_z)
    # The slope of a synaptic current, and what of the current does not come from the potential.
    _through_synapses(rise, psc, decay, cell.dt)
    if cell.kind == NEST:
        before = before_reset[own]
        _nest_through_spike(grad, z, refractory, before, cell.v_reset[own], of_z)
        for j in range(2):
            _add_product(asc[j, own], cell.asc_amps[j, own], of_z)
            changes = cell.asc_change[j, own], cell.asc_change_at_spike[j, own]
            _nest_after_spikes(asc[j, own], changes, cell.asc_gain[j, own], grad, z, refractory)
        _nest_drive(rise, psc, cell.rise_gain[fourfold], cell.psc_gain[fourfold], grad)
        _scaled(grad, cell.decay[own], ONE, of_v)
        return
    clear(of_z)
    if cell.kind == GLIF3:
        for j in range(2):
            _add_product(asc[j, own], cell.asc_amps[j, own], of_z)
        if cell.hard_reset:
            _hard_reset(grad, z, before_reset[own], cell.v_reset[own], of_z)
        else:
            _soft_reset(grad, cell.v_reset[own], of_z)
    elif cell.hard_reset:
        _nothing_where(refractory, grad)
    _scaled(grad, cell.decay[own], cell.voltage_gradient, of_v)
    _scaled(grad, cell.current_factor[own], ONE, grad)
    for j in range(2):
        _after_spikes(asc[j, own], cell.asc_change[j, own], grad)
    _drive(psc, grad)


@loop
def _of_potential(asked: Floats, slope: Floats, grad_v: Floats, of_v: Floats, of_z: Floats) -> None:
    for i in range(len(asked)):
        asked[i] = grad_v[i] + of_v[i] + (of_z[i] + asked[i]) * slope[i]


@loop
def _through_synapses(rise: Floats, psc: Floats, decay: Floats, dt: np.float32) -> None:
    for k in range(len(rise)):
        rise[k] = (rise[k] + dt * psc[k]) * decay[k]
    for k in range(len(rise)):
        psc[k] = psc[k] * decay[k]


@loop
def _add_product(x: Floats, y: Floats, total: Floats) -> None:
    for i in range(len(x)):
        total[i] += x[i] * y[i]


@loop
def _scaled(x: Floats, factor: Floats, by: np.float32, out: Floats) -> None:
    for i in range(len(x)):
        out[i] = by * (factor[i] * x[i])


@loop
def _soft_reset(grad: Floats, v_reset: Floats, of_z: Floats) -> None:
    for i in range(len(grad)):
        of_z[i] += grad[i] * (v_reset[i] - ONE)


@loop
def _hard_reset(grad: Floats, z: Floats, before: Floats, v_reset: Floats, of_z: Floats) -> None:
    for i in range(len(grad)):
        of_z[i] += grad[i] * (v_reset[i] - before[i])
    for i in range(len(grad)):
        grad[i] = grad[i] * (ONE - z[i])


@loop
def _after_spikes(asc: Floats, change: Floats, drive: Floats) -> None:
    for i in range(len(asc)):
        asc[i] = asc[i] + (asc[i] * change[i] + drive[i])


@loop
def _drive(psc: Floats, grad: Floats) -> None:
    by_receptor = psc.reshape((len(grad), 4))
    for i in range(len(grad)):
        by_receptor[i, 0] += grad[i]
        by_receptor[i, 1] += grad[i]
        by_receptor[i, 2] += grad[i]
        by_receptor[i, 3] += grad[i]


@loop
def _nest_through_spike(
    grad: Floats, z: Floats, held: Flags, before: Floats, v_reset: Floats, of_z: Floats
) -> None:
    for i in range(len(grad)):
        grad[i] = ZERO if (held[i] and z[i] == ZERO) else grad[i]
    for i in range(len(grad)):
        of_z[i] = grad[i] * (v_reset[i] - before[i])
    for i in range(len(grad)):
        grad[i] = grad[i] * (ONE - z[i])


@loop
def _nest_after_spikes(
    asc: Floats, changes: tuple[Floats, Floats], gain: Floats, grad: Floats, z: Floats, held: Flags
) -> None:
    change, at_spike = changes
    for i in range(len(asc)):
        own = ZERO if held[i] else change[i]
        own = at_spike[i] if z[i] > ZERO else own
        asc[i] = asc[i] + (asc[i] * own + gain[i] * grad[i])


@loop
def _nest_drive(
    rise: Floats, psc: Floats, rise_gain: Floats, psc_gain: Floats, grad: Floats
) -> None:
    for i in range(len(grad)):
        for k in range(4 * i, 4 * i + 4):
            rise[k] += rise_gain[k] * grad[i]
            psc[k] += psc_gain[k] * grad[i]


@loop
def due(cell: CellConstants, low: int, high: int, rise: Floats, out: Floats) -> None:
    """The gradients (4 n,) of the currents that arrive in a step, of the slopes' after it."""
    own = slice(4 * low, 4 * high)
    _scaled(rise[own], cell.psc_initial[own], ONE, out[own])


@loop
def due_ahead(
    cell: CellConstants, low: int, high: int, rise: Floats, psc: Floats, out: Floats
) -> None:
    """The same of the step before, which no spike of this step changes."""
    own = slice(4 * low, 4 * high)
    _due_ahead(rise[own], psc[own], cell.syn_decay[own], cell.psc_initial[own], cell.dt, out[own])


@loop
def _due_ahead(
    rise: Floats, psc: Floats, decay: Floats, initial: Floats, dt: np.float32, out: Floats
) -> None:
    for k in range(len(out)):
        out[k] = (rise[k] + dt * psc[k]) * decay[k]
    for k in range(len(out)):
        out[k] = out[k] * initial[k]
