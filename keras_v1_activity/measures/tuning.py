"""Tuning of neurons to the direction of movement of a grating."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.common.checks import frozen_array

LEAST_HZ: float = 0.5
"""A neuron whose greatest mean rate is below this has no tuning that could be measured, Hz."""

# A vector sum below this part of the summed rates is rounding, not tuning.
_ROUNDING = 1e-9


def osi(
    rates: ArrayLike, directions_deg: ArrayLike, *, least_hz: float = LEAST_HZ
) -> NDArray[np.float64]:
    """Orientation selectivity of each neuron, 0 to 1: |sum R exp(2 i theta)| / sum R.

    One minus the circular variance. Mazurek et al. 2014, Front. Neural Circuits 8:92; used for the
    V1 model in Billeh et al. 2020, Neuron 106:388.

    Args:
        rates: (n_directions, n_neurons) mean rates, Hz.
        directions_deg: (n_directions,) of movement, degrees, evenly spread over the circle.
        least_hz: a neuron whose greatest rate is below this is not judged.

    Returns:
        (n_neurons,), NaN where not judged or silent.

    Raises:
        ValueError: shapes that do not fit, or a rate below 0.

    Example:
        >>> angles = np.arange(0, 360, 45)
        >>> osi(1 + np.cos(2 * np.radians(angles))[:, None], angles).round(6)
        array([0.5])
    """
    rates, angles, judged = _checked(rates, directions_deg, least_hz)
    return _selectivity(_vector(rates, 2 * angles), rates, judged)


def dsi(
    rates: ArrayLike, directions_deg: ArrayLike, *, least_hz: float = LEAST_HZ
) -> NDArray[np.float64]:
    """Direction selectivity of each neuron, 0 to 1: |sum R exp(i theta)| / sum R.

    Mazurek et al. 2014, Front. Neural Circuits 8:92.

    Args:
        rates: (n_directions, n_neurons) mean rates, Hz.
        directions_deg: (n_directions,) of movement, degrees, evenly spread over the circle.
        least_hz: a neuron whose greatest rate is below this is not judged.

    Returns:
        (n_neurons,), NaN where not judged or silent.

    Raises:
        ValueError: shapes that do not fit, or a rate below 0.

    Example:
        >>> angles = np.arange(0, 360, 45)
        >>> dsi(1 + np.cos(np.radians(angles))[:, None], angles).round(6)
        array([0.5])
    """
    rates, angles, judged = _checked(rates, directions_deg, least_hz)
    return _selectivity(_vector(rates, angles), rates, judged)


def preferred_direction(
    rates: ArrayLike, directions_deg: ArrayLike, *, least_hz: float = LEAST_HZ
) -> NDArray[np.float64]:
    """The direction of movement that each neuron prefers, degrees, 0 to 360.

    The preferred orientation, half the angle of sum R exp(2 i theta), turned to that of its two
    directions to which sum R exp(i theta) points, as the scripts of the Allen Institute's V1 model
    (Billeh et al. 2020, Neuron 106:388) do. Without orientation tuning it is the angle of the
    latter.

    Args:
        rates: (n_directions, n_neurons) mean rates, Hz.
        directions_deg: (n_directions,) of movement, degrees, evenly spread over the circle.
        least_hz: a neuron whose greatest rate is below this is not judged.

    Returns:
        (n_neurons,), NaN where not judged, silent, or equal in all directions.

    Raises:
        ValueError: shapes that do not fit, or a rate below 0.

    Example:
        >>> angles = np.arange(0, 360, 45)
        >>> preferred_direction(1 + np.cos(np.radians(angles - 90))[:, None], angles).round(6)
        array([90.])
    """
    rates, angles, judged = _checked(rates, directions_deg, least_hz)
    once, twice = _vector(rates, angles), _vector(rates, 2 * angles)
    least = _ROUNDING * rates.sum(axis=0)
    orientation = np.angle(twice) / 2
    forward = (once * np.exp(-1j * orientation)).real >= -least
    axis = np.where(forward, orientation, orientation + np.pi)
    angle = np.degrees(np.where(np.abs(twice) > least, axis, np.angle(once))) % 360
    tuned = judged & (np.maximum(np.abs(once), np.abs(twice)) > least)
    # What lies a rounding below 360 is 0.
    return np.where(tuned, np.where(angle > 360 - 1e-9, 0.0, angle), np.nan)


def angles_apart(one_deg: ArrayLike, other_deg: ArrayLike) -> NDArray[np.float64]:
    """The angle between two directions, degrees, 0 to 180; by chance 90 on average.

    Args:
        one_deg, other_deg: directions, degrees, of any shapes that go together.

    Returns:
        float64 of their common shape, NaN where one of them is.

    Example:
        >>> angles_apart([350.0, 90.0], [10.0, 270.0])
        array([ 20., 180.])
    """
    off = np.asarray(one_deg, np.float64) - np.asarray(other_deg, np.float64)
    return np.abs((off + 180.0) % 360.0 - 180.0)


def _checked(
    rates: ArrayLike, directions_deg: ArrayLike, least_hz: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Rates, angles in radians, and which neurons are judged."""
    angles = np.radians(frozen_array(directions_deg, "directions_deg", ["direction"], np.float64))
    table = frozen_array(rates, "rates", [len(angles), "neuron"], np.float64)
    if (table < 0).any():
        raise ValueError(
            f"rates must be at least 0 Hz; got {table[table < 0][0]:g}: give mean rates, from "
            "which no baseline is subtracted."
        )
    greatest = table.max(axis=0, initial=0.0)
    return table, angles, (greatest > 0) & (greatest >= least_hz)


def _vector(rates: NDArray[np.float64], angles: NDArray[np.float64]) -> NDArray[np.complex128]:
    return np.cos(angles) @ rates + 1j * (np.sin(angles) @ rates)


def _selectivity(
    vector: NDArray[np.complex128], rates: NDArray[np.float64], judged: NDArray[np.bool_]
) -> NDArray[np.float64]:
    nothing = np.full(len(judged), np.nan)
    return np.divide(np.abs(vector), rates.sum(axis=0), out=nothing, where=judged)
