"""The numbers of a run over its steps, as columns for the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.history import History

Path: TypeAlias = tuple[str, ...]
Names: TypeAlias = list[dict[str, Any]]

WHOLE: Final[tuple[Path, ...]] = (
    ("mean_rate_hz",),
    ("n_spikes",),
    ("active_fraction",),
    ("peak_fraction",),
    ("label",),
    ("prediction",),
    ("statistics", "similarity"),
    *(("statistics", "all", name) for name in ("cv", "cv2", "lv")),
    *(("statistics", "all", f"correlation_{bin_ms}ms") for bin_ms in (2, 10, 100)),
    *(("statistics", "band_fractions", name) for name in ("theta", "alpha", "beta", "gamma")),
)
"""Numbers of a whole look, by their place in its summary."""
OPEN: Final[tuple[Path, ...]] = (("scalars",),)
"""Entries all of whose numbers are taken."""
BY_POPULATION: Final[tuple[tuple[Path, Path], ...]] = (
    (("population_rates_hz",), ()),
    (("silent_fractions",), ()),
    *((("statistics", "populations"), (n,)) for n in ("similarity", "lv", "correlation_10ms")),
    (("statistics", "rate_change"), ()),
    (("tuning", "populations"), ("osi",)),
    (("tuning", "populations"), ("dsi",)),
)  # fmt: skip
"""Numbers of each population: the path before its name, and behind it."""
BY_PART: Final[tuple[Path, ...]] = tuple(
    ("health", name) for name in ("gradient_norm", "update_ratio", "surrogate_occupancy")
)
"""Numbers of each part of the model: all, input, readout, recurrent, populations."""


def columns_of(history: History, populations: Sequence[str]) -> dict[Path, NDArray[np.float32]]:
    """All numbers that any look has.

    Args:
        history: of the run.
        populations: names, in drawing order.

    Returns:
        (n_looks,) float32 by path, NaN where a number is unknown.

    Example:
        >>> known = History([{"step": 1, "scalars": {"loss": 0.5}}, {"step": 2}])
        >>> columns_of(known, ["e4Rorb"])
        {('scalars', 'loss'): array([0.5, nan], dtype=float32)}
    """
    columns: dict[Path, NDArray[np.float32]] = {}
    for path in _paths(history, populations):
        values = history.series(*path)
        if np.isfinite(values).any():
            with np.errstate(over="ignore"):
                columns[path] = values.astype(np.float32)
    return columns


def as_series(columns: Mapping[Path, NDArray[Any]]) -> tuple[Names, dict[str, NDArray[Any]]]:
    """Columns as the page reads them: which array is which number.

    Args:
        columns: values by path.

    Returns:
        A list of ``{"path", "array"}`` and the arrays.

    Example:
        >>> as_series({("scalars", "loss"): np.array([0.5])})
        ([{'path': ['scalars', 'loss'], 'array': 's0'}], {'s0': array([0.5])})
    """
    names = [{"path": list(path), "array": f"s{i}"} for i, path in enumerate(columns)]
    return names, {f"s{i}": values for i, values in enumerate(columns.values())}


def _paths(history: History, populations: Sequence[str]) -> Iterator[Path]:
    yield from WHOLE
    for path in (*OPEN, *BY_PART):
        yield from ((*path, str(name)) for name in history.names(*path))
    for before, behind in BY_POPULATION:
        if history.names(*before):
            yield from ((*before, name, *behind) for name in populations)
