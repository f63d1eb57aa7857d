"""The only unit conversions of the package. Times in ms, potentials in mV, rates in Hz."""

from __future__ import annotations

from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

MS_PER_S: float = 1000.0


@overload
def steps_to_ms(steps: float, dt: float) -> np.float64: ...
@overload
def steps_to_ms(steps: ArrayLike, dt: float) -> NDArray[np.float64]: ...
def steps_to_ms(steps: ArrayLike, dt: float) -> NDArray[np.float64] | np.float64:
    """Time of each time step in ms: its number times `dt`.

    Args:
        steps: one time step or an array of them, counted from 0.
        dt: ms per time step.

    Example:
        >>> steps_to_ms([0, 3], dt=0.5)
        array([0. , 1.5])
    """
    return np.asarray(steps, dtype=np.float64) * dt


@overload
def ms_to_steps(ms: float, dt: float) -> np.int64: ...
@overload
def ms_to_steps(ms: ArrayLike, dt: float) -> NDArray[np.int64]: ...
def ms_to_steps(ms: ArrayLike, dt: float) -> NDArray[np.int64] | np.int64:
    """Number of whole time steps nearest to `ms`.

    Args:
        ms: one time or an array of them.
        dt: ms per time step.

    Example:
        >>> ms_to_steps([10.0, 2.6], dt=0.5)
        array([20,  5])
    """
    return np.rint(np.asarray(ms, dtype=np.float64) / dt).astype(np.int64)


@overload
def counts_to_hz(counts: float, duration_ms: float, n_neurons: int = 1) -> np.float64: ...
@overload
def counts_to_hz(
    counts: ArrayLike, duration_ms: ArrayLike, n_neurons: ArrayLike = 1
) -> NDArray[np.float64]: ...
def counts_to_hz(
    counts: ArrayLike, duration_ms: ArrayLike, n_neurons: ArrayLike = 1
) -> NDArray[np.float64] | np.float64:
    """Mean firing rate (Hz) of `n_neurons` that fired `counts` spikes in `duration_ms`.

    Args:
        counts: one number of spikes or an array of them.
        duration_ms: ms in which they were counted, one number or an array that fits `counts`.
        n_neurons: how many neurons fired them, likewise.

    Example:
        >>> counts_to_hz([3, 6], duration_ms=300)
        array([10., 20.])
    """
    neuron_ms = np.asarray(duration_ms) * np.asarray(n_neurons)
    return np.asarray(counts, dtype=np.float64) * MS_PER_S / neuron_ms


def mv_to_normalised(potential_mv: Any, e_l_mv: Any, v_th_mv: Any) -> Any:
    """Membrane potential in units of V_th - E_L above E_L: 0 at rest, 1 at threshold.

    Args:
        potential_mv: mV; a number, an array or a tensor, as the others.
        e_l_mv: resting potential E_L, mV.
        v_th_mv: threshold V_th, mV.

    Example:
        >>> mv_to_normalised(-60.0, e_l_mv=-70.0, v_th_mv=-50.0)
        0.5
    """
    return (potential_mv - e_l_mv) / (v_th_mv - e_l_mv)


def normalised_to_mv(v: Any, e_l_mv: Any, v_th_mv: Any) -> Any:
    """Inverse of `mv_to_normalised`: mV.

    Args:
        v: normalised potential; a number, an array or a tensor, as the others.
        e_l_mv: resting potential E_L, mV.
        v_th_mv: threshold V_th, mV.

    Example:
        >>> normalised_to_mv(0.5, e_l_mv=-70.0, v_th_mv=-50.0)
        -60.0
    """
    return v * (v_th_mv - e_l_mv) + e_l_mv
