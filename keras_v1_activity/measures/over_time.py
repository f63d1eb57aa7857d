"""Spikes counted in bins of time, and rates made of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.common import units

SYNCHRONY_BIN_MS: float = 5.0
"""Width of the time bins in which spikes are counted by default, ms."""


def bin_width(activity: Activity, bin_ms: float) -> int:
    """Time steps in a bin of about `bin_ms`: at least one, at most the whole sample.

    Args:
        activity: `Activity`.
        bin_ms: wanted width, ms.

    Example:
        >>> bin_width(activity, bin_ms=5)
        5
    """
    return int(np.clip(units.ms_to_steps(bin_ms, activity.dt), 1, max(activity.n_steps, 1)))


def bin_edges_ms(activity: Activity, bin_ms: float) -> NDArray[np.float64]:
    """Edges of the time bins, ms; the last bin may be shorter than the others.

    Args:
        activity: `Activity`.
        bin_ms: wanted width, ms.

    Returns:
        (n_bins + 1,).

    Example:
        >>> bin_edges_ms(activity, bin_ms=80)
        array([  0.,  80., 160., 200.])
    """
    width = bin_width(activity, bin_ms)
    starts = np.arange(0, activity.n_steps, width)
    return units.steps_to_ms(np.append(starts, activity.n_steps), activity.dt)


def spike_counts_over_time(
    activity: Activity, bin_ms: float = SYNCHRONY_BIN_MS
) -> NDArray[np.int64]:
    """Spikes of each population in each time bin.

    Args:
        activity: `Activity`.
        bin_ms: width of the bins, ms, rounded to whole time steps.

    Returns:
        (n_populations, n_bins), populations in drawing order.

    Example:
        >>> spike_counts_over_time(Activity.from_dense(np.ones((10, 2)), dt=1.0), bin_ms=5)
        array([[10, 10]])
    """
    width = bin_width(activity, bin_ms)
    n_bins = -(-activity.n_steps // width)
    n_populations = len(activity.populations.members)
    population = activity.populations.index[activity.spike_neurons].astype(np.int64)
    flat = population * n_bins + activity.spike_steps // width
    return np.bincount(flat, minlength=n_populations * n_bins).reshape(n_populations, n_bins)


def rates_over_time(activity: Activity, bin_ms: float = SYNCHRONY_BIN_MS) -> NDArray[np.float64]:
    """Mean firing rate (Hz) of each population in each time bin.

    Args:
        activity: `Activity`.
        bin_ms: width of the bins, ms, rounded to whole time steps.

    Returns:
        (n_populations, n_bins), populations in drawing order.

    Example:
        >>> rates_over_time(Activity.from_dense(np.ones((10, 2)), dt=1.0), bin_ms=5)
        array([[1000., 1000.]])
    """
    counts = spike_counts_over_time(activity, bin_ms)
    neurons = np.maximum(activity.populations.counts, 1)[:, None]
    return units.counts_to_hz(counts, np.diff(bin_edges_ms(activity, bin_ms)), neurons)


def mean_rate_over_time(
    activity: Activity, bin_ms: float = SYNCHRONY_BIN_MS
) -> NDArray[np.float64]:
    """Mean firing rate (Hz) of all neurons in each time bin.

    Args:
        activity: `Activity`.
        bin_ms: width of the bins, ms, rounded to whole time steps.

    Returns:
        (n_bins,).

    Example:
        >>> mean_rate_over_time(Activity.from_dense([[1, 0], [0, 0]]), bin_ms=1)
        array([500.,   0.])
    """
    counts = spike_counts_over_time(activity, bin_ms).sum(axis=0)
    widths = np.diff(bin_edges_ms(activity, bin_ms))
    return units.counts_to_hz(counts, widths, max(activity.n_neurons, 1))
