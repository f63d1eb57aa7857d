"""Fano factors: how variable counts are from trial to trial, and how synchronous a population."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.trials import (
    Response,
    Window,
    rates_in,
    same_neurons,
    window_steps,
)
from keras_v1_activity.common import units
from keras_v1_activity.common.checks import frozen_array

RADIUS_UM: float = 200.0
"""Neurons within this distance of the axis of the column are drawn from, um."""

# How many neurons are summed in a draw: a clipped normal number.
_MEAN_NEURONS, _SD_NEURONS, _LEAST_NEURONS = 70, 30, 15
_DRAWS = 100
_DEFAULT_BINS_MS = 1000 * np.logspace(-3, 0, 20)
# Longer bins than this part of the window give too few counts for a variance.
_LONGEST_BIN = 1 / 5


def trial_fano(response: Response, window_ms: Window | None = None) -> NDArray[np.float64]:
    """Variance over mean of each neuron's spike count over the trials of one stimulus; no unit.

    1 for Poisson firing. The variance is that of the trials themselves, divided by their number.
    Tolhurst, Movshon & Dean 1983, Vision Res. 23:775.

    Args:
        response: the trials of one stimulus.
        window_ms: (first, end) ms in which spikes are counted, or None for all the time.

    Returns:
        (n_neurons,), NaN where a neuron never fires, and if there is only one trial.

    Raises:
        ValueError: no trial, trials of other neurons, or a window that does not fit.

    Example:
        >>> trial_fano([activity, activity]).shape
        (120,)
    """
    trials = same_neurons(response)
    counts = np.array([_counts(activity, window_ms) for activity in trials])
    mean = counts.mean(axis=0)
    known = (mean > 0) & (len(trials) > 1)
    return np.divide(counts.var(axis=0), mean, out=np.full(len(mean), np.nan), where=known)


def _counts(activity: Activity, window_ms: Window | None) -> NDArray[np.float64]:
    if window_ms is None:
        return activity.spike_counts.astype(np.float64)
    first, end = window_steps(activity, window_ms)
    return np.rint(rates_in(activity, window_ms) * (end - first) * activity.dt / units.MS_PER_S)


def population_fano(
    activity: Response,
    bins_ms: ArrayLike | None = None,
    seed: int = 0,
    *,
    window_ms: Window | None = None,
    radius_um: float = RADIUS_UM,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Synchrony: variance over mean of a small population's spike count, against the bin; no unit.

    About 1 at all bins for independent Poisson neurons, more where neurons fire together. Each of
    100 draws sums about 70 (normal, sd 30, at least 15) excitatory neurons near the axis of the
    column; their factors are averaged, over trials too. The distance to the recorded curve is the
    loss of synchrony of trained V1 models (Allen Institute, V1_GLIF_model). Where no population is
    known to be excitatory, all neurons are drawn from; where positions are unknown, near and far
    ones.

    Args:
        activity: one `Activity`, or several trials of equal length.
        bins_ms: (n_bins,) widths, ms, rounded to whole time steps. None: 20 of them, 1 ms to 1 s
            evenly on a logarithmic scale, that are below a fifth of the window.
        seed: of the draws.
        window_ms: (first, end) ms, or None for all the time.
        radius_um: distance from the axis x = z = 0, um.

    Returns:
        (bins, factors): each (n_bins,), the widths really used, ms, and the factors; NaN if there
        are fewer than 15 neurons or two bins, or none of them fires.

    Raises:
        ValueError: no trial, other neurons, a window that does not fit, or a bin not above 0.

    Example:
        >>> bins, factors = population_fano(activity, bins_ms=[5, 10, 20])
        >>> bins, factors.shape
        (array([ 5., 10., 20.]), (3,))
    """
    trials = same_neurons(activity)
    widths = _widths(trials[0], bins_ms, window_ms)
    bins = units.steps_to_ms(widths, trials[0].dt)
    chosen = _draws(_near_excitatory(trials[0], radius_um), seed)
    if not chosen:
        return bins, np.full(len(widths), np.nan)
    factors = [_factors(_summed(one, chosen, window_ms), widths) for one in trials]
    return bins, _mean_of_known(np.concatenate(factors))


