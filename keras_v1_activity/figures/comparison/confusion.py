"""True against predicted classes, and how sure the network was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
from matplotlib.image import AxesImage
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.figures.comparison.canvas import (
    in_own_style,
    joined,
    new_drawing,
    titled_panel,
)
from keras_v1_activity.figures.comparison.labels import (
    MOST_CLASSES,
    MOST_NUMBERS,
    name_classes,
    write_cells,
)
from keras_v1_activity.figures.kit import layout, parts, style, wording
from keras_v1_activity.figures.kit.drawing import Drawing, Handles

_MATRIX = (0.08, 0.12, 0.40, 0.72)
_MATRIX_BAR = (0.49, 0.17, 0.011, 0.62)
_HISTOGRAM = (0.635, 0.565, 0.345, 0.275)
_CLASSES = (0.635, 0.12, 0.345, 0.275)
# Class numbers of n samples; -1 or None where unknown.
Classes: TypeAlias = Iterable[int | None]
Numbers: TypeAlias = NDArray[np.int64]


@in_own_style
def confusion(
    true: Classes,
    predicted: Classes,
    confidence: ArrayLike | None = None,
    class_names: Sequence[str] | None = None,
    label: str = "",
) -> Drawing:
    """Confusion matrix (rows true, columns predicted) and a summary of the confidence.

    Args:
        true, predicted: (n,) int classes; -1 or None where unknown. Samples of unknown true class
            are left out; those without a prediction are counted, and wrong.
        confidence: (n, n_classes) confidence in each class, NaN where unknown; or None.
        class_names: names of the classes; their numbers if None.
        label: whose predictions these are, for the headline.

    Returns:
        `Drawing`; its ``handles``: ``counts`` (n_classes, n_classes), ``n_samples``,
        ``n_right``, ``accuracy``, ``without_prediction``, ``confidence_right`` and
        ``confidence_wrong`` (confidence in the predicted class), ``mean_true_confidence``
        (n_classes,), NaN where unknown.

    Raises:
        ValueError: arrays of different lengths, classes beyond the names, no known class.

    Example:
        >>> drawing = confusion([0, 1, 1], [0, 1, 0], class_names=["left", "right"])
        >>> drawing.handles["counts"].tolist()
        [[1, 0], [1, 1]]
    """
    true, predicted, confidence, names = _checked(true, predicted, confidence, class_names)
    counts = np.zeros((len(names), len(names)), np.int64)
    known = predicted >= 0
    np.add.at(counts, (true[known], predicted[known]), 1)
    n_right = int(np.trace(counts))
    numbers = {
        "counts": counts, "n_samples": len(true), "n_right": n_right,
        "accuracy": n_right / len(true), "without_prediction": int((~known).sum()),
    }  # fmt: skip
    words = _words(numbers, np.bincount(true).max() / len(true))
    drawing = new_drawing("Confusion of classes", words, label)
    drawing.handles |= numbers | {"image": _draw_matrix(drawing, counts, true, names)}
    drawing.handles |= _draw_confidence(drawing, true, predicted, confidence)
    drawing.handles |= _draw_classes(drawing, counts, true, confidence, names)
    return drawing


def _classes(given: Classes, name: str) -> Numbers:
    values = np.array([-1 if value is None else value for value in given])
    whole = values.dtype.kind in "iuf" and np.array_equal(values, np.floor(values))
    if values.ndim != 1 or not whole:
        raise ValueError(
            f"{name} must be one class number a sample, -1 where unknown; got an array of shape "
            f"{values.shape} and type {values.dtype}."
        )
    return values.astype(np.int64)


def _checked(
    true: Classes,
    predicted: Classes,
    confidence: ArrayLike | None,
    class_names: Sequence[str] | None,
) -> tuple[Numbers, Numbers, NDArray[np.float64] | None, list[str]]:
    """Samples of known true class, and a name for each class.

    Raises:
        ValueError: as `confusion` says.
    """
    true, predicted = _classes(true, "true"), _classes(predicted, "predicted")
    if confidence is not None:
        confidence = np.asarray(confidence, np.float64)
    fits = len(true) == len(predicted)
    if confidence is not None:
        fits &= confidence.ndim == 2 and len(confidence) == len(true)
    if not fits:
        shape = None if confidence is None else confidence.shape
        raise ValueError(
            "true (n,), predicted (n,) and confidence (n, n_classes) must be of the same samples; "
            f"got {true.shape}, {predicted.shape} and {shape}."
        )
    kept = true >= 0
    if not kept.any():
        raise ValueError("true holds no known class: a confusion matrix needs labels.")
    most = int(max(true.max(), predicted.max())) + 1
    if confidence is not None:
        most = max(most, confidence.shape[1])
    names = [str(i) for i in range(most)] if class_names is None else list(class_names)
    if len(names) < most:
        raise ValueError(f"class_names must name {most} classes; got {len(names)}.")
    names = [wording.printable(name, 12) for name in names]
    return true[kept], predicted[kept], None if confidence is None else confidence[kept], names


def _words(numbers: dict[str, Any], most_frequent: float) -> str:
    missing = numbers["without_prediction"]
    return joined(
        f"{numbers['n_right']:,} of {wording.count(numbers['n_samples'], 'sample')} right "
        f"({numbers['accuracy']:.1%})",
        f"most frequent class {most_frequent:.1%}",
        f"{missing:,} without a prediction" if missing else "",
    )


def _draw_matrix(figure: Drawing, counts: Numbers, true: Numbers, names: list[str]) -> AxesImage:
    """Counts as text, the share of each true class as colour."""
    axes = titled_panel(figure, _MATRIX, "share of each true class")
    totals = np.bincount(true, minlength=len(names))[:, None]
    share = np.divide(counts, totals, out=np.full(counts.shape, np.nan), where=totals > 0)
    image = axes.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="equal")
    axes.set_facecolor("#E3E7EA")
    name_classes(axes, names)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    parts.colour_bar(figure, image, _MATRIX_BAR, "share")
    if len(names) <= MOST_NUMBERS:
        write_cells(axes, image, share, "{:,}", counts)
    return image


def _draw_confidence(
    figure: Drawing, true: Numbers, predicted: Numbers, confidence: NDArray[np.float64] | None
) -> Handles:
    """Confidence in the predicted class, of samples that were right and that were wrong."""
    axes = titled_panel(figure, _HISTOGRAM, "confidence in the predicted class")
    of_predicted = np.full(len(true), np.nan)
    if confidence is not None:
        known = (predicted >= 0) & (predicted < confidence.shape[1])
        of_predicted[known] = confidence[known, predicted[known]]
    seen = np.isfinite(of_predicted)
    right = of_predicted[seen & (true == predicted)]
    wrong = of_predicted[seen & (true != predicted)]
    handles = {"confidence_right": right, "confidence_wrong": wrong}
    if not seen.any():
        parts.empty_panel(axes, "no confidence recorded")
        return handles
    # Logits are no probabilities: their axis is as long as they are.
    low, high = min(0.0, np.nanmin(of_predicted)), max(1.0, np.nanmax(of_predicted))
    edges = np.linspace(low, high, 21)
    heights = [np.histogram(values, edges)[0] for values in (right, wrong)]
    for values, height, colour, word, filled in (
        (right, heights[0], style.RIGHT, "right", True),
        (wrong, heights[1], style.WRONG, "wrong", False),
    ):  # fmt: skip
        mean = f", mean {values.mean():.2f}" if values.size else ""
        axes.stairs(
            height, edges, color=colour, fill=filled, alpha=0.55 if filled else 1.0, linewidth=2.0,
            label=f"{word} ({values.size:,}{mean})",
        )  # fmt: skip
    axes.set_xlim(low, high)
    axes.set_ylim(0, max(int(np.max(heights)), 1) * 1.35)
    layout.few_ticks(axes.yaxis, 4)
    axes.set_xlabel("confidence")
    axes.set_ylabel("samples")
    axes.legend(loc="upper left", ncols=2, borderaxespad=0.1, handlelength=1.4, columnspacing=1.2)
    return handles


def _draw_classes(
    figure: Drawing,
    counts: Numbers,
    true: Numbers,
    confidence: NDArray[np.float64] | None,
    names: list[str],
) -> Handles:
    """Of each true class: the share that was right, and the mean confidence in it."""
    axes = titled_panel(figure, _CLASSES, "each true class")
    totals = np.bincount(true, minlength=len(names))
    right = np.divide(np.diag(counts), totals, out=np.full(len(names), np.nan), where=totals > 0)
    sure = np.full(len(names), np.nan)
    places = np.arange(len(names))
    axes.bar(places, np.nan_to_num(right), width=0.72, color=style.RIGHT, alpha=0.55, linewidth=0,
             label="share right")  # fmt: skip
    if confidence is not None:
        for number in range(min(len(names), confidence.shape[1])):
            values = confidence[true == number, number]
            values = values[np.isfinite(values)]
            sure[number] = values.mean() if values.size else np.nan
    if np.isfinite(sure).any():
        axes.plot(
            places, sure, linestyle="none", marker="D", markersize=6, color=style.INK,
            markeredgecolor="white", clip_on=False, label="mean confidence in it",
        )  # fmt: skip
    axes.set_ylim(0, max(1.0, float(np.nanmax(np.append(sure, 0.0)))) * 1.3)
    axes.set_yticks([0.0, 0.5, 1.0])
    axes.set_xlim(-0.6, len(names) - 0.4)
    shown = layout.every_nth_label(len(names), MOST_CLASSES)
    chosen = [names[i] for i in shown]
    axes.set_xticks(shown, chosen, rotation=90 if sum(map(len, chosen)) > 40 else 0)
    axes.tick_params(axis="x", length=0)
    axes.set_xlabel("true class")
    axes.legend(loc="upper left", ncols=2, borderaxespad=0.1, handlelength=1.2, columnspacing=1.2)
    return {"mean_true_confidence": sure}
