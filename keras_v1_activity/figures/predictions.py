"""Several samples of a batch side by side: a small raster over the confidence in each class."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity, BatchView
from keras_v1_activity.figures.kit import layout, parts, style, wording
from keras_v1_activity.figures.kit.confidence import draw_confidence
from keras_v1_activity.figures.kit.drawing import AnyFigure, Handles
from keras_v1_activity.figures.kit.scale import Box, Scale, panel

MOST_SAMPLES: Final = 8
_A_ROW = 4
_NEURONS = 400


def draw(activity: Activity, figure: AnyFigure) -> Handles:
    """Draws the samples of `activity.batch`, or the one sample if there is no batch.

    Returns:
        dict: ``samples``, a list of dicts with ``axes``, ``dots`` (one Line2D by population),
        ``bar_axes``, ``bars``, ``title``; and ``title`` of the figure.

    Example:
        >>> from keras_v1_activity.figures import draw_figure
        >>> len(draw_figure("predictions", activity).handles["samples"])
        1
    """
    batch = activity.batch if activity.batch is not None else single(activity)
    left = 0.085
    step = f", step {activity.step:,}" if activity.step else ""
    title = figure.text(
        left, 0.965, f"Predictions{step}", fontsize=14, fontweight="bold", va="center"
    )
    n = min(len(batch.samples), MOST_SAMPLES)
    if n == 0:
        axes = panel(figure, (0.085, 0.1, 0.885, 0.78))
        note = parts.empty_panel(axes, "no samples recorded")
        return {"title": title, "samples": [], "axes": axes, "note": note}
    parts.caption(figure, _caption(activity, batch, n), left=left)
    if _scored(batch):
        words, colour = _score(batch)
        figure.text(0.97, 0.965, words, fontsize=13, color=colour, ha="right", va="center",
                    fontweight="bold")  # fmt: skip
    samples = [_draw_sample(figure, activity, batch, i, n, left) for i in range(n)]
    return {"title": title, "samples": samples}


def single(activity: Activity) -> BatchView:
    """The recorded sample alone, as a batch of one, thinned as a batch would be.

    Example:
        >>> single(activity).spikes.shape
        (1, 200, 120)
    """
    neurons = activity.populations.spread(_NEURONS)
    position = np.full(activity.n_neurons, -1, np.int64)
    position[neurons] = np.arange(len(neurons))
    shown = position[activity.spike_neurons]
    spikes = np.zeros((1, activity.n_steps, len(neurons)), bool)
    spikes[0, activity.spike_steps[shown >= 0], shown[shown >= 0]] = True
    label = -1 if activity.label is None else activity.label
    confidences = None if activity.confidence is None else activity.confidence[None]
    return BatchView(
        np.array([activity.sample_index]), neurons, spikes, np.array([label]), confidences
    )


def _scored(batch: BatchView) -> bool:
    return bool(np.any((batch.labels >= 0) & (batch.predictions >= 0)))


def _score(batch: BatchView) -> tuple[str, str]:
    known = (batch.labels >= 0) & (batch.predictions >= 0)
    right = int((batch.labels == batch.predictions)[known].sum())
    return f"{right} of {int(known.sum())} right", style.INK


def _caption(activity: Activity, batch: BatchView, n: int) -> str:
    words = (
        f"{wording.count(len(batch.neurons), 'neuron')} of {activity.n_neurons:,} in each raster"
    )
    if n > _A_ROW:
        words += f", 0 to {layout.duration_ms(activity):g} ms"
    if n < len(batch.samples):
        words += f"; {n} of {len(batch.samples)} samples"
    if not _scored(batch) and batch.confidences is None and (batch.labels < 0).all():
        words += "; neither labels nor predictions are known"
    return words


def _place(i: int, n: int, left: float) -> tuple[Box, Box]:
    """Boxes of the raster and the bars of sample i of n, in figure fractions."""
    columns = min(n, _A_ROW)
    rows = -(-n // _A_ROW)
    gap = 0.03 if columns > 2 else 0.05
    width = (0.97 - left - gap * (columns - 1)) / columns
    cell = (0.87 - 0.035) / rows
    x = left + (i % columns) * (width + gap)
    top = 0.87 - (i // columns) * cell
    bars = 0.22 * cell
    gap_below_raster = 0.095 if rows == 1 else 0.025
    raster = cell - bars - gap_below_raster - (0.145 if rows == 1 else 0.115)
    below = top - 0.045 - raster
    return (x, below, width, raster), (x, below - gap_below_raster - bars, width, bars)


def _draw_sample(
    figure: AnyFigure, activity: Activity, batch: BatchView, i: int, n: int, left: float
) -> Handles:
    raster_box, bars_box = _place(i, n, left)
    first = i % _A_ROW == 0
    axes = panel(figure, raster_box)
    dots = _draw_raster(axes, activity, batch, i)
    layout.time_axis(axes, activity, label=n <= _A_ROW, most=3)
    axes.xaxis.labelpad = 1
    if first:
        axes.set_ylabel("neuron")
        Scale(axes, "left", labels=False, ticks=False)
    words, colour = wording.verdict(batch.labels[i], batch.predictions[i])
    title = axes.set_title(words, color=colour, fontweight="bold", fontsize=_title_size(n), pad=5)
    bar_axes = panel(figure, bars_box)
    confidence = None if batch.confidences is None else batch.confidences[i]
    bars = draw_confidence(
        bar_axes, confidence, batch.labels[i], batch.predictions[i], small=n > 1, first=first
    )
    if batch.confidences is not None:
        _share_scale(bar_axes, batch.confidences[:n])
    if i < n - _A_ROW:
        bar_axes.set_xlabel("")
    return {"axes": axes, "dots": dots, "title": title, "bar_axes": bar_axes, **bars}


def _share_scale(axes: Axes, confidences: NDArray[np.float32]) -> None:
    """One scale for all samples, so that their bars can be compared."""
    shown = np.asarray(confidences, np.float64)
    shown = shown[np.isfinite(shown)]
    low, high = min(shown.min(initial=0.0), 0.0), shown.max(initial=0.0)
    axes.set_ylim(low * 1.1, low + 1.35 * ((high - low) or 1.0))


def _title_size(n: int) -> float:
    return {1: 13, 2: 12, 3: 11}.get(n, 9.5)


def _draw_raster(axes: Axes, activity: Activity, batch: BatchView, i: int) -> dict[str, Line2D]:
    """Dots at spike times, a row a neuron, in the order and colours of the populations."""
    populations = activity.populations
    steps, rows = np.nonzero(batch.spikes[i])
    owner = populations.index[batch.neurons[rows]] if len(rows) else rows
    size = 3.0 if batch.spikes.shape[2] <= 60 else 2.2 if len(batch.samples) == 1 else 1.6
    dots = {}
    for k in np.unique(owner):
        mine = owner == k
        population = populations.members[k]
        (dots[population.name],) = axes.plot(
            steps[mine] * activity.dt, rows[mine] + 0.5, linestyle="none", marker="o",
            markersize=size, markeredgewidth=0, color=population.colour,
        )  # fmt: skip
    axes.set_ylim(max(len(batch.neurons), 1), 0)
    if not dots:
        parts.say(axes, "no spikes", size=10)
    return dots
