"""Tuning of the neurons to the direction of a grating: what a completed turn of a probe has shown.

Curves of each population, selectivity against recordings and against chance, preferred directions
on the cortical plane (against the known ones, if the network says what its neurons are tuned to),
and how selectivity has changed over training.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MaxNLocator
from numpy.typing import NDArray

from keras_v1_activity import measures
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.tuning import Tuning
from keras_v1_activity.figures.kit import (
    direction_map,
    layout,
    parts,
    selectivity,
    style,
    tuned_scatter,
    wording,
)
from keras_v1_activity.figures.kit.drawing import AnyFigure, Handles
from keras_v1_activity.figures.kit.raster_rows import is_sorted_by_tuning
from keras_v1_activity.figures.kit.scale import Box, Scale, panel
from keras_v1_activity.measures.tuning import LEAST_HZ

_LEFT: Final = 0.062
# Left, bottom, right and top of the curves.
_CURVES: Final = (_LEFT, 0.1, 0.485, 0.872)
_OSI: Final[Box] = (0.585, 0.487, 0.185, 0.385)
_DSI: Final[Box] = (0.785, 0.487, 0.185, 0.385)
_MAP: Final[Box] = (0.555, 0.1, 0.168, 0.28)
_OVER_TRAINING: Final[Box] = (0.862, 0.1, 0.108, 0.28)
# Above a curve, for its name, of the figure's height.
_NAME_HEIGHT: Final = 0.045
_PREFERRED: Final = "▼ preferred direction"
_DASHED: Final = (
    "▼ preferred     dashed: neurons turned, preferred direction of other trials at 180°"
)
_DASHED_TUNED: Final = "▼ preferred     dashed: neurons turned, what they are tuned to at 180°"
_MOST_SHOWN: Final = 20
_MOST_LINES: Final = 8


def draw(activity: Activity, figure: AnyFigure) -> Handles:
    """Draws the tuning of `activity` into `figure`; words, if it completes no turn.

    Returns:
        dict: ``title``, ``verdict``, and if there is tuning ``note``, ``curves`` (dict of
        population -> ErrorbarContainer), ``preferred`` (dict of population -> degrees or None),
        ``osi``, ``dsi`` (dicts of population -> median or None), ``map_axes``, ``directions``
        (preferred direction of each neuron, degrees), ``over_training`` (Line2D of the OSI), and,
        if it is known what the neurons are tuned to, ``apart`` (median angle, degrees).

    Example:
        >>> from keras_v1_activity.figures import draw_figure
        >>> draw_figure("tuning", activity).handles["verdict"].get_text()
        ''
    """
    handles = parts.headline(figure, activity, "Tuning to direction", left=_LEFT)
    handles["verdict"].set_text("")
    # The other directions were shown in earlier looks.
    handles["title"].set_text(", ".join(handles["title"].get_text().split(", ")[:2]))
    tuning = activity.tuning
    if tuning is None or not tuning.counts.size:
        axes = panel(figure, (_LEFT, 0.1, 0.97 - _LEFT, 0.77))
        parts.empty_panel(axes, "no tuning: this look completes no turn of a probe")
        return handles
    known = activity.neurons.tuning_angles if is_sorted_by_tuning(activity) else None
    told = measures.tuning_by_population(tuning, activity.populations, known)
    shown = _shown_populations(activity)
    handles["verdict"].set_text(_medians(told["all"]))
    handles["verdict"].set_color(style.INK)
    handles["note"] = parts.caption(figure, _caption(activity, tuning, told, shown), left=_LEFT)
    handles |= _draw_curves(figure, activity, tuning, told["populations"], shown, known)
    for measure, box in (("osi", _OSI), ("dsi", _DSI)):
        axes = panel(figure, box)
        handles |= selectivity.draw(axes, activity, tuning, told, shown, measure)
        if measure == "osi":
            selectivity.name_rows(axes, activity, shown)
        if not tuning.counts.any():
            parts.say(axes, "no spikes", size=11)
    figure.text(
        _DSI[0] + _DSI[2], 0.889, "┃ median, quartiles, 10–90 %      ◇ recorded      × by chance",
        fontsize=8.5, color=style.SOFT_INK, ha="right", va="center",
    )  # fmt: skip
    plane = direction_map if known is None else tuned_scatter
    handles |= plane.draw(figure, _MAP, activity, tuning)
    handles["over_training"] = _draw_over_training(figure, activity, tuning, told, shown)
    return handles


def _shown_populations(activity: Activity) -> NDArray[np.int64]:
    """Indices of the populations that have a curve: the largest, in drawing order."""
    counts = activity.populations.counts
    largest = np.argsort(-counts, kind="stable")[:_MOST_SHOWN]
    return np.sort(largest[counts[largest] > 0])


def _medians(told: Mapping[str, Any]) -> str:
    values = [(name.upper(), told[name]) for name in ("osi", "dsi")]
    known = [f"{name} {value:.2f}" for name, value in values if value is not None]
    return f"median {', '.join(known)}" if known else ""


def _caption(
    activity: Activity, tuning: Tuning, told: Mapping[str, Any], shown: NDArray[np.int64]
) -> str:
    n_directions, n_trials, n = tuning.counts.shape
    judged = round((told["all"]["judged_fraction"] or 0.0) * n)
    words = [
        f"{n_directions} directions, {wording.count(n_trials, 'trial')} of {tuning.counted_ms:g} "
        f"ms, mean ± s.e.m.",
        f"at least {LEAST_HZ:g} Hz: {judged:,} of {wording.count(n, 'neuron')}",
    ]
    left_out = len(activity.populations.members) - len(shown)
    if left_out > 0:
        words.append(f"{left_out:,} smaller populations not shown")
    return "     ".join(words)


def _draw_curves(
    figure: AnyFigure,
    activity: Activity,
    tuning: Tuning,
    told: Mapping[str, Any],
    shown: NDArray[np.int64],
    known: NDArray[np.floating[Any]] | None,
) -> Handles:
    """A small panel for each population: mean rate of each direction, and what it prefers.

    `known` is what each neuron is tuned to, degrees, if the network says so.
    """
    n_columns, n_rows = _grid(len(shown))
    curves, preferred = {}, {}
    n_directions, n_trials, n = tuning.counts.shape
    turned = n_trials > 1 or known is not None
    aligned = np.full((n_directions, n), np.nan)
    if turned:
        aligned = measures.aligned_rates(tuning, known)
    words = _DASHED if known is None else _DASHED_TUNED
    left, bottom, right, top = _CURVES
    width, height = (right - left) / n_columns, (top - bottom) / n_rows
    gap = 0.3 if n_columns > 1 else 0.0
    members = activity.populations.members
    for place, i in enumerate(shown):
        row, column = divmod(place, n_columns)
        low = top - (row + 1) * height
        tall = height - _NAME_HEIGHT - (0.01 if n_rows > 1 else 0)
        axes = panel(figure, (left + column * width, low, width * (1 - gap), tall))
        name = members[i].name
        colour = members[i].colour if activity.populations.named else style.INK
        own = aligned[:, activity.populations.index == i]
        curves[name] = _draw_curve(axes, tuning, told[name], _mean_of(own), colour)
        preferred[name] = _mark_preferred(axes, told[name], colour)
        size = 9.0 if n_columns < 4 else 8.0
        Scale(axes, "left", size=size - 0.5)
        Scale(axes, "bottom", size=size - 0.5, labels=place + n_columns >= len(shown))
        axes.annotate(
            wording.printable(name, 13), (0, 1), xycoords="axes fraction", xytext=(0, 5.5),
            textcoords="offset points", fontsize=size, color=colour, fontweight="bold",
            va="bottom",
        )  # fmt: skip
    low = 0.036
    figure.text((left + right) / 2, low, "direction of movement (°)", ha="center", fontsize=11)
    figure.text(
        (left + right) / 2, 0.01, words if turned else _PREFERRED, ha="center", fontsize=8.5,
        color=style.SOFT_INK,
    )  # fmt: skip
    figure.text(
        0.014, (bottom + top) / 2, "rate (Hz)", va="center", ha="center", rotation=90, fontsize=11
    )
    return {"curves": curves, "preferred": preferred}


def _grid(n: int) -> tuple[int, int]:
    """(columns, rows) of panels."""
    n_columns = next(
        columns for columns in (1, 2, 3, 4) if n <= columns * (columns + 1) or columns == 4
    )
    return n_columns, max(-(-n // n_columns), 1)


def _mean_of(aligned: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n_directions,) mean over the neurons that are known; NaN if there are none."""
    known = aligned[:, np.isfinite(aligned[0])]
    return known.mean(axis=1) if known.size else np.full(len(aligned), np.nan)


