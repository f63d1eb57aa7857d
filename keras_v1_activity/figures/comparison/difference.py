"""The difference of two activities of the same neurons: where, how much, and in numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator, NullFormatter
from numpy.typing import NDArray

from keras_v1_activity import similarity
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.figures.comparison.canvas import (
    FIRST,
    SECOND,
    in_own_style,
    joined,
    new_drawing,
    titled_panel,
    window_text,
)
from keras_v1_activity.figures.comparison.labels import name_rows
from keras_v1_activity.figures.comparison.plane import Plane, readout_key, top_of
from keras_v1_activity.figures.kit import parts, style, wording
from keras_v1_activity.figures.kit.drawing import Drawing
from keras_v1_activity.similarity import Response, Window

_PLANE = (0.06, 0.115, 0.355, 0.745)
_PLANE_BAR = (0.422, 0.19, 0.011, 0.58)
_SCATTER = (0.56, 0.595, 0.15, 0.265)
_HISTOGRAM = (0.79, 0.595, 0.19, 0.265)
_POPULATIONS = (0.575, 0.1, 0.135, 0.385)
_NUMBERS = (0.75, 0.075, 0.23, 0.4)
_LEFT, _RIGHT = _NUMBERS[0], _NUMBERS[0] + _NUMBERS[2]
_MOST_DOTS = 3_000
_MOST_POPULATIONS = 24
_MOST_SQUARES, _MOST_BINS = 60, 45
Numbers: TypeAlias = NDArray[np.float64]


@in_own_style
def difference(
    first: Response,
    second: Response,
    labels: Sequence[str] = ("A", "B"),
    window_ms: Window | None = None,
) -> Drawing:
    """Rates of `second` minus those of `first`, neuron by neuron.

    On the cortical plane, as a histogram, against each other, by population, and in numbers.

    Args:
        first, second: an `Activity` each, or several trials whose rates are averaged.
        labels: names of the two.
        window_ms: (first, end) ms in which the rates are taken; all if None.

    Returns:
        `Drawing`; its ``handles``: ``difference`` (n_neurons,) Hz, ``metrics`` (as
        `keras_v1_activity.similarity.compare` gives them), ``plane`` (`Plane`; None if the
        positions are not known; the figure then says so), ``histogram`` (counts, edges in Hz).

    Raises:
        ValueError: other neurons in the two, or a window that does not fit.

    Example:
        >>> drawing = difference(trials[0], trials[1], ("step 100", "step 200"))
        >>> drawing.handles["difference"].shape
        (120,)
    """
    labels = tuple(wording.printable(label, 24) for label in labels)
    trials, others = similarity.trials_of(first), similarity.trials_of(second)
    metrics = similarity.compare(trials, others, window_ms, labels)
    rates = [similarity.trial_rates(r, window_ms).mean(axis=0) for r in (trials, others)]
    words = joined(
        f"rates of {labels[1]} minus {labels[0]}", wording.count(trials[0].n_neurons, "neuron"),
        window_text(window_ms), _trials_text(metrics["responses"]),
    )  # fmt: skip
    drawing = new_drawing(f"Difference: {labels[1]} against {labels[0]}", words)
    delta = rates[1] - rates[0]
    drawing.handles |= {"difference": delta, "metrics": metrics}
    drawing.handles["plane"] = _draw_plane(drawing, trials[0].neurons, delta)
    drawing.handles["scatter"] = _draw_scatter(drawing, rates, labels)
    drawing.handles["histogram"] = _draw_histogram(drawing, delta)
    drawing.handles["populations"] = _draw_populations(drawing, trials[0], metrics, labels)
    drawing.handles["numbers"] = _write_numbers(drawing, metrics, labels)
    return drawing


def _trials_text(responses: Sequence[dict[str, Any]]) -> str:
    counts = [response["n_trials"] for response in responses]
    if max(counts) == 1:
        return ""
    if counts[0] == counts[1]:
        return f"mean of {counts[0]} trials each"
    return f"means of {counts[0]} and {counts[1]} trials"


def _draw_plane(figure: Drawing, neurons: Neurons, delta: Numbers) -> Plane | None:
    axes = figure.add_axes(_PLANE)
    if neurons.positions is None:
        parts.empty_panel(axes, "where the neurons lie\nis not known")
        return None
    axes.set_anchor("C")
    plane = Plane(axes, neurons, "RdBu_r", (-1.0, 1.0))
    plane.show(delta)
    shown = delta if plane.bin_um is None else plane.binned(delta)
    top = top_of(shown)
    plane.rescale(-top, top)
    if plane.bin_um is not None:
        axes.set_title(f"means in {plane.bin_um:.0f} µm bins", fontsize=10, color=style.SOFT_INK)
    over = (np.abs(shown) > top).any()
    parts.colour_bar(
        figure, plane.image, _PLANE_BAR, "difference (Hz)", extend="both" if over else "neither"
    )
    rings = plane.mark(neurons.readout_neurons)
    if rings is not None:
        readout_key(figure, rings, 0.475, 0.06)
    return plane


def _draw_scatter(figure: Drawing, rates: Sequence[Numbers], labels: Sequence[str]) -> Artist:
    axes = titled_panel(figure, _SCATTER, "each neuron")
    top = max(float(r.max(initial=0.0)) for r in rates) or 1.0
    axes.plot([0, top], [0, top], color=style.FAINT, linewidth=1.0, zorder=1)
    if len(rates[0]) <= _MOST_DOTS:
        (drawn,) = axes.plot(
            *rates, linestyle="none", marker="o", markersize=3.2, markeredgewidth=0,
            color=style.INK, alpha=0.35, zorder=2,
        )  # fmt: skip
    else:
        edges = _edges(np.concatenate(rates), _MOST_SQUARES)
        counts, *_ = np.histogram2d(*rates, bins=[edges, edges])
        counts[counts == 0] = np.nan
        drawn = axes.imshow(
            counts.T, extent=(edges[0], edges[-1]) * 2, origin="lower", cmap="Greys",
            norm=LogNorm(0.3, max(float(np.nanmax(counts)), 1.0)), interpolation="nearest",
            zorder=2,
        )  # fmt: skip
    axes.set(xlim=(-0.03 * top, top * 1.03), ylim=(-0.03 * top, top * 1.03), aspect="equal")
    axes.set_anchor("W")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(4))
    axes.set_xlabel(f"{labels[0]} (Hz)")
    axes.set_ylabel(f"{labels[1]} (Hz)", labelpad=2)
    return drawn


def _draw_histogram(figure: Drawing, delta: Numbers) -> tuple[NDArray[np.int64], Numbers]:
    axes = titled_panel(figure, _HISTOGRAM, "differences")
    top = float(np.abs(delta).max(initial=0.0)) or 1.0
    edges = _edges(delta, _MOST_BINS)
    counts, _ = np.histogram(delta, edges)
    middle = (edges[1:] + edges[:-1]) / 2
    alike = np.abs(middle) < np.diff(edges) / 2
    colours = np.where(alike, style.SOFT_INK, np.where(middle > 0, "#B2182B", "#2166AC"))
    axes.bar(middle, counts, width=np.diff(edges), color=colours, linewidth=0)
    axes.set_yscale("log")
    axes.set_ylim(0.6, max(float(counts.max(initial=1)), 1.0) * 2)
    axes.yaxis.set_major_formatter(lambda value, _: wording.short_number(value))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(-1.05 * top, 1.05 * top)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel("difference (Hz)")
    axes.set_ylabel("neurons", labelpad=1)
    return counts, edges


def _edges(values: Numbers, most: int) -> Numbers:
    """Edges of at most about `most` bins, of which one has 0 in its middle.

    Rates of spike counts come in steps; bins that are no whole number of them would leave gaps.
    """
    distinct = np.unique(np.round(np.append(values, 0.0), 6))
    if len(distinct) < 2:
        return np.array([-0.5, 0.5])
    least, span = float(np.diff(distinct).min()), float(distinct[-1] - distinct[0])
    width = least * max(np.ceil(span / least / most), 1.0)
    first, last = np.floor(distinct[[0, -1]] / width + 0.5)
    return (np.arange(first, last + 2) - 0.5) * width


def _draw_populations(
    figure: Drawing, activity: Activity, metrics: dict[str, Any], labels: Sequence[str]
) -> Axes:
    """Both mean rates of each population, joined by a line."""
    axes = titled_panel(figure, _POPULATIONS, "populations")
    populations = activity.populations
    rows = np.arange(len(populations.members))
    rates = list(metrics["population_rates"].values())
    pairs = np.array([[rate["first_hz"], rate["second_hz"]] for rate in rates])
    axes.hlines(rows, pairs.min(axis=1), pairs.max(axis=1), color=style.FAINT, linewidth=1.5)
    for column, colour, marker in ((0, FIRST, "o"), (1, SECOND, "D")):
        axes.plot(
            pairs[:, column], rows, linestyle="none", marker=marker, markersize=4.5, color=colour,
            markeredgewidth=0, label=labels[column], clip_on=False, zorder=3,
        )  # fmt: skip
    top = float(pairs.max(initial=0.0))
    axes.set_xlim(0, top * 1.06 if top > 0 else 1.0)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.set_xlabel("rate (Hz)")
    name_rows(axes, populations, _MOST_POPULATIONS)
    return axes


def _write_numbers(figure: Drawing, metrics: dict[str, Any], labels: Sequence[str]) -> list[Text]:
    """The metrics as a small table."""
    responses = _write_responses(figure, metrics, labels)
    # Three texts a line, and a gap below them.
    return [*responses, *_write_comparison(figure, metrics, first_line=len(responses) / 3 + 0.6)]


def _line(number: float) -> float:
    """Height on the figure of a line of the table."""
    _, y, _, height = _NUMBERS
    return y + height - number * height / 10


def _write_responses(figure: Drawing, metrics: dict[str, Any], labels: Sequence[str]) -> list[Text]:
    """What is known of each of the two: three columns, the first with the names."""
    rows = [("", labels[0], labels[1])]
    first, second = metrics["responses"]
    for name, key, form in (
        ("spikes", "n_spikes", wording.short_number),
        ("mean rate (Hz)", "mean_rate_hz", "{:.2f}".format),
        ("active", "active_fraction", "{:.1%}".format),
        ("sparseness", "sparseness", "{:.3f}".format),
    ):
        rows.append((name, *(_number(response[key], form) for response in (first, second))))
    texts = []
    for i, row in enumerate(rows):
        for place, text, align, colour in zip(
            (_LEFT, _RIGHT - 0.083, _RIGHT), row, ("left", "right", "right"),
            (style.SOFT_INK, FIRST, SECOND), strict=True,
        ):  # fmt: skip
            text = wording.printable(text, 16 if align == "left" else 10)
            weight = "bold" if i == 0 else "normal"
            texts.append(
                figure.text(place, _line(i), text, ha=align, va="center", color=colour,
                            fontsize=10, fontweight=weight)
            )  # fmt: skip
    return texts


def _write_comparison(figure: Drawing, metrics: dict[str, Any], first_line: float) -> list[Text]:
    """What compares the two: a name and a number in each line."""
    texts = []
    for i, (name, key, form) in enumerate((
        ("correlation of rates", "rate_correlation", "{:.3f}".format),
        ("cosine of rates", "rate_cosine", "{:.3f}".format),
        ("mean absolute error", "rate_mae_hz", "{:.2f} Hz".format),
        ("difference of mean rates", "relative_rate_difference", "{:+.1%}".format),
    )):  # fmt: skip
        y = _line(first_line + i)
        texts.append(figure.text(_LEFT, y, name, va="center", fontsize=10, color=style.SOFT_INK))
        texts.append(
            figure.text(_RIGHT, y, _number(metrics[key], form), ha="right", va="center",
                        fontsize=10, fontweight="bold")
        )  # fmt: skip
    return texts


def _number(value: float | None, form: Callable[[float], str]) -> str:
    return "unknown" if value is None else wording.true_minus(form(value))
