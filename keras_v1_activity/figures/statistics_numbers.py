"""The numbers that the figure of statistics shows, from the look itself or from its details."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity import measures
from keras_v1_activity.activity import facts
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.measures.recordings import LEAST_NEURONS

Numbers: TypeAlias = NDArray[np.float64]

PERCENTILES: Final = (5, 25, 50, 75, 95)
CORRELATION_BINS_MS: Final = (2, 10, 100)
HIGHEST_HZ: Final = 100.0


def spread(values: ArrayLike) -> Numbers:
    """(5,) `PERCENTILES` of the values that are known; NaN if none is.

    Example:
        >>> spread([0.0, 1.0, np.nan, 2.0])[2]
        np.float64(1.0)
    """
    numbers = np.asarray(values, np.float64)
    known = numbers[np.isfinite(numbers)]
    return np.percentile(known, PERCENTILES) if known.size else np.full(len(PERCENTILES), np.nan)


def spread_by_population(values: NDArray[Any], populations: Populations) -> Numbers:
    """(n_populations, 5) `spread` of each population, in drawing order.

    Example:
        >>> spread_by_population(activity.rates, activity.populations).shape
        (20, 5)
    """
    order = np.argsort(populations.index, kind="stable")
    parts = np.split(values[order], np.cumsum(populations.counts)[:-1])
    return np.array([spread(part) for part in parts]).reshape(-1, len(PERCENTILES))


def recorded_spread(populations: Populations) -> Numbers:
    """(n_populations, 5) the same of recorded units, Hz; NaN if there are fewer than 15.

    Example:
        >>> recorded_spread(activity.populations).shape
        (20, 5)
    """
    recorded = facts.recorded_rates_hz()
    units = [recorded.get(f"L{m.layer} {m.cell_class}", ()) for m in populations.members]
    return np.array([spread(each if len(each) >= LEAST_NEURONS else ()) for each in units]).reshape(
        -1, len(PERCENTILES)
    )


def similarity(activity: Activity) -> dict[str, float]:
    """1 - Kolmogorov-Smirnov distance to recorded rates by population, and ``"mean"``.

    Example:
        >>> 0 < similarity(activity)["mean"] < 1
        True
    """
    stored = _stored(activity)
    if not stored:
        return measures.similarity_to_recordings(activity)
    found = {name: _number(row, "similarity") for name, row in _populations(stored).items()}
    known = {name: value for name, value in found.items() if np.isfinite(value)}
    return {**known, "mean": _number(stored, "similarity")}


def correlations(activity: Activity) -> Numbers:
    """(n_populations, 3) mean correlation over pairs, in bins of 2, 10 and 100 ms.

    Example:
        >>> correlations(activity).shape
        (20, 3)
    """
    names = activity.populations.names
    stored = _stored(activity)
    if stored:
        rows = _populations(stored)
        keys = [f"correlation_{bin_ms}ms" for bin_ms in CORRELATION_BINS_MS]
        table = [[_number(rows.get(name), key) for key in keys] for name in names]
        return np.array(table, np.float64).reshape(-1, len(keys))
    columns = []
    for bin_ms in CORRELATION_BINS_MS:
        pairs = measures.pairwise_correlation(activity, max(bin_ms, activity.dt))
        columns.append([_mean_of_known(pairs[name]) for name in names])
    return np.array(columns, np.float64).T


def population_fano(activity: Activity) -> tuple[Numbers, Numbers]:
    """(bins, factors): ms and no unit, those that are known.

    Example:
        >>> len(population_fano(activity)[0])
        10
    """
    stored = _stored(activity)
    if stored:
        curve = stored.get("population_fano")
        return _curve(curve, "bins_ms", "factors")
    return _known(*measures.population_fano(activity))


def spectrum(activity: Activity) -> tuple[Numbers, Numbers]:
    """(frequencies, density): above 0 up to 100 Hz, and spikes^2 / Hz; those above 0.

    Example:
        >>> spectrum(activity)[0][:2]
        array([10., 20.])
    """
    stored = _stored(activity)
    hz, density = (
        _curve(stored.get("spectrum"), "hz", "density")
        if stored
        else _known(*measures.power_spectrum(activity))
    )
    shown = (hz > 0) & (hz <= HIGHEST_HZ) & (density > 0)
    return hz[shown], density[shown]


def independent_density(activity: Activity) -> float:
    """The density of as many spikes of independent Poisson neurons, spikes^2 / Hz; NaN without.

    The variance of a count is its mean, and it is spread evenly up to half the sampling rate.

    Example:
        >>> independent_density(activity) > 0
        True
    """
    bin_s = measures.bin_width(activity, 1.0) * activity.dt / 1000
    seconds = activity.duration_ms / 1000
    return 2 * bin_s**2 * activity.n_spikes / seconds if activity.n_spikes else float("nan")


def _stored(activity: Activity) -> Mapping[str, Any]:
    """Statistics that came with the look; empty if there are none."""
    stored = activity.details.get("statistics")
    return stored if isinstance(stored, Mapping) and _populations(stored) else {}


def _populations(stored: Mapping[str, Any]) -> Mapping[str, Any]:
    rows = stored.get("populations")
    return rows if isinstance(rows, Mapping) else {}


def _number(row: object, key: str) -> float:
    value = row.get(key) if isinstance(row, Mapping) else None
    return float(value) if isinstance(value, (int, float)) else float("nan")


def _mean_of_known(values: Numbers) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")


def _curve(stored: object, x: str, y: str) -> tuple[Numbers, Numbers]:
    curve = stored if isinstance(stored, Mapping) else {}
    columns = [
        np.array([np.nan if v is None else v for v in curve.get(name) or ()], np.float64)
        for name in (x, y)
    ]
    n = min(map(len, columns))
    return _known(columns[0][:n], columns[1][:n])


def _known(x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
    known = np.isfinite(y)
    return x[known], y[known]
