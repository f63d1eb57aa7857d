"""Pictures of an `Activity`, good enough for a talk: one module a figure.

`draw_figure` makes one, `save_figure` writes it as a small PNG, a `Painter` writes many in less
time. None touches matplotlib's settings or backend, and none needs pyplot.

Example:
    >>> from keras_v1_activity.figures import save_figure
    >>> save_figure("raster", activity, "raster.png")   # doctest: +SKIP
"""

from keras_v1_activity.figures.kit.saving import Painter, save_figure
from keras_v1_activity.figures.kit.style import draw_figure

__all__ = ["Painter", "draw_figure", "save_figure"]
