"""Names of populations and classes along the axes, and numbers in the cells of a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.figures.kit import layout, style, wording
from keras_v1_activity.figures.kit.wording import true_minus

MOST_POPULATIONS: Final = 36
MOST_CLASSES: Final = 25
# A matrix of more classes is only coloured.
MOST_NUMBERS: Final = 12
# What the name of an axis takes beyond the names at its ticks.
_NAME_OF_AXIS_POINTS = 24.0


def name_rows(axes: Axes, populations: Populations, most: int = MOST_POPULATIONS) -> None:
    """A row a population, named in its colour; every second, third, ... if they are many.

    Example:
        >>> name_rows(axes, activity.populations)
        >>> axes.get_yticklabels()[0].get_text()
        'i1Htr3a'
    """
    n = len(populations.members)
    shown = layout.every_nth_label(n, most)
    names = [wording.printable(populations.members[i].name, 12) for i in shown]
    points = axes.get_position().height * axes.figure.bbox.height * 72 / axes.figure.dpi
    size = float(np.clip(0.85 * points / max(len(shown), 1), 6.0, 10.0))
    axes.set_yticks(shown, names, fontsize=size if max(map(len, names)) < 10 else min(size, 8))
    for tick, i in zip(axes.get_yticklabels(), shown, strict=True):
        tick.set_color(populations.members[i].colour if populations.named else style.INK)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(n - 0.4, -0.6)


def name_classes(axes: Axes, names: Sequence[str]) -> None:
    """Classes along both axes; every second, third, ... if they are many.

    Example:
        >>> name_classes(axes, ["left", "right"])
        >>> [text.get_text() for text in axes.get_yticklabels()]
        ['left', 'right']
    """
    shown = layout.every_nth_label(len(names), MOST_CLASSES)
    chosen = [names[i] for i in shown]
    long = max((len(name) for name in chosen), default=0) * len(chosen) > 45
    axes.set_xticks(shown, chosen, rotation=90 if long else 0)
    axes.set_yticks(shown, chosen)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    _make_room(axes, turned=long)


def _make_room(axes: Axes, turned: bool) -> None:
    """A smaller panel if the names, and the name of the axis beyond them, would be cut off."""
    box = axes.get_window_extent()
    widest = max((text.get_window_extent().width for text in axes.get_yticklabels()), default=0)
    needed = widest + _NAME_OF_AXIS_POINTS * axes.figure.dpi / 72
    left = max(needed - box.x0, 0)
    below = max(needed - box.y0, 0) if turned else 0
    if left or below:
        box = Bbox.from_extents(box.x0 + left, box.y0 + below, box.x1, box.y1)
        axes.set_position(box.transformed(axes.figure.transFigure.inverted()))


def write_cells(
    axes: Axes,
    image: AxesImage,
    values: NDArray[np.float64],
    form: str,
    shown: NDArray[np.integer] | None = None,
) -> None:
    """The number in each cell, in a colour that can be read on it; "–" where unknown.

    Args:
        axes: where the matrix is drawn.
        image: the matrix, which knows its colours.
        values: (n, n) as coloured; NaN where unknown.
        form: format of a number.
        shown: (n, n) numbers to write in place of `values`.

    Example:
        >>> image = axes.imshow([[1.0, 0.25]])
        >>> write_cells(axes, image, np.array([[1.0, 0.25]]), "{:.2f}")
        >>> [text.get_text() for text in axes.texts]
        ['1.00', '0.25']
    """
    numbers = values if shown is None else shown
    size = float(np.clip(82 / max(len(values), 1), 7.0, 14.0))
    for (row, column), value in np.ndenumerate(values):
        known = np.isfinite(value)
        red, green, blue, _ = image.cmap(image.norm(value)) if known else (1, 1, 1, 1)
        # Perceived brightness, ITU-R BT.601.
        dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
        text = form.format(numbers[row, column]) if known else "–"
        # A rounded −0.00 is 0.
        text = true_minus(text) if text.strip("-0.") else text.replace("-", "")
        axes.text(
            column, row, text, ha="center", va="center", fontsize=size,
            color="white" if dark else "black",
        )  # fmt: skip
