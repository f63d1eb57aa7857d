"""The rows of the raster: in which order the neurons stand, and the names of their bands."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Text
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.figures.kit import layout, style, wording
from keras_v1_activity.figures.kit.scale import Scale

# Height of a line of names, points.
_LINE_POINTS = 13.5


class Band(NamedTuple):
    """Rows next to each other that share a layer, or a population if no layer is known.

    Attributes:
        label: name of the layer or population.
        colour: of the name.
        start: first row.
        end: row after the last.

    Example:
        >>> Band("L1", "black", 0, 4).middle
        2.0
    """

    label: str
    colour: str
    start: int
    end: int

    @property
    def middle(self) -> float:
        """Where its middle is, in rows."""
        return (self.start + self.end) / 2


def row_of_each_neuron(activity: Activity) -> NDArray[np.int64]:
    """(n_neurons,) row of each neuron, 0 at the top.

    Neurons stand in the order of `Populations.order`: from layer 1 down, the excitatory population
    of a layer first. In a population they stand by the direction that they are tuned to, if that is
    known of all, else by neuron id.

    Example:
        >>> rows = row_of_each_neuron(activity)
        >>> rows[activity.populations.order[:3]]
        array([0, 1, 2])
    """
    if not is_sorted_by_tuning(activity):
        return activity.populations.row
    angles = activity.neurons.tuning_angles
    assert angles is not None  # they are sorted by them
    rows = np.empty(activity.n_neurons, np.int64)
    rows[np.lexsort((angles % 360, activity.populations.index))] = np.arange(activity.n_neurons)
    return rows


def is_sorted_by_tuning(activity: Activity) -> bool:
    """Whether the direction that each neuron is tuned to is known, and gives the order.

    Example:
        >>> is_sorted_by_tuning(activity)
        False
    """
    angles = activity.neurons.tuning_angles
    return angles is not None and bool(np.isfinite(angles).all())


def bands(activity: Activity) -> list[Band]:
    """The bands from the top down.

    Example:
        >>> [band.label for band in bands(activity)]
        ['L1', 'L2/3', 'L4', 'L5', 'L6']
    """
    found: list[Band] = []
    end = 0
    for population, count in zip(
        activity.populations.members, activity.populations.counts, strict=True
    ):
        start, end = end, end + int(count)
        label = (
            f"L{population.layer}" if population.layer else wording.printable(population.name, 10)
        )
        colour = style.INK if population.layer else population.colour
        if found and population.layer and found[-1].label == label:
            found[-1] = found[-1]._replace(colour=colour, end=end)
        else:
            found.append(Band(label, colour, start, end))
    return found


def name_bands(axes: Axes, activity: Activity, height_points: float) -> list[Text]:
    """Brackets and names at the left; if names do not all fit, those of the largest bands.

    Args:
        axes: of the raster, a row a neuron.
        activity: `Activity`; if its populations have no names, the rows are numbered instead.
        height_points: height of the raster.

    Returns:
        The names.

    Example:
        >>> _ = axes.set_ylim(activity.n_neurons, 0)
        >>> len(name_bands(axes, activity, height_points=300))
        5
    """
    if not activity.populations.named:
        axes.spines["left"].set_visible(True)
        layout.few_ticks(axes.yaxis, 6)
        axes.set_ylabel("neuron")
        Scale(axes, "left")
        return []
    every = bands(activity)
    gap = activity.n_neurons * _LINE_POINTS / height_points
    shown = _bands_to_name(every, gap, activity.n_neurons)
    labels = _write_names(axes, shown, gap, activity.n_neurons)
    _draw_brackets(axes, every, gap)
    return labels


def _bands_to_name(every: list[Band], gap: float, height: int) -> list[Band]:
    """All bands if their names fit; else the largest ones that are `gap` apart."""
    if len(every) * gap <= height:
        return every
    shown: list[Band] = []
    for band in sorted(every, key=lambda band: band.start - band.end):
        if all(abs(band.middle - other.middle) >= gap for other in shown):
            shown.append(band)
    return sorted(shown, key=lambda band: band.start)


def _write_names(axes: Axes, shown: list[Band], gap: float, n_neurons: int) -> list[Text]:
    """The names, each joined by a line to the middle of its band."""
    middles = [band.middle for band in shown]
    places = layout.spread_labels(middles, gap, gap / 2, n_neurons - gap / 2)
    side = axes.get_yaxis_transform()
    size = 10 if max(len(band.label) for band in shown) <= 8 else 7.5
    labels = []
    for band, place in zip(shown, places, strict=True):
        axes.plot(
            [-0.022, -0.011, -0.011], [place, band.middle, band.middle], transform=side,
            clip_on=False, color=style.FAINT, linewidth=0.8, zorder=2,
        )  # fmt: skip
        labels.append(
            axes.text(
                -0.026, place, band.label, transform=side, ha="right", va="center",
                color=band.colour, fontsize=size, fontweight="bold",
            )
        )  # fmt: skip
        axes.axhline(band.start, color=style.FAINT, linewidth=0.6, zorder=0)
    return labels


def _draw_brackets(axes: Axes, every: list[Band], gap: float) -> None:
    """A bar beside the rows of each band."""
    for band in every:
        pad = min((band.end - band.start) * 0.1, gap * 0.08)
        axes.plot(
            [-0.008, -0.008], [band.start + pad, band.end - pad],
            transform=axes.get_yaxis_transform(), clip_on=False, color=band.colour, linewidth=2.2,
            solid_capstyle="butt",
        )  # fmt: skip
