"""Reading .npy and .npz files of others, with memory in proportion to the file."""

from __future__ import annotations

import math
import os
import zipfile
from typing import IO, Any, Final

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from keras_v1_activity.common.reading import Allowance, open_regular

_ALWAYS: Final = 12_000_000
_TIMES: Final = 3
_PLAIN = "biufcSU"
_ZIP = b"PK"


def load_arrays(path: str | os.PathLike[str]) -> NDArray[Any] | dict[str, NDArray[Any]]:
    """The array of a .npy file, or the arrays of a .npz file by name. Nothing in them is run.

    Args:
        path: the file; what it begins with says which of the two it is.

    Raises:
        OSError: there is no such file, or it is no regular file.
        ValueError, zipfile.BadZipFile, EOFError: it is damaged, holds other things than numbers and
            text, or says that it holds much more than a file of its size can.

    Example:
        >>> np.savez("a.npz", x=[1, 2])
        >>> load_arrays("a.npz")
        {'x': array([1, 2])}
    """
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        allowance = Allowance(size, _TIMES, _ALWAYS)
        begin = file.read(2)
        file.seek(0)
        if begin != _ZIP:
            return _array(file, size, allowance)
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            allowance.take(1000 * len(members), "the list of its arrays")
            arrays = {}
            for member in members:
                with archive.open(member) as entry:
                    name = member.filename.removesuffix(".npy")
                    arrays[name] = _array(entry, member.file_size, allowance)
            return arrays


def _array(file: IO[bytes], size: int, allowance: Allowance) -> NDArray[Any]:
    """One array, whose header is compared with the size of what holds it."""
    version = npy.read_magic(file)
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f"its version {version} is not known")
    shape, column_order, dtype = readers[version](file)
    if dtype.kind not in _PLAIN:
        raise ValueError(f"Object arrays and records are not read; it holds {str(dtype)[:40]}")
    count = math.prod(shape)
    if min(shape, default=0) < 0 or count * dtype.itemsize > size:
        raise ValueError(f"it says that it holds {count:,} numbers, which its size does not allow")
    allowance.take(count * dtype.itemsize, "its arrays")
    data = bytearray(count * dtype.itemsize)
    view, filled = memoryview(data), 0
    while filled < len(data):
        got = file.read(min(len(data) - filled, 1 << 20))
        if not got:
            raise EOFError("it ends early")
        view[filled : filled + len(got)] = got
        filled += len(got)
    if not count:
        return np.zeros(shape, dtype)
    flat = np.frombuffer(data, dtype, count)
    return flat.reshape(shape[::-1]).T if column_order else flat.reshape(shape)
