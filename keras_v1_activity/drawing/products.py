"""What is made of a look beside the training: its figures, and its numbers by population."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.storage.layout import Layout
from keras_v1_activity.storage.statistics_files import has_statistics

NUMBERS: Final = "numbers"
"""Stands among the names of a look's figures for its numbers by population."""

HISTORY: Final = "history"
"""The figure of the run, which is drawn again now and then, after the figures of a look."""


OnNumbers: TypeAlias = Callable[[int, Mapping[str, Any]], object]
"""Called with the step of a look and what `look_statistics` gave of it; not of further looks."""

OnFigure: TypeAlias = Callable[[int, str, Path], object]
"""Called with the step of a look, the name of a figure and its file, once that is drawn; not of
further looks. It must return at once, and raise nothing."""


def wanted(plan: RecordPlan) -> tuple[str, ...]:
    """Names of what is made of each look: the numbers first, so that figures can show them.

    Example:
        >>> wanted(RecordPlan(figures=["raster"])), wanted(RecordPlan(figures=[]))
        (('numbers', 'raster'), ())
    """
    figures = tuple(name for name in plan.figures if name != HISTORY)
    return (NUMBERS,) * plan.statistics + figures


def n_figures(names: Iterable[str]) -> int:
    """How many of the names are those of figures.

    Example:
        >>> n_figures(["numbers", "raster"])
        1
    """
    return sum(name != NUMBERS for name in names)


def file_of(layout: Layout, step: int, name: str) -> Path:
    """The file that a figure is, or that the numbers are added to.

    Args:
        layout: where the files of the look lie.
        step: of the look.
        name: of a figure, or `NUMBERS`.

    Example:
        >>> from keras_v1_activity.storage.layout import make_layout
        >>> file_of(make_layout("folders", "logs"), 100, NUMBERS).name
        'summary.json'
    """
    if name == HISTORY:
        return layout.history
    return layout.summary(step) if name == NUMBERS else layout.figure(step, name)


def is_made(name: str, path: str | os.PathLike[str]) -> bool:
    """Whether a figure is drawn, or the numbers are in their file; that of the run never is.

    Args:
        name: of a figure, or `NUMBERS`.
        path: as `file_of` gives it.

    Example:
        >>> is_made("raster", "absent.png")
        False
    """
    if name == HISTORY:
        return False
    return has_statistics(path) if name == NUMBERS else os.path.exists(path)
