"""The readout over time and, below it, the confidence in each class."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.text import Text
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.figures.kit import layout, parts, style, wording
from keras_v1_activity.figures.kit.confidence import OTHER_CLASS, draw_confidence
from keras_v1_activity.figures.kit.drawing import AnyFigure, Handles
from keras_v1_activity.figures.kit.scale import Scale, panel

_BOX = (0.1, 0.535, 0.87, 0.345)
_BARS_BOX = (0.1, 0.1, 0.87, 0.285)


def draw(activity: Activity, figure: AnyFigure) -> Handles:
    """Draws the readout and the confidence of `activity` into `figure`.

    Returns:
        dict: ``axes``, ``lines`` (LineCollection of all classes, as steps), ``marked`` (Line2D by
        class, of the true and the predicted one), ``bar_axes``, ``bars`` (BarContainer or None),
        ``title``, ``verdict``, ``note``.

    Example:
        >>> from keras_v1_activity.figures import draw_figure
        >>> len(draw_figure("output", activity).handles["bars"])
        10
    """
    handles = parts.headline(figure, activity, "Readout", left=_BOX[0])
    axes = panel(figure, _BOX)
    if activity.outputs is None and activity.confidence is None:
        axes.set_position((0.1, 0.1, 0.87, 0.78))
        return {**handles, "axes": axes, "note": parts.empty_panel(axes, "no readout recorded")}
    parts.caption(figure, _caption(activity), left=_BOX[0])
    handles.update(_draw_over_time(axes, activity))
    bar_axes = panel(figure, _BARS_BOX)
    bars = draw_confidence(bar_axes, activity.confidence, activity.label, activity.prediction)
    return {**handles, **bars, "axes": axes, "bar_axes": bar_axes}


def _caption(activity: Activity) -> str:
    if activity.outputs is None:
        return "only the confidence was recorded"
    n_chunks, n_outputs = activity.outputs.shape
    words = wording.count(n_outputs, "output")
    if n_chunks == 1:
        return f"{words}, one value for the whole sample"
    return f"{words}, {wording.count(n_chunks, 'chunk')} of {_chunk_ms(activity, n_chunks):g} ms"


def _chunk_ms(activity: Activity, n_chunks: int) -> float:
    return round(layout.duration_ms(activity) / max(n_chunks, 1), 3)


def _draw_over_time(axes: Axes, activity: Activity) -> Handles:
    outputs = activity.outputs
    if outputs is None or outputs.size == 0:
        return {"note": parts.empty_panel(axes, "no readout over time recorded"), "lines": None}
    values = np.where(np.isfinite(outputs), outputs, np.nan).astype(np.float64)
    edges = np.linspace(0, layout.duration_ms(activity), len(values) + 1)
    lines = LineCollection(
        [_stairs(edges, column) for column in values.T], colors=OTHER_CLASS, linewidths=1.0,
        alpha=1.0 if values.shape[1] <= 50 else 0.3, zorder=2,
    )  # fmt: skip
    axes.add_collection(lines, autolim=False)
    marked = _draw_marked(axes, activity, values, edges)
    layout.time_axis(axes, activity)
    axes.set_ylim(*_limits(values))
    axes.yaxis.set_major_locator(layout.round_numbers(5))
    axes.set_ylabel("readout")
    Scale(axes, "left")
    note = _missing(axes, activity, values)
    return {"lines": lines, "marked": marked, "note": note}


def _stairs(edges: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (2 n, 2) of a line that keeps each of n values from one edge to the next."""
    return np.column_stack([np.repeat(edges, 2)[1:-1], np.repeat(values, 2)])


def _draw_marked(
    axes: Axes, activity: Activity, values: NDArray[np.float64], edges: NDArray[np.float64]
) -> dict[int, Line2D]:
    """The true class in red and, if it is another, the predicted one in dark blue."""
    n_outputs = values.shape[1]
    wanted = {}
    if activity.prediction is not None and activity.prediction < n_outputs:
        wanted[activity.prediction] = (style.PREDICTED, "predicted", (0, (5, 1.5)))
    if activity.label is not None and 0 <= activity.label < n_outputs:
        both = activity.label in wanted
        wanted[activity.label] = (style.TRUE_CLASS, "true and predicted" if both else "true", "-")
    marked = {}
    width = 2.4 if len(values) <= 100 else 1.2
    for number, (colour, word, dashes) in wanted.items():
        x, y = _stairs(edges, values[:, number]).T
        (marked[number],) = axes.plot(
            x, y, color=colour, linewidth=width, linestyle=dashes, zorder=3,
            label=f"{word}: class {number}",
        )  # fmt: skip
    if n_outputs > len(marked):
        axes.plot([], [], color=OTHER_CLASS, label="other classes" if marked else "classes")
    axes.legend(
        loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, borderaxespad=0.1, columnspacing=1.2,
        handlelength=2.2,
    )  # fmt: skip
    return marked


def _limits(values: NDArray[np.float64]) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    if known.size == 0:
        return 0.0, 1.0
    low, high = min(float(known.min()), 0.0), float(known.max())
    if high <= low:
        return low - 0.5, low + 0.5
    pad = 0.06 * (high - low)
    return (low - pad if low < 0 else 0.0), high + pad


def _missing(axes: Axes, activity: Activity, values: NDArray[np.float64]) -> Text | None:
    """Says from when on the readout is NaN."""
    bad = np.isnan(values).any(axis=1)
    if not bad.any():
        return None
    if np.isnan(values).all():
        return parts.say(axes, "every readout value is NaN")
    first = np.flatnonzero(bad)[0] * _chunk_ms(activity, len(values))
    return parts.say(axes, f"NaN from {first:g} ms on", y=0.88, size=10)
