"""Membrane potentials of the recorded neurons: stacked traces, spikes, thresholds.

Which neurons are drawn is not chosen here: those of `Activity.voltage_neurons`, which
`RecordPlan.choose_voltage_neurons` has chosen before the recording.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import FigureBase
from matplotlib.lines import Line2D
from matplotlib.text import Text
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.figures.kit import layout, parts, style, wording
from keras_v1_activity.figures.kit.drawing import Handles
from keras_v1_activity.figures.kit.scale import Scale, panel

_BOX = (0.165, 0.1, 0.725, 0.785)
# A trace that runs away would flatten all others: it is cut at this many times the usual height.
_RUNAWAY = 4.0
_LEAST_BAND_MV = 5.0
# Half the height of a band plus what it may take from its neighbours, in bands.
_BAND = 1.0
_CUT_BAND = 0.5
_MOST_THRESHOLD_TEXTS = 25
_MOST_NAMES = 51
# Potentials or offsets, mV; NaN where unknown.
Numbers: TypeAlias = NDArray[np.floating]


def draw(activity: Activity, figure: FigureBase) -> Handles:
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
    potentials = _finite(activity.voltages)
    thresholds = _thresholds(activity)
    offsets, height = _stack(potentials, thresholds)
    shown, cut = _limited(potentials, offsets, height)
    handles["traces"] = _draw_traces(axes, activity, shown)
    _draw_thresholds(axes, activity, thresholds, offsets, height)
    handles["dots"] = _draw_spikes(axes, activity, shown)
    _prepare(axes, activity, offsets, height, thresholds)
    handles["labels"] = _name_traces(axes, activity, height)
    handles["note"] = parts.caption(figure, _caption(activity, cut), left=left)
    if not np.isfinite(activity.voltages).all():
        handles["note"].set_color(style.WRONG)
    if not np.isfinite(potentials).any():
        parts.say(axes, "every recorded potential is NaN")
    return {**handles, "axes": axes, "offsets": offsets}


def _thresholds(activity: Activity) -> Numbers | None:
    """(k,) mV, or None."""
    known = activity.neurons.thresholds
    return None if known is None else np.asarray(known, float)[activity.voltage_neurons]


def _range(potentials: Numbers, thresholds: Numbers | None) -> tuple[Numbers, Numbers]:
    """Lowest and highest potential (k,) each, thresholds included; NaN where there is none."""
    everything = potentials.astype(float)
    if thresholds is not None:
        everything = np.vstack([everything, thresholds[None, :]])
    empty = np.isnan(everything).all(axis=0)
    low = np.where(empty, np.nan, np.fmin.reduce(everything, axis=0))
    return low, np.where(empty, np.nan, np.fmax.reduce(everything, axis=0))


def _stack(potentials: Numbers, thresholds: Numbers | None) -> tuple[Numbers, float]:
    """Offsets (k,) that put trace i into its band, and the height of a band, both in mV.

    The first trace is on top. One trace keeps its own axis: its offset is 0.
    """
    low, high = _range(potentials, thresholds)
    spans = (high - low)[np.isfinite(high - low)]
    usual = max(float(np.median(spans)), 1.0) if spans.size else 1.0
    quiet = spans[spans <= _RUNAWAY * usual]
    tall = float(np.percentile(quiet, 90)) if quiet.size else usual
    # Neighbours may touch: a little overlap costs less than small traces.
    height = max(0.95 * tall, _LEAST_BAND_MV)
    if len(low) == 1:
        return np.zeros(1), height
    middle = np.nan_to_num((low + high) / 2)
    # The middle of a runaway trace is nowhere: it gets that of its quiet neighbours.
    quiet = (high - low) <= 2 * height
    middle = np.where(quiet, middle, np.median(middle[quiet]) if quiet.any() else 0.0)
    return (len(low) - 1 - np.arange(len(low))) * height - middle, height


def _limited(
    potentials: Numbers, offsets: Numbers, height: float
) -> tuple[Numbers, NDArray[np.bool_]]:
    """Stacked potentials, kept within their bands, and which traces were cut."""
    stacked = potentials + offsets
    if len(offsets) == 1:
        return stacked, np.zeros(1, bool)
    centre = (len(offsets) - 1 - np.arange(len(offsets))) * height
    most = np.nan_to_num(np.fmax.reduce(np.abs(stacked - centre), axis=0))
    cut = most > _BAND * height
    reach = np.where(cut, _CUT_BAND, _BAND) * height
    return np.clip(stacked, centre - reach, centre + reach), cut


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
    """Red dots on the trace; in the middle of its band where the potential there is NaN."""
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
    axes: Axes, activity: Activity, thresholds: Numbers | None, offsets: Numbers, height: float
) -> None:
    if thresholds is None:
        return
    level = thresholds + offsets
    if len(offsets) > 1:
        centre = (len(offsets) - 1 - np.arange(len(offsets))) * height
        level = np.where(np.abs(level - centre) <= _BAND * height, level, np.nan)
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


def _prepare(
    axes: Axes, activity: Activity, offsets: Numbers, height: float, thresholds: Numbers | None
) -> None:
    layout.time_axis(axes, activity)
    if len(offsets) == 1:
        low, high = _range(_finite(activity.voltages), thresholds)
        if np.isfinite(low[0]):
            pad = max(0.06 * (high[0] - low[0]), 0.5)
            axes.set_ylim(low[0] - pad, high[0] + pad)
        axes.set_ylabel("membrane potential (mV)", labelpad=6)
        Scale(axes, "left")
        return
    axes.set_ylim(-0.75 * height, (len(offsets) - 1) * height + 0.75 * height)
    axes.spines["left"].set_visible(False)
    _scale_bar(axes, len(offsets), height)


def _finite(potentials: Numbers) -> Numbers:
    """Potentials with infinities as NaN."""
    return np.where(np.isfinite(potentials), potentials, np.nan)


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


def _name_traces(axes: Axes, activity: Activity, height: float) -> list[Text]:
    """Population and neuron id at the left of each trace, in its colour."""
    k = len(activity.voltage_neurons)
    if k == 1:
        return []
    size = float(np.clip(330 / k, 6.5, 10))
    return [
        axes.text(
            -0.012, (k - 1 - i) * height, _trace_name(activity, activity.voltage_neurons[i]),
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
