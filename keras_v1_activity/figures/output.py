"""The readout over time and, below it, the confidence in each class."""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.ticker import FixedLocator

from keras_v1_activity.figures.kit import parts, style

_BOX = (0.1, 0.535, 0.87, 0.345)
_BARS_BOX = (0.1, 0.1, 0.87, 0.285)
_MOST_TICKS = 25
_MOST_BARS = 100
_OTHER = "#B4BCC4"
PREDICTED = "#33475B"


def draw(activity, figure):
    """Draws the readout and the confidence of `activity` into `figure`.

    Returns:
        dict: ``axes``, ``lines`` (LineCollection of all classes, as steps), ``marked`` (Line2D by
        class, of the true and the predicted one), ``bar_axes``, ``bars`` (BarContainer or None),
        ``title``, ``verdict``, ``note``.
    """
    handles = parts.headline(figure, activity, "Readout", left=_BOX[0])
    axes = parts.panel(figure, _BOX)
    if activity.outputs is None and activity.confidence is None:
        axes.set_position((0.1, 0.1, 0.87, 0.78))
        return {**handles, "axes": axes, "note": parts.empty_panel(axes, "no readout recorded")}
    parts.caption(figure, _caption(activity), left=_BOX[0])
    handles.update(_draw_over_time(axes, activity))
    bar_axes = parts.panel(figure, _BARS_BOX)
    bars = draw_confidence(bar_axes, activity.confidence, activity.label, activity.prediction)
    return {**handles, **bars, "axes": axes, "bar_axes": bar_axes}


def _caption(activity):
    if activity.outputs is None:
        return "only the confidence was recorded"
    n_chunks, n_outputs = activity.outputs.shape
    words = parts.count(n_outputs, "output")
    if n_chunks == 1:
        return f"{words}, one value for the whole sample"
    return f"{words}, {parts.count(n_chunks, 'chunk')} of {_chunk_ms(activity):g} ms"


def _chunk_ms(activity):
    return round(parts.duration_ms(activity) / max(len(activity.outputs), 1), 3)


def _draw_over_time(axes, activity):
    outputs = activity.outputs
    if outputs is None or outputs.size == 0:
        return {"note": parts.empty_panel(axes, "no readout over time recorded"), "lines": None}
    values = np.where(np.isfinite(outputs), outputs, np.nan).astype(float)
    edges = np.linspace(0, parts.duration_ms(activity), len(values) + 1)
    lines = LineCollection(
        [stairs(edges, column) for column in values.T], colors=_OTHER, linewidths=1.0,
        alpha=1.0 if values.shape[1] <= 50 else 0.3, zorder=2,
    )  # fmt: skip
    axes.add_collection(lines, autolim=False)
    marked = _draw_marked(axes, activity, values, edges)
    parts.time_axis(axes, activity)
    axes.set_ylim(*_limits(values))
    axes.yaxis.set_major_locator(parts.round_numbers(5))
    axes.set_ylabel("readout")
    parts.Scale(axes, "left")
    note = _missing(axes, activity, values)
    return {"lines": lines, "marked": marked, "note": note}


def stairs(edges, values):
    """Points (2 n, 2) of a line that keeps each of n values from one edge to the next."""
    return np.column_stack([np.repeat(edges, 2)[1:-1], np.repeat(values, 2)])


def _draw_marked(axes, activity, values, edges):
    """The true class in red and, where it is another, the predicted one in dark blue."""
    n_outputs = values.shape[1]
    wanted = {}
    if activity.prediction is not None and activity.prediction < n_outputs:
        wanted[activity.prediction] = (PREDICTED, "predicted", (0, (5, 1.5)))
    if activity.label is not None and 0 <= activity.label < n_outputs:
        both = activity.label in wanted
        wanted[activity.label] = (style.TRUE_CLASS, "true and predicted" if both else "true", "-")
    marked = {}
    width = 2.4 if len(values) <= 100 else 1.2
    for number, (colour, word, dashes) in wanted.items():
        x, y = stairs(edges, values[:, number]).T
        (marked[number],) = axes.plot(
            x, y, color=colour, linewidth=width, linestyle=dashes, zorder=3,
            label=f"{word}: class {number}",
        )  # fmt: skip
    if n_outputs > len(marked):
        axes.plot([], [], color=_OTHER, label="other classes" if marked else "classes")
    axes.legend(
        loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, borderaxespad=0.1, columnspacing=1.2,
        handlelength=2.2,
    )  # fmt: skip
    return marked


