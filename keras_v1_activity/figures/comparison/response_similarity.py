"""How alike the responses to different classes are: correlation and mean absolute error."""

import numpy as np

from keras_v1_activity import similarity
from keras_v1_activity.figures.comparison import canvas
from keras_v1_activity.figures.kit import parts

_CORRELATION = (0.065, 0.13, 0.345, 0.70)
_CORRELATION_BAR = (0.42, 0.18, 0.011, 0.6)
_ERROR = (0.572, 0.13, 0.345, 0.70)
_ERROR_BAR = (0.924, 0.18, 0.011, 0.6)
_MOST_NUMBERS = 12
_MOST_NAMES = 25


@canvas.in_own_style
def response_similarity(responses, window_ms=None, label=""):
    """Correlation and mean absolute error between the responses to classes, as two matrices.

    Each entry is the mean over pairs of single trials, one of each class; on the diagonal, over
    pairs of different trials of one class. A class stands out where the diagonal does.

    Args:
        responses: dict of class name -> `Activity` or list of trials.
        window_ms: (first, end) ms in which rates are taken; all where None.
        label: of whom these are the responses, for the headline.

    Returns:
        matplotlib Figure; ``handles``: ``correlation`` and ``error`` (n_classes, n_classes; NaN
        where unknown), ``images``.

    Raises:
        ValueError: no class, or other neurons.

    Example:
        >>> figure = response_similarity({"0": zeros, "1": ones})   # doctest: +SKIP
    """
    correlation, error = similarity.response_similarity(responses, window_ms)
    counts = [len(similarity.trials_of(trials)) for trials in responses.values()]
    trials = f"{min(counts)} to {max(counts)}" if min(counts) < max(counts) else f"{counts[0]}"
    words = canvas.joined(
        parts.count(len(counts), "class").replace("classs", "classes"),
        f"{trials} trials each" if max(counts) > 1 else "one trial each",
        canvas.window_text(window_ms),
        "means over pairs of trials; diagonal: different trials of one class",
    )
    figure = canvas.new_figure("Similarity of responses to classes", words, label)
    names = [parts.printable(name, 12) for name in responses]
    images = [
        _draw_matrix(
            figure, (_CORRELATION, _CORRELATION_BAR), correlation, names,
            "correlation of rates", ("viridis", *_limits(correlation), "{:.2f}"), "Pearson's r",
        ),
        _draw_matrix(
            figure, (_ERROR, _ERROR_BAR), error, names,
            "mean absolute error", ("magma_r", *_limits(error), "{:.1f}"), "Hz",
        ),
    ]  # fmt: skip
    figure.handles |= {"correlation": correlation, "error": error, "images": images}
    return figure


def _limits(values):
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


def _draw_matrix(figure, boxes, values, names, title, look, unit):
    cmap, low, high, form = look
    axes = canvas.panel(figure, boxes[0], title)
    image = axes.imshow(values, cmap=cmap, vmin=low, vmax=high, aspect="equal")
    axes.set_facecolor("#E3E7EA")
    name_classes(axes, names)
    axes.set_xlabel("class")
    axes.set_ylabel("class")
    parts.colour_bar(figure, image, boxes[1], unit)
    if len(names) <= _MOST_NUMBERS:
        write_cells(axes, image, values, form)
    if not np.isfinite(values).any():
        parts.say(axes, "no pair of trials with spikes")
    return image


def name_classes(axes, names):
    """Classes along both axes; every second, third, ... where they are many."""
    shown = parts.every_nth_label(len(names), _MOST_NAMES)
    chosen = [names[i] for i in shown]
    long = max((len(name) for name in chosen), default=0) * len(chosen) > 45
    axes.set_xticks(shown, chosen, rotation=90 if long else 0)
    axes.set_yticks(shown, chosen)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def write_cells(axes, image, values, form, shown=None):
    """The number in each cell, in a colour that can be read on it; "–" where unknown.

    Args:
        axes: where the matrix is drawn.
        image: the matrix, which knows its colours.
        values: (n, n) as coloured; NaN where unknown.
        form: format of a number.
        shown: (n, n) numbers to write in place of `values`.
    """
    shown = values if shown is None else shown
    size = float(np.clip(82 / max(len(values), 1), 7.0, 14.0))
    for (row, column), value in np.ndenumerate(values):
        known = np.isfinite(value)
        red, green, blue, _ = image.cmap(image.norm(value)) if known else (1, 1, 1, 1)
        # Perceived brightness, ITU-R BT.601.
        dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
        text = form.format(shown[row, column]) if known else "–"
        # A rounded −0.00 is 0.
        text = text.replace("-", "−" if text.strip("-0.") else "")
        axes.text(
            column, row, text, ha="center", va="center", fontsize=size,
            color="white" if dark else "black",
        )  # fmt: skip
