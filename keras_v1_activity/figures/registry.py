"""Which figures there are: from a name to the function that draws it, and to the figure."""

from __future__ import annotations

import re
from functools import partial
from typing import Final, Protocol

from matplotlib.figure import FigureBase

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.figures import (
    input,
    output,
    population,
    predictions,
    raster,
    trace_neuron,
    voltages,
)
from keras_v1_activity.figures.kit.drawing import Drawing, Handles
from keras_v1_activity.figures.kit.style import own_style
from keras_v1_activity.plan import FIGURES


class DrawFunction(Protocol):
    """Draws an activity into an empty figure and returns what it drew, by name."""

    def __call__(self, activity: Activity, figure: FigureBase) -> Handles:
        """Draws; the figure has the size and the style that it should have."""
        ...


class FigureModule(Protocol):
    """What a module of this folder must have to be a figure."""

    def draw(self, activity: Activity, figure: FigureBase) -> Handles:
        """Draws an activity into an empty figure and returns what it drew, by name."""
        ...


MODULES: Final[dict[str, FigureModule]] = {
    "raster": raster,
    "voltages": voltages,
    "input": input,
    "population": population,
    "output": output,
    "predictions": predictions,
}
_OF_NEURON = re.compile(r"trace_neuron_(\d+)")


def draw_function(name: str) -> DrawFunction:
    """The function that draws the figure `name`.

    Args:
        name: one of `keras_v1_activity.plan.FIGURES`, or ``trace_neuron_17`` for the traces of
            neuron 17.

    Raises:
        ValueError: no such figure.

    Example:
        >>> draw_function("raster").__module__
        'keras_v1_activity.figures.raster'
    """
    if name in MODULES:
        return MODULES[name].draw
    of_neuron = _OF_NEURON.fullmatch(name)
    if of_neuron is None:
        raise ValueError(f"there is no figure {name!r}: choose one of {list(FIGURES)}.")
    return partial(trace_neuron.draw, neuron=int(of_neuron[1]))


def draw_figure(name: str, activity: Activity, dpi: float = 100) -> Drawing:
    """Draws one figure of an activity.

    Args:
        name: one of `keras_v1_activity.plan.FIGURES`, or ``trace_neuron_17`` for the traces of
            neuron 17.
        activity: `Activity`.
        dpi: dots per inch that big rasters are binned for; the figure is 10 x 6 inches.

    Returns:
        `Drawing`: a matplotlib Figure with a canvas of its own, unknown to pyplot. What was drawn
        is in its ``handles``; ``save`` writes it as a small PNG.

    Raises:
        ValueError: no such figure, or the activity has no traces of the neuron.

    Example:
        >>> draw_figure("raster", activity).handles["title"].get_text()
        'Spike raster, step 100'
    """
    with own_style():
        return draw_in_any_style(name, activity, dpi)


def draw_in_any_style(name: str, activity: Activity, dpi: float) -> Drawing:
    """As `draw_figure`, in whatever style is set: see `own_style`.

    Example:
        >>> with own_style():
        ...     drawing = draw_in_any_style("input", activity, dpi=100)
    """
    drawing = Drawing(dpi=dpi)
    drawing.handles |= draw_function(name)(activity, drawing)
    return drawing
