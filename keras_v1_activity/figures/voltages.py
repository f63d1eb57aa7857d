"""Membrane potentials of the recorded neurons: stacked traces, spikes, thresholds.

All recorded neurons are drawn, those of `Activity.voltage_neurons`. They are chosen before the
recording, by `activity.choose_voltage_neurons`.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.text import Text
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.figures.kit import layout, parts, style, wording
from keras_v1_activity.figures.kit.drawing import AnyFigure, Handles
from keras_v1_activity.figures.kit.scale import Scale, panel
from keras_v1_activity.figures.kit.stacked_traces import Numbers, Stack, range_of

_BOX = (0.165, 0.1, 0.725, 0.785)
_MOST_THRESHOLD_TEXTS = 25
_MOST_NAMES = 51


def draw(activity: Activity, figure: AnyFigure) -> Handles:
    """Draws the voltages of `activity` into `figure`.

    Returns:
        dict: ``axes``, ``traces`` (LineCollection), ``dots`` (Line2D at the spikes),
        ``offsets`` ((k,) added to each potential to stack it, mV), ``title``, ``verdict``,
        ``note``.

    Example:
        >>> from keras_v1_activity.figures import draw_figure
        >>> drawn = draw_figure("voltages", activity).handles
        >>> len(drawn["traces"].get_segments()) == len(activity.voltage_neurons)
        True
    """
    left = _BOX[0] if activity.voltages.shape[1] else 0.09
    handles = parts.headline(figure, activity, "Membrane potentials", left=left)
    axes = panel(figure, _BOX)
    if activity.voltages.shape[1] == 0:
        axes.set_position((0.09, 0.1, 0.88, 0.785))
        return {**handles, "axes": axes, "note": parts.empty_panel(axes, "no potentials recorded")}
    potentials = np.where(np.isfinite(activity.voltages), activity.voltages, np.nan)
    thresholds = _thresholds(activity)
    stack = Stack.of(potentials, thresholds)
    shown, cut = stack.limited(potentials)
    handles["traces"] = _draw_traces(axes, activity, shown)
    _draw_thresholds(axes, activity, thresholds, stack)
    handles["dots"] = _draw_spikes(axes, activity, shown)
    _prepare(axes, activity, stack, range_of(potentials, thresholds))
    handles["labels"] = _name_traces(axes, activity, stack)
    handles["note"] = parts.caption(figure, _caption(activity, cut), left=left)
    if not np.isfinite(activity.voltages).all():
        handles["note"].set_color(style.WRONG)
    if not np.isfinite(potentials).any():
        parts.say(axes, "every recorded potential is NaN")
    return {**handles, "axes": axes, "offsets": stack.offsets}


def _thresholds(activity: Activity) -> Numbers | None:
    """(k,) mV, or None."""
    known = activity.neurons.thresholds
    return None if known is None else np.asarray(known, np.float64)[activity.voltage_neurons]


def _draw_traces(axes: Axes, activity: Activity, shown: Numbers) -> LineCollection:
    times = np.arange(activity.n_steps) * activity.dt
    colours = [_colour(activity, neuron) for neuron in activity.voltage_neurons]
    lines = [np.column_stack([times, shown[:, i]]) for i in range(shown.shape[1])]
    traces = LineCollection(lines, colors=colours, linewidths=0.9, zorder=2)
    axes.add_collection(traces, autolim=False)
    # A value between two gaps, or the only one, makes no line.
    finite = np.isfinite(shown)
    beside = np.zeros_like(finite)
    beside[1:] |= finite[:-1]
    beside[:-1] |= finite[1:]
    alone = finite & ~beside
    if alone.any():
        step, trace = np.nonzero(alone)
        axes.scatter(times[step], shown[step, trace], s=12, c=[colours[i] for i in trace], zorder=2)
    return traces


def _colour(activity: Activity, neuron: int) -> str:
    populations = activity.populations
    return populations.members[populations.index[neuron]].colour if populations.named else "#3A4752"


def _spike_points(activity: Activity) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """(steps, columns) of every spike of a recorded neuron, column = place in voltage_neurons."""
    column = np.full(activity.n_neurons, -1, np.int64)
    column[activity.voltage_neurons] = np.arange(len(activity.voltage_neurons))
    columns = column[activity.spike_neurons]
    mine = columns >= 0
    return activity.spike_steps[mine], columns[mine]


def _draw_spikes(axes: Axes, activity: Activity, shown: Numbers) -> Line2D:
    """Red dots on the trace; in the middle of its trace if the potential there is NaN."""
    steps, columns = _spike_points(activity)
    if shown.shape[1] > 1:
        top, bottom = np.fmax.reduce(shown, axis=0), np.fmin.reduce(shown, axis=0)
        middle = np.nan_to_num((top + bottom) / 2)
    else:
        middle = np.nan_to_num(np.fmax.reduce(shown, axis=0))
    y = shown[steps, columns]
    y = np.where(np.isnan(y), middle[columns], y)
    (dots,) = axes.plot(
        steps * activity.dt, y, linestyle="none", marker="o", markersize=4, color=style.SPIKE,
        markeredgecolor="white", markeredgewidth=0.5, clip_on=False, zorder=4,
    )  # fmt: skip
    return dots


def _draw_thresholds(
    axes: Axes, activity: Activity, thresholds: Numbers | None, stack: Stack
) -> None:
    if thresholds is None:
        return
    level = stack.levels(thresholds)
    few = len(level) <= _MOST_THRESHOLD_TEXTS
    axes.hlines(
        level[np.isfinite(level)], 0, layout.duration_ms(activity), linewidths=0.7, zorder=1,
        colors=style.SOFT_INK if few else style.FAINT, linestyles=(0, (4, 3)),
    )  # fmt: skip
    if few and len(level) > 1:
        _write_thresholds(axes, thresholds, level)


def _write_thresholds(axes: Axes, thresholds: Numbers, level: Numbers) -> None:
    """The threshold of each trace in mV, at the right end of its line."""
    axes.text(
        1.01, 1.015, "threshold (mV)", transform=axes.transAxes, fontsize=9, color=style.SOFT_INK,
        ha="left", va="bottom",
    )  # fmt: skip
    for y, value in zip(level, thresholds, strict=True):
        if np.isfinite(y):
            axes.text(
                1.045, y, wording.true_minus(f"{value:.0f}"), transform=axes.get_yaxis_transform(),
                va="center", ha="right", fontsize=9, color=style.SOFT_INK,
            )  # fmt: skip


def _prepare(axes: Axes, activity: Activity, stack: Stack, limits: tuple[Numbers, Numbers]) -> None:
    """The axes: in mV for one trace alone; else without values, with a bar that shows the scale."""
    layout.time_axis(axes, activity)
    k, height = len(stack.offsets), stack.height
    if k == 1:
        low, high = limits
        if np.isfinite(low[0]):
            pad = max(0.06 * (high[0] - low[0]), 0.5)
            axes.set_ylim(low[0] - pad, high[0] + pad)
        axes.set_ylabel("membrane potential (mV)", labelpad=6)
        Scale(axes, "left")
        return
    axes.set_ylim(-0.75 * height, (k - 1) * height + 0.75 * height)
    axes.spines["left"].set_visible(False)
    _scale_bar(axes, k, height)


def _scale_bar(axes: Axes, k: int, height: float) -> None:
    """A bar of 1, 2 or 5 times a power of ten mV, at least a third of a band and readable."""
    total = k * height
    least = max(height / 3, total / 30)
    power = 10.0 ** np.floor(np.log10(least))
    length = next(f * power for f in (1, 2, 5, 10) if f * power >= least)
    side = axes.get_yaxis_transform()
    axes.plot(
        [1.09, 1.09], [-0.55 * height, -0.55 * height + length], transform=side, clip_on=False,
        color=style.INK, linewidth=2.5, solid_capstyle="butt",
    )  # fmt: skip
    axes.text(
        1.1, -0.55 * height + length / 2, f"{length:g} mV", transform=side, rotation=90,
        fontsize=10, va="center", ha="left",
    )  # fmt: skip


def _trace_name(activity: Activity, neuron: int) -> str:
    if not activity.populations.named:
        return f"neuron {neuron}"
    return f"{wording.printable(activity.populations.name_of(neuron), 11)}  {neuron}"


def _name_traces(axes: Axes, activity: Activity, stack: Stack) -> list[Text]:
    """Population and neuron id at the left of each trace, in its colour."""
    k = len(activity.voltage_neurons)
    if k == 1:
        return []
    size = float(np.clip(330 / k, 6.5, 10))
    return [
        axes.text(
            -0.012, stack.centres[i], _trace_name(activity, activity.voltage_neurons[i]),
            transform=axes.get_yaxis_transform(), ha="right", va="center", fontsize=size,
            color=_colour(activity, activity.voltage_neurons[i]),
        )
        for i in layout.every_nth_label(k, _MOST_NAMES)
    ]  # fmt: skip


def _caption(activity: Activity, cut: NDArray[np.bool_]) -> str:
    """What the marks mean, and what is missing."""
    one = len(activity.voltage_neurons) == 1
    words = [_trace_name(activity, activity.voltage_neurons[0])] if one else []
    words.append("red dots: spikes")
    if activity.neurons.thresholds is not None:
        words.append("dashed: threshold")
    bad = ~np.isfinite(activity.voltages)
    if bad.any():
        first = np.flatnonzero(bad.any(axis=1))[0] * activity.dt
        traces = wording.count(int(bad.any(axis=0).sum()), "trace")
        words.append(f"NaN from {first:g} ms on in {traces}")
    if cut.any():
        words.append(
            f"{wording.count(int(cut.sum()), 'runaway trace')} cut at the edge of its band"
        )
    return "; ".join(words)
