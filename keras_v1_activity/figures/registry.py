"""Which figures there are: from a name to the function that draws it, and to the figure."""

from __future__ import annotations

import re
from functools import partial
from typing import Final, Protocol

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.figures.health import draw as draw_health
from keras_v1_activity.figures.input import draw as draw_input
from keras_v1_activity.figures.kit.alarm_mark import mark_alarms
from keras_v1_activity.figures.kit.drawing import AnyFigure, Drawing, Handles
from keras_v1_activity.figures.kit.style import own_style
from keras_v1_activity.figures.output import draw as draw_output
from keras_v1_activity.figures.population import draw as draw_population
from keras_v1_activity.figures.predictions import draw as draw_predictions
from keras_v1_activity.figures.raster import draw as draw_raster
from keras_v1_activity.figures.statistics import draw as draw_statistics
from keras_v1_activity.figures.trace_neuron import draw as draw_traces
from keras_v1_activity.figures.tuning import draw as draw_tuning
from keras_v1_activity.figures.voltages import draw as draw_voltages
from keras_v1_activity.plan import LOOK_FIGURES


class DrawFunction(Protocol):
    """The contract of a figure: the function ``draw`` of its module.

    It draws an activity into an empty figure, which has the size and the style that it should have,
    and returns the artists and numbers that it drew, by name.

    Example:
        >>> from keras_v1_activity.figures.raster import draw
        >>> raster: DrawFunction = draw
    """

    def __call__(self, activity: Activity, figure: AnyFigure) -> Handles:
        """Draws `activity` into `figure`."""
        ...


# In the order of `LOOK_FIGURES`. The traces of a neuron have a name of their own for each neuron.
DRAW_FUNCTIONS: Final[dict[str, DrawFunction]] = {
    "raster": draw_raster,
    "voltages": draw_voltages,
    "input": draw_input,
    "population": draw_population,
    "output": draw_output,
    "predictions": draw_predictions,
    "statistics": draw_statistics,
    "tuning": draw_tuning,
    "health": draw_health,
}
_OF_NEURON = re.compile(r"trace_neuron_(\d+)")


def draw_function(name: str) -> DrawFunction:
    """The function that draws the figure `name`.

    Args:
        name: one of `keras_v1_activity.plan.LOOK_FIGURES`, or ``trace_neuron_17`` for the traces of
            neuron 17.

    Raises:
        ValueError: no such figure.

    Example:
        >>> draw_function("raster").__module__
        'keras_v1_activity.figures.raster'
    """
    if name in DRAW_FUNCTIONS:
        return DRAW_FUNCTIONS[name]
    of_neuron = _OF_NEURON.fullmatch(name)
    if of_neuron is None:
        raise ValueError(f"there is no figure {name!r}: choose one of {list(LOOK_FIGURES)}.")
    return partial(draw_traces, neuron=int(of_neuron[1]))


def draw_figure(name: str, activity: Activity, dpi: float = 100) -> Drawing:
    """Draws one figure of an activity.

    Args:
        name: one of `keras_v1_activity.plan.LOOK_FIGURES`, or ``trace_neuron_17`` for the traces of
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
    mark = mark_alarms(drawing, activity)
    if mark is not None:
        drawing.handles["alarms"] = mark
    return drawing
