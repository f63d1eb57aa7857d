"""What stays constant while GLIF3 neurons are simulated, in normalised units. Numpy only.

Potentials are normalised per neuron as v = (V - E_L) / (V_th - E_L), so that rest is 0 and
threshold is 1; currents, weights and after-spike amplitudes are divided by the same V_th - E_L.
The exact solution of a linear equation over one time step of dt ms gives each decay factor
(Teeter et al. 2018; Billeh et al. 2020; Chen et al. 2022, Methods).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.common import units

if TYPE_CHECKING:
    from keras_v1_activity.v1.network.v1_network import Glif3Parameters

V_TH: float = 1.0
"""Threshold in normalised units; rest is 0."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Glif3Constants:
    """Constants of n neurons for one length of a time step; make it with `of`.

    Attributes:
        voltage_scale: (n,) V_th - E_L, mV.
        v_reset: (n,) reset potential, normalised.
        decay: (n,) what is left of a potential after a time step.
        current_factor: (n,) potential that a constant current of 1 adds in a time step, 1/nS.
        t_ref: (n,) refractory period, ms.
        asc_decay: (n, 2) what is left of an after-spike current after a time step.
        asc_change: (n, 2) asc_decay - 1. asc_decay is so near 1 that its float32 rounding, repeated
            in each time step, adds up to microvolts and millivolts; this keeps its digits.
        asc_amps: (n, 2) after-spike current added at each spike, pA/mV.
        syn_decay: (n, 4) what is left of a synaptic current after a time step.
        psc_initial: (n, 4) initial slope of the synaptic current after a spike, 1/ms.

    Example:
        >>> constants = Glif3Constants.of(network.parameters, dt=1.0)
        >>> constants.asc_amps.shape
        (200, 2)
    """

    voltage_scale: NDArray[np.floating]
    v_reset: NDArray[np.floating]
    decay: NDArray[np.floating]
    current_factor: NDArray[np.floating]
    t_ref: NDArray[np.floating]
    asc_decay: NDArray[np.floating]
    asc_change: NDArray[np.floating]
    asc_amps: NDArray[np.floating]
    syn_decay: NDArray[np.floating]
    psc_initial: NDArray[np.floating]

    @classmethod
    def of(cls, parameters: Glif3Parameters, dt: float) -> Glif3Constants:
        """From the parameters in physical units.

        Args:
            parameters: `Glif3Parameters` of n neurons; not changed.
            dt: ms per time step.
        """
        p, dt = parameters, float(dt)
        scale = p.voltage_scale
        return cls(
            voltage_scale=scale,
            v_reset=units.mv_to_normalised(p.V_reset, p.E_L, p.V_th),
            decay=membrane_decay(p.g, p.C_m, dt),
            current_factor=(1.0 - membrane_decay(p.g, p.C_m, dt)) / p.g,  # tau_m / C_m is 1 / g
            t_ref=p.t_ref,
            asc_decay=np.exp(-dt * p.k),
            asc_change=np.expm1(-dt * p.k),
            asc_amps=p.asc_amps / scale[:, None],
            syn_decay=synaptic_decay(p.tau_syn, dt),
            psc_initial=synaptic_slope(p.tau_syn),
        )

    @classmethod
    def as_published(cls, parameters: Glif3Parameters, dt: float) -> Glif3Constants:
        """The same, computed in float32 and in the order of the published code.

        They differ from those of `of` by up to some 1e-6 of their value, which is enough to move a
        spike. The float32 difference `asc_change` is that of `asc_decay`: only gradients use it.

        Args:
            parameters: `Glif3Parameters` of n neurons; not changed.
            dt: ms per time step.

        Example:
            >>> constants = Glif3Constants.as_published(network.parameters, dt=1.0)
            >>> constants.current_factor.dtype
            dtype('float32')
        """
        p, dt, one = parameters.in_float32(), np.float32(dt), np.float32(1)
        scale, tau_m = p.voltage_scale, p.C_m / p.g
        decay, asc_decay = np.exp(-dt / tau_m), np.exp(-dt * p.k)
        return cls(
            voltage_scale=scale,
            v_reset=(p.V_reset - p.E_L) / scale,
            decay=decay,
            current_factor=one / p.C_m * (one - decay) * tau_m,
            t_ref=p.t_ref,
            asc_decay=asc_decay,
            asc_change=asc_decay - one,
            asc_amps=p.asc_amps / scale[..., None],
            syn_decay=np.exp(-dt / p.tau_syn),
            psc_initial=np.float32(np.e) / p.tau_syn,
        )


def membrane_decay(g: ArrayLike, c_m: ArrayLike, dt: float) -> NDArray[np.floating]:
    """Decay of the potential over a time step, exp(-dt / tau_m) with tau_m = C_m / g.

    Args:
        g: membrane conductance, nS.
        c_m: membrane capacitance, pF.
        dt: ms per time step.

    Example:
        >>> membrane_decay(5.0, 50.0, 10.0).round(4)
        np.float64(0.3679)
    """
    return np.exp(-dt * np.asarray(g) / np.asarray(c_m))


def synaptic_decay(tau_syn: ArrayLike, dt: float) -> NDArray[np.floating]:
    """Decay of a synaptic current over a time step, exp(-dt / tau_syn).

    Args:
        tau_syn: synaptic time constants, ms.
        dt: ms per time step.

    Example:
        >>> synaptic_decay([2.0], 2.0).round(4)
        array([0.3679])
    """
    return np.exp(-dt / np.asarray(tau_syn))


def synaptic_slope(tau_syn: ArrayLike) -> NDArray[np.floating]:
    """Initial slope of the alpha-shaped current of a spike, e / tau_syn: its peak is the weight.

    Args:
        tau_syn: synaptic time constants, ms.

    Returns:
        1/ms, to be multiplied by the weight.

    Example:
        >>> synaptic_slope([np.e])
        array([1.])
    """
    return np.e / np.asarray(tau_syn)
