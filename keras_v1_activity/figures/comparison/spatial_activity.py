"""Where the neurons fire: rates on the cortical plane, beside the raster."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity import similarity
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.figures import raster
from keras_v1_activity.figures.comparison.canvas import (
    in_own_style,
    joined,
    new_drawing,
    window_text,
)
from keras_v1_activity.figures.comparison.plane import Plane, need_positions, readout_key, top_of
from keras_v1_activity.figures.kit import parts, style
from keras_v1_activity.figures.kit.drawing import AnyFigure, Drawing, Handles
from keras_v1_activity.similarity import Window

_WIDTHS = (6.0, 10.0)
_HEIGHT = 6.0
_BOX = (0.13, 0.1, 0.7, 0.745)
_BAR = (0.855, 0.15, 0.022, 0.645)


@in_own_style
def spatial_activity(activity: Activity, window_ms: Window | None = None) -> Drawing:
    """Mean rates on the cortical plane (x, z in um), readout neurons marked, beside the raster.

    Up to 4,000 neurons have a dot each; more are averaged in square bins.

    Args:
        activity: `Activity` whose neurons have positions.
        window_ms: (first, end) ms in which the rates are taken, marked in the raster; all if None.

    Returns:
        `Drawing`, 16 x 6 inches; its ``handles``: ``plane`` (`Plane`), ``rates`` (n_neurons,)
        Hz, ``readout`` (Line2D or None), ``bar``, and ``raster``, the handles of that figure.

    Raises:
        ValueError: the positions of the neurons are not known, or the window does not fit.

    Example:
        >>> spatial_activity(trials[0], window_ms=(50, 200)).handles["rates"].shape
        (120,)
    """
    need_positions(activity)
    rates = similarity.rates_in(activity, window_ms)
    drawing = new_drawing("", size_inches=(sum(_WIDTHS), _HEIGHT))
    left, right = drawing.subfigures(1, 2, width_ratios=_WIDTHS)
    drawing.handles |= {"rates": rates, **_draw_plane(left, activity.neurons, rates, window_ms)}
    drawn = raster.draw(activity, right)
    if window_ms is not None:
        for of_time in (drawn["axes"], drawn["rate_axes"]):
            for edge in window_ms:
                of_time.axvline(
                    edge, color=style.INK, linewidth=1.0, linestyle=(0, (4, 3)), zorder=4
                )
    drawing.handles["raster"] = drawn
    return drawing


def _draw_plane(
    left: AnyFigure, neurons: Neurons, rates: NDArray[np.float64], window_ms: Window | None
) -> Handles:
    left.text(_BOX[0], 0.965, "Cortical plane", fontsize=14, fontweight="bold", va="center")
    axes = left.add_axes(_BOX)
    axes.set_anchor("W")
    plane = Plane(axes, neurons, "inferno", (0.0, 1.0), night=True)
    plane.show(rates)
    shown = rates if plane.bin_um is None else plane.binned(rates)
    top = top_of(shown)
    plane.rescale(0.0, top)
    words = joined(
        "each neuron" if plane.bin_um is None else f"means in {plane.bin_um:.0f} µm bins",
        window_text(window_ms),
    )
    parts.caption(left, words, left=_BOX[0])
    bar = parts.colour_bar(left, plane.image, _BAR, "rate (Hz)", extend=_extend(shown, top))
    rings = plane.mark(neurons.readout_neurons)
    if rings is not None:
        readout_key(left, rings, 0.97, 0.922)
    if not rates.any():
        parts.say(axes, "no spikes")
    return {"plane": plane, "readout": rings, "bar": bar}


def _extend(values: NDArray[np.float64], top: float) -> parts.Extend:
    return "max" if (values > top).any() else "neither"
