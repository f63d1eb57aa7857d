"""Spike raster: every spike of every neuron, and the population spike rate below it.

In which order the neurons stand is in `kit.raster_rows`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.image import AxesImage
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import StepPatch
from numpy.typing import NDArray

from keras_v1_activity import measures
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.figures.kit import layout, parts, style, wording
from keras_v1_activity.figures.kit.drawing import AnyFigure, Handles
from keras_v1_activity.figures.kit.raster_rows import (
    is_sorted_by_tuning,
    name_bands,
    row_of_each_neuron,
)
from keras_v1_activity.figures.kit.scale import Scale, panel

# Above this many spikes, dots overlap and cost time; they are then binned to pixels.
MOST_DOTS: Final = 15_000
MOST_ROWS_OF_DOTS: Final = 5_000
# The faintest lit pixel: a single spike beside fuller pixels must still be seen on a slide.
LEAST_INTENSITY: Final = 0.5
_BOX = (0.115, 0.285, 0.845, 0.595)
_RATE_BOX = (0.115, 0.095, 0.845, 0.135)
_RATE_BINS = 150
_HEIGHT_POINTS = _BOX[3] * style.SIZE_INCHES[1] * 72


def draw(activity: Activity, figure: AnyFigure) -> Handles:
    """Draws the raster of `activity` into `figure`.

    Returns:
        dict: ``axes``, ``rate_axes``, ``rate`` (the stairs), ``dots`` (Line2D by population name)
        or ``image`` (AxesImage, RGB, one pixel or more a bin), ``labels``, ``title``, ``verdict``.

    Example:
        >>> from keras_v1_activity.figures import draw_figure
        >>> sorted(draw_figure("raster", activity).handles["dots"])[:3]
        ['e23Cux2', 'e4Nr5a1', 'e4Rorb']
    """
    handles = parts.headline(figure, activity, "Spike raster", left=_BOX[0], right=0.96)
    axes = panel(figure, _BOX)
    _prepare(axes, activity)
    if activity.silent:
        parts.say(axes, f"no spikes in {layout.duration_ms(activity):g} ms")
    elif activity.n_spikes <= MOST_DOTS and activity.n_neurons <= MOST_ROWS_OF_DOTS:
        handles["dots"] = _draw_dots(axes, activity)
    else:
        handles["image"] = _draw_pixels(axes, activity, figure)
    handles["labels"] = name_bands(axes, activity, _HEIGHT_POINTS)
    handles["readout"] = _mark_readout(axes, activity)
    handles["legend"] = _legend(figure, activity)
    rate_axes = panel(figure, _RATE_BOX)
    handles["rate"] = _draw_rate(rate_axes, activity)
    return {**handles, "axes": axes, "rate_axes": rate_axes}


def _prepare(axes: Axes, activity: Activity) -> None:
    axes.set_xlim(0, layout.duration_ms(activity))
    axes.set_ylim(max(activity.n_neurons, 1), 0)
    axes.spines["left"].set_visible(False)
    if is_sorted_by_tuning(activity):
        axes.text(
            0.0, -0.046, "rows of each population by preferred direction",
            transform=axes.transAxes, va="top", fontsize=9, color=style.SOFT_INK,
        )  # fmt: skip


def _draw_dots(axes: Axes, activity: Activity) -> dict[str, Line2D]:
    """One marker a spike, all of a population in one artist; y is the middle of its row."""
    populations = activity.populations
    rows = row_of_each_neuron(activity)[activity.spike_neurons] + 0.5
    owner = populations.index[activity.spike_neurons]
    points_a_row = _HEIGHT_POINTS / activity.n_neurons
    size = float(np.clip(points_a_row * 0.8, 1.7, 5.0))
    dots = {}
    for i, population in enumerate(populations.members):
        mine = owner == i
        (dots[population.name],) = axes.plot(
            activity.spike_times[mine], rows[mine], linestyle="none", marker="o", markersize=size,
            markeredgewidth=0, color=population.colour, clip_on=False, zorder=3,
        )  # fmt: skip
    return dots


def _draw_pixels(axes: Axes, activity: Activity, figure: AnyFigure) -> AxesImage:
    width, height = figure.bbox.size
    image = bin_to_pixels(activity, int(width * _BOX[2]), int(height * _BOX[3]))
    extent = (0, layout.duration_ms(activity), activity.n_neurons, 0)
    return axes.imshow(image, extent=extent, aspect="auto", interpolation="nearest", zorder=1)


def bin_to_pixels(activity: Activity, width: int, height: int) -> NDArray[np.uint8]:
    """The raster as an RGB image (rows, columns, 3), uint8, at most `height` x `width`.

    A pixel lights if and only if at least one spike falls into it. Its colour is that of the
    smallest population that fired in it, so that rare cell types do not drown; its intensity
    grows with the number of spikes.

    Example:
        >>> bin_to_pixels(activity, width=100, height=50).shape
        (50, 100, 3)
    """
    columns = max(min(width, activity.n_steps), 1)
    rows = max(min(height, activity.n_neurons), 1)
    populations = activity.populations
    x = activity.spike_steps.astype(np.int64) * columns // max(activity.n_steps, 1)
    y = row_of_each_neuron(activity)[activity.spike_neurons] * rows // max(activity.n_neurons, 1)
    pixel = y * columns + x
    counts = np.bincount(pixel, minlength=rows * columns)
    lit = counts > 0
    small_last = np.argsort(np.argsort(-populations.counts, kind="stable"))
    rank = np.zeros(rows * columns, np.int64)
    np.maximum.at(rank, pixel, small_last[populations.index[activity.spike_neurons]])
    palette = np.array([to_rgb(population.colour) for population in populations.members])
    colour = palette[np.argsort(small_last)][rank]
    image = np.ones((rows * columns, 3))
    strength = _intensity(counts[lit])[:, None]
    image[lit] = 1 - strength * (1 - colour[lit])
    return np.rint(image.reshape(rows, columns, 3) * 255).astype(np.uint8)


def _intensity(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """From LEAST_INTENSITY for one spike to 1 for the fullest pixels."""
    full = np.percentile(counts, 99) if counts.size else 1
    # One or two spikes a pixel is chance, not density: all of them in full colour.
    if full <= 2:
        return np.ones(counts.size)
    share = np.clip((counts - 1) / (full - 1), 0, 1)
    return LEAST_INTENSITY + (1 - LEAST_INTENSITY) * np.sqrt(share)


def _mark_readout(axes: Axes, activity: Activity) -> Line2D | None:
    """Small triangles at the right edge, pointing at the rows of the readout neurons."""
    readout = activity.neurons.readout_neurons
    if len(readout) == 0:
        return None
    (marks,) = axes.plot(
        np.full(len(readout), 1.009), row_of_each_neuron(activity)[readout] + 0.5, linestyle="none",
        marker="<", markersize=5, markeredgewidth=0, color=style.READOUT, alpha=0.75,
        transform=axes.get_yaxis_transform(), clip_on=False,
    )  # fmt: skip
    return marks


def _legend(figure: AnyFigure, activity: Activity) -> Legend | None:
    """Cell classes, the readout mark, and how many neurons and spikes there are."""
    neurons = wording.count(activity.n_neurons, "neuron")
    spikes = wording.count(activity.n_spikes, "spike")
    rate = f"mean rate {wording.rate_text(activity.mean_rate)}"
    parts.caption(figure, f"{neurons}, {spikes}, {rate}", left=_BOX[0])
    entries = [
        Line2D([], [], linestyle="none", marker="s", markersize=7, color=colour, label=label)
        for label, colour in _class_colours(activity)
    ]
    if len(activity.neurons.readout_neurons):
        entries.append(
            Line2D([], [], linestyle="none", marker="<", markersize=6, color=style.READOUT,
                   label="readout")
        )  # fmt: skip
    if not entries:
        return None
    return figure.legend(
        handles=entries, loc="center right", bbox_to_anchor=(0.967, 0.922), ncols=len(entries),
        handletextpad=0.1, columnspacing=0.9, borderpad=0, borderaxespad=0, fontsize=9.5,
    )  # fmt: skip


def _class_colours(activity: Activity) -> list[tuple[str, str]]:
    """(class, colour of its largest population) for each cell class there is."""
    largest: dict[str, tuple[int, str]] = {}
    members = activity.populations.members
    for population, count in zip(members, activity.populations.counts, strict=True):
        name = population.cell_class
        if name and count > largest.get(name, (0, ""))[0]:
            largest[name] = (count, population.colour)
    # Excitatory first, as in every table of the field.
    return [(name, largest[name][1]) for name in sorted(largest, key=lambda n: (n != "Exc", n))]


def _draw_rate(axes: Axes, activity: Activity) -> StepPatch:
    """Population spike rate over time, all neurons, Hz."""
    bin_ms = max(layout.nice_bin_ms(activity, _RATE_BINS), min(5.0, layout.duration_ms(activity)))
    stairs = parts.rate_over_time(axes, activity, bin_ms)
    Scale(axes, "left")
    width = measures.bin_width(activity, bin_ms) * activity.dt
    axes.text(
        1.0, 1.04, f"mean of all neurons, {width:g} ms bins", transform=axes.transAxes, ha="right",
        va="bottom", fontsize=9, color=style.SOFT_INK,
    )  # fmt: skip
    return stairs
