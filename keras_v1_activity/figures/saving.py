"""Figures of an activity as files: one with `save_figure`, many in less time with a `Painter`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.figures.history import draw_in_any_style as history_in_any_style
from keras_v1_activity.figures.kit.drawing import Drawing
from keras_v1_activity.figures.kit.renderer import Canvas, CopyingRenderer
from keras_v1_activity.figures.kit.saving import AnyPath, save_png
from keras_v1_activity.figures.kit.style import SIZE_INCHES, own_style
from keras_v1_activity.figures.registry import draw_in_any_style
from keras_v1_activity.history import History


def save_figure(name: str, activity: Activity, path: AnyPath, dpi: float = 100) -> AnyPath:
    """Draws one figure and writes it as PNG, at most 300 kB at the default size.

    The file appears at once, whole: it is written beside `path` and then moved there. `Painter`
    does the same faster if many figures are drawn.

    Args:
        name: one of `keras_v1_activity.plan.LOOK_FIGURES`, or ``trace_neuron_17``.
        activity: `Activity`.
        path: file to write; its folder must exist.
        dpi: dots per inch; 100 gives 1000 x 600 pixels.

    Returns:
        `path`.

    Raises:
        ValueError: no such figure, or the activity has no traces of the neuron.
        OSError: the file cannot be written.

    Example:
        >>> save_figure("raster", activity, "raster.png")
        'raster.png'
    """
    return Painter(dpi).save(name, activity, path)


def save_history(history: History, path: AnyPath, dpi: float = 100) -> AnyPath:
    """Draws the numbers of a run over its steps, and writes them as PNG, at most 300 kB.

    The file appears at once, whole.

    Args:
        history: of a run, e.g. ``load_activity("logs").history``.
        path: file to write; its folder must exist.
        dpi: dots per inch; 100 gives 1000 x 600 pixels.

    Returns:
        `path`.

    Raises:
        OSError: the file cannot be written.

    Example:
        >>> from keras_v1_activity import load_activity
        >>> save_history(load_activity("logs").history, "history.png")
        'history.png'
    """
    return Painter(dpi).save_history(history, path)


class Painter:
    """Draws and saves one figure after the other, and keeps the words that come again in each.

    A picture depends on its activity alone, not on what was drawn before. For one thread.

    Args:
        dpi: dots per inch; 100 gives 1000 x 600 pixels.

    Example:
        >>> painter = Painter()
        >>> for name in ("raster", "voltages"):
        ...     painter.save(name, activity, f"{name}.png")
        'raster.png'
        'voltages.png'
    """

    def __init__(self, dpi: float = 100) -> None:
        self._dpi = dpi
        width, height = (round(inches * dpi) for inches in SIZE_INCHES)
        self._renderer = CopyingRenderer(width, height, dpi)

    def pixels(self, name: str, activity: Activity) -> NDArray[np.uint8]:
        """The picture, (height, width, 3).

        Raises:
            ValueError: no such figure, or the activity has no traces of the neuron.
        """
        return self._pixels(partial(draw_in_any_style, name, activity))

    def _pixels(self, draw: Callable[[float], Drawing]) -> NDArray[np.uint8]:
        # Setting the style takes time: once for both.
        with own_style():
            canvas = Canvas(draw(self._dpi), self._renderer)
            canvas.draw()
        return np.array(canvas.buffer_rgba())[..., :3]

    def save(self, name: str, activity: Activity, path: AnyPath) -> AnyPath:
        """Draws one figure and writes it as `save_figure` does.

        Returns:
            `path`.

        Raises:
            ValueError: no such figure, or the activity has no traces of the neuron.
            OSError: the file cannot be written.
        """
        return save_png(self.pixels(name, activity), path, self._dpi)

    def save_history(self, history: History, path: AnyPath) -> AnyPath:
        """Draws the numbers of a run over its steps and writes them as `save_history` does.

        Returns:
            `path`.

        Raises:
            OSError: the file cannot be written.
        """
        return save_png(self._pixels(partial(history_in_any_style, history)), path, self._dpi)
