"""A figure as a small PNG file that is whole or not there."""

import os
from io import BytesIO

import numpy as np
from PIL import Image

from keras_v1_activity.figures.kit.renderer import Canvas, CopyingRenderer
from keras_v1_activity.figures.kit.style import SIZE_INCHES, make_figure, own_style

MAX_BYTES = 300_000
# Of 255, what two neighbouring shades of red, green or blue differ by. The eye does not tell them
# apart, and smoothed edges and noise take a third less space.
_SHADE = 5
_SHADES = (np.rint(np.arange(256) / _SHADE) * _SHADE).astype(np.uint8)
_COLOURS = (256, 128, 64, 32, 16, 8)
_LEVEL = 3


def save_figure(name, activity, path, dpi=100):
    """Draws one figure and writes it as PNG, at most 300 kB at the default size.

    The file appears at once, whole: it is written beside `path` and then moved there. `Painter`
    does the same faster where many figures are drawn.

    Args:
        name: one of `keras_v1_activity.plan.FIGURES`, or ``trace_neuron_17``.
        activity: `Activity`.
        path: file to write; its folder must exist.
        dpi: dots per inch; 100 gives 1000 x 600 pixels.

    Returns:
        `path`.

    Raises:
        ValueError: no such figure.
        OSError: the file cannot be written.
    """
    return Painter(dpi).save(name, activity, path)


class Painter:
    """Draws and saves one figure after the other, and keeps the words that come again in each.

    A picture depends on its activity alone, not on what was drawn before. For one thread.

    Args:
        dpi: dots per inch; 100 gives 1000 x 600 pixels.

    Example:
        >>> painter = Painter()
        >>> for name in ("raster", "voltages"):                      # doctest: +SKIP
        ...     painter.save(name, activity, f"{name}.png")
    """

    def __init__(self, dpi=100):
        self._dpi = dpi
        width, height = (round(inches * dpi) for inches in SIZE_INCHES)
        self._renderer = CopyingRenderer(width, height, dpi)

    def pixels(self, name, activity):
        """The picture, (height, width, 3) uint8.

        Raises:
            ValueError: no such figure.
        """
        with own_style():
            figure = make_figure(name, activity, self._dpi)
            canvas = Canvas(figure, self._renderer)
            canvas.draw()
        return np.array(canvas.buffer_rgba())[..., :3]

    def save(self, name, activity, path):
        """Draws one figure and writes it as `save_figure` does.

        Returns:
            `path`.

        Raises:
            ValueError: no such figure.
            OSError: the file cannot be written.
        """
        most = MAX_BYTES * max(1.0, (self._dpi / 100) ** 2)
        write_whole(path, png_bytes(self.pixels(name, activity), most))
        return path


def png_bytes(pixels, max_bytes):
    """PNG of an image (height, width, 3) uint8 with as many colours as `max_bytes` allows."""
    image = Image.fromarray(_SHADES[pixels])
    data = _encode(image)
    for colours in _COLOURS:
        if len(data) <= max_bytes:
            break
        data = _encode(image.quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE))
    return data


def _encode(image):
    buffer = BytesIO()
    image.save(buffer, format="PNG", compress_level=_LEVEL)
    return buffer.getvalue()


def write_whole(path, data):
    """Writes bytes so that `path` is never seen half written."""
    path = os.fspath(path)
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.remove(temporary)
        raise
