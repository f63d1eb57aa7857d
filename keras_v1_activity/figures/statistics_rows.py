"""The panels of the figure of statistics that have a row for each population."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator

from keras_v1_activity import measures
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.figures import statistics_numbers as numbers
from keras_v1_activity.figures.kit import parts, style, wording
from keras_v1_activity.figures.kit.drawing import Handles
from keras_v1_activity.figures.kit.scale import Scale
from keras_v1_activity.figures.statistics_numbers import Numbers

RECORDED: Final = "#98A3AD"
# Above and below the middle of a row: in rows, and at most so many points.
_UPPER, _LOWER = -0.19, 0.21
_MOST_POINTS = 8.0
_MOST_NUMBERS = 30
_LEAST_BINS = 5
# Where the numbers of similarity stand, in widths of the panel of rates.
_COLUMN = 1.15
# Below this rate the axis is linear, so that 0 has a place on it.
_LINEAR_HZ = 1.0


def draw_rates(axes: Axes, activity: Activity) -> Handles:
    """Mean rates of the neurons of each population, and of recorded units below.

    Example:
        >>> draw_rates(axes, activity)["recorded"].shape
        (20, 5)
    """
    populations = activity.populations
    own = numbers.spread_by_population(activity.rates, populations)
    recorded = numbers.recorded_spread(populations)
    found = numbers.similarity(activity)
    draw_spread(axes, activity, recorded, _LOWER, [RECORDED] * len(own))
    draw_spread(axes, activity, own, _UPPER, _colours(activity))
    top = float(np.nanmax([10.0, *own[:, -1], *recorded[:, -1]]))
    axes.set_xscale("symlog", linthresh=_LINEAR_HZ, linscale=0.5)
    axes.set_xlim(-0.08, top * 1.15)
    ticks = [0.0, *(10.0 ** np.arange(0, np.ceil(np.log10(top)) + 1))]
    axes.xaxis.set_major_locator(FixedLocator(ticks if len(ticks) < 8 else [0, *ticks[1::2]]))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_xlabel("mean rate of a neuron (Hz)")
    Scale(axes, "bottom")
    known = bool(np.isfinite(recorded).any())
    parts.panel_heading(axes, "rates", "grey: recorded in mouse V1" if known else "")
    if np.isfinite(found["mean"]):
        _write_similarity(axes, activity, found)
    return {"rates": own, "recorded": recorded, "similarity": found}


def draw_irregularity(axes: Axes, activity: Activity, notes: Handles) -> Handles:
    """CV and LV of the neurons with enough spikes; words if there are none.

    Example:
        >>> draw_irregularity(axes, activity, {})["cv"].shape
        (20, 5)
    """
    each = {"cv": measures.cv(activity), "lv": measures.lv(activity)}
    spreads = {
        name: numbers.spread_by_population(v, activity.populations) for name, v in each.items()
    }
    n_judged = int(np.isfinite(each["cv"]).sum())
    _frame(axes, "CV, LV", "irregularity", "■ CV   □ LV")
    axes.axvline(1.0, color=style.FAINT, linewidth=1.0, linestyle=(0, (3, 2)), zorder=1)
    if n_judged:
        draw_spread(axes, activity, spreads["cv"], _UPPER, _colours(activity))
        draw_spread(axes, activity, spreads["lv"], _LOWER, _colours(activity), hollow=True)
    else:
        notes["irregularity"] = parts.say(axes, "no neuron\nhas 10\nspikes", size=9.5)
    top = float(np.nanmax([1.6, *spreads["cv"][:, -1], *spreads["lv"][:, -1]]))
    axes.set_xlim(0, top * 1.05)
    axes.xaxis.set_major_locator(FixedLocator([0, 1, 2, 3] if top < 4 else [0, 1, np.floor(top)]))
    return {**spreads, "n_judged": n_judged}


def draw_correlations(axes: Axes, activity: Activity, notes: Handles) -> Handles:
    """Mean correlation of pairs in three bins; words if no pair has a correlation.

    Bins of which fewer than five fit into the look are left out.

    Example:
        >>> draw_correlations(axes, activity, {})["correlations"].shape
        (20, 3)
    """
    table = numbers.correlations(activity)
    # The correlation of counts in two bins is 1 or -1, whatever the neurons do.
    few = np.array(numbers.CORRELATION_BINS_MS) * _LEAST_BINS > activity.duration_ms
    table[:, few] = np.nan
    known = table[np.isfinite(table)]
    pairs = zip("|●○", numbers.CORRELATION_BINS_MS, ~few, strict=True)
    key = "   ".join(f"{mark} {bin_ms}" for mark, bin_ms, shown in pairs if shown)
    _frame(axes, "mean of pairs", "correlation", f"{key} ms" if key else "")
    axes.axvline(0.0, color=style.FAINT, linewidth=1.0, linestyle=(0, (3, 2)), zorder=1)
    if not known.size:
        notes["correlation"] = parts.say(axes, "no two\nneurons of a\npopulation\nvary", size=9.5)
        axes.set_xlim(-0.1, 0.1)
    else:
        _draw_dots(axes, activity, table)
        low, high = min(float(known.min()), -0.02), max(float(known.max()), 0.02)
        axes.set_xlim(low - 0.08 * (high - low), high + 0.08 * (high - low))
    axes.xaxis.set_major_locator(FixedLocator(_ticks_about_zero(*axes.get_xlim())))
    axes.xaxis.set_major_formatter(lambda value, _: wording.true_minus(f"{value:g}"))
    return {"correlations": table}


def _ticks_about_zero(low: float, high: float) -> list[float]:
    """0, and the same round number on the sides that reach it."""
    most = max(-low, high)
    power = 10.0 ** np.floor(np.log10(most))
    far = max(factor * power for factor in (1, 1.5, 2, 3, 5, 7) if factor * power <= most)
    return [at for at in (-far, 0.0, far) if low <= at <= high]


def draw_spread(
    axes: Axes,
    activity: Activity,
    spread: Numbers,
    offset: float,
    colours: Sequence[str],
    hollow: bool = False,
) -> None:
    """A line from the 5th to the 95th percentile, a bar of the quartiles, a tick at the median.

    Args:
        axes: a row for each population.
        activity: the look.
        spread: (n_populations, 5) percentiles; NaN draws nothing.
        offset: of the middle of the row.
        colours: of each population.
        hollow: a paler bar.

    Example:
        >>> draw_spread(axes, activity, np.tile(np.arange(5.0), (20, 1)), 0.0, ["black"] * 20)
    """
    known = np.isfinite(spread).all(axis=1)
    rows = np.flatnonzero(known)
    if not rows.size:
        return
    shown, chosen = spread[known], [colours[i] for i in rows]
    points = axes.bbox.height * 72 / axes.figure.dpi / len(spread)
    thick = float(np.clip(0.3 * points, 0.8, 6.5))
    y = rows + np.sign(offset) * min(abs(offset), _MOST_POINTS / points)
    axes.hlines(y, shown[:, 0], shown[:, 4], colors=chosen, linewidth=min(1.1, thick), zorder=2)
    bars = axes.hlines(y, shown[:, 1], shown[:, 3], colors=chosen, linewidth=thick, zorder=3)
    bars.set_capstyle("butt")
    if hollow:
        inner = axes.hlines(
            y, shown[:, 1], shown[:, 3], colors="white", linewidth=max(thick - 2.2, 0.0), zorder=3
        )
        inner.set_capstyle("butt")
    axes.plot(shown[:, 2], y, linestyle="none", marker="|", markersize=thick + 1.5,
              markeredgewidth=1.6, color=style.INK, zorder=4)  # fmt: skip


def _draw_dots(axes: Axes, activity: Activity, table: Numbers) -> None:
    rows = np.arange(len(table))
    size = 4.6 if len(table) <= _MOST_NUMBERS else 2.5
    with np.errstate(invalid="ignore"):
        low, high = np.fmin.reduce(table, axis=1), np.fmax.reduce(table, axis=1)
    axes.hlines(rows, low, high, colors=_colours(activity), linewidth=0.9, zorder=2)
    colours = _colours(activity)
    looks = (
        {"marker": "|", "s": (size + 2) ** 2, "c": colours},
        {"marker": "o", "s": size**2, "facecolors": colours, "edgecolors": colours},
        {"marker": "o", "s": size**2, "facecolors": "white", "edgecolors": colours},
    )
    for column, look in enumerate(looks):
        axes.scatter(table[:, column], rows, linewidths=1.1, zorder=3 + column, **look)


def _write_similarity(axes: Axes, activity: Activity, found: dict[str, float]) -> None:
    """A column of numbers at the right of the rates, and their mean above it."""
    n, dot = len(activity.populations.members), 1 / axes.bbox.height
    for above, words in ((23, "similarity"), (8, f"mean {found['mean']:.2f}")):
        axes.text(_COLUMN, 1 + above * dot, words, transform=axes.transAxes, ha="center",
                  fontsize=9, color=style.SOFT_INK)  # fmt: skip
    if n > _MOST_NUMBERS:
        return
    size = float(np.clip(260 / n, 8, 10))
    for row, name in enumerate(activity.populations.names):
        if name in found:
            axes.text(_COLUMN, row, f"{found[name]:.2f}", transform=axes.get_yaxis_transform(),
                      ha="center", va="center", fontsize=size, color=style.INK)  # fmt: skip


def _frame(axes: Axes, label: str, title: str, key: str) -> None:
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(label)
    Scale(axes, "bottom")
    parts.panel_heading(axes, title, key)


def _colours(activity: Activity) -> list[str]:
    return [member.colour for member in activity.populations.members]
