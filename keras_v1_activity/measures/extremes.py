"""How far a network is from firing at all, from firing all at once, and from its potentials."""

from __future__ import annotations

import numpy as np

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.potentials import are_plainly_no_mv
from keras_v1_activity.measures.over_time import bin_width

PEAK_BIN_MS: float = 10.0
"""Width of the time bins of `peak_fraction`, ms."""


def silent_fractions(activity: Activity) -> dict[str, float]:
    """Of the neurons of each population, the part without a spike, 0 to 1, by name.

    Example:
        >>> silent_fractions(Activity.from_dense([[1, 0], [1, 0]]))
        {'neurons': 0.5}
    """
    populations = activity.populations
    silent = np.bincount(
        populations.index[activity.spike_counts == 0], minlength=len(populations.members)
    )
    parts = np.round(silent / np.maximum(populations.counts, 1), 6)
    return dict(zip(populations.names, parts.tolist(), strict=True))


def peak_fraction(activity: Activity, bin_ms: float = PEAK_BIN_MS) -> float:
    """The greatest part of all neurons that fire in one time bin, 0 to 1.

    Near 1 where a network fires all at once. A neuron counts once in a bin.

    Args:
        activity: `Activity`.
        bin_ms: width of the bins, ms, rounded to whole time steps; the last one may be shorter.

    Example:
        >>> peak_fraction(Activity.from_dense([[1, 0, 0, 0], [1, 1, 0, 0]]), bin_ms=2)
        0.5
    """
    width = bin_width(activity, bin_ms)
    ends = np.arange(width, activity.n_steps + width, width)
    most, first = 0, 0
    # Spikes are in the order of time.
    for end in np.searchsorted(activity.spike_steps, ends).tolist():
        if end - first > most:
            fired = np.zeros(activity.n_neurons, bool)
            fired[activity.spike_neurons[first:end]] = True
            most = max(most, int(np.count_nonzero(fired)))
        first = end
    return most / max(activity.n_neurons, 1)


def below_range_fraction(activity: Activity) -> float:
    """Part of the recorded potentials that lie below E_L - (V_th - E_L), 0 to 1.

    As far below rest as the threshold is above it. Potentials that are NaN or infinite do not
    count, nor do those of neurons whose E_L or V_th is unknown.

    Returns:
        NaN if none is left, or potentials are plainly not in mV.

    Example:
        >>> from keras_v1_activity.activity import Neurons, Populations
        >>> neurons = Neurons(Populations.unnamed(1), thresholds=[-50.0], resting=[-70.0])
        >>> look = Activity.from_dense(np.zeros((2, 1)), neurons=neurons,
        ...                            voltages=[[-60.0], [-95.0]], voltage_neurons=[0])
        >>> below_range_fraction(look)
        0.5
    """
    thresholds, resting = activity.neurons.thresholds, activity.neurons.resting
    if thresholds is None or resting is None or are_plainly_no_mv(activity):
        return float("nan")
    chosen = activity.voltage_neurons
    with np.errstate(invalid="ignore"):
        least = 2 * resting[chosen] - thresholds[chosen]
    judged = np.isfinite(activity.voltages) & np.isfinite(least)
    if not judged.any():
        return float("nan")
    return float(np.mean((activity.voltages < least)[judged]))
