"""The factors with which NEST's glif_psc takes a time step, in normalised units. Numpy only.

Over a step of h ms the linear equations of a membrane (tau_m = C_m / g) that receives alpha
currents are solved exactly (Rotter & Diesmann, Biological Cybernetics 81:381-402, 1999).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.v1.network.glif3_constants import membrane_decay

if TYPE_CHECKING:
    from keras_v1_activity.v1.network.v1_network import Glif3Parameters

# Below this difference of exponents the closed form loses digits, and ten terms have them all.
_SMALL = 0.1
_N_TERMS = 10


@dataclass(frozen=True, eq=False, kw_only=True)
class NestConstants:
    """What `Glif3Constants` does not hold; make it with `of`.

    Attributes:
        rise_gain: (n, 4) potential that a slope of a synaptic current of 1 adds in a step, ms/nS.
        psc_gain: (n, 4) potential that a synaptic current of 1 adds in the step in which it decays,
            1/nS.
        asc_gain: (n, 2) the same for an after-spike current, which acts by its mean of the step,
            1/nS.
        asc_change_at_spike: (n, 2) what a refractory period takes off an after-spike current, as a
            part of it: exp(-k t_ref) - 1.

    Example:
        >>> constants = NestConstants.of(network.parameters, dt=1.0)
        >>> bool((constants.rise_gain < constants.psc_gain).all())
        True
    """

    rise_gain: NDArray[np.float64]
    psc_gain: NDArray[np.float64]
    asc_gain: NDArray[np.float64]
    asc_change_at_spike: NDArray[np.float64]

    @classmethod
    def of(cls, parameters: Glif3Parameters, dt: float) -> NestConstants:
        """From the parameters in physical units.

        Args:
            parameters: `Glif3Parameters` of n neurons, with their t_ref as it was fitted: NEST
                rounds it for counting steps, not for the decay of after-spike currents.
            dt: ms per time step.
        """
        p, dt = parameters, float(dt)
        rise_gain, psc_gain = alpha_propagators(p.tau_syn, p.g[:, None], p.C_m[:, None], dt)
        mean_asc = -np.expm1(-dt * p.k) / (dt * p.k)
        constant = -np.expm1(-dt * p.g / p.C_m) / p.g
        return cls(
            rise_gain=rise_gain,
            psc_gain=psc_gain,
            asc_gain=constant[:, None] * mean_asc,
            asc_change_at_spike=np.expm1(-p.t_ref[:, None] * p.k),
        )


def alpha_propagators(
    tau_syn: ArrayLike, g: ArrayLike, c_m: ArrayLike, dt: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What an alpha current adds to the membrane potential over a time step.

    Args:
        tau_syn: time constant of the current, ms.
        g: membrane conductance, nS.
        c_m: membrane capacitance, pF.
        dt: ms per time step.

    Returns:
        The factors of the current's slope (dI/dt + I / tau_syn, in pA/ms) and of the current (pA)
        at the beginning of the step, to mV.

    Example:
        >>> slope, current = alpha_propagators(2.0, 5.0, 50.0, dt=1.0)
        >>> slope.round(5), current.round(5)
        (np.float64(0.00696), np.float64(0.01492))
    """
    tau_syn, c_m = np.asarray(tau_syn, np.float64), np.asarray(c_m, np.float64)
    decay = membrane_decay(g, c_m, dt)
    exponent = dt / tau_syn - dt * np.asarray(g) / c_m
    first, second = _integrals(exponent)
    return dt**2 / c_m * decay * second, dt / c_m * decay * first


def _integrals(x: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The integrals of exp(-x s) and of s exp(-x s) over s from 0 to 1, for any x."""
    near = np.abs(x) < _SMALL
    apart = np.where(near, 1.0, x)
    powers = [(-x) ** m / factorial(m) for m in range(_N_TERMS)]
    first = np.where(
        near, sum(p / (m + 1) for m, p in enumerate(powers)), -np.expm1(-apart) / apart
    )
    second = np.where(
        near,
        sum(p / (m + 2) for m, p in enumerate(powers)),
        (-np.expm1(-apart) - apart * np.exp(-apart)) / apart**2,
    )
    return first, second
