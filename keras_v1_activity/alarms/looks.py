"""How rules compare the last looks of a run with the first: medians, and counts of spikes.

One look is one sample of one stimulus, and its numbers vary a lot. A rule compares the median of
the last three looks with that of the first five: one odd look is ignored, and a state that lasts is
found at its second look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from keras_v1_activity.history import History

FIRST_LOOKS: int = 5
"""The median of so many looks is how a network was at first."""
LAST_LOOKS: int = 3
"""The median of so many looks is how a network is now."""
LEAST_NEURONS: int = 10
"""A smaller population is not compared with its own first looks: its numbers are chance."""

# Standard deviations by which a count of spikes must differ.
_SURE = 3.0


def step_of(history: History) -> int:
    """Training step of the last look.

    Example:
        >>> step_of(History([{"step": 100}, {"step": 200}]))
        200
    """
    return int(history[-1]["step"])


def values(history: History, places: Iterable[int], *path: str) -> list[float]:
    """The numbers under `path` in the rows at `places`, those that are known."""
    found = (history.value(place, *path) for place in places)
    return [value for value in found if not np.isnan(value)]


def names_at_last(history: History, *path: str) -> tuple[str, ...]:
    """Names of the entries under `path` in the last row.

    Example:
        >>> names_at_last(History([{"step": 1, "rates": {"e4": 1.0, "i4": 2.0}}]), "rates")
        ('e4', 'i4')
    """
    return tuple(entry_at(history, -1, *path))


def entry_at(history: History, place: int, *path: str) -> Mapping[str, Any]:
    """The dict under `path` in the row at `place`; an empty one if there is none.

    Example:
        >>> entry_at(History([{"step": 1, "scalars": {"loss": 0.5}}]), -1, "scalars")
        {'loss': 0.5}
    """
    entry: Any = history[place]
    for name in path:
        entry = entry.get(name) if isinstance(entry, Mapping) else None
    return entry if isinstance(entry, Mapping) else {}


def first_places(history: History, n_looks: int = FIRST_LOOKS) -> range:
    """Places of the first looks.

    Example:
        >>> list(first_places(History([{"step": 1}, {"step": 2}])))
        [0, 1]
    """
    return range(min(n_looks, len(history)))


def last_places(history: History, n_looks: int = LAST_LOOKS) -> range:
    """Places of the last looks.

    Example:
        >>> list(last_places(History({"step": step} for step in range(9)), 2))
        [7, 8]
    """
    return range(max(len(history) - n_looks, 0), len(history))


def median(numbers: ArrayLike) -> float:
    """Their median; NaN if there are none.

    Example:
        >>> median([3.0, 1.0, 9.0]), median([])
        (3.0, nan)
    """
    array = np.sort(np.asarray(numbers, np.float64).reshape(-1))
    n = array.size
    return float((array[(n - 1) // 2] + array[n // 2]) / 2) if n else float("nan")


def at_first(history: History, *path: str, n_looks: int = FIRST_LOOKS) -> float:
    """Median over the first looks; NaN until these are over.

    Example:
        >>> history = History({"step": step, "x": step} for step in range(1, 10))
        >>> at_first(history, "x"), at_last(history, "x")
        (3.0, 8.0)
    """
    if len(history) <= n_looks:
        return float("nan")
    return median(values(history, first_places(history, n_looks), *path))


def at_last(history: History, *path: str, n_looks: int = LAST_LOOKS) -> float:
    """Median over the last looks; NaN if not all of them are there and know it."""
    found = values(history, last_places(history, n_looks), *path)
    return median(found) if len(found) == n_looks else float("nan")


def size_of(history: History, population: str) -> float:
    """How many neurons a population has; NaN if it is unknown."""
    return history.value(-1, "population_sizes", population)


def neuron_seconds(history: History, population: str) -> float:
    """For how long all neurons of a population together are seen in one look, s; NaN if unknown."""
    duration_ms = history.value(-1, "n_steps") * history.value(-1, "dt_ms")
    return size_of(history, population) * duration_ms / 1000


def is_surely_above(
    rate: float, factor: float, other: float, seconds: float, n_looks: int, n_other: int
) -> bool:
    """Whether a rate is above `factor` times another one by more than chance.

    Both are taken as counts of independent spikes; three standard deviations must lie between.

    Args:
        rate, other: Hz.
        factor: how many times.
        seconds: neuron-seconds of one look.
        n_looks, n_other: over how many looks each was found.

    Example:
        >>> is_surely_above(20.0, 3.0, 5.0, 60.0, 3, 5), is_surely_above(20.0, 3.0, 5.0, 0.2, 3, 5)
        (True, False)
    """
    if not rate > factor * other or not seconds > 0:
        return False
    count, other_count = rate * seconds * n_looks, other * seconds * n_other
    low = (count - _SURE * np.sqrt(count + 1)) / n_looks
    high = (other_count + _SURE * np.sqrt(other_count + 1)) / n_other
    return bool(low > factor * high)
