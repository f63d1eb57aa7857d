"""Numbers of one or two vectors over neurons."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.activity.populations import Populations


def pearson(x: ArrayLike, y: ArrayLike) -> float:
    """Pearson's correlation of two vectors, -1 to 1; NaN if one of them does not vary.

    Example:
        >>> round(pearson([1, 2, 3], [10, 20, 30]), 6)
        1.0
    """
    x, y = (np.asarray(v, np.float64) - np.mean(v) for v in (x, y))
    return _ratio(x @ y, np.linalg.norm(x) * np.linalg.norm(y))


def cosine(x: ArrayLike, y: ArrayLike) -> float:
    """Cosine of the angle between two vectors; NaN if one of them is 0.

    Example:
        >>> cosine([1, 0], [0, 3])
        0.0
    """
    x, y = (np.asarray(v, np.float64) for v in (x, y))
    return _ratio(x @ y, np.linalg.norm(x) * np.linalg.norm(y))


def _ratio(above: float, below: float) -> float:
    return float(np.clip(above / below, -1.0, 1.0)) if below > 0 else float("nan")


def mean_absolute_error(x: ArrayLike, y: ArrayLike) -> float:
    """Mean of the absolute differences, in the unit of both; NaN for no neurons.

    Example:
        >>> mean_absolute_error([1, 2], [2, 4])
        1.5
    """
    difference = np.abs(np.asarray(x, np.float64) - np.asarray(y, np.float64))
    return float(difference.mean()) if difference.size else float("nan")


def sparseness(rates: ArrayLike) -> float:
    """Population sparseness of Treves & Rolls: squared mean rate over mean squared rate.

    1 if all neurons fire alike, 1 / n if only one of n fires: *small* is sparse. Treves &
    Rolls 1991, Network 2:371; Rolls & Tovee 1995, J. Neurophysiol. 73:713.

    Args:
        rates: (n_neurons,) of any unit, none negative.

    Returns:
        NaN if no neuron fires.

    Example:
        >>> sparseness([4.0, 0.0, 0.0, 0.0])
        0.25
    """
    values = np.asarray(rates, np.float64)
    squares = np.mean(values**2) if values.size else 0.0
    return float(values.mean() ** 2 / squares) if squares > 0 else float("nan")


def relative_difference(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """(second - first) / first; NaN if only the first is 0, 0 if both are.

    Args:
        first: number or array.
        second: of the same shape.

    Example:
        >>> relative_difference([2.0, 0.0], [3.0, 0.0])
        array([0.5, 0. ])
    """
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = (second - first) / first
    return np.where(first == 0, np.where(second == 0, 0.0, np.nan), relative)


def population_means(values: ArrayLike, populations: Populations) -> NDArray[np.float64]:
    """Mean over the neurons of each population.

    Args:
        values: (n_neurons,) of any unit.
        populations: `Populations` of the neurons.

    Returns:
        (n_populations,) in that unit, in drawing order.

    Example:
        >>> population_means([1, 2, 6], Populations.from_names(["e4Rorb", "e4Rorb", "i4Pvalb"]))
        array([1.5, 6. ])
    """
    sums = np.bincount(populations.index, weights=values, minlength=len(populations.members))
    return sums / np.maximum(populations.counts, 1)
