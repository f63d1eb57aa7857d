"""How much a network fires like recorded neurons."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.activity import facts
from keras_v1_activity.activity.trials import Response, Window, same_neurons
from keras_v1_activity.measures.rates import mean_rates

LEAST_NEURONS: int = 15
"""With fewer neurons, or recorded units, distributions are not compared."""


def similarity_to_recordings(
    activity: Response, *, window_ms: Window | None = None
) -> dict[str, float]:
    """How alike the rates of each population and of recorded units are distributed, 0 to 1.

    One minus the Kolmogorov-Smirnov distance of the two distributions of mean rates. Recorded are
    units of the same layer and cell class in the visual cortex of mice that saw drifting gratings
    (Siegle et al. 2021, Nature 592:86), the table `neuropixels_rates`. Trained V1 models are judged
    by it (Allen Institute, V1_GLIF_model).

    Args:
        activity: one `Activity`, or several trials, of whose rates the mean counts.
        window_ms: (first, end) ms, or None for all the time.

    Returns:
        dict of population -> similarity, only those with at least 15 neurons and 15 recorded units;
        and ``"mean"``, over them, NaN if there is none.

    Raises:
        ValueError: no trial, other neurons, or a window that does not fit.

    Example:
        >>> from keras_v1_activity import Activity
        >>> similarity_to_recordings(Activity.from_dense(np.eye(4)))
        {'mean': nan}
        >>> 0 <= similarity_to_recordings(activity)["e23Cux2"] <= 1
        True
    """
    trials = same_neurons(activity)
    rates, populations = mean_rates(trials, window_ms), trials[0].populations
    recorded_rates = facts.recorded_rates_hz() if np.isfinite(rates).all() else {}
    found = {}
    for i, member in enumerate(populations.members):
        recorded = recorded_rates.get(f"L{member.layer} {member.cell_class}", ())
        if min(populations.counts[i], len(recorded)) >= LEAST_NEURONS:
            found[member.name] = 1 - ks_distance(rates[populations.index == i], recorded)
    return {**found, "mean": float(np.mean(list(found.values()))) if found else float("nan")}


def ks_distance(first: ArrayLike, second: ArrayLike) -> float:
    """Kolmogorov-Smirnov distance of two samples, 0 to 1: the greatest of their cumulative shares.

    Smirnov 1948, Ann. Math. Stat. 19:279.

    Args:
        first: (n,) of any unit.
        second: (m,) of the same unit.

    Returns:
        NaN if one of them is empty.

    Example:
        >>> ks_distance([1, 2], [2, 3])
        0.5
    """
    a, b = (np.sort(np.asarray(values, np.float64).reshape(-1)) for values in (first, second))
    if not a.size or not b.size:
        return float("nan")
    both: NDArray[np.float64] = np.concatenate([a, b])
    share_a = np.searchsorted(a, both, side="right") / a.size
    share_b = np.searchsorted(b, both, side="right") / b.size
    return float(np.abs(share_a - share_b).max())
