"""The panels of the health figure that have a row for each group of weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.container import BarContainer
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, NullLocator
from numpy.typing import NDArray

from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.figures.kit import layout, style, wording
from keras_v1_activity.figures.kit.scale import Scale

Numbers = Mapping[str, float | None]
"""A number of each group of weights; None if it is not finite."""

HEALTHY_RATIO: Final = (1e-4, 1e-2)
"""Update over weight of a training that goes well; about 1e-3 is usual (Karpathy, CS231n)."""

_MOST_NAMES: Final = 36
_SUPERSCRIPTS: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Row:
    """A group of weights.

    Attributes:
        key: as in ``details["health"]``.
        colour: of its name and its marks.

    Example:
        >>> Row("recurrent", style.INK).key
        'recurrent'
    """

    key: str
    colour: str


def rows_of(health: Mapping[str, Any], populations: Populations) -> list[Row]:
    """All weights first, then those of roles and layers, then the populations in drawing order.

    Example:
        >>> health = {"weight_norm": {"i4Pvalb": 1.0, "all": 2.0}}
        >>> [row.key for row in rows_of(health, activity.populations)]
        ['all', 'i4Pvalb']
    """
    keys = {key: None for name in _NAMES for key in health.get(name, {})}
    colours = {member.name: member.colour for member in populations.members}
    first = ["all"] if "all" in keys else []
    others = [key for key in keys if key not in ("all", *colours)]
    named = [name for name in populations.names if name in keys]
    return [Row(key, colours.get(key, style.INK)) for key in (*first, *others, *named)]


_NAMES: Final = ("gradient_norm", "update_norm", "weight_norm", "surrogate_occupancy")


def name_rows(axes: Axes, rows: Sequence[Row]) -> None:
    """A name beside each row, in its colour; every second, third, ... if they are many.

    Example:
        >>> name_rows(axes, [Row("all", "black"), Row("e4Rorb", "red")])
        >>> axes.get_ylim()
        (np.float64(1.6), np.float64(-0.6))
    """
    shown = layout.every_nth_label(len(rows), _MOST_NAMES)
    names = [_name(rows[i].key) for i in shown]
    size = float(np.clip(280 / max(len(shown), 1), 7.5, 10.5))
    if max(map(len, names), default=0) > 9:
        size = min(size, 8.5)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.yaxis.set_major_locator(FixedLocator(shown))
    axes.yaxis.set_major_formatter(FixedFormatter(names))
    Scale(axes, "left", ticks=False, size=size, colours=[rows[i].colour for i in shown])


def _name(key: str, most: int = 12) -> str:
    """Of a long name its end, since layers are told apart by a number there."""
    name = wording.printable(key, 200)
    return name if len(name) <= most else "…" + name[1 - most :]


def draw_marks(
    axes: Axes,
    rows: Sequence[Row],
    series: Mapping[str, tuple[Numbers, str, bool]],
    around: Sequence[float] = (),
) -> dict[str, PathCollection]:
    """Marks on a logarithmic axis, a row a group.

    What is 0 has no place there: it is a triangle at the left end. What is not finite is a cross at
    the right end.

    Args:
        axes: of the panel.
        rows: of the groups.
        series: by name the numbers, the marker (see matplotlib), and whether it is filled.
        around: further numbers that the axis reaches.

    Returns:
        The marks of each series by name, whose offsets are (number, row).

    Example:
        >>> rows = [Row("all", "black"), Row("e4Rorb", "red")]
        >>> numbers = {"all": 0.1, "e4Rorb": 0.01}
        >>> marks = draw_marks(axes, rows, {"update": (numbers, "o", True)})
        >>> marks["update"].get_offsets().tolist()
        [[0.1, 0.0], [0.01, 1.0]]
    """
    known = {name: _values(rows, numbers) for name, (numbers, _, _) in series.items()}
    low, high = _decades(np.concatenate([*known.values(), np.array(around, np.float64)]))
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    _stripe(axes, rows)
    marks = {}
    for name, (numbers, marker, filled) in series.items():
        values, colours = known[name], np.array([row.colour for row in rows], object)
        there = np.array([row.key in numbers for row in rows], bool)
        shown = there & np.isfinite(values) & (values > 0)
        at = np.flatnonzero(shown)
        marks[name] = axes.scatter(
            np.clip(values[shown], low, high), at, s=30, marker=marker, linewidths=1.2, zorder=4,
            edgecolors=colours[shown].tolist(), clip_on=False,
            facecolors=colours[shown].tolist() if filled else "white",
        )  # fmt: skip
        _at_the_end(axes, low, np.flatnonzero(there & (values == 0)), "<", colours)
        bad = np.flatnonzero(there & ~np.isfinite(values))
        _at_the_end(axes, high, bad, "X", np.full(len(rows), style.WRONG, object))
    axes.xaxis.set_major_locator(FixedLocator(_powers(low, high)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(value)))
    Scale(axes, "bottom", size=9.5)
    return marks


def _at_the_end(
    axes: Axes, end: float, rows: NDArray[np.int64], marker: str, colours: NDArray[Any]
) -> None:
    if len(rows):
        axes.scatter(
            np.full(len(rows), end), rows, s=42, marker=marker, color=colours[rows].tolist(),
            linewidths=0, clip_on=False, zorder=5,
        )  # fmt: skip


def mark_range(axes: Axes, low: float, high: float) -> Rectangle:
    """A quiet band over the healthy range of a logarithmic panel.

    Example:
        >>> float(mark_range(axes, 0.25, 0.5).get_width())
        0.25
    """
    first, last = axes.get_xlim()
    middle = (low * high) ** 0.5
    axes.annotate(
        "healthy" if first <= middle <= last else "", (middle, 1),
        xycoords=axes.get_xaxis_transform(), xytext=(0, 3), textcoords="offset points",
        ha="center", va="bottom", fontsize=9, color="#2E7D4F",
    )  # fmt: skip
    return axes.axvspan(low, high, color="#DCEFE3", linewidth=0, zorder=0.5)


def draw_parts(axes: Axes, rows: Sequence[Row], numbers: Numbers) -> BarContainer:
    """Bars from 0 to 100 %, with their number.

    Example:
        >>> bars = draw_parts(axes, [Row("all", "black")], {"all": 0.54})
        >>> float(bars[0].get_width())
        54.0
    """
    axes.set_xlim(0, 100)
    _stripe(axes, rows)
    known = [(i, numbers[row.key]) for i, row in enumerate(rows) if row.key in numbers]
    widths = [100.0 * (value if value is not None else 0.0) for _, value in known]
    bars = axes.barh(
        [i for i, _ in known], widths, color=[rows[i].colour for i, _ in known], linewidth=0,
        height=0.7 if len(rows) > 5 else 0.25,
    )  # fmt: skip
    axes.xaxis.set_major_locator(FixedLocator([0, 50, 100]))
    Scale(axes, "bottom", size=9.5)
    return bars


def power_of_ten(value: float) -> str:
    """A power of ten as text, without formulas.

    Example:
        >>> power_of_ten(1e-5), power_of_ten(1.0)
        ('10⁻⁵', '1')
    """
    exponent = round(float(np.log10(value)))
    return "1" if exponent == 0 else f"10{str(exponent).translate(_SUPERSCRIPTS)}"


def _values(rows: Sequence[Row], numbers: Numbers) -> NDArray[np.float64]:
    """A number a row; NaN for those that are not finite or unknown."""
    found = (numbers.get(row.key) for row in rows)
    return np.array([np.nan if value is None else value for value in found], np.float64)


def _decades(values: NDArray[np.float64]) -> tuple[float, float]:
    """Whole powers of ten around the numbers above 0, at least two decades and at most fifteen."""
    known = values[np.isfinite(values) & (values > 0)]
    if not known.size:
        return 1e-3, 1.0
    low, high = np.floor(np.log10(known.min())), np.ceil(np.log10(known.max()))
    low = max(low, high - 15)
    if high - low < 2:
        low, high = low - 1, high + (high == low)
    return float(10.0 ** max(low, -300)), float(10.0 ** min(high, 300))


def _powers(low: float, high: float, most: int = 4) -> list[float]:
    """At most `most` powers of ten, evenly spaced, none at the right end, beside the next panel."""
    first, last = round(np.log10(low)), round(np.log10(high))
    spacing = -(-(last - first) // most)
    return [10.0**exponent for exponent in range(first, last, spacing)]


def _stripe(axes: Axes, rows: Sequence[Row]) -> None:
    """A line along each row, so that a mark is followed to its name."""
    axes.hlines(
        np.arange(len(rows)), 0, 1, transform=axes.get_yaxis_transform(), color=style.FAINT,
        linewidth=0.5, zorder=0.8,
    )  # fmt: skip
