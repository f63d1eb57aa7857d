"""The numbers of a look by the names that sinks give them: ``rate_hz/e23Cux2``."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

# Numbers of the whole look; other entries of a row say what was recorded, not what it was like.
_WHOLE: Final = (
    "n_spikes", "max_rate_hz", "active_fraction", "synchrony", "fano_factor", "isi_cv",
    "peak_fraction", "voltage_min_mv", "voltage_mean_mv", "voltage_max_mv",
    "voltage_below_range_fraction", "nan_count", "branching_ratio",
)  # fmt: skip
_GROUPS: Final[Mapping[str, str]] = {
    "population_rates_hz": "rate_hz",
    "silent_fractions": "silent_fraction",
    "rate_change": "rate_change",
    "band_fractions": "band_fraction",
    "scalars": "scalars",
}
# Rates are there already; the mean of the similarities is that of the populations.
_ALREADY: Final = ("n_neurons", "mean_rate_hz")
ALL: Final = "all"


def scalars_of(part: Mapping[str, Any]) -> dict[str, float]:
    """What has become known of a look, as finite numbers by name.

    Args:
        part: the row of a look, as in its ``summary.json``, or later additions to it.

    Example:
        >>> scalars_of({"step": 100, "mean_rate_hz": 4.0, "population_rates_hz": {"e23": 3.5},
        ...             "scalars": {"loss": 0.25}})
        {'rate_hz/all': 4.0, 'rate_hz/e23': 3.5, 'scalars/loss': 0.25}
        >>> scalars_of({"statistics": {"populations": {"e23": {"cv": 0.8, "lv": None}}}})
        {'cv/e23': 0.8}
    """
    statistics = part.get("statistics")
    named = dict(_of_row(part))
    if isinstance(statistics, Mapping):
        named |= dict(_of_statistics(statistics))
    return {name: float(value) for name, value in named.items() if _is_finite(value)}


def _of_row(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield f"rate_hz/{ALL}", row.get("mean_rate_hz")
    for entry, group in _GROUPS.items():
        for name, value in _items(row.get(entry)):
            yield f"{group}/{name}", value
    for entry in _WHOLE:
        yield f"look/{entry}", row.get(entry)
    for entry, values in _items(row.get("health")):
        # Weights of each pair of populations would be a thousand curves.
        for name, value in () if entry == "weights" else _items(values):
            yield f"health/{entry}/{name}", value
        yield f"health/{entry}", values


def _of_statistics(statistics: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    populations = {ALL: statistics.get(ALL), **dict(_items(statistics.get("populations")))}
    for population, numbers in populations.items():
        for name, value in _items(numbers):
            if name not in _ALREADY and (name, population) != ("similarity", ALL):
                yield f"{name}/{population}", value
    yield "similarity/mean", statistics.get("similarity")
    yield from _of_row({name: value for name, value in statistics.items() if name != "similarity"})


def _items(value: Any) -> Any:
    return value.items() if isinstance(value, Mapping) else ()


def _is_finite(value: Any) -> bool:
    is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    try:
        return is_number and math.isfinite(value)
    except (OverflowError, TypeError):
        return False
