"""Sparseness of firing: over the stimuli of a neuron, and over the neurons of a stimulus."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.common.checks import frozen_array


def lifetime_sparseness(rates: ArrayLike) -> NDArray[np.float64]:
    """How few of the stimuli drive each neuron: 0 if all alike, 1 if only one; it has no unit.

    (1 - mean^2 / mean of squares) / (1 - 1/n) over n stimuli. Vinje & Gallant 2000, Science
    287:1273. `keras_v1_activity.similarity.sparseness` is Treves & Rolls', which falls instead.

    Args:
        rates: (n_stimuli, n_neurons) mean rates, Hz.

    Returns:
        (n_neurons,), NaN for neurons that never fire, and if there is only one stimulus.

    Raises:
        ValueError: not an array of two axes.

    Example:
        >>> lifetime_sparseness([[3.0, 2.0], [0.0, 2.0]])
        array([1., 0.])
    """
    return _sparseness(frozen_array(rates, "rates", ["stimulus", "neuron"], np.float64))


def population_sparseness(rates: ArrayLike) -> NDArray[np.float64]:
    """How few of the neurons a stimulus drives: 0 if all alike, 1 if only one; it has no unit.

    (1 - mean^2 / mean of squares) / (1 - 1/n) over n neurons. Vinje & Gallant 2000, Science
    287:1273. `keras_v1_activity.similarity.sparseness` is Treves & Rolls', which falls instead.

    Args:
        rates: (n_stimuli, n_neurons) mean rates, Hz; one row for one stimulus.

    Returns:
        (n_stimuli,), NaN where no neuron fires, and if there is only one neuron.

    Raises:
        ValueError: not an array of two axes.

    Example:
        >>> population_sparseness([[3.0, 0.0], [2.0, 2.0]])
        array([1., 0.])
        >>> population_sparseness([activity.rates]).shape
        (1,)
    """
    return _sparseness(frozen_array(rates, "rates", ["stimulus", "neuron"], np.float64).T)


def _sparseness(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Over the first axis."""
    n = len(values)
    if n < 2:
        return np.full(values.shape[1], np.nan)
    squares = np.mean(values**2, axis=0)
    nothing = np.full(values.shape[1], np.nan)
    ratio = np.divide(np.mean(values, axis=0) ** 2, squares, out=nothing, where=squares > 0)
    return np.clip((1 - ratio) / (1 - 1 / n), 0.0, 1.0)
