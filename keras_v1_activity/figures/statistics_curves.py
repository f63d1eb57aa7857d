"""The curves of the figure of statistics: synchrony against the bin, and the power spectrum."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, LogLocator

from keras_v1_activity import measures
from keras_v1_activity.activity import facts
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.figures import statistics_numbers as numbers
from keras_v1_activity.figures.kit import layout, parts, style
from keras_v1_activity.figures.kit.drawing import Handles
from keras_v1_activity.figures.kit.scale import Scale
from keras_v1_activity.figures.statistics_rows import RECORDED
from keras_v1_activity.measures.recordings import LEAST_NEURONS

OWN: Final = style.RIGHT
_LETTERS: Final = {"theta": "θ", "alpha": "α", "beta": "β", "gamma": "γ"}
_LOWEST_HZ: Final = 3.0


def draw_fano(axes: Axes, activity: Activity, notes: Handles) -> Handles:
    """Population Fano factor against the bin, with the recorded band; words if it is unknown.

    Example:
        >>> len(draw_fano(axes, activity, {})["fano"].get_xdata())
        10
    """
    recorded = facts.recorded_fano()
    axes.fill_between(
        recorded.bins_ms, recorded.means, recorded.percentiles_95, color=RECORDED, alpha=0.3,
        linewidth=0, zorder=1,
    )  # fmt: skip
    (mean,) = axes.plot(recorded.bins_ms, recorded.means, color=RECORDED, linewidth=1.8, zorder=2)
    axes.axhline(1.0, color=style.FAINT, linewidth=1.0, linestyle=(0, (3, 2)), zorder=1)
    bins, factors = numbers.population_fano(activity)
    line = None
    if bins.size:
        (line,) = axes.plot(bins, factors, color=OWN, linewidth=1.8, marker="o", markersize=3.5,
                            zorder=3)  # fmt: skip
    else:
        notes["fano"] = parts.say(axes, _why_no_fano(activity), size=9.5)
    axes.set_xscale("log")
    axes.set_xlim(0.9, max(110.0, float(bins.max(initial=0.0)) * 1.1))
    axes.xaxis.set_major_locator(FixedLocator([1, 10, 100, 1000]))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    top = max(2.0, float(factors.max(initial=0.0)) * 1.1)
    axes.set_ylim(0, top)
    axes.yaxis.set_major_locator(layout.round_numbers(4))
    _frame(axes, "bin (ms)", "Fano factor", "synchrony", "grey: recorded, mean to 95 %")
    return {"fano": line, "recorded_fano": mean}


def _why_no_fano(activity: Activity) -> str:
    if activity.silent:
        return "no spikes"
    if activity.n_neurons < LEAST_NEURONS:
        return "fewer than\n15 neurons"
    return "too short or\ntoo few neurons"


def draw_spectrum(axes: Axes, activity: Activity, notes: Handles) -> Handles:
    """Power spectrum of all spikes with the bands; words if it is unknown.

    Example:
        >>> float(draw_spectrum(axes, activity, {})["spectrum"].get_xdata()[0])
        10.0
    """
    hz, density = numbers.spectrum(activity)
    axes.set_xscale("log")
    axes.set_xlim(_LOWEST_HZ, numbers.HIGHEST_HZ)
    axes.xaxis.set_major_locator(FixedLocator([4, 8, 12, 30, 80]))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    line = None
    if hz.size:
        axes.set_yscale("log")
        level = numbers.independent_density(activity)
        (line,) = axes.plot(hz, density, color=OWN, linewidth=1.6, zorder=3)
        axes.axhline(level, color=style.FAINT, linewidth=1.0, linestyle=(0, (3, 2)), zorder=2)
        ends = np.log10([min(density.min(), level), max(density.max(), level)])
        pad = max(0.12 * (ends[1] - ends[0]), 0.15)
        axes.set_ylim(10 ** (ends[0] - pad), 10 ** (ends[1] + 2.2 * pad))
        axes.yaxis.set_major_locator(
            LogLocator(subs=(1.0,) if ends[1] - ends[0] > 1.5 else (1, 2, 5), numticks=5)
        )
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    else:
        axes.set_ylim(0, 1)
        axes.yaxis.set_major_locator(FixedLocator([]))
        notes["spectrum"] = parts.say(axes, _why_no_spectrum(activity), size=9.5)
    _draw_bands(axes)
    _frame(axes, "frequency (Hz)", "spikes² / Hz", "power spectrum", "dashed: independent neurons")
    return {"spectrum": line}


def _why_no_spectrum(activity: Activity) -> str:
    if activity.silent:
        return "no spikes"
    if activity.duration_ms < 1000 * 2 / numbers.HIGHEST_HZ:
        return "the sample is too short"
    return "the spike count\nnever varies"


def _draw_bands(axes: Axes) -> None:
    for i, (name, (first, end)) in enumerate(measures.BANDS_HZ.items()):
        if i % 2 == 0:
            axes.axvspan(first, end, color=style.PANEL, linewidth=0, zorder=0)
        axes.text(
            np.sqrt(first * end), 0.985, _LETTERS[name], transform=axes.get_xaxis_transform(),
            ha="center", va="top", fontsize=10, color=style.SOFT_INK,
        )  # fmt: skip


def _frame(axes: Axes, x: str, y: str, title: str, key: str) -> None:
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    Scale(axes, "bottom")
    Scale(axes, "left")
    parts.panel_heading(axes, title, key)
