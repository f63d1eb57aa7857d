"""Natural images from files of the user; nothing in them is run."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.numpy_files import load_arrays
from keras_v1_activity.common.reading import Allowance, TooLarge, check_regular, one_line
from keras_v1_activity.v1.network.unpickle import load_plain_data

_FORMATS = (".npy", ".npz", ".pkl")
# Luminance of red, green and blue (ITU-R BT.601).
_LUMINANCE = np.array([0.299, 0.587, 0.114])
# Of memory that images may take: bytes, and how many times the size of their file.
_ALWAYS, _TIMES = 40_000_000, 8
_IMAGE_BYTES = 300  # besides its pixels
_BLOCK_PIXELS = 100_000
HINT: str = (
    "give a .npy, .npz or .pkl file of an array (image, height, width) or (image, height, width, "
    "3), or of a list or dict of images"
)
"""What a message asks the user for."""


def read_images(path: str | os.PathLike[str]) -> list[NDArray[np.float32]]:
    """Grey images from a file.

    Args:
        path: .npy with one array; .npz with the images under any names; .pkl of an array, a list
            or a dict of arrays. Arrays are (height, width), (height, width, 1 or 3), or stacks of
            these; a stack of images of height and width 3 or less is not understood. An array that
            the file holds several times counts once.

    Returns:
        List of (height, width) float32 arrays, which may differ in size.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is none of these, or holds fewer than two different images.

    Example:
        >>> np.save("images.npy", np.random.default_rng(0).random((3, 20, 30)))
        >>> [image.shape for image in read_images("images.npy")]
        [(20, 30), (20, 30), (20, 30)]
    """
    path = Path(path)
    if path.suffix not in _FORMATS:
        raise ValueError(f"images must be a file of images; got {str(path)!r}: {HINT}.")
    if not path.is_file():
        raise FileNotFoundError(f"images: there is no file {str(path)!r}: {HINT}.")
    images = _images(_read(path), path)
    if not images:
        raise ValueError(f"images: {str(path)!r} holds no images: {HINT}.")
    if not all(np.isfinite(image).all() for image in images):
        raise ValueError(f"images: {str(path)!r} holds NaN or infinite pixels: repair the images.")
    first = _digest(images[0])
    if all(_digest(image) == first for image in images):
        raise ValueError(
            f"images: a change needs at least two different images; {str(path)!r} holds "
            f"{len(images)}."
        )
    return images


def _read(path: Path) -> Any:
    if path.suffix == ".pkl":
        return load_plain_data(path)
    try:
        return load_arrays(path)
    except Exception as error:  # a damaged file can fail in many ways
        raise ValueError(
            f"images: {str(path)!r} cannot be read ({type(error).__name__}: {one_line(error)}): "
            f"{HINT}."
        ) from None


def _images(data: Any, path: Path) -> list[NDArray[np.float32]]:
    """Grey images of all arrays in nested lists and dicts."""
    arrays: dict[int, NDArray[Any]] = {}
    _gather(data, path, arrays)
    allowance = Allowance(check_regular(path), _TIMES, _ALWAYS)
    try:
        for array in arrays.values():
            allowance.take(_bytes_of(array), "its images")
    except TooLarge as error:
        raise ValueError(f"images: {str(path)!r} was not read: {error}; {HINT}.") from None
    return [image for array in arrays.values() for image in _split(array)]


def _gather(data: Any, path: Path, arrays: dict[int, NDArray[Any]]) -> None:
    """Adds each array in nested lists and dicts, under what tells it from others."""
    if id(data) in arrays:
        return
    if isinstance(data, dict):
        data = list(data.values())
    if isinstance(data, (list, tuple)):
        for entry in data:
            _gather(entry, path, arrays)
        return
    array = np.asarray(data)
    if array.dtype.kind not in "biuf" or not 2 <= array.ndim <= 4 or not array.size:
        raise ValueError(
            f"images: {str(path)!r} holds a {type(data).__name__} of shape {array.shape} and type "
            f"{array.dtype} where an image is expected: {HINT}."
        )
    arrays[id(data)] = array


def _is_stack(array: NDArray[Any]) -> bool:
    return array.ndim == 4 or (array.ndim == 3 and array.shape[-1] not in (1, 3))


def _bytes_of(array: NDArray[Any]) -> int:
    """Memory that the grey images of an array take."""
    count = len(array) if _is_stack(array) else 1
    pixels = array.size // (array.shape[-1] if array.ndim - _is_stack(array) == 3 else 1)
    return count * _IMAGE_BYTES + 4 * pixels


def _split(array: NDArray[Any]) -> list[NDArray[np.float32]]:
    """The (height, width) float32 images of one array."""
    coloured = array.ndim > 2 and array.shape[-1] == 3
    if _is_stack(array):
        # One by one: a stack of bytes would take many times its memory.
        return [_grey(image, coloured) for image in array]
    return [_grey(array, coloured)]


def _grey(image: NDArray[Any], coloured: bool) -> NDArray[np.float32]:
    if image.ndim == 2:
        return image.astype(np.float32, order="C")
    grey = np.empty(image.shape[:2], np.float32)
    # Some rows at a time: the product is computed in float64.
    rows = max(1, _BLOCK_PIXELS // max(1, image.shape[1]))
    for start in range(0, len(image), rows):
        part = image[start : start + rows].astype(np.float32)
        grey[start : start + rows] = part @ _LUMINANCE if coloured else part.mean(-1)
    return grey


def _digest(image: NDArray[np.float32]) -> bytes:
    return sha256(image).digest()
