"""The direction that each neuron prefers against the one that its network has it tuned to."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.colors import to_rgba_array
from matplotlib.ticker import FixedLocator

from keras_v1_activity import measures
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.tuning import Tuning
from keras_v1_activity.figures.kit import parts, style, wording
from keras_v1_activity.figures.kit.drawing import AnyFigure, Handles
from keras_v1_activity.figures.kit.scale import Box, Scale, panel

MOST_DOTS: Final = 4_000


def draw(figure: AnyFigure, box: Box, activity: Activity, tuning: Tuning) -> Handles:
    """A dot for each neuron that is tuned; on the line, it prefers what it is tuned to.

    Args:
        figure: where to draw it.
        box: of the panel, in figure fractions.
        activity: whose neurons they are; ``activity.neurons.tuning_angles`` must be known.
        tuning: their `Tuning`.

    Returns:
        dict: ``map_axes``; ``directions``, (n_neurons,) preferred, degrees, NaN where a neuron has
        none; ``apart``, the median angle between the two, or None.

    Example:
        >>> from dataclasses import replace
        >>> from keras_v1_activity.activity import Tuning
        >>> tuning = Tuning([0, 90, 180, 270], np.ones((4, 1, 120)), counted_ms=500)
        >>> neurons = replace(activity.neurons, tuning_angles=np.zeros(120))
        >>> known = replace(activity, neurons=neurons)
        >>> draw(axes.figure, (0.1, 0.1, 0.2, 0.3), known, tuning)["apart"] is None
        True
    """
    tuned = activity.neurons.tuning_angles
    assert tuned is not None  # said in the docstring
    angles = measures.preferred_direction(tuning.rates, tuning.directions_deg)
    apart = measures.angles_apart(angles, tuned)
    known = np.flatnonzero(np.isfinite(apart))
    middle = float(np.median(apart[known])) if len(known) else None
    axes = panel(figure, box)
    axes.set_facecolor(style.PANEL)
    axes.plot([0, 360], [0, 360], color=style.SOFT_INK, linewidth=0.8, zorder=1)
    shown = known
    if len(known) > MOST_DOTS:
        shown = np.sort(np.random.default_rng(0).choice(known, MOST_DOTS, replace=False))
    size = float(np.clip(900 / max(len(shown), 1), 1.6, 24.0))
    populations = activity.populations
    colours = to_rgba_array([member.colour for member in populations.members])
    colours = colours if populations.named else to_rgba_array([style.INK] * len(colours))
    axes.scatter(
        tuned[shown] % 360, angles[shown], s=size, c=colours[populations.index[shown]],
        linewidths=0, alpha=0.75, zorder=2,
    )  # fmt: skip
    axes.set(xlim=(0, 360), ylim=(0, 360))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(FixedLocator([0, 90, 180, 270, 360]))
        axis.set_major_formatter(lambda value, _: f"{value:g}" if value % 180 == 0 else "")
    axes.set_xlabel("tuned to (°)")
    axes.set_ylabel("prefers (°)")
    Scale(axes, "bottom", size=9)
    Scale(axes, "left", size=9)
    words = "no tuned neuron"
    if middle is not None:
        words = f"{middle:.0f}° apart, by chance 90°"
        if len(shown) < len(known):
            words += f"; {wording.short_number(len(shown))} of {wording.short_number(len(known))}"
    axes.text(0, 1.04, words, transform=axes.transAxes, fontsize=9.5, va="bottom")
    if middle is None:
        parts.say(axes, words, size=11)
    return {"map_axes": axes, "directions": angles, "apart": middle}
