"""The numbers of looks by population, computed beside the training."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.measures.population_numbers import look_statistics
from keras_v1_activity.storage import codec
from keras_v1_activity.storage.counters import describe
from keras_v1_activity.storage.further_looks import is_further
from keras_v1_activity.storage.hdf5 import DAMAGE
from keras_v1_activity.storage.layout import data_beside, step_files
from keras_v1_activity.storage.run_id import RunMark
from keras_v1_activity.storage.statistics_files import (
    OtherLook,
    add_to_data,
    add_to_summary,
)


class Numbers(NamedTuple):
    """What became of the numbers of a look.

    Attributes:
        statistics: what `look_statistics` gave.
        troubles: a line for each measure, and each file, that failed.

    Example:
        >>> Numbers({}, []).troubles
        []
    """

    statistics: dict[str, Any]
    troubles: list[str]


class _First(NamedTuple):
    """The first look of a run."""

    step: int
    rates: NDArray[np.float64] | None


class LookNumbers:
    """Computes the numbers of one look after the other, and adds them to the files of each.

    It keeps the rates of the first look of a run, which those of the others are compared with: the
    first that is stored, or, if none is, the first that it is given.

    Example:
        >>> numbers = LookNumbers().add(activity, "summary.json")
        >>> numbers.troubles, sorted(os.listdir())
        ([], ['summary.json'])
    """

    def __init__(self) -> None:
        self._run: RunMark | None = None
        self._first: _First | None = None

    def add(
        self, activity: Activity, path: str | os.PathLike[str], run: RunMark | None = None
    ) -> Numbers | None:
        """Computes the numbers of a look and adds them to its data and its summary.

        Args:
            activity: the look.
            path: of its ``summary.json``.
            run: which run it belongs to; None writes in any case.

        Returns:
            None if the files are of another look, or the folder holds another run.
        """
        if run is not None and not run.held():
            return None
        troubles: list[str] = []
        statistics = look_statistics(
            activity,
            self._first_rates(activity, Path(path), run),
            on_error=lambda name, error: troubles.append(f"{name}: {describe(error)}"),
        )
        try:
            # In this order: whoever finds them in the summary finds them in the data too.
            for write in (add_to_data, add_to_summary):
                _try(lambda write=write: write(activity, path, statistics, run), troubles)
        except OtherLook:
            return None
        return Numbers(statistics, troubles)

    def _first_rates(
        self, activity: Activity, path: Path, run: RunMark | None
    ) -> NDArray[np.float64] | None:
        if run is None:
            return None
        if run != self._run:
            self._run, self._first = run, _first_stored(os.path.dirname(run.path))
        first = self._first
        if first is None or activity.step <= first.step and not is_further(data_beside(path)):
            first = self._first = _First(activity.step, activity.rates)
        return first.rates


def _try(write: Callable[[], object], troubles: list[str]) -> None:
    try:
        write()
    except OtherLook:
        raise
    except Exception as error:
        troubles.append(describe(error))


def _first_stored(folder: str) -> _First | None:
    """The first look that is stored in a folder; its rates are None if it cannot be read."""
    step, path = next(iter(step_files(folder).items()), (0, None))
    if path is None:
        return None
    try:
        return _First(step, codec.decode(path).rates)
    except DAMAGE:
        return _First(step, None)
