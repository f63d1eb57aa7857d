"""A figure as a small PNG file that is whole or not there."""

import os
from io import BytesIO

import numpy as np
from PIL import Image

from keras_v1_activity.figures.style import draw_figure, own_style

MAX_BYTES = 300_000
_COLOURS = (256, 128, 64, 32, 16, 8)
# A palette makes bands of a colour bar; full colour is kept while it costs little.
_WORTH_ALL_COLOURS = 0.4
_OCTREE = Image.Quantize.FASTOCTREE
_MEDIAN_CUT = Image.Quantize.MEDIANCUT


def save_figure(name, activity, path, dpi=100):
    """Draws one figure and writes it as PNG, at most 300 kB at the default size.

    The file appears at once, whole: it is written beside `path` and then moved there.

    Args:
        name: one of `keras_v1_activity.plan.FIGURES`.
        activity: `Activity`.
        path: file to write; its folder must exist.
        dpi: dots per inch; 100 gives 1000 x 600 pixels.

    Returns:
        `path`.

    Raises:
        ValueError: no such figure.
        OSError: the file cannot be written.
    """
    figure = draw_figure(name, activity, dpi=dpi)
    with own_style():
        figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3]
    write_whole(path, png_bytes(pixels, MAX_BYTES * max(1.0, (dpi / 100) ** 2)))
    return path


def png_bytes(pixels, max_bytes):
    """PNG of an image (height, width, 3) uint8 with as many colours as `max_bytes` allows."""
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if image.getcolors(_COLOURS[0]) is None:
        data = _encode(image)
        if len(data) <= max_bytes * _WORTH_ALL_COLOURS:
            return data
    for colours in _COLOURS:
        data = _encode(_with_palette(image, colours))
        if len(data) <= max_bytes:
            break
    return data


def _with_palette(image, colours):
    """At most `colours` colours; exact where the image has no more than that."""
    exact = image.getcolors(colours)
    method = _MEDIAN_CUT if exact is None else _OCTREE
    return image.quantize(colours, method=method, dither=Image.Dither.NONE)


def _encode(image):
    buffer = BytesIO()
    image.save(buffer, format="PNG", compress_level=7)
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