def _widths(
    activity: Activity, bins_ms: ArrayLike | None, window_ms: Window | None
) -> NDArray[np.int64]:
    """Widths of the bins in time steps."""
    if bins_ms is not None:
        given = frozen_array(bins_ms, "bins_ms", ["bin"], np.float64)
        if not (given > 0).all() or not np.isfinite(given).all():
            raise ValueError(f"bins_ms must be widths above 0 ms, e.g. [5, 10, 20]; got {given}.")
        return np.maximum(units.ms_to_steps(given, activity.dt), 1)
    first, end = (0, activity.n_steps) if window_ms is None else window_steps(activity, window_ms)
    fits = _DEFAULT_BINS_MS < (end - first) * activity.dt * _LONGEST_BIN
    # Two of them may round to the same number of time steps.
    return np.unique(np.maximum(units.ms_to_steps(_DEFAULT_BINS_MS[fits], activity.dt), 1))


def _near_excitatory(activity: Activity, radius_um: float) -> NDArray[np.int64]:
    members = activity.populations.members
    excitatory = np.array([member.excitatory is True for member in members], bool)
    near = np.ones(activity.n_neurons, bool)
    if excitatory.any():
        near &= excitatory[activity.populations.index]
    positions = activity.neurons.positions
    if positions is not None:
        near &= np.hypot(positions[:, 0], positions[:, 2]) <= radius_um
    return np.flatnonzero(near)


def _draws(candidates: NDArray[np.int64], seed: int) -> list[NDArray[np.int64]]:
    """The neurons of each draw; none if there are too few."""
    if len(candidates) < _LEAST_NEURONS:
        return []
    rng = np.random.default_rng(seed)
    sizes = np.rint(rng.normal(_MEAN_NEURONS, _SD_NEURONS, _DRAWS)).astype(np.int64)
    sizes = np.clip(sizes, _LEAST_NEURONS, len(candidates))
    return [candidates[rng.choice(len(candidates), k, replace=False, shuffle=False)] for k in sizes]


def _summed(
    activity: Activity, chosen: list[NDArray[np.int64]], window_ms: Window | None
) -> NDArray[np.int64]:
    """(n_draws, n_steps) spikes of the neurons of each draw in the window."""
    first, end = (0, activity.n_steps) if window_ms is None else window_steps(activity, window_ms)
    by_neuron = np.argsort(activity.spike_neurons, kind="stable")
    steps = activity.spike_steps[by_neuron].astype(np.int64)
    begins = np.concatenate([[0], np.cumsum(activity.spike_counts)])
    counts = np.zeros((len(chosen), end - first), np.int64)
    for row, neurons in enumerate(chosen):
        mine = np.concatenate([steps[begins[i] : begins[i + 1]] for i in neurons])
        inside = mine[(mine >= first) & (mine < end)] - first
        counts[row] = np.bincount(inside, minlength=end - first)
    return counts


def _factors(counts: NDArray[np.int64], widths: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n_draws, n_bins) variance over mean."""
    factors = np.full((len(counts), len(widths)), np.nan)
    for column, width in enumerate(widths):
        n_bins = counts.shape[1] // width
        if n_bins < 2:
            continue
        binned = counts[:, : n_bins * width].reshape(len(counts), n_bins, width).sum(axis=2)
        mean = binned.mean(axis=1)
        np.divide(binned.var(axis=1), mean, out=factors[:, column], where=mean > 0)
    return factors


def _mean_of_known(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the rows that are not NaN, of each column."""
    known = np.isfinite(values)
    sums, number = np.where(known, values, 0.0).sum(axis=0), known.sum(axis=0)
    return np.divide(sums, number, out=np.full(values.shape[1], np.nan), where=number > 0)
