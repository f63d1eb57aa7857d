"""How alike the responses to different classes are: correlation and mean absolute error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from keras_v1_activity import similarity
from keras_v1_activity.figures.comparison.canvas import (
    in_own_style,
    joined,
    new_drawing,
    titled_panel,
    window_text,
)
from keras_v1_activity.figures.comparison.labels import MOST_NUMBERS, name_classes, write_cells
from keras_v1_activity.figures.kit import parts, wording
from keras_v1_activity.figures.kit.drawing import Drawing
from keras_v1_activity.figures.kit.scale import Box
from keras_v1_activity.similarity import Response, Window

_CORRELATION = (0.065, 0.13, 0.345, 0.70)
_CORRELATION_BAR = (0.42, 0.18, 0.011, 0.6)
_ERROR = (0.572, 0.13, 0.345, 0.70)
_ERROR_BAR = (0.924, 0.18, 0.011, 0.6)


@in_own_style
def response_similarity(
    responses: Mapping[str, Response], window_ms: Window | None = None, label: str = ""
) -> Drawing:
    """Correlation and mean absolute error between the responses to classes, as two matrices.

    Each entry is the mean over pairs of single trials, one of each class; on the diagonal, over
    pairs of different trials of one class. A class stands out if its diagonal does.

    Args:
        responses: dict of class name -> `Activity` or several trials, of the same neurons.
        window_ms: (first, end) ms in which rates are taken; all if None.
        label: whose responses these are, for the headline.

    Returns:
        `Drawing`; its ``handles``: ``correlation`` and ``error`` (n_classes, n_classes; NaN
        where unknown), ``images``.

    Raises:
        ValueError: no class, or other neurons.

    Example:
        >>> drawing = response_similarity({"left": trials[:2], "right": trials[2]})
        >>> drawing.handles["correlation"].shape
        (2, 2)
    """
    classes = {name: similarity.trials_of(trials) for name, trials in responses.items()}
    correlation, error = similarity.response_similarity(classes, window_ms)
    counts = [len(trials) for trials in classes.values()]
    trials = f"{min(counts)} to {max(counts)}" if min(counts) < max(counts) else f"{counts[0]}"
    words = joined(
        wording.count(len(counts), "class").replace("classs", "classes"),
        f"{trials} trials each" if max(counts) > 1 else "one trial each",
        window_text(window_ms),
        "means over pairs of trials; diagonal: different trials of one class",
    )
    drawing = new_drawing("Similarity of responses to classes", words, label)
    names = [wording.printable(name, 12) for name in classes]
    images = [
        _draw_matrix(
            drawing, (_CORRELATION, _CORRELATION_BAR), correlation, names,
            "correlation of rates", ("viridis", *_limits(correlation), "{:.2f}"), "Pearson's r",
        ),
        _draw_matrix(
            drawing, (_ERROR, _ERROR_BAR), error, names,
            "mean absolute error", ("magma_r", *_limits(error), "{:.1f}"), "Hz",
        ),
    ]  # fmt: skip
    _make_equally_large([image.axes for image in images])
    drawing.handles |= {"correlation": correlation, "error": error, "images": images}
    return drawing


def _make_equally_large(panels: Sequence[Axes]) -> None:
    """Names beside one matrix may have made it smaller: the other then becomes as small."""
    boxes = [axes.get_position(original=True) for axes in panels]
    width, height = min(box.width for box in boxes), min(box.height for box in boxes)
    for axes, box in zip(panels, boxes, strict=True):
        axes.set_position((box.x1 - width, box.y1 - height, width, height))


def _limits(values: NDArray[np.float64]) -> tuple[float, float]:
    """Ends of the colours: of the values, but at least a tenth of their size, or of 1, apart.

    Less would show differences of chance in the strongest colours.
    """
    known = values[np.isfinite(values)]
    if known.size == 0:
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    width = max(high - low, 0.1 * max(abs(low), abs(high), 1.0))
    middle = (low + high) / 2
    least = 0.0 if low >= 0 else -np.inf
    bottom = max(middle - width / 2, least)
    return bottom, bottom + width


def _draw_matrix(
    figure: Drawing,
    boxes: tuple[Box, Box],
    values: NDArray[np.float64],
    names: list[str],
    title: str,
    look: tuple[str, float, float, str],
    unit: str,
) -> AxesImage:
    cmap, low, high, form = look
    axes = titled_panel(figure, boxes[0], title)
    image = axes.imshow(values, cmap=cmap, vmin=low, vmax=high, aspect="equal")
    axes.set_facecolor("#E3E7EA")
    name_classes(axes, names)
    axes.set_xlabel("class")
    axes.set_ylabel("class")
    parts.colour_bar(figure, image, boxes[1], unit)
    if len(names) <= MOST_NUMBERS:
        write_cells(axes, image, values, form)
    if not np.isfinite(values).any():
        parts.say(axes, "no pair of trials with spikes")
    return image
