"""Pictures of an `Activity`, good enough for a talk: one module a figure.

`draw_figure` makes one, `save_figure` writes it as a small PNG, a `Painter` writes many in less
time. `draw_history` and `save_history` show the numbers of a run over its steps. None touches
matplotlib's settings or backend, and none needs pyplot. Figures that compare activities are in
`keras_v1_activity.figures.comparison`.

Example:
    >>> from keras_v1_activity.figures import save_figure
    >>> save_figure("raster", activity, "raster.png")
    'raster.png'
"""

from keras_v1_activity.figures.history import draw_history
from keras_v1_activity.figures.kit.drawing import Drawing
from keras_v1_activity.figures.registry import draw_figure
from keras_v1_activity.figures.saving import Painter, save_figure, save_history

__all__ = [
    "Drawing",
    "Painter",
    "draw_figure",
    "draw_history",
    "save_figure",
    "save_history",
]
