"""How rules compare the last looks of a run with the first.

One look is one sample of one stimulus, and its numbers vary a lot: the rate of a network may be
five times higher for one image than for the next. A rule therefore asks for three bad looks
running, so that a state is found two looks after it began, and an odd look or two are ignored. It
compares them with the first twenty looks, their median and how much they scatter: what is usual in
a run is no alarm.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keras_v1_activity.history import History

FIRST_LOOKS: int = 20
"""So many looks are how a network was at first."""
LEAST_FIRST_LOOKS: int = 10
"""With fewer looks it is not known how a network was at first."""
LAST_LOOKS: int = 3
"""So many looks running must be bad."""
LEAST_NEURONS: int = 10
"""A smaller population is not compared with its own first looks: its numbers are chance."""


def step_of(history: History) -> int:
    """Training step of the last look.

    Example:
        >>> step_of(History([{"step": 100}, {"step": 200}]))
        200
    """
    return int(history[-1]["step"])


def values(history: History, places: Iterable[int], *path: str) -> list[float]:
    """The numbers under `path` in the rows at `places`, those that are known."""
    found = []
    for place in places:
        # As `History.value` does, which costs five times as much: a look asks for thousands.
        entry: Any = history[place]
        try:
            for name in path:
                entry = entry[name]
        except (KeyError, TypeError, IndexError):
            continue
        if type(entry) in (float, int) and entry == entry:
            found.append(float(entry))
    return found


def told(value: float, limit: float, digits: int = 3) -> tuple[str, str]:
    """Two numbers as text, with as many digits as it takes to tell them apart.

    Example:
        >>> told(43.44, 43.36), told(43.444, 43.441), told(50.0, 43.4)
        (('43.44', '43.36'), ('43.444', '43.441'), ('50', '43.4'))
    """
    for more in range(digits, 9):
        words = f"{value:.{more}g}", f"{limit:.{more}g}"
        if words[0] != words[1]:
            return words
    return f"{value:.{digits}g}", f"{limit:.{digits}g}"


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


def highest_at_first(history: History, *path: str) -> float:
    """The highest of the first ten looks that know a number; NaN if none does.

    Without the last looks, which are judged, as long as there are others.

    Example:
        >>> history = History({"step": step, "x": step % 7} for step in range(30))
        >>> highest_at_first(history, "x"), highest_at_first(history, "y")
        (6.0, nan)
    """
    n_looks = 2 * FIRST_LOOKS + LEAST_FIRST_LOOKS

    def highest() -> float:
        found = values(history, range(min(n_looks, len(history))), *path)
        judged = min(LEAST_FIRST_LOOKS, max(len(found) - LAST_LOOKS, 1))
        return max(found[:judged], default=math.nan)

    return history.first.remembered(n_looks, ("highest", path), highest, n_looks=len(history))


def last_places(history: History, n_looks: int = LAST_LOOKS) -> range:
    """Places of the last looks.

    Example:
        >>> list(last_places(History({"step": step} for step in range(9)), 2))
        [7, 8]
    """
    return range(max(len(history) - n_looks, 0), len(history))


def median(numbers: Sequence[float]) -> float:
    """Their median; NaN if there are none.

    Example:
        >>> median([3.0, 1.0, 9.0]), median([])
        (3.0, nan)
    """
    found, n = sorted(numbers), len(numbers)
    return (found[(n - 1) // 2] + found[n // 2]) / 2 if n else float("nan")


@dataclass(frozen=True)
class Usual:
    """What a number was in the first looks of a run.

    Attributes:
        median: of these looks; NaN if too few are known.
        scatter: standard deviation of a look, from the median absolute deviation.
        n_looks: how many are known.
        highest: of them; NaN as `median`.
    """

    median: float
    scatter: float
    n_looks: int
    highest: float


def usual(
    history: History,
    *path: str,
    n_last: int = LAST_LOOKS,
    skip: int = 0,
    log: bool = False,
    floor: float = -math.inf,
) -> Usual:
    """What a number was in the first twenty looks; at least ten, and without the last ones.

    Args:
        history: the run up to the look that is judged.
        *path: where the number stands in a row.
        n_last: how many of the last looks are judged, and so not counted here.
        skip: how many of the first looks are left out.
        log: take the logarithm, of numbers whose ratio counts; what is not above 0 is left out.
        floor: the lowest number that counts; lower ones are taken to be so.

    Example:
        >>> history = History({"step": step, "x": step % 3} for step in range(30))
        >>> usual(history, "x")
        Usual(median=1.0, scatter=1.4826, n_looks=20, highest=2.0)
    """

    def find() -> Usual:
        places = range(skip, min(skip + FIRST_LOOKS, len(history) - n_last))
        if len(places) < LEAST_FIRST_LOOKS:
            return usual_of([])
        found = [max(value, floor) for value in values(history, places, *path)]
        return usual_of([math.log(value) for value in found if value > 0] if log else found)

    key = "usual", path, n_last, skip, log, floor
    needed = skip + FIRST_LOOKS + n_last
    return history.first.remembered(needed, key, find, n_looks=len(history))


def usual_of(found: Sequence[float]) -> Usual:
    """What is usual of the numbers of some looks.

    Example:
        >>> usual_of([1.0, 2.0, 3.0]).median
        nan
    """
    if len(found) < LEAST_FIRST_LOOKS:
        return Usual(float("nan"), float("nan"), len(found), float("nan"))
    middle = median(found)
    scatter = 1.4826 * median([abs(value - middle) for value in found])
    return Usual(middle, scatter, len(found), max(found))


def usual_top(history: History, *path: str, sure: float = 3.0) -> tuple[float, float]:
    """(median, highest that is usual) of a number above 0 whose ratio counts; NaN if unknown.

    The highest is three standard deviations above, of the logarithms of the first looks, of which
    one is taken to be at least 0.1; or the highest of these looks.

    Example:
        >>> usual_top(History({"step": step, "x": 2.0} for step in range(30)), "x")[0]
        2.0
    """
    found = usual(history, *path, log=True)
    top = max(found.median + sure * max(found.scatter, 0.1), found.highest)
    return math.exp(found.median), math.exp(top)


def at_first(history: History, *path: str) -> float:
    """Median over the first twenty looks; NaN while fewer than ten are known.

    Example:
        >>> history = History({"step": step, "x": step} for step in range(1, 40))
        >>> at_first(history, "x"), at_last(history, "x")
        (10.5, (37.0, 39.0))
    """
    return usual(history, *path).median


def at_last(history: History, *path: str, n_looks: int = LAST_LOOKS) -> tuple[float, float]:
    """(lowest, highest) of the last looks; NaN if not all of them are there and know it.

    What is too much is so in all of these looks if the lowest is, what is too little if the highest
    is.
    """
    found = values(history, last_places(history, n_looks), *path)
    return (min(found), max(found)) if len(found) == n_looks else (float("nan"), float("nan"))


def size_of(history: History, population: str) -> float:
    """How many neurons a population has; NaN if it is unknown."""
    return history.value(-1, "population_sizes", population)


def neuron_seconds(history: History, population: str | None) -> float:
    """For how long all neurons of a population together are seen in one look, s; NaN if unknown.

    None stands for the whole network.
    """
    duration_ms = history.value(-1, "n_steps") * history.value(-1, "dt_ms")
    whole = population is None
    size = history.value(-1, "n_neurons") if whole else size_of(history, population)
    return size * duration_ms / 1000
