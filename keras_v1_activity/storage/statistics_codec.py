"""The numbers of a look by population as an HDF5 group, for those who read with h5py alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import h5py
import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.measures.population_numbers import POPULATION_NUMBERS
from keras_v1_activity.measures.spectrum import BANDS_HZ
from keras_v1_activity.storage.hdf5 import TEXT

STATISTICS: Final = "statistics"
"""Name of the group, and of the entry of `Activity.details`."""

_CURVES: Final[Mapping[str, Mapping[str, str]]] = {
    "population_fano": {"bins_ms": "ms", "factors": ""},
    "spectrum": {"hz": "Hz", "density": "spikes^2 / Hz"},
}


def write_statistics(group: h5py.Group, numbers: Mapping[str, Any]) -> None:
    """Writes what `look_statistics` gave into an empty HDF5 group; unknown numbers are NaN.

    Args:
        group: where to write.
        numbers: the ``statistics`` of a look; what is missing, or of another kind, is unknown.

    Example:
        >>> from keras_v1_activity.measures import look_statistics
        >>> with h5py.File("numbers.h5", "w") as file:
        ...     write_statistics(file.create_group("statistics"), look_statistics(activity))
        ...     file["statistics/mean_rate_hz"].attrs["units"], len(file["statistics/populations"])
        ('Hz', 20)
    """
    populations = _dict(numbers.get("populations"))
    group.create_dataset("populations", data=list(populations), dtype=TEXT)
    for name, unit in POPULATION_NUMBERS.items():
        column = [_number(_dict(row).get(name)) for row in populations.values()]
        _write(group, name, column, unit)
    change = _dict(numbers.get("rate_change"))
    _write(group, "rate_change", [_number(change.get(name)) for name in populations], "")
    for name, keys in (("all", POPULATION_NUMBERS), ("band_fractions", BANDS_HZ)):
        part, entries = group.create_group(name), _dict(numbers.get(name))
        for key in keys:
            part.attrs[key] = _number(entries.get(key))
    for name, columns in _CURVES.items():
        part, curve = group.create_group(name), _dict(numbers.get(name))
        for key, unit in columns.items():
            _write(part, key, _numbers(curve.get(key)), unit)
    for name in ("similarity", "branching_ratio"):
        group.attrs[name] = _number(numbers.get(name))


def _write(group: h5py.Group, name: str, values: Sequence[float], unit: str) -> None:
    stored = group.create_dataset(name, data=np.array(values, np.float64))
    if unit:
        stored.attrs["units"] = unit


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: Any) -> float:
    try:
        return float(value) if isinstance(value, (int, float)) else float("nan")
    except OverflowError:
        return float("nan")


def _numbers(values: Any) -> NDArray[np.float64]:
    kept = values if isinstance(values, (list, tuple)) else ()
    return np.array([_number(value) for value in kept], np.float64)