def _limits(values):
    known = values[~np.isnan(values)]
    if known.size == 0:
        return 0.0, 1.0
    low, high = min(float(known.min()), 0.0), float(known.max())
    if high <= low:
        return low - 0.5, low + 0.5
    pad = 0.06 * (high - low)
    return (low - pad if low < 0 else 0.0), high + pad


def _missing(axes, activity, values):
    """Says where the readout is NaN."""
    bad = np.isnan(values).any(axis=1)
    if not bad.any():
        return None
    if np.isnan(values).all():
        return parts.say(axes, "every readout value is NaN")
    first = np.flatnonzero(bad)[0] * _chunk_ms(activity)
    return parts.say(axes, f"NaN from {first:g} ms on", y=0.88, size=10)


def draw_confidence(axes, confidence, label, prediction, small=False, first=True):
    """Bars of the confidence in each class, the true one in red and marked in words.

    `small` panels have fewer ticks, those that are not the `first` of a row no labels at the left.

    Returns:
        dict: ``bars`` (BarContainer; LineCollection for more than 100 classes; or None) and
        ``marks`` (texts).
    """
    if confidence is None or len(confidence) == 0:
        return {"bars": None, "marks": [parts.empty_panel(axes, "no confidence recorded")]}
    values = np.asarray(confidence, float)
    known = np.isfinite(values)
    heights = np.where(known, values, 0.0)
    colours = [_OTHER] * len(values)
    if prediction is not None and 0 <= prediction < len(values):
        colours[prediction] = PREDICTED
    if label is not None and 0 <= label < len(values):
        colours[label] = style.TRUE_CLASS
    if len(values) <= _MOST_BARS:
        bars = axes.bar(np.arange(len(values)), heights, width=0.8, color=colours, linewidth=0)
    else:
        # A rectangle a class takes seconds for thousands of them; lines look the same.
        bars = axes.vlines(np.arange(len(values)), 0, heights, colors=colours, linewidths=1.2)
    _confidence_axes(axes, heights, small, first)
    marks = _mark_classes(axes, heights, label, prediction, small)
    if not known.all():
        words = "confidence is NaN" if not known.any() else f"NaN for {int((~known).sum())} classes"
        marks.append(parts.say(axes, words, y=0.7, size=10 if small else 12))
    return {"bars": bars, "marks": marks}


def _confidence_axes(axes, heights, small, first):
    n = len(heights)
    low, high = min(float(heights.min()), 0.0), float(heights.max())
    span = high - low if high > low else 1.0
    axes.set_ylim(low * 1.1, low + 1.3 * span)
    axes.set_xlim(-0.6, n - 0.4)
    if n > _MOST_TICKS:
        parts.few_ticks(axes.xaxis, 5 if small else 11)
    else:
        ticks = parts.every_nth_label(n, 10 if small else _MOST_TICKS)
        axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_major_locator(parts.round_numbers(3 if small else 4))
    axes.set_xlabel("class")
    # One model gives probabilities, another logits: only the former deserve the name.
    probabilities = low >= 0 and abs(heights.sum() - 1) < 0.05
    if first:
        axes.set_ylabel("confidence" if probabilities or not heights.any() else "readout score")
    parts.Scale(axes, "bottom", ticks=n > _MOST_TICKS)
    parts.Scale(axes, "left", labels=first)


def _mark_classes(axes, heights, label, prediction, small):
    """Words above the bars, for readers who do not see red."""
    words = {}
    if prediction is not None and 0 <= prediction < len(heights):
        words[prediction] = "predicted"
    if label is not None and 0 <= label < len(heights):
        words[label] = "true" if label != prediction else "true, predicted"
    if small:
        words = {number: "true" for number in words if number == label}
    return [
        axes.annotate(
            word, (number, max(heights[number], 0.0)), xytext=(0, 3), textcoords="offset points",
            ha=_towards_middle(number, len(heights)), va="bottom", fontsize=8.5 if small else 10,
            fontweight="bold", color=style.TRUE_CLASS if number == label else PREDICTED,
        )
        for number, word in words.items()
    ]  # fmt: skip


def _towards_middle(number, n):
    """Text beside the first and last of many narrow bars must stay on the picture."""
    if n <= 4 or 0.05 * n <= number <= 0.95 * n - 1:
        return "center"
    return "left" if number < n / 2 else "right"
