"""Reading numbers from MATLAB files, with memory in proportion to the file."""

from __future__ import annotations

import io
import math
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.hdf5_reading import open_hdf5
from keras_v1_activity.common.reading import Allowance, TooLarge, open_regular

_HEADER_BYTES: Final = 128
_MATRIX, _PACKED = 14, 15  # types of the elements of a MATLAB 5 file
_DIMENSIONS: Final = 5
# A cell, a struct, an object, a text: of which scipy makes as many places as they say.
_SPACIOUS: Final = (1, 2, 3, 4)
_ALWAYS, _TIMES = 50_000_000, 8
# While they are read, bytes are held three times; a number becomes a float and a truth value.
_COPIES, _NUMBER_BYTES = 3, 5
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
        allowance = Allowance(os.fstat(file.fileno()).st_size, _TIMES, _ALWAYS)
        content = b"" if h5py.is_hdf5(path) else file.read()
    if not content:  # version 7.3
        values = _hdf5_numbers(path, name, allowance)
    else:
        unpacked = io.BytesIO(_unpacked(content, allowance))
        values = loadmat(unpacked, variable_names=[name])[name]
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "biuf":
        raise TypeError(f"{name} holds no numbers")
    return values.reshape(-1)


def _hdf5_numbers(path: Path, name: str, allowance: Allowance) -> NDArray[Any]:
    with open_hdf5(path, only=[name]) as file:
        data = file[name]
        if isinstance(data, h5py.Dataset):
            each = 2 * data.dtype.itemsize + _NUMBER_BYTES
            allowance.take(data.size * each, name)
        # MATLAB stores columns first.
        return np.asarray(data[()]).T


def _unpacked(content: bytes, allowance: Allowance) -> bytes:
    """A MATLAB 5 file without compression, of which every length is true."""
    order = {b"IM": "<", b"MI": ">"}.get(content[126:128])
    if len(content) < _HEADER_BYTES or order is None or 0 in content[:4]:
        raise ValueError("it is no MATLAB file of version 5 to 7.3")
    parts, place = [content[:_HEADER_BYTES]], _HEADER_BYTES
    while place < len(content):
        kind, length = _tag(content, place, order)
        data = content[place + 8 : place + 8 + length]
        if len(data) < length:
            raise ValueError("it ends early")
        place += 8 + length
        if kind == _PACKED:
            data = _inflated(data, allowance.left // _COPIES)
            kind, length = _tag(data, 0, order)
            data = data[8:]
            if len(data) < length:
                raise ValueError("it ends early")
        allowance.take(_COPIES * len(data))
        if kind == _MATRIX:
            _check_matrix(data, order, 0)
            longest = max((count for *_, count in _elements(data, order)), default=0)
            allowance.take(_NUMBER_BYTES * longest, "its numbers")
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


# Bytes of a number in an element of each type.
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8}


def _elements(data: bytes, order: str) -> Iterator[tuple[int, bytes, int]]:
    """Type, content and count of numbers of each element in a matrix.

    Raises:
        ValueError: one says that it is longer than the matrix.
    """
    place = 0
    while place < len(data):
        kind, length = _tag(data, place, order)
        begin = place + 8
        if kind >> 16:  # up to 4 bytes, within the tag
            kind, length, begin = kind & 0xFFFF, min(kind >> 16, 4), place + 4
            place += 8
        else:
            place += 8 + length + -length % 8
        if begin + length > len(data):
            raise ValueError("it ends early")
        yield kind, data[begin : begin + length], length // _SIZES.get(kind, 8)


def _check_matrix(data: bytes, order: str, depth: int) -> None:
    """Refuses a matrix that says that it, or a part of it, is larger than its bytes allow."""
    if depth > _DEEPEST:
        raise ValueError("its variables are nested very deep")
    flags = b""
    for number, (kind, content, count) in enumerate(_elements(data, order)):
        if number == 0:
            flags = content
        elif number == 1 and kind == _DIMENSIONS:
            dimensions = struct.unpack(f"{order}{count}i", content[: 4 * count])
            array_class = struct.unpack(order + "I", flags[:4].ljust(4, b"\0"))[0] & 0xFF
            places = math.prod(dimensions)
            if min(dimensions, default=0) < 0 or (array_class in _SPACIOUS and places > len(data)):
                raise ValueError(f"a variable says that it has {places:,} places")
        elif kind == _MATRIX:
            _check_matrix(content, order, depth + 1)
