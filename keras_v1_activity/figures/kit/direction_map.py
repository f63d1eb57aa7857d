"""Preferred directions of the neurons on the cortical plane, in the colours of a circle."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, MaxNLocator
from numpy.typing import NDArray

from keras_v1_activity import measures
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.tuning import Tuning
from keras_v1_activity.figures.kit import parts, style, wording
from keras_v1_activity.figures.kit.drawing import AnyFigure, Handles
from keras_v1_activity.figures.kit.scale import Box, Scale, panel

MOST_DOTS: Final = 4_000
_BINS: Final = 24
_WHEEL_PIXELS: Final = 160


def draw(figure: AnyFigure, box: Box, activity: Activity, tuning: Tuning) -> Handles:
    """A dot for each neuron that is tuned; if places are unknown, how many prefer which direction.

    Args:
        figure: where to draw it.
        box: of the map, in figure fractions; the key stands at its right.
        activity: whose neurons they are.
        tuning: their `Tuning`.

    Returns:
        dict: ``map_axes``; ``directions``, (n_neurons,) degrees, NaN where a neuron has none.

    Example:
        >>> from keras_v1_activity.activity import Tuning
        >>> tuning = Tuning([0, 90, 180, 270], np.ones((4, 1, 120)), counted_ms=500)
        >>> drawn = draw(axes.figure, (0.1, 0.1, 0.2, 0.3), activity, tuning)
        >>> bool(np.isnan(drawn["directions"]).all())
        True
    """
    angles = measures.preferred_direction(tuning.rates, tuning.directions_deg)
    axes = panel(figure, box)
    if activity.neurons.positions is None:
        _draw_histogram(axes, angles)
    else:
        _draw_dots(axes, activity.neurons.positions, angles)
        _draw_wheel(figure, box)
    if not np.isfinite(angles).any():
        parts.say(axes, "no tuned neuron", size=11)
    return {"map_axes": axes, "directions": angles}


def _colours(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    # A little darker, so that yellow and cyan are seen on white.
    rgba = colormaps["hsv"]((angles % 360) / 360)
    return rgba * [0.9, 0.85, 0.95, 1]


def _draw_dots(axes: Axes, positions: NDArray[np.float32], angles: NDArray[np.float64]) -> None:
    places = np.asarray(positions, np.float64)[:, [0, 2]]
    low, high = places.min(axis=0), places.max(axis=0)
    pad = max(float((high - low).max()) * 0.04, 10.0)
    axes.set(xlim=(low[0] - pad, high[0] + pad), ylim=(low[1] - pad, high[1] + pad))
    axes.set_aspect("equal")
    axes.set_facecolor(style.PANEL)
    known = np.flatnonzero(np.isfinite(angles))
    shown = known
    if len(known) > MOST_DOTS:
        shown = np.sort(np.random.default_rng(0).choice(known, MOST_DOTS, replace=False))
    size = float(np.clip(900 / max(len(shown), 1), 2.2, 40.0))
    axes.scatter(*places[shown].T, s=size, c=_colours(angles[shown]), linewidths=0, zorder=2)
    # A map has two scales, of which one is enough to be labelled.
    axes.set_xlabel("x (µm)")
    axes.set_ylabel("z (µm)")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    Scale(axes, "bottom", size=9)
    Scale(axes, "left", size=9)
    words = "preferred direction"
    if len(shown) < len(known):
        words += f", {wording.short_number(len(shown))} of {wording.short_number(len(known))}"
    axes.text(0, 1.04, words, transform=axes.transAxes, fontsize=9.5, va="bottom")


def _draw_histogram(axes: Axes, angles: NDArray[np.float64]) -> None:
    edges = np.linspace(0, 360, _BINS + 1)
    counts, _ = np.histogram(angles[np.isfinite(angles)], edges)
    middle = (edges[1:] + edges[:-1]) / 2
    axes.bar(middle, counts, width=360 / _BINS, color=_colours(middle), linewidth=0)
    top = float(counts.max(initial=0))
    axes.set(xlim=(0, 360), ylim=(0, top * 1.12 if top else 1.0))
    axes.xaxis.set_major_locator(FixedLocator([0, 180, 360]))
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.yaxis.set_major_formatter(lambda value, _: wording.short_number(value))
    axes.set_xlabel("preferred direction (°)")
    axes.set_ylabel("neurons")
    Scale(axes, "bottom", size=9)
    Scale(axes, "left", size=9)


def _draw_wheel(figure: AnyFigure, box: Box) -> None:
    """The colours of the directions, as a ring with words around it."""
    left, bottom, width, height = box
    side = 0.034
    axes = panel(figure, (left + width + 0.014, bottom + height * 0.38, side, side / 0.6))
    line = np.linspace(-1, 1, _WHEEL_PIXELS)
    x, y = np.meshgrid(line, line)
    radius = np.hypot(x, y)
    image = _colours(np.degrees(np.arctan2(y, x)))
    image[..., 3] = (radius > 0.5) & (radius < 1)
    axes.imshow(image, extent=(-1, 1, -1, 1), origin="lower", aspect="equal")
    for spine in axes.spines.values():
        spine.set_visible(False)
    for word, place, align in (
        ("0°", (1.15, 0), ("left", "center")),
        ("90°", (0, 1.12), ("center", "bottom")),
        ("270°", (0, -1.15), ("center", "top")),
    ):
        axes.text(*place, word, ha=align[0], va=align[1], fontsize=8)
