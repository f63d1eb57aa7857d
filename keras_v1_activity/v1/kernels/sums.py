"""What sums over synapses feed, in numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.network.synapses import N_RECEPTORS, Synapses


def sums_of(synapses: Synapses) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The neuron of each sum of a `ReceptorMix`, ascending, and its (sums, 4) factors.

    Without synapse models the sums are the currents, and there are no factors.

    Example:
        >>> target, factors = sums_of(network.recurrent)
        >>> target[:5], factors.shape
        (array([0, 0, 0, 0, 1]), (0, 4))
    """
    n = synapses.n_targets
    if synapses.model is None or synapses.factors is None:
        return np.arange(N_RECEPTORS * n) // N_RECEPTORS, np.zeros((0, N_RECEPTORS), np.float32)
    n_models = len(synapses.factors)
    keys = np.unique(synapses.target.astype(np.int64) * n_models + synapses.model)
    factors = synapses.factors[keys % n_models]
    return keys // n_models, np.ascontiguousarray(factors, np.float32)
