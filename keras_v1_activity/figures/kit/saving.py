"""A picture as a small PNG file that is whole or not there."""

from __future__ import annotations

import os
from io import BytesIO
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from keras_v1_activity.common.atomic_files import replacing

MAX_BYTES: Final = 300_000
SOFTWARE: Final = "keras_v1_activity"
"""What each picture says that it was made by."""
# Of 255, what two neighbouring shades of red, green or blue differ by. The eye does not tell them
# apart, and smoothed edges and noise take a third less space.
_SHADE = 5
_SHADES = (np.rint(np.arange(256) / _SHADE) * _SHADE).astype(np.uint8)
_COLOURS = (256, 128, 64, 32, 16, 8)
_LEVEL = 3
_USUAL_DPI = 100

AnyPath = TypeVar("AnyPath", bound=str | os.PathLike[str])


def save_png(pixels: NDArray[np.uint8], path: AnyPath, dpi: float = _USUAL_DPI) -> AnyPath:
    """Writes a picture as PNG, at most 300 kB at 100 dots per inch, in proportion above.

    The file appears at once, whole.

    Args:
        pixels: (height, width, 3) red, green, blue.
        path: file to write; its folder must exist.
        dpi: dots per inch that the picture was drawn with.

    Returns:
        `path`.

    Raises:
        OSError: the file cannot be written.

    Example:
        >>> save_png(np.zeros((600, 1000, 3), np.uint8), "black.png")
        'black.png'
    """
    data = png_bytes(pixels, int(MAX_BYTES * max(1.0, (dpi / _USUAL_DPI) ** 2)))
    with replacing(path, make_folder=False) as temporary:
        temporary.write_bytes(data)
    return path


def png_bytes(pixels: NDArray[np.uint8], max_bytes: int) -> bytes:
    """PNG of an image (height, width, 3) with as many colours as `max_bytes` allows.

    Example:
        >>> png_bytes(np.zeros((600, 1000, 3), np.uint8), 300_000)[1:4]
        b'PNG'
    """
    image = Image.fromarray(_SHADES[pixels])
    data = _encode(image)
    for colours in _COLOURS:
        if len(data) <= max_bytes:
            break
        data = _encode(image.quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE))
    return data


def _encode(image: Image.Image) -> bytes:
    buffer = BytesIO()
    words = PngImagePlugin.PngInfo()
    # By this a picture of a run is told from one of another program that has its name.
    words.add_text("Software", SOFTWARE)
    image.save(buffer, format="PNG", compress_level=_LEVEL, pnginfo=words)
    return buffer.getvalue()
