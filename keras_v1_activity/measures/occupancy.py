"""Where a gradient can pass: how much of the time neurons are near their threshold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.common import units
from keras_v1_activity.common.checks import real_number


def surrogate_occupancy(
    voltages: ArrayLike,
    thresholds: ArrayLike,
    resting: ArrayLike,
    *,
    gauss_std: float = 0.28,
    least: float = 0.01,
    derivative: Callable[[NDArray[np.float64]], ArrayLike] | None = None,
    refractory: ArrayLike | None = None,
) -> float:
    """Part of (neuron, time step) in which a spike's surrogate derivative is not nearly 0, 0 to 1.

    Not nearly 0: more than 1 % of its peak. Elsewhere no gradient passes through the spike. The
    derivative is that of the network of Chen, Scherr & Maass 2022, Sci. Adv. 8:eabq7592,
    exp(-((v - 1) / gauss_std)^2), v = 0 at rest and 1 at threshold. For why too low a part stops
    learning see Rossbroich, Gygax & Zenke 2022, Neuromorph. Comput. Eng. 2:044016.

    Args:
        voltages: (..., n_neurons) membrane potentials, mV.
        thresholds: (n_neurons,) V_th, mV, or one for all.
        resting: (n_neurons,) E_L, mV, or one for all.
        gauss_std: width of the derivative, in units of V_th - E_L.
        least: part of the peak that must be exceeded.
        derivative: another surrogate derivative of v, whose peak is at v = 1.
        refractory: (..., n_neurons) true where a neuron is refractory, where it passes nothing.

    Returns:
        NaN if there are no potentials; what is NaN or infinite counts as passing nothing.

    Raises:
        ValueError: `gauss_std` is not above 0, or shapes do not fit.

    Example:
        >>> surrogate_occupancy([[-50.0, -70.0]], thresholds=-50.0, resting=-70.0)
        0.5
    """
    potentials = np.asarray(voltages, np.float64)
    width = real_number(gauss_std, "gauss_std", 0.28, above=0)
    if not potentials.size:
        return float("nan")
    try:
        v = units.mv_to_normalised(
            potentials, np.asarray(resting, np.float64), np.asarray(thresholds, np.float64)
        )
    except ValueError:
        raise ValueError(
            "thresholds and resting must be one number, or one for each neuron of voltages, whose "
            f"shape is {potentials.shape}; got {np.shape(thresholds)} and {np.shape(resting)}."
        ) from None
    with np.errstate(invalid="ignore", over="ignore"):
        if derivative is None:
            share = np.exp(-(((v - 1) / width) ** 2))
        else:
            share = np.asarray(derivative(v)) / np.asarray(derivative(np.ones(1)))
        passes = share > least
    if refractory is not None:
        passes &= ~np.asarray(refractory, bool)
    return float(passes.mean())
