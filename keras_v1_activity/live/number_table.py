"""NumberTable: the numbers of a run over its steps, and which of them are new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.report.series import Names, Path, as_series

_FIRST_ROOM: Final = 64
_MOST_CLASSES: Final = 100_000


class NumberTable:
    """One row for each step, one column for each number: four bytes each.

    Each change has a version, a number that only grows; `since` gives what has changed after one.

    Example:
        >>> table = NumberTable()
        >>> table.put([200], {("loss",): np.array([0.5])}, version=1)
        >>> table.put([100], {("loss",): np.array([0.9])}, version=2)
        >>> names, arrays = table.since(1)
        >>> names, arrays["steps"], arrays["s0"]
        ([{'path': ['loss'], 'array': 's0'}], array([100.]), array([0.9], dtype=float32))
    """

    def __init__(self) -> None:
        self._place: dict[int, int] = {}
        self._steps = np.zeros(_FIRST_ROOM, np.int64)
        self._versions = np.zeros(_FIRST_ROOM, np.int64)
        self._detail = np.zeros(_FIRST_ROOM, np.uint8)
        self._columns: dict[Path, NDArray[np.float32]] = {}
        self._classes: dict[int, NDArray[np.int32]] = {}
        self._n_classes = 0

    def __len__(self) -> int:
        return len(self._place)

    def __contains__(self, step: object) -> bool:
        return step in self._place

    def put(self, steps: Sequence[int], columns: Mapping[Path, NDArray[Any]], version: int) -> None:
        """Sets all numbers of some steps; those that are not given are unknown from now on.

        Args:
            steps: which.
            columns: (n_steps,) values by path.
            version: of the change.
        """
        places = np.array([self._place_of(step) for step in steps], np.int64)
        for values in self._columns.values():
            values[places] = np.nan
        for path, given in columns.items():
            if path not in self._columns:
                self._columns[path] = np.full(len(self._steps), np.nan, np.float32)
            self._columns[path][places] = given
        self._versions[places] = version

    def put_detail(
        self, step: int, detail: int, classes: NDArray[np.int64] | None, version: int
    ) -> None:
        """Sets how much of a look there is to see, and the classes of its trials.

        Args:
            step: of the look.
            detail: 0: numbers only; 2: every spike.
            classes: (n, 2) true and predicted class of each trial; None: as they were.
            version: of the change.
        """
        place = self._place_of(step)
        self._detail[place] = detail
        self._versions[place] = version
        if classes is not None:
            self._n_classes -= len(self._classes.pop(step, ()))
            if self._n_classes + len(classes) <= _MOST_CLASSES:
                self._classes[step] = classes.astype(np.int32)
                self._n_classes += len(classes)

    def since(self, version: int) -> tuple[Names, dict[str, NDArray[Any]]]:
        """The steps that have changed after a version, ascending, with all their numbers.

        Returns:
            A list of ``{"path", "array"}`` and the arrays: ``steps``, ``detail``, one for each
            column; ``class_step``, ``class_label`` and ``class_said``, one entry a trial.
        """
        n = len(self._place)
        places = np.flatnonzero(self._versions[:n] > version)
        places = places[np.argsort(self._steps[places], kind="stable")]
        steps = self._steps[places]
        parts = {path: values[places] for path, values in self._columns.items()}
        known = {path: part for path, part in parts.items() if not np.isnan(part).all()}
        names, series = as_series(known)
        arrays = {"steps": steps.astype(np.float64), "detail": self._detail[places], **series}
        told = [(step, self._classes[step]) for step in steps.tolist() if step in self._classes]
        of_step = np.repeat([step for step, _ in told], [len(pairs) for _, pairs in told])
        pairs = np.concatenate([np.zeros((0, 2)), *(pairs for _, pairs in told)])
        arrays["class_step"] = of_step.astype(np.float64)
        arrays["class_label"], arrays["class_said"] = pairs[:, 0], pairs[:, 1]
        return names, arrays

    def _place_of(self, step: int) -> int:
        """The row of a step; a new one if it has none."""
        place = self._place.setdefault(step, len(self._place))
        if place == len(self._steps):
            self._steps = np.resize(self._steps, 2 * place)
            self._versions = np.resize(self._versions, 2 * place)
            self._detail = np.resize(self._detail, 2 * place)
            for path, values in self._columns.items():
                more = np.full(len(values), np.nan, np.float32)
                self._columns[path] = np.concatenate([values, more])
        self._steps[place] = step
        return place
