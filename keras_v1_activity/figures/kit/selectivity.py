"""OSI or DSI of each population: its distribution, the recorded one, and what chance gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.ticker import FixedFormatter, FixedLocator
from numpy.typing import NDArray

from keras_v1_activity import measures
from keras_v1_activity.activity import facts
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.tuning import Tuning
from keras_v1_activity.figures.kit import style, wording
from keras_v1_activity.figures.kit.drawing import Handles
from keras_v1_activity.figures.kit.scale import Scale

LEAST_RECORDED: Final = 15
_ALL: Final = "all"
_NAME: Final[Mapping[str, str]] = {"osi": "orientation", "dsi": "direction"}


def draw(
    axes: Axes,
    activity: Activity,
    tuning: Tuning,
    told: Mapping[str, Any],
    shown: NDArray[np.int64],
    measure: str,
) -> Handles:
    """A row for all neurons and for each population: 10 to 90 %, quartiles, median.

    Args:
        axes: where to draw it.
        activity: whose neurons they are.
        tuning: their `Tuning`.
        told: what `measures.tuning_by_population` says of it.
        shown: indices of the populations that have a row.
        measure: "osi" or "dsi".

    Returns:
        dict: the name of the measure -> dict of population, and "all", -> median or None.

    Example:
        >>> from keras_v1_activity.activity import Tuning
        >>> tuning = Tuning(np.arange(0, 360, 45), np.ones((8, 1, 120)), counted_ms=500)
        >>> told = measures.tuning_by_population(tuning, activity.populations)
        >>> draw(axes, activity, tuning, told, np.array([0, 1]), "osi")["osi"]["all"]
        0.0
    """
    function = measures.osi if measure == "osi" else measures.dsi
    values = function(tuning.rates, tuning.directions_deg)
    populations = activity.populations
    members = populations.members
    rows: list[tuple[Any, ...]] = [(_ALL, style.INK, np.ones(len(values), bool), told["all"], None)]
    for i in shown:
        colour = members[i].colour if populations.named else style.INK
        kind = f"L{members[i].layer} {members[i].cell_class}"
        rows.append(
            (members[i].name, colour, populations.index == i, told["populations"][members[i].name],
             _recorded(kind, measure))
        )  # fmt: skip
    if not populations.named:
        rows = rows[:1]
    spread, middle, chance, recorded = [], [], [], []
    for row, (_, colour, inside, numbers, known) in enumerate(rows):
        found = values[inside & np.isfinite(values)]
        if found.size:
            low, first, median, last, high = np.percentile(found, [10, 25, 50, 75, 90])
            spread.append((row, low, high, first, last, colour))
            middle.append((median, row))
            if numbers[f"{measure}_chance"] is not None:
                chance.append((numbers[f"{measure}_chance"], row))
        if known is not None:
            recorded.append((known, row))
    _draw_spread(axes, spread, _thickness(len(rows)))
    _draw_marks(axes, middle, chance, recorded, _thickness(len(rows)))
    axes.set_xlim(0, 1)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.xaxis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
    axes.xaxis.set_major_formatter(FixedFormatter(["0", "", "0.5", "", "1"]))
    axes.set_xlabel(f"{_NAME[measure]} selectivity ({measure.upper()})")
    Scale(axes, "bottom", size=9)
    axes.xaxis.label.set_fontsize(9.5)
    return {measure: {name: numbers[measure] for name, _, _, numbers, _ in rows}}


def name_rows(axes: Axes, activity: Activity, shown: NDArray[np.int64]) -> None:
    """Names of the rows at the left of `axes`, in their colours.

    Example:
        >>> name_rows(axes, activity, np.array([0, 1]))
    """
    members = activity.populations.members
    chosen = [members[i] for i in shown] if activity.populations.named else []
    names = [_ALL, *(wording.printable(member.name, 11) for member in chosen)]
    axes.yaxis.set_major_locator(FixedLocator(range(len(names))))
    axes.yaxis.set_major_formatter(FixedFormatter(names))
    colours = [style.INK, *(member.colour for member in chosen)]
    size = float(np.clip(165 / len(names), 7.0, 9.5))
    Scale(axes, "left", ticks=False, size=size, colours=colours)


def _recorded(kind: str, measure: str) -> float | None:
    """Median of recorded units of this layer and class; None if fewer than 15 are known."""
    known = facts.recorded_medians().get(kind)
    if known is not None:
        return known[measure]
    values = facts.recorded_selectivity(measure).get(kind, ())
    return float(np.median(values)) if len(values) >= LEAST_RECORDED else None


def _thickness(n_rows: int) -> float:
    """Points of a quartile bar."""
    return float(np.clip(110 / n_rows, 3.5, 9.0))


def _draw_spread(axes: Axes, spread: list[tuple[Any, ...]], thickness: float) -> None:
    colours = [colour for *_, colour in spread]
    whiskers = [[(low, row), (high, row)] for row, low, high, *_ in spread]
    boxes = [[(first, row), (last, row)] for row, _, _, first, last, _ in spread]
    for segments, width, alpha in ((whiskers, 1.0, 1.0), (boxes, thickness, 0.55)):
        axes.add_collection(
            LineCollection(
                segments, colors=colours, linewidths=width, alpha=alpha, capstyle="butt"
            )  # fmt: skip
        )


def _draw_marks(
    axes: Axes,
    middle: list[tuple[float, int]],
    chance: list[tuple[float, int]],
    recorded: list[tuple[float, int]],
    thickness: float,
) -> None:
    """Median of ours, of chance, and of recordings."""
    size = min(thickness + 2.5, 8)
    marks: tuple[tuple[list[tuple[float, int]], dict[str, Any]], ...] = (
        (middle, {"marker": "|", "markersize": thickness + 4, "markeredgewidth": 2.0,
                  "color": style.INK, "zorder": 4}),
        (chance, {"marker": "x", "markersize": size * 0.6, "markeredgewidth": 1.1,
                  "color": style.SOFT_INK, "zorder": 3}),
        (recorded, {"marker": "D", "markersize": size * 0.72, "markerfacecolor": "white",
                    "markeredgecolor": style.INK, "markeredgewidth": 1.1, "zorder": 5}),
    )  # fmt: skip
    for points, look in marks:
        if points:
            at, rows = zip(*points, strict=True)
            axes.plot(at, rows, linestyle="none", clip_on=False, **look)
