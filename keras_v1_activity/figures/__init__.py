"""Pictures of an `Activity`, good enough for a talk: one module a figure.

`draw_figure` makes one, `save_figure` writes it as a small PNG. Neither touches matplotlib's
settings or backend, and neither needs pyplot.

Example:
    >>> from keras_v1_activity.figures import save_figure
    >>> save_figure("raster", activity, "raster.png")   # doctest: +SKIP
"""

from keras_v1_activity.figures.saving import save_figure
from keras_v1_activity.figures.style import draw_figure

__all__ = ["draw_figure", "save_figure"]
