"""The input over time as a heatmap, and its mean below."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.text import Text
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.figures.kit import layout, parts, style, wording
from keras_v1_activity.figures.kit.drawing import AnyFigure, Handles
from keras_v1_activity.figures.kit.scale import Scale, panel

_BOX = (0.115, 0.285, 0.755, 0.595)
_MEAN_BOX = (0.115, 0.095, 0.755, 0.135)
_BAR_BOX = (0.89, 0.285, 0.018, 0.595)
# (n_steps, rows) of the input; NaN where it is unknown.
Values: TypeAlias = NDArray[np.float64]


def draw(activity: Activity, figure: AnyFigure) -> Handles:
    """Draws the input of `activity` into `figure`.

    Returns:
        dict: ``axes``, ``image`` (AxesImage; rows as recorded, columns averaged in time if there
        are more time steps than pixels), ``mean`` (Line2D), ``title``, ``verdict``, ``note``.

    Example:
        >>> from keras_v1_activity.figures import draw_figure
        >>> draw_figure("input", activity).handles["image"].get_array().shape
        (200, 200)
    """
    handles = parts.headline(figure, activity, "Input", left=_BOX[0])
    axes = panel(figure, _BOX)
    inputs = activity.inputs
    if inputs is None or inputs.size == 0:
        axes.set_position((0.115, 0.095, 0.855, 0.785))
        return {**handles, "axes": axes, "note": parts.empty_panel(axes, "no input recorded")}
    values = np.where(np.isfinite(inputs), inputs, np.nan).astype(np.float64)
    image = _draw_heatmap(axes, activity, values, int(figure.bbox.width * _BOX[2]))
    handles["note"] = _remarks(axes, values)
    parts.colour_bar(figure, image, _BAR_BOX, "input", extend=_extends(values, image))
    parts.caption(figure, _caption(activity), left=_BOX[0])
    mean_axes = panel(figure, _MEAN_BOX)
    mean = _draw_mean(mean_axes, activity, values)
    return {**handles, "axes": axes, "image": image, "mean_axes": mean_axes, "mean": mean}


def _group_size(activity: Activity) -> int:
    """How many neighbouring channels each row of `activity.inputs` is the mean of."""
    rows = activity.inputs.shape[1]
    return -(-max(activity.n_inputs, rows) // rows)


def _draw_heatmap(axes: Axes, activity: Activity, values: Values, width: int) -> AxesImage:
    low, high = _limits(values)
    colours = colormaps["RdBu_r" if low < 0 else "magma"].with_extremes(bad=style.FAINT)
    channels = values.shape[1] * _group_size(activity)
    image = axes.imshow(
        average_columns(values, width).T, extent=(0, layout.duration_ms(activity), channels, 0),
        aspect="auto", interpolation="nearest", cmap=colours, vmin=low, vmax=high,
    )  # fmt: skip
    layout.time_axis(axes, activity, label=False)
    axes.set_ylim(max(activity.n_inputs, values.shape[1]), 0)
    layout.few_ticks(axes.yaxis, 6)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_ylabel("input channel")
    Scale(axes, "left")
    return image


def average_columns(values: Values, width: int) -> Values:
    """(time, rows) averaged over equal runs of time steps, at most `width` of them.

    NaN only where a whole run is NaN.

    Example:
        >>> average_columns(np.array([[1.0], [3.0], [5.0]]), 2).tolist()
        [[2.0], [5.0]]
    """
    n_steps = len(values)
    run = -(-n_steps // width)
    if run == 1:
        return values
    starts = np.arange(0, n_steps, run)
    known = np.add.reduceat(~np.isnan(values), starts, axis=0, dtype=np.float64)
    total = np.add.reduceat(np.nan_to_num(values), starts, axis=0)
    return np.where(known > 0, total / np.maximum(known, 1), np.nan)


def _limits(values: Values) -> tuple[float, float]:
    """Colour limits: 0 to a high percentile, or symmetric if there are both signs."""
    known = values[~np.isnan(values)]
    if known.size == 0:
        return 0.0, 1.0
    lowest, highest = float(known.min()), float(known.max())
    if lowest < 0:
        most = float(np.percentile(np.abs(known), 99.9)) or max(-lowest, highest)
        return -most, most
    # Sparse spikes are almost all 0: of them the percentile would be 0.
    positive = known[known > 0]
    return 0.0, float(np.percentile(positive, 99.9)) if positive.size else 1.0


def _extends(values: Values, image: AxesImage) -> parts.Extend:
    low, high = image.get_clim()
    known = values[~np.isnan(values)]
    above = bool(known.size and known.max() > high * (1 + 1e-6))
    below = bool(known.size and known.min() < low * (1 + 1e-6) and low < 0)
    if below:
        return "both" if above else "min"
    return "max" if above else "neither"


def _remarks(axes: Axes, values: Values) -> Text | None:
    """Words on the heatmap if it alone would puzzle the reader; None otherwise."""
    known = values[~np.isnan(values)]
    if known.size == 0:
        return parts.say(axes, "every input is NaN")
    if not known.any():
        return parts.say(axes, "the input is zero throughout")
    if known.size < values.size:
        return parts.say(axes, "NaN where grey", y=0.94, size=10)
    if known.min() == known.max():
        return parts.say(axes, f"the input is {known[0]:g} throughout", y=0.94, size=10)
    return None


def _caption(activity: Activity) -> str:
    group = _group_size(activity)
    channels = max(activity.n_inputs, activity.inputs.shape[1])
    text = wording.count(channels, "channel")
    return text if group == 1 else f"{text}, each row the mean of {group:,} neighbours"


def _draw_mean(axes: Axes, activity: Activity, values: Values) -> Line2D:
    known = (~np.isnan(values)).sum(axis=1)
    mean = np.where(known > 0, np.nansum(values, axis=1) / np.maximum(known, 1), np.nan)
    times = np.arange(len(mean)) * activity.dt
    marker = "o" if len(mean) == 1 else ""
    (line,) = axes.plot(times, mean, color=style.INK, linewidth=1.2, marker=marker, markersize=4)
    layout.time_axis(axes, activity)
    finite = mean[~np.isnan(mean)]
    top = float(finite.max()) if finite.size else 0.0
    bottom = min(float(finite.min()), 0.0) if finite.size else 0.0
    axes.set_ylim(bottom * 1.12, top * 1.12 if top > 0 else (0.0 if bottom < 0 else 1.0))
    layout.zero_and_top(axes.yaxis, top)
    axes.set_ylabel("mean")
    Scale(axes, "left")
    return line
