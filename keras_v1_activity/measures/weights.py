"""Weights and their changes by population: of what they are, and how far from the start."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.common.checks import frozen_array, frozen_indices


def weights_by_population(
    weights: ArrayLike,
    source: ArrayLike,
    target: ArrayLike,
    populations: Populations,
    start: ArrayLike | None = None,
) -> dict[tuple[str, str], dict[str, float]]:
    """Weights of each presynaptic x postsynaptic population, and how far they are from the start.

    Weights of cortex are about log-normal (Song et al. 2005, PLoS Biol. 3:e68): `log_mean` and
    `log_sd` are those of ln |w|, zeros left out. `kl` is the Kullback-Leibler divergence of the two
    log-normals, the present from the start, in nats: ln(s0/s1) + (s1^2 + (m1 - m0)^2) / (2 s0^2) -
    1/2 (Kullback & Leibler 1951, Ann. Math. Stat. 22:79). `wasserstein` is the mean distance by
    which weights must be moved to turn one distribution into the other, in their unit (Ramdas et
    al. 2017, Entropy 19:47).

    Args:
        weights: (n_synapses,) of any unit, inhibitory ones below 0.
        source: (n_synapses,) presynaptic neuron ids.
        target: (n_synapses,) postsynaptic neuron ids.
        populations: `Populations` of the neurons.
        start: (n_synapses,) the weights of the same synapses at the start, or None.

    Returns:
        dict of (pre, post) -> dict of ``n``, ``mean``, ``mean_abs`` (of |w|), ``log_mean``,
        ``log_sd``, and with `start` ``kl`` and ``wasserstein``; only pairs that have a synapse. NaN
        where all are 0 or, for ``kl``, where a spread is 0.

    Raises:
        ValueError: shapes that do not fit, or an id that no neuron has.

    Example:
        >>> p = Populations.from_names(["e4Rorb", "i4Pvalb"])
        >>> found = weights_by_population([1.0, 4.0], [0, 0], [1, 1], p, start=[1.0, 2.0])
        >>> found["e4Rorb", "i4Pvalb"]["mean"], found["e4Rorb", "i4Pvalb"]["wasserstein"]
        (2.5, 1.0)
    """
    now = frozen_array(weights, "weights", ["synapse"], np.float64)
    n = populations.n_neurons
    pre = populations.index[frozen_indices(source, "source", len(now), n)].astype(np.int64)
    post = populations.index[frozen_indices(target, "target", len(now), n)]
    names = populations.names
    group = pre * len(names) + post
    size = len(names) ** 2
    number = np.bincount(group, minlength=size)
    columns: dict[str, NDArray[np.float64]] = {"mean": _means(now, group, number)}
    columns["mean_abs"] = _means(np.abs(now), group, number)
    columns["log_mean"], columns["log_sd"] = _log_moments(now, group, size)
    if start is not None:
        before = frozen_array(start, "start", [len(now)], np.float64)
        columns["kl"] = _divergence(
            columns["log_mean"], columns["log_sd"], *_log_moments(before, group, size)
        )
        columns["wasserstein"] = _moved(now, before, group, number)
    return {
        (names[i // len(names)], names[i % len(names)]): {
            "n": int(number[i]),
            **{name: float(column[i]) for name, column in columns.items()},
        }
        for i in np.flatnonzero(number)
    }


def norms_by_population(
    values: ArrayLike, target: ArrayLike, populations: Populations
) -> dict[str, float]:
    """Euclidean norm of the gradient, or of anything else by synapse, by the target's population.

    Pascanu, Mikolov & Bengio 2013, ICML, judge vanishing and exploding gradients by it.

    Args:
        values: (n_synapses,) of any unit.
        target: (n_synapses,) postsynaptic neuron ids.
        populations: `Populations` of the neurons.

    Returns:
        dict of population -> norm, in the unit of `values`; 0 without a synapse.

    Raises:
        ValueError: shapes that do not fit, or an id that no neuron has.

    Example:
        >>> norms_by_population([3.0, 4.0], [0, 0], Populations.unnamed(1))
        {'neurons': 5.0}
    """
    given = frozen_array(values, "values", ["synapse"], np.float64)
    ids = frozen_indices(target, "target", len(given), populations.n_neurons)
    squares = np.bincount(
        populations.index[ids], weights=given**2, minlength=len(populations.members)
    )
    return dict(zip(populations.names, np.sqrt(squares).tolist(), strict=True))


def update_ratios(
    before: ArrayLike, after: ArrayLike, target: ArrayLike, populations: Populations
) -> dict[str, float]:
    """Norm of the change that a step applied, over the norm of the weights; it has no unit.

    The change itself counts, not the gradient: optimizers scale it. About 1e-3 is usual.
    Karpathy, CS231n lecture notes, "Ratio of weights:updates".

    Args:
        before: (n_synapses,) weights before the step.
        after: (n_synapses,) weights after it.
        target: (n_synapses,) postsynaptic neuron ids.
        populations: `Populations` of the neurons.

    Returns:
        dict of population of the targets -> ratio; NaN where all weights were 0.

    Raises:
        ValueError: shapes that do not fit, or an id that no neuron has.

    Example:
        >>> update_ratios([2.0], [2.5], [0], Populations.unnamed(1))
        {'neurons': 0.25}
    """
    old = frozen_array(before, "before", ["synapse"], np.float64)
    new = frozen_array(after, "after", [len(old)], np.float64)
    change = norms_by_population(new - old, target, populations)
    weight = norms_by_population(old, target, populations)
    return {
        name: change[name] / weight[name] if weight[name] > 0 else float("nan") for name in change
    }


def _means(
    values: NDArray[np.float64], group: NDArray[np.int64], number: NDArray[np.int64]
) -> NDArray[np.float64]:
    sums = np.bincount(group, weights=values, minlength=len(number))
    return np.divide(sums, number, out=np.full(len(number), np.nan), where=number > 0)


def _log_moments(
    weights: NDArray[np.float64], group: NDArray[np.int64], size: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of ln |w| of each group."""
    there = weights != 0
    logs, owner = np.log(np.abs(weights[there])), group[there]
    number = np.bincount(owner, minlength=size)
    mean = _means(logs, owner, number)
    return mean, np.sqrt(_means((logs - mean[owner]) ** 2, owner, number))


def _divergence(
    mean: NDArray[np.float64],
    sd: NDArray[np.float64],
    start_mean: NDArray[np.float64],
    start_sd: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Of log-normals; NaN where one of them has no spread."""
    spread = (sd > 0) & (start_sd > 0)
    s1, s0 = (np.where(spread, s, np.nan) for s in (sd, start_sd))
    return np.log(s0 / s1) + (s1**2 + (mean - start_mean) ** 2) / (2 * s0**2) - 0.5


def _moved(
    now: NDArray[np.float64],
    before: NDArray[np.float64],
    group: NDArray[np.int64],
    number: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Wasserstein distance of each group: both have as many values, so the ranks are paired."""
    # Small integers are sorted by radix, many times faster than two keys at once.
    kind = np.uint16 if len(number) <= 2**16 else np.int64
    by_group = np.argsort(group.astype(kind), kind="stable")
    distance = np.full(len(number), np.nan)
    ends = np.cumsum(number)
    for i in np.flatnonzero(number):
        mine = by_group[ends[i] - number[i] : ends[i]]
        distance[i] = np.abs(np.sort(now[mine]) - np.sort(before[mine])).mean()
    return distance
