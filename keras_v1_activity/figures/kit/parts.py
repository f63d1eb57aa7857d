"""What several figures share: headline, words in place of missing data, rate, colour bar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.patches import StepPatch
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator

from keras_v1_activity import measures
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.figures.kit import layout, style
from keras_v1_activity.figures.kit.drawing import AnyFigure, Handles
from keras_v1_activity.figures.kit.scale import Box, Scale, panel
from keras_v1_activity.figures.kit.wording import verdict

# Height of the tip of a colour bar, of the height of the bar.
_TIP = 0.045
Extend: TypeAlias = Literal["neither", "min", "max", "both"]


def headline(
    figure: AnyFigure, activity: Activity, subject: str, left: float = 0.09, right: float = 0.97
) -> Handles:
    """Subject, training step and what a probe has shown at the left, classes at the right.

    Returns:
        dict: ``title`` and ``verdict``, the two texts.

    Example:
        >>> headline(axes.figure, activity, "Spikes")["title"].get_text()
        'Spikes, step 100'
    """
    step = f"step {activity.step:,}" if activity.step else ""
    title = ", ".join(part for part in (subject, step, _shown(activity)) if part)
    words, colour = verdict(activity.label, activity.prediction)
    left_text = figure.text(left, 0.965, title, fontsize=14, fontweight="bold", va="center")
    right_text = figure.text(
        right, 0.965, words, fontsize=13, fontweight="bold", color=colour, ha="right", va="center"
    )
    return {"title": left_text, "verdict": right_text}


def _shown(activity: Activity) -> str:
    """What a probe has shown, in a word."""
    told = activity.details.get("probe")
    told = told if isinstance(told, Mapping) else {}
    direction, image = told.get("direction_deg"), told.get("image")
    if isinstance(direction, (int, float)):
        return f"moving to {direction:g}°"
    return f"image {image}" if isinstance(image, int) else ""


def caption(figure: AnyFigure, text: str, left: float = 0.09) -> Text:
    """One quiet line below the headline.

    Example:
        >>> caption(axes.figure, "120 neurons").get_text()
        '120 neurons'
    """
    return figure.text(left, 0.922, text, fontsize=10, color=style.SOFT_INK, ha="left", va="center")


def panel_heading(axes: Axes, title: str, key: str = "") -> Text:
    """What a panel shows, above it, and below that a quiet line that explains its marks.

    Example:
        >>> panel_heading(axes, "irregularity", "■ CV   □ LV").get_text()
        'irregularity'
    """
    dot = 1 / axes.bbox.height
    axes.text(0, 1 + 8 * dot, key, transform=axes.transAxes, fontsize=9, color=style.SOFT_INK)
    above = (23 if key else 9) * dot
    return axes.text(0, 1 + above, title, transform=axes.transAxes, fontsize=11, fontweight="bold")


def say(axes: Axes, text: str, y: float = 0.5, size: float = 13) -> Text:
    """Words in the middle of a panel that has nothing, or not everything, to show.

    Example:
        >>> say(axes, "no spikes").get_text()
        'no spikes'
    """
    return axes.text(
        0.5, y, text, transform=axes.transAxes, ha="center", va="center", fontsize=size,
        color=style.SOFT_INK, zorder=10,
        bbox={"facecolor": "white", "edgecolor": style.FAINT, "boxstyle": "round,pad=0.5"},
    )  # fmt: skip


def empty_panel(axes: Axes, text: str) -> Text:
    """A panel with words only.

    Example:
        >>> empty_panel(axes, "no input recorded").get_text()
        'no input recorded'
    """
    for artist in (axes.xaxis, axes.yaxis, *axes.spines.values()):
        artist.set_visible(False)
    axes.set_facecolor(style.PANEL)
    return say(axes, text)


def rate_over_time(axes: Axes, activity: Activity, bin_ms: float) -> StepPatch:
    """Population spike rate over time, all neurons, Hz, in bins of about `bin_ms`.

    Example:
        >>> rate_over_time(axes, activity, bin_ms=50).get_data().values.shape
        (4,)
    """
    rates = measures.mean_rate_over_time(activity, bin_ms)
    edges = measures.bin_edges_ms(activity, bin_ms)
    stairs = axes.stairs(rates, edges, fill=True, color="#8795A1", linewidth=0)
    layout.time_axis(axes, activity)
    top = float(rates.max(initial=0.0))
    axes.set_ylim(0, top * 1.12 if top > 0 else 1.0)
    layout.zero_and_top(axes.yaxis, top)
    axes.set_ylabel("rate (Hz)")
    return stairs


def colour_bar(
    figure: AnyFigure, image: ScalarMappable, box: Box, label: str, extend: Extend = "neither"
) -> Axes:
    """The colours of an image and what they stand for, in axes of their own.

    Args:
        figure: where to draw it.
        image: what has the colours.
        box: of the bar and its tips: left, bottom, width, height in figure fractions.
        label: what the colours stand for, with its unit.
        extend: "min", "max" or "both" puts a tip where values lie beyond the colours.

    Returns:
        The Axes.

    Example:
        >>> image = axes.imshow([[0.0, 40.0]])
        >>> bar = colour_bar(axes.figure, image, (0.9, 0.1, 0.02, 0.8), "rate (Hz)")
        >>> bar.get_ylim()
        (np.float64(0.0), np.float64(40.0))
    """
    low_tip, high_tip = extend in ("min", "both"), extend in ("max", "both")
    left, bottom, width, height = box
    tip = _TIP * height
    axes = panel(figure, (left, bottom + tip * low_tip, width, height - tip * (low_tip + high_tip)))
    low, high = image.get_clim()
    axes.imshow(
        np.linspace(low, high, 256)[:, None], extent=(0, 1, low, high), origin="lower",
        cmap=image.cmap, vmin=low, vmax=high, aspect="auto", interpolation="nearest",
    )  # fmt: skip
    reach = _TIP / (1 - _TIP * (low_tip + high_tip))
    for shown, base, point, value in ((low_tip, 0, -reach, 0.0), (high_tip, 1, 1 + reach, 1.0)):
        if shown:
            axes.fill([0, 1, 0.5], [base, base, point], color=image.cmap(value), linewidth=0,
                      transform=axes.transAxes, clip_on=False)  # fmt: skip
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xlim(0, 1)
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.set_ylabel(label)
    Scale(axes, "right")
    return axes
