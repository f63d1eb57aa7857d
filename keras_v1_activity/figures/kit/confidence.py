"""Bars of the confidence in each class, with the true and the predicted one marked."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.figures.kit import layout, parts, style
from keras_v1_activity.figures.kit.drawing import Handles
from keras_v1_activity.figures.kit.scale import Scale

_MOST_TICKS = 25
_MOST_BARS = 100
# Half the width of the word "true" in a small panel, points.
_HALF_WORD_POINTS = 11.0
OTHER_CLASS: Final = "#B4BCC4"


def draw_confidence(
    axes: Axes,
    confidence: ArrayLike | None,
    label: int | None,
    prediction: int | None,
    small: bool = False,
    first: bool = True,
) -> Handles:
    """Bars of the confidence in each class, the true one in red and marked in words.

    Args:
        axes: where to draw them.
        confidence: (n_classes,) confidence in each class, NaN where unknown; or None.
        label: the true class; None or -1 if unknown.
        prediction: the predicted class; None or -1 if unknown.
        small: whether the panel is one of several, with fewer ticks.
        first: whether it is the first of a row; the others have no labels at the left.

    Returns:
        dict: ``bars`` (BarContainer; LineCollection for more than 100 classes; or None) and
        ``marks`` (texts).

    Example:
        >>> drawn = draw_confidence(axes, [0.1, 0.9], label=0, prediction=1)
        >>> [mark.get_text() for mark in drawn["marks"]]
        ['predicted', 'true']
    """
    values = np.asarray([] if confidence is None else confidence, np.float64)
    if values.size == 0:
        return {"bars": None, "marks": [parts.empty_panel(axes, "no confidence recorded")]}
    known = np.isfinite(values)
    heights = np.where(known, values, 0.0)
    colours = [OTHER_CLASS] * len(values)
    if prediction is not None and 0 <= prediction < len(values):
        colours[prediction] = style.PREDICTED
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


def _confidence_axes(axes: Axes, heights: NDArray[np.float64], small: bool, first: bool) -> None:
    n = len(heights)
    low, high = min(float(heights.min()), 0.0), float(heights.max())
    span = high - low if high > low else 1.0
    axes.set_ylim(low * 1.1, low + 1.3 * span)
    axes.set_xlim(-0.6, n - 0.4)
    if n > _MOST_TICKS:
        layout.few_ticks(axes.xaxis, 5 if small else 11)
    else:
        ticks = layout.every_nth_label(n, 10 if small else _MOST_TICKS)
        axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_major_locator(layout.round_numbers(3 if small else 4))
    axes.set_xlabel("class")
    # One model gives probabilities, another logits: only the former deserve the name.
    probabilities = low >= 0 and abs(heights.sum() - 1) < 0.05
    if first:
        axes.set_ylabel("confidence" if probabilities or not heights.any() else "readout score")
    Scale(axes, "bottom", ticks=n > _MOST_TICKS)
    Scale(axes, "left", labels=first)


def _mark_classes(
    axes: Axes,
    heights: NDArray[np.float64],
    label: int | None,
    prediction: int | None,
    small: bool,
) -> list[Text]:
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
            word, (number, _height_of_word(axes, heights, number, small)),
            xytext=(0, 3), textcoords="offset points", ha=_towards_middle(number, len(heights)),
            va="bottom", fontsize=8.5 if small else 10, fontweight="bold",
            color=style.TRUE_CLASS if number == label else style.PREDICTED,
        )
        for number, word in words.items()
    ]  # fmt: skip


def _height_of_word(axes: Axes, heights: NDArray[np.float64], number: int, small: bool) -> float:
    """Top of a bar; in a small panel, of the neighbours too that the word would run into."""
    if not small:
        return max(float(heights[number]), 0.0)
    points_a_class = axes.bbox.width / axes.figure.dpi * 72 / len(heights)
    reach = round(_HALF_WORD_POINTS / points_a_class)
    # A word at the edge reaches to one side only, twice as far.
    middle = (
        number
        + {"left": reach, "center": 0, "right": -reach}[_towards_middle(number, len(heights))]
    )
    near = heights[max(middle - reach, 0) : middle + reach + 1]
    return max(float(near.max()), 0.0)


def _towards_middle(number: int, n: int) -> str:
    """Text beside the first and last of many narrow bars must stay on the picture."""
    if n <= 4 or 0.05 * n <= number <= 0.95 * n - 1:
        return "center"
    return "left" if number < n / 2 else "right"
