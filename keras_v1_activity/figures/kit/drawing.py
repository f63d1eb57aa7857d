"""`Drawing`: a matplotlib Figure that knows by name what was drawn into it."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, SubFigure
from numpy.typing import NDArray

from keras_v1_activity.figures.kit import saving, style
from keras_v1_activity.figures.kit.saving import AnyPath

# What a figure can be drawn into.
AnyFigure: TypeAlias = Figure | SubFigure
# Artists, and the numbers that they show, by name. What is in it differs from figure to figure.
Handles: TypeAlias = dict[str, Any]


class Drawing(Figure):
    """A matplotlib Figure, unknown to pyplot, with the artists and the numbers drawn into it.

    All of matplotlib's methods are there, such as ``savefig``.

    Args:
        size_inches: width and height.
        dpi: dots per inch.

    Attributes:
        handles: dict of name -> artist, or the numbers that it shows.

    Example:
        >>> from keras_v1_activity.figures import draw_figure
        >>> drawing = draw_figure("voltages", activity)
        >>> len(drawing.handles["traces"].get_segments())
        5
        >>> drawing.save("voltages.png")
        'voltages.png'
    """

    handles: Handles

    def __init__(
        self, size_inches: tuple[float, float] = style.SIZE_INCHES, dpi: float = 100
    ) -> None:
        super().__init__(figsize=size_inches, dpi=dpi)
        FigureCanvasAgg(self)
        self.handles = {}

    def save(self, path: AnyPath, dpi: float | None = None) -> AnyPath:
        """Writes a PNG, at most 300 kB at 100 dots per inch; whole or not at all.

        Args:
            path: file to write; its folder must exist.
            dpi: dots per inch; those of the figure if None.

        Returns:
            `path`.

        Raises:
            OSError: the file cannot be written.
        """
        dpi = self.get_dpi() if dpi is None else dpi
        return saving.save_png(self.pixels(dpi), path, dpi)

    def pixels(self, dpi: float | None = None) -> NDArray[np.uint8]:
        """The picture, (height, width, 3), with `dpi` dots per inch instead of the figure's."""
        usual_canvas, usual_dpi = self.canvas, self.get_dpi()
        canvas = FigureCanvasAgg(self)
        try:
            self.set_dpi(usual_dpi if dpi is None else dpi)
            with style.own_style():
                canvas.draw()
            return np.array(canvas.buffer_rgba())[..., :3]
        finally:
            self.set_canvas(usual_canvas)
            self.set_dpi(usual_dpi)
