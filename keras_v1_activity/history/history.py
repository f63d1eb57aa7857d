"""History: the numbers of each look of a run, in the order of the steps."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.history.first_looks import FirstLooks

_MISSING = object()


class History:
    """What is known in numbers of each look of a run: the content of each ``summary.json``.

    A row is a dict by name; some of its entries are dicts, by population or by measure. A row may
    grow: what is computed beside the training comes later than what was stored with the look.
    Not for several threads at a time.

    Args:
        rows: dicts with the entry ``step`` each, in any order.

    Attributes:
        first: `FirstLooks`, what was found in the first rows.

    Example:
        >>> history = History([{"step": 200, "mean_rate_hz": 4.0}, {"step": 100}])
        >>> history.steps, history.series("mean_rate_hz")
        (array([100, 200]), array([nan,  4.]))
        >>> history.merge(100, {"statistics": {"populations": {"L4 e": {"cv": 0.8}}}})
        >>> history.names("statistics", "populations")
        ('L4 e',)
        >>> history.series("statistics", "populations", "L4 e", "cv")
        array([0.8, nan])
    """

    first: FirstLooks

    def __init__(self, rows: Iterable[Mapping[str, Any]] = ()) -> None:
        self._steps: list[int] = []
        self._rows: list[Mapping[str, Any]] = []
        self.first = FirstLooks()
        for row in rows:
            self.merge(int(row["step"]), row)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        """Over the rows, by ascending step."""
        return iter(self._rows)

    def __getitem__(self, place: int) -> Mapping[str, Any]:
        """The row at a place: 0 is the first look, -1 the last."""
        return self._rows[place]

    @property
    def steps(self) -> NDArray[np.int64]:
        """(n_looks,) training step of each row, ascending."""
        return np.array(self._steps, np.int64)

    def merge(self, step: int, part: Mapping[str, Any], *, anew: bool = False) -> None:
        """Adds what is known of the look at `step`: a new row, or further entries of one.

        An entry that both have is replaced.

        Args:
            step: training step of the look.
            part: dict by name.
            anew: forget all else that was known of that step.
        """
        place = bisect.bisect_left(self._steps, step)
        if place == len(self._steps) or self._steps[place] != step:
            self._steps.insert(place, step)
            self._rows.insert(place, {})
        before = {} if anew else self._rows[place]
        self.first.forget(place)
        # A new dict, so that the rows that `last` has given stay as they were.
        self._rows[place] = {**before, **part, "step": step}

    def value(self, place: int, *path: str) -> float:
        """The number under `path` in the row at `place`; NaN where there is none."""
        return _number(_entry(self._rows[place], path))

    def series(self, *path: str) -> NDArray[np.float64]:
        """(n_looks,) the number under `path` in each row; NaN where there is none.

        Args:
            *path: names of entries, from the outermost to the innermost.
        """
        return np.array([_number(_entry(row, path)) for row in self._rows], np.float64)

    def names(self, *path: str) -> tuple[str, ...]:
        """Names of the entries under `path`, in the order in which they first came."""
        found: dict[str, None] = {}
        for row in self._rows:
            entry = _entry(row, path)
            if isinstance(entry, Mapping):
                found.update(dict.fromkeys(entry))
        return tuple(found)

    def known(self, *path: str) -> History:
        """The rows that have something under `path`."""
        return History(row for row in self._rows if _entry(row, path) is not _MISSING)

    def last(self, n_looks: int) -> History:
        """The last rows, at most `n_looks`, as they are now: further ones do not come in."""
        return _part_of(self, max(len(self) - n_looks, 0), len(self))

    def until(self, step: int) -> History:
        """The rows up to `step`, itself among them."""
        return _part_of(self, 0, bisect.bisect_right(self._steps, step))


def _part_of(history: History, first: int, end: int) -> History:
    part = History()
    part._steps, part._rows = history._steps[first:end], history._rows[first:end]
    return part


def _entry(row: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    entry: Any = row
    for name in path:
        if not isinstance(entry, Mapping) or entry.get(name) is None:
            return _MISSING
        entry = entry[name]
    return entry


def _number(entry: Any) -> float:
    if isinstance(entry, (int, float, np.number)) and not isinstance(entry, bool):
        try:
            return float(entry)
        except OverflowError:
            return float("nan")
    return float("nan")
