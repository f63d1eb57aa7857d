"""Reading numbers from MATLAB files, with memory in proportion to the file."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.hdf5_reading import open_hdf5
from keras_v1_activity.common.reading import TooLarge, open_regular

_HEADER_BYTES: Final = 128
_MATRIX, _PACKED = 14, 15  # types of the elements of a MATLAB 5 file
_ALWAYS, _TIMES = 12_000_000, 2
_DEEPEST: Final = 8


def read_matlab_numbers(path: Path, name: str) -> NDArray[Any]:
    """A variable of a MATLAB file of version 5 to 7.3, as a flat array.

    Args:
        path: the file.
        name: of the variable.

    Raises:
        ImportError: scipy, which reads versions 5 to 7, is not installed.
        Exception: scipy and h5py raise many kinds for a damaged file.

    Example:
        >>> from scipy.io import savemat
        >>> savemat("noise.mat", {"additive_noise": [0.5, -1.0]})
        >>> read_matlab_numbers(Path("noise.mat"), "additive_noise")
        array([ 0.5, -1. ])
    """
    from scipy.io import loadmat

    with open_regular(path) as file:
        content = file.read()
    if h5py.is_hdf5(path):  # version 7.3
        with open_hdf5(path, only=[name], times=_TIMES) as hdf5:
            # MATLAB stores columns first.
            values = np.asarray(hdf5[name][()]).T
    else:
        limit = _ALWAYS + _TIMES * len(content)
        values = loadmat(io.BytesIO(_unpacked(content, limit)), variable_names=[name])[name]
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "biuf":
        raise TypeError(f"{name} holds no numbers")
    return values.reshape(-1)


def _unpacked(content: bytes, limit: int) -> bytes:
    """A MATLAB 5 file without compression, of which every length is true."""
    order = {b"IM": "<", b"MI": ">"}.get(content[126:128])
    if len(content) < _HEADER_BYTES or order is None or 0 in content[:4]:
        raise ValueError("it is no MATLAB file of version 5 to 7.3")
    parts, place, total = [content[:_HEADER_BYTES]], _HEADER_BYTES, 0
    while place < len(content):
        kind, length = _tag(content, place, order)
        data = content[place + 8 : place + 8 + length]
        if len(data) < length:
            raise ValueError("it ends early")
        place += 8 + length
        if kind == _PACKED:
            data = _inflated(data, limit - total)
            kind, length = _tag(data, 0, order)
            data = data[8:]
            if len(data) < length:
                raise ValueError("it ends early")
        total += len(data)
        if kind == _MATRIX:
            _check_elements(data, order, 0)
        parts.append(struct.pack(order + "II", kind, len(data)) + data)
    return b"".join(parts)


def _inflated(data: bytes, limit: int) -> bytes:
    whole = zlib.decompressobj().decompress(data, max(limit, 0) + 1)
    if len(whole) > limit:
        raise TooLarge(f"it unpacks to more than {limit:,} bytes")
    return whole


def _tag(data: bytes, place: int, order: str) -> tuple[int, int]:
    """Type and length of an element, which its first 8 bytes say."""
    if len(data) < place + 8:
        raise ValueError("it ends early")
    return struct.unpack_from(order + "II", data, place)


def _check_elements(data: bytes, order: str, depth: int) -> None:
    """Refuses a matrix whose parts say that they are longer than it is."""
    if depth > _DEEPEST:
        raise ValueError("its variables are nested very deep")
    place = 0
    while place < len(data):
        kind, length = _tag(data, place, order)
        if kind >> 16:  # up to 4 bytes, within the tag
            place += 8
            continue
        if place + 8 + length > len(data):
            raise ValueError("it ends early")
        if kind == _MATRIX:
            _check_elements(data[place + 8 : place + 8 + length], order, depth + 1)
        place += 8 + length + -length % 8