def _draw_curve(
    axes: Axes, tuning: Tuning, told: Mapping[str, Any], aligned: NDArray[np.float64], colour: str
) -> ErrorbarContainer:
    """Mean and standard error; the first direction comes again at the end of the circle."""
    angles = np.append(tuning.directions_deg, tuning.directions_deg[0] + 360)
    mean, error = (np.array(told[name], np.float64) for name in ("rates_hz", "sem_hz"))
    mean, error = np.append(mean, mean[0]), np.append(error, error[0])
    bars = axes.errorbar(
        angles, mean, yerr=np.nan_to_num(error), color=colour, linewidth=1.3, marker="o",
        markersize=2.6, elinewidth=1.0, capsize=1.6, clip_on=False,
    )  # fmt: skip
    from_preferred = (np.arange(len(aligned)) * 360 / len(aligned) + 180) % 360
    order = np.argsort(from_preferred)
    axes.plot(
        np.append(from_preferred[order], from_preferred[order][0] + 360),
        np.append(aligned[order], aligned[order][0]),
        color=colour, linewidth=1.1, linestyle=(0, (3, 1.5)), alpha=0.75, zorder=1.5,
    )  # fmt: skip
    top = max(
        float(np.nanmax(mean + np.nan_to_num(error), initial=0.0)),
        float(np.nanmax(aligned, initial=0.0)),
    )
    axes.set_xlim(angles[0], angles[0] + 360)
    axes.set_ylim(0, top * 1.18 if top > 0 else 1.0)
    axes.xaxis.set_major_locator(FixedLocator([0, 90, 180, 270, 360]))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}" if value % 180 == 0 else "")
    layout.zero_and_top(axes.yaxis, top)
    return bars


