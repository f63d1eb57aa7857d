"""The branching ratio: how many spikes a spike causes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.trials import Response, same_neurons
from keras_v1_activity.common.checks import whole_number
from keras_v1_activity.measures.over_time import bin_width, spike_counts_over_time

# Correlations of independent counts have a standard deviation of 1 / sqrt(bins).
_CHANCE_SD = 3.0


def branching_ratio(response: Response, bin_ms: float = 4.0, n_lags: int = 20) -> float:
    """How many spikes a spike causes in the next bin, on average: 0 to 1; it has no unit.

    0 for independent firing; near 1 activity is passed on for long. The estimator that does not
    suffer from seeing a part of the neurons only: r_k = cov(A_t, A_t+k) / var(A_t) = b m^k, fitted
    over the lags k, in bins of 4 ms (Wilting & Priesemann 2018, Nat. Commun. 9:2325). A stimulus
    that drives the network raises it too.

    Args:
        response: one `Activity`, or several trials, whose covariances are pooled.
        bin_ms: width of the bins, ms, rounded to whole time steps.
        n_lags: lags that are fitted, 1 to `n_lags` bins.

    Returns:
        m. 0 where no r_k exceeds chance, NaN where the count never varies, or the trials are not
        longer than twice the lags.

    Raises:
        ValueError: no trial, other neurons, or `n_lags` below 2.

    Example:
        >>> from keras_v1_activity import Activity
        >>> branching_ratio(Activity.from_dense(np.ones((200, 3))))
        nan
    """
    n_lags = whole_number(n_lags, "n_lags", 2, 20)
    series = []
    for one in same_neurons(response):
        width = bin_width(one, bin_ms)
        series.append(spike_counts_over_time(one, bin_ms).sum(axis=0)[: one.n_steps // width])
    if min(map(len, series)) <= 2 * n_lags:
        return float("nan")
    slopes = _slopes([np.asarray(counts, np.float64) for counts in series], n_lags)
    if slopes is None:
        return float("nan")
    if slopes.max() < _CHANCE_SD / np.sqrt(sum(map(len, series))):
        return 0.0
    return _base(slopes)


def _slopes(series: list[NDArray[np.float64]], n_lags: int) -> NDArray[np.float64] | None:
    """(n_lags,) r_k; None if nothing varies."""
    mean = np.concatenate(series).mean()
    centred = [counts - mean for counts in series]
    variance = np.mean(np.concatenate(centred) ** 2)
    if variance <= 1e-12 * mean**2 or variance == 0:
        return None
    slopes = []
    for k in range(1, n_lags + 1):
        products = np.concatenate([c[:-k] * c[k:] for c in centred])
        slopes.append(products.mean() / variance)
    return np.array(slopes)


def _base(slopes: NDArray[np.float64]) -> float:
    """The m of b m^k with the least squares, whose b follows from m."""
    lags = np.arange(1, len(slopes) + 1)

    def error(m: NDArray[np.float64]) -> NDArray[np.float64]:
        powers = m[:, None] ** lags
        square = np.maximum((powers**2).sum(axis=1), 1e-300)
        # A curve of negative b is none of a branching process.
        b = np.maximum(powers @ slopes / square, 0.0)
        return ((slopes - b[:, None] * powers) ** 2).sum(axis=1)

    best, around = 0.5, 0.5
    for _ in range(5):  # each round is a hundred times finer
        grid = np.clip(np.linspace(best - around, best + around, 201), 0.0, 1.0)
        best, around = float(grid[np.argmin(error(grid))]), around / 100
    return best
