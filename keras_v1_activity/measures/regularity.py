"""How many neurons fire, and whether they fire together or like a clock."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.measures.over_time import (
    SYNCHRONY_BIN_MS,
    bin_width,
    spike_counts_over_time,
)

# With fewer spikes, or fewer bins, a ratio of variance to mean says nothing.
_LEAST_SPIKES = 50
_LEAST_BINS = 10


def active_fraction(activity: Activity) -> float:
    """Fraction of neurons that fired at least once, 0 to 1.

    Example:
        >>> active_fraction(Activity.from_dense([[1, 0], [1, 0]]))
        0.5
    """
    return float(np.mean(activity.spike_counts > 0)) if activity.n_neurons else 0.0


def synchrony_index(activity: Activity, bin_ms: float = SYNCHRONY_BIN_MS) -> float:
    """Synchrony of spiking, 0 (independent neurons) to 1 (all fire together); NaN if unknown.

    The square of Golomb's chi, computed on binned spike counts instead of potentials: the variance
    over time of the mean neuron, divided by the mean variance of the single neurons (Golomb 2007,
    "Neuronal synchrony measures", Scholarpedia 2(1):1347). What N independent neurons would give,
    1/N, is subtracted, so that small networks can be compared with large ones.

    Args:
        activity: `Activity`.
        bin_ms: width of the bins, ms, rounded to whole time steps.

    Returns:
        NaN if no neuron's count varies, or there are fewer than two neurons or bins.

    Example:
        >>> together = np.repeat([[1, 1], [0, 0]], 10, axis=0)
        >>> synchrony_index(Activity.from_dense(together))
        1.0
    """
    width = bin_width(activity, bin_ms)
    n_bins = activity.n_steps // width
    n = activity.n_neurons
    if n < 2 or n_bins < 2:
        return float("nan")
    whole = activity.spike_steps < n_bins * width
    bins = (activity.spike_steps[whole] // width).astype(np.int64)
    neurons = activity.spike_neurons[whole].astype(np.int64)
    # Only cells that hold spikes count: the sum of squares needs no dense (neuron, bin) array.
    _, counts = np.unique(neurons * n_bins + bins, return_counts=True)
    per_neuron = np.bincount(neurons, minlength=n) / n_bins
    single_variance = (counts.astype(np.float64) ** 2).sum() / n_bins / n - (per_neuron**2).mean()
    together_variance = (np.bincount(bins, minlength=n_bins) / n).var()
    if single_variance <= 1e-12:
        return float("nan")
    chi_squared = together_variance / single_variance
    return float(np.clip((chi_squared - 1 / n) / (1 - 1 / n), 0.0, 1.0))


def fano_factor(activity: Activity, bin_ms: float = SYNCHRONY_BIN_MS) -> float:
    """Variance over mean of the spike count of all neurons per time bin; NaN if too few spikes.

    Near 1 for independent Poisson neurons. A stimulus that drives all of them raises it too.

    Args:
        activity: `Activity`.
        bin_ms: width of the bins, ms, rounded to whole time steps.

    Example:
        >>> clock = Activity.from_dense(np.ones((100, 3)))
        >>> fano_factor(clock)
        0.0
    """
    width = bin_width(activity, bin_ms)
    n_bins = activity.n_steps // width
    if n_bins < _LEAST_BINS or activity.n_spikes < _LEAST_SPIKES:
        return float("nan")
    count = spike_counts_over_time(activity, bin_ms).sum(axis=0)[:n_bins]
    return float(count.var() / count.mean()) if count.any() else float("nan")


def isi_variation(activity: Activity, least_spikes: int = 3) -> NDArray[np.float64]:
    """Coefficient of variation of the interspike intervals of each neuron; it has no unit.

    About 1 for Poisson firing, 0 for a clock; NaN for neurons with fewer than `least_spikes`.

    Args:
        activity: `Activity`.
        least_spikes: of a neuron that is judged.

    Returns:
        (n_neurons,).

    Example:
        >>> isi_variation(Activity.from_dense(np.ones((10, 2))))
        array([0., 0.])
    """
    by_neuron = np.argsort(activity.spike_neurons, kind="stable")
    neuron = activity.spike_neurons[by_neuron]
    same = neuron[1:] == neuron[:-1]
    interval = np.diff(activity.spike_steps[by_neuron].astype(np.float64))[same] * activity.dt
    owner = neuron[1:][same]
    n = activity.n_neurons
    number = np.bincount(owner, minlength=n)
    divisor = np.maximum(number, 1)
    mean = np.bincount(owner, weights=interval, minlength=n) / divisor
    deviation = (interval - mean[owner]) ** 2
    variance = np.bincount(owner, weights=deviation, minlength=n) / divisor
    known = number + 1 >= max(least_spikes, 2)
    return np.where(known, np.sqrt(variance) / np.where(mean > 0, mean, 1.0), np.nan)