def _mark_preferred(axes: Axes, told: Mapping[str, Any], colour: str) -> float | None:
    """A triangle above the curve, where the population's mean rates point to."""
    angle = told["preferred_direction_deg"]
    if angle is not None:
        axes.plot(
            [angle], [1.0], transform=axes.get_xaxis_transform(), marker="v", markersize=5,
            color=colour, linestyle="none", clip_on=False, zorder=4,
        )  # fmt: skip
    return angle


def _draw_over_training(
    figure: AnyFigure,
    activity: Activity,
    tuning: Tuning,
    told: Mapping[str, Any],
    shown: NDArray[np.int64],
) -> Line2D:
    """Median OSI of all neurons (thick) and of the largest populations; DSI of all dashed."""
    axes = panel(figure, _OVER_TRAINING)
    steps = np.append(tuning.past_steps, activity.step)
    names = activity.populations.names
    lines = {}
    for measure, marker, dashes in (("osi", "o", "-"), ("dsi", "s", "--")):
        past = getattr(tuning, f"past_{measure}")
        if past.shape[1:] != (1 + len(names),):
            past = np.full((len(past), 1 + len(names)), np.nan)
        parts_now = [told["all"], *(told["populations"][name] for name in names)]
        now = [np.nan if part[measure] is None else part[measure] for part in parts_now]
        values = np.vstack([past, np.array(now, np.float64)])
        if measure == "osi":
            largest = shown[np.argsort(-activity.populations.counts[shown], kind="stable")]
            for i in largest[:_MOST_LINES] if len(names) > 1 else ():
                axes.plot(steps, values[:, 1 + i], color=activity.populations.members[i].colour,
                          linewidth=0.9, alpha=0.6)  # fmt: skip
        (lines[measure],) = axes.plot(
            steps, values[:, 0], color=style.INK, linewidth=1.8, linestyle=dashes, marker=marker,
            markersize=4 if len(steps) < 25 else 0, clip_on=False,
            markerfacecolor="white" if dashes == "--" else style.INK,
            label=f"{measure.upper()}, all",
        )  # fmt: skip
    _finish_over_training(axes, steps)
    return lines["osi"]


def _finish_over_training(axes: Axes, steps: NDArray[np.int64]) -> None:
    low, high = int(steps[0]), int(steps[-1])
    pad = 1 if high == low else 0
    axes.set_xlim(low - pad, high + pad)
    tops = [float(np.nanmax(line.get_ydata(), initial=0.0)) for line in axes.lines]
    top = max([0.1, *tops])
    axes.set_ylim(0, top * 1.35)
    axes.set_xlabel("training step")
    axes.set_ylabel("median")
    axes.xaxis.set_major_locator(FixedLocator(sorted({low, high})))
    axes.xaxis.set_major_formatter(lambda value, _: wording.short_number(value))
    axes.yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    Scale(axes, "bottom", size=9)
    Scale(axes, "left", size=9)
    axes.legend(
        loc="upper left", bbox_to_anchor=(0, 1.1), fontsize=8.5, borderpad=0,
        handlelength=2.2, labelspacing=0.25, borderaxespad=0,
    )  # fmt: skip
