"""How much of the time a surrogate derivative lets a gradient pass, summed in the graph."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.capture.health.sums import PREFIX
from keras_v1_activity.capture.reduce import clamped

LEAST: float = 0.01
"""Part of its peak that a surrogate derivative must exceed; see `measures.surrogate_occupancy`."""


def occupancy_counts(
    layer: Any, voltages: Any, sample: Any, populations: Populations
) -> dict[str, Any]:
    """How often a surrogate derivative exceeds 1 % of its peak, by population.

    Args:
        layer: whose `cell`, or which itself, has the attributes of `Glif3Equations`: e_l_mv and
            voltage_scale, mV, for each neuron or for all, and gauss_std.
        voltages: (batch, time, neuron) mV, or None.
        sample: index of the recorded sample.
        populations: `Populations` of the neurons.

    Returns:
        Dict of "health/occupied" (populations,) float64, the number of (neuron, time step), and
        "health/occupied_of" (), the time steps; empty if the layer has no such attributes.

    Example:
        >>> occupancy_counts(None, None, 0, Populations.unnamed(3))
        {}
    """
    limits = _limits_mv(layer, populations.n_neurons)
    if voltages is None or limits is None:
        return {}
    low, high = limits
    (at,) = clamped([sample], voltages)
    of_sample = voltages[at]
    dtype = of_sample.dtype
    near = (of_sample > tf.constant(low, dtype)) & (of_sample < tf.constant(high, dtype))
    of_neuron = tf.reduce_sum(tf.cast(near, tf.int32), 0)
    counts = tf.math.unsorted_segment_sum(
        of_neuron, tf.constant(populations.index), len(populations.members)
    )
    return {
        PREFIX + "occupied": tf.cast(counts, tf.float64),
        PREFIX + "occupied_of": tf.cast(tf.shape(of_sample)[0], tf.float64),
    }


def _limits_mv(layer: Any, n_neurons: int) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """(n,) mV between which the derivative is above `LEAST` of its peak, which is at V_th.

    exp(-((v - 1) / s)^2) > LEAST where |v - 1| < s sqrt(-ln LEAST).
    """
    cell = getattr(layer, "cell", layer)
    found = [getattr(cell, name, None) for name in ("e_l_mv", "voltage_scale", "gauss_std")]
    if any(value is None for value in found):
        return None
    e_l, scale, width = (np.asarray(value, np.float64).reshape(-1) for value in found)
    if not all(value.size in (1, n_neurons) for value in (e_l, scale, width)):
        return None
    reach = width * np.sqrt(-np.log(LEAST))
    return e_l + scale * (1 - reach), e_l + scale * (1 + reach)
