"""Reading .npy and .npz files of others, with memory in proportion to the file."""

from __future__ import annotations

import io
import math
import os
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Final

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from keras_v1_activity.common.reading import Allowance, TooLarge, open_regular

# Of what the arrays take, and a float32 copy of each.
_ALWAYS: Final = 40_000_000
_TIMES: Final = 8
_COPIED_BYTES: Final = 4
_LONGEST_HEADER: Final = 10_000
# An entry in the list of an archive takes a kilobyte, and 50 bytes of the file.
_LONGEST_LIST: Final = 3_000_000
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
    arrays = {}
    with open_archive(path) as archive:
        for member in archive.infolist():
            with archive.open(member) as entry:
                name = member.filename.removesuffix(".npy")
                arrays[name] = _array(entry, member.file_size, allowance)
    return arrays


@contextmanager
def open_archive(path: str | os.PathLike[str]) -> Iterator[zipfile.ZipFile]:
    """A zip archive, of which the list of members is read only if it is of a usual length.

    Args:
        path: the file.

    Raises:
        OSError: there is no such file, or it is no regular file.
        ValueError, zipfile.BadZipFile: it is damaged, or its list is very long.

    Example:
        >>> np.savez("a.npz", x=[1, 2])
        >>> with open_archive("a.npz") as archive:
        ...     archive.namelist()
        ['x.npy']
    """
    with open_regular(path) as file, zipfile.ZipFile(_ShortReads(file)) as archive:
        yield archive


class _ShortReads:
    """A file of which no more is read at once than the list of members may take."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, count: int = -1) -> bytes:
        """The next bytes."""
        most = _LONGEST_LIST + 1
        data = self._file.read(most if count < 0 else min(count, most))
        if len(data) == most:
            raise TooLarge("the list of its arrays is very long")
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, order and type of an array, of which numpy would read a header of any length."""
    version = npy.read_magic(file)
    kinds = {(1, 0): ("<H", npy.read_array_header_1_0), (2, 0): ("<I", npy.read_array_header_2_0)}
    if version not in kinds:
        raise ValueError(f"its version {version} is not known")
    form, read = kinds[version]
    begin = file.read(struct.calcsize(form))
    (length,) = struct.unpack(form, begin)
    if length > _LONGEST_HEADER:
        raise ValueError(f"the header of an array has {length:,} bytes")
    return read(io.BytesIO(begin + file.read(length)))


def _array(file: IO[bytes], size: int, allowance: Allowance) -> NDArray[Any]:
    """One array, whose header is compared with the size of what holds it."""
    shape, column_order, dtype = _header(file)
    if dtype.kind not in _PLAIN:
        raise ValueError(f"Object arrays and records are not read; it holds {str(dtype)[:40]}")
    count = math.prod(shape)
    if min(shape, default=0) < 0 or count * dtype.itemsize > size:
        raise ValueError(f"it says that it holds {count:,} numbers, which its size does not allow")
    allowance.take(count * dtype.itemsize, "its arrays")
    allowance.take(count * _COPIED_BYTES, "copies of its arrays")
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
