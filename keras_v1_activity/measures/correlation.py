"""Correlation of the spike counts of pairs of neurons."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.activity.trials import Response, Window, same_neurons
from keras_v1_activity.common.checks import whole_number
from keras_v1_activity.measures.over_time import bin_width
from keras_v1_activity.measures.rates import mean_rates

# A variance below this part of the mean square is rounding: the count does not vary.
_ROUNDING = 1e-12


def pairwise_correlation(
    activity: Response, bin_ms: float = 10, n_neurons: int = 200, seed: int = 0
) -> dict[str, NDArray[np.float64]]:
    """Pearson's correlation of the binned spike counts of each pair of a population, -1 to 1.

    Of `n_neurons` random neurons of each population, as in the benchmark of the microcircuit model
    of Potjans & Diesmann (Dasbach et al. 2021, Front. Neurosci. 15:757790). Near 0 in an
    asynchronous state. Bins of several trials are put one after the other.

    Args:
        activity: one `Activity`, or several trials.
        bin_ms: width of the bins, ms, rounded to whole time steps; usual are 2, 10 and 100. Time
            steps behind the last whole bin are left out.
        n_neurons: at most so many of each population.
        seed: of their choice.

    Returns:
        dict of population -> (n_pairs,): the pairs (0, 1), (0, 2), ..., (1, 2), ... of the chosen
        neurons in ascending order; NaN for pairs with a neuron whose count does not vary.

    Raises:
        ValueError: no trial, other neurons, or `n_neurons` below 1.

    Example:
        >>> {name: pairs.shape for name, pairs in pairwise_correlation(
        ...     Activity.from_dense(np.eye(30)[:, :3])).items()}
        {'neurons': (3,)}
    """
    trials = same_neurons(activity)
    chosen = _chosen(trials[0].populations, n_neurons, seed)
    every = np.concatenate([*chosen.values(), np.zeros(0, np.int64)]).astype(np.int64)
    counts = np.concatenate([_binned(one, every, bin_ms) for one in trials], axis=1)
    return _by_population(counts, chosen)


def noise_correlation(
    trials: Iterable[Activity],
    stimuli: Iterable[Hashable] | None = None,
    n_neurons: int = 200,
    seed: int = 0,
    *,
    window_ms: Window | None = None,
) -> dict[str, NDArray[np.float64]]:
    """Pearson's correlation of what stimuli do not explain of the counts of pairs, -1 to 1.

    Of each neuron's rate in a trial the mean over the trials of the same stimulus is subtracted;
    the residuals of all trials are correlated. Cohen & Kohn 2011, Nat. Neurosci. 14:811.

    Args:
        trials: several `Activity`, at least two of some stimulus.
        stimuli: which stimulus each of them shows; None: their labels.
        n_neurons: at most so many of each population.
        seed: of their choice.
        window_ms: (first, end) ms in which spikes are counted, or None for all the time.

    Returns:
        dict of population -> (n_pairs,), as `pairwise_correlation` gives it.

    Raises:
        ValueError: no trial, other neurons, not one stimulus for each trial, or a window that does
            not fit.

    Example:
        >>> pairs = noise_correlation(trials)
        >>> bool(np.nanmax(np.abs(pairs["e23Cux2"])) <= 1)
        True
    """
    given = same_neurons(trials)
    shown = [one.label for one in given] if stimuli is None else list(stimuli)
    if len(shown) != len(given):
        raise ValueError(
            f"stimuli must name one for each of the {len(given)} trials; got {len(shown)}."
        )
    rates = np.array([mean_rates(one, window_ms) for one in given])
    number = {stimulus: i for i, stimulus in enumerate(dict.fromkeys(shown))}
    of_trial = np.array([number[stimulus] for stimulus in shown])
    for i in range(len(number)):
        rates[of_trial == i] -= rates[of_trial == i].mean(axis=0)
    # Where all trials are alike only rounding is left.
    rates[np.abs(rates) < _ROUNDING * max(np.abs(rates).max(initial=0.0), 1.0)] = 0.0
    chosen = _chosen(given[0].populations, n_neurons, seed)
    every = np.concatenate([*chosen.values(), np.zeros(0, np.int64)]).astype(np.int64)
    return _by_population(rates[:, every].T, chosen)


def _chosen(populations: Populations, n_neurons: int, seed: int) -> dict[str, NDArray[np.int64]]:
    """The neurons of each population, ascending."""
    most = whole_number(n_neurons, "n_neurons", 1, 200)
    rng = np.random.default_rng(seed)
    order = np.argsort(populations.index, kind="stable")
    parts = np.split(order, np.cumsum(populations.counts)[:-1])
    chosen = {}
    for name, ids in zip(populations.names, parts, strict=True):
        if len(ids) > most:
            ids = np.sort(ids[rng.choice(len(ids), most, replace=False)])
        chosen[name] = ids
    return chosen


def _binned(activity: Activity, ids: NDArray[np.int64], bin_ms: float) -> NDArray[np.float64]:
    """(n_ids, n_bins) spikes in whole bins."""
    width = bin_width(activity, bin_ms)
    n_bins = activity.n_steps // width
    row = np.full(activity.n_neurons, -1, np.int64)
    row[ids] = np.arange(len(ids))
    rows, bins = row[activity.spike_neurons], activity.spike_steps // width
    use = (rows >= 0) & (bins < n_bins)
    flat = rows[use] * n_bins + bins[use]
    return np.bincount(flat, minlength=len(ids) * n_bins).reshape(len(ids), n_bins).astype(float)


def _by_population(
    values: NDArray[np.float64], chosen: dict[str, NDArray[np.int64]]
) -> dict[str, NDArray[np.float64]]:
    """The pairs of the rows that belong to each population; rows are in the order of `chosen`."""
    ends = np.cumsum([len(ids) for ids in chosen.values()])
    parts = np.split(values, ends[:-1]) if len(ends) else []
    return {name: _pairs(part) for name, part in zip(chosen, parts, strict=True)}


def _pairs(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlation of each two rows, the upper triangle."""
    n = len(values)
    if n < 2 or not values.shape[1]:
        return np.full(n * (n - 1) // 2, np.nan)
    centred = values - values.mean(axis=1, keepdims=True)
    squares = (centred**2).sum(axis=1)
    varies = squares > _ROUNDING * (values**2).sum(axis=1)
    scale = np.divide(1.0, np.sqrt(squares), out=np.full(n, np.nan), where=varies)
    unit = centred * scale[:, None]
    return np.clip((unit @ unit.T)[np.triu_indices(n, 1)], -1.0, 1.0)
