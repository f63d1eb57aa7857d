"""HDF5 files as the run uses them: made in memory, read without a lock."""

from __future__ import annotations

import io
import itertools
import os
from collections.abc import Callable, Sequence
from typing import Any, Final

import h5py
import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.hdf5_reading import check_contents, size_of

# libsonata's HDF5 cannot read newer ones, and newer ones keep a flag that outlives a killed writer.
LIBVER: Final = ("earliest", "v108")
TEXT: Final[np.dtype[Any]] = h5py.string_dtype("utf-8")
DAMAGE: Final = (
    OSError, KeyError, ValueError, TypeError, IndexError, RuntimeError, ArithmeticError,
    AttributeError, MemoryError,
)  # fmt: skip
"""What reading a file raises that is cut short, damaged or of another kind."""
# An `Activity` takes several times the memory of what is read for it.
_TIMES: Final = 4.0
_WIDEST: Final = 8
_BITS: Final = ("batch/spikes",)
_BLOCK_BYTES = 1 << 20
_file_numbers = itertools.count()


def file_bytes(fill: Callable[[h5py.File], object]) -> bytes:
    """The bytes of a new HDF5 file that ``fill(file)`` has filled.

    It is built in memory, because HDF5 does not recover from a disk that becomes full meanwhile.

    Args:
        fill: called with the open file.

    Example:
        >>> file_bytes(lambda file: file.create_group("spikes"))[1:4]
        b'HDF'
    """
    # HDF5 takes two open files in memory for one if they have the same name.
    name = f"memory-{next(_file_numbers)}"
    with h5py.File(
        name, "w", driver="core", backing_store=False, block_size=_BLOCK_BYTES, libver=LIBVER
    ) as file:
        fill(file)
        file.flush()
        return file.id.get_file_image()


def open_for_reading(
    source: str | os.PathLike[str] | io.BytesIO, only: Sequence[str] | None = None
) -> h5py.File:
    """Opens an HDF5 file without a lock, so that reading never holds up a training that writes.

    What it holds is checked: everything lies in this file and is in proportion to its size.

    Args:
        source: path of the file, or its bytes as a stream.
        only: what will be read, if not everything; the rest is not checked.

    Raises:
        OSError: there is no such file, it is not HDF5, or it holds what is refused.

    Example:
        >>> import io
        >>> content = file_bytes(lambda file: file.create_group("spikes"))
        >>> with open_for_reading(io.BytesIO(content)) as file:
        ...     list(file)
        ['spikes']
    """
    size = size_of(source)
    if isinstance(source, io.BytesIO):
        file = _open_in_memory(source.getvalue())
    else:
        file = h5py.File(source, "r", locking=False)
    try:
        check_contents(file, size, only, times=_TIMES, each=_WIDEST, as_stored=_BITS)
    except BaseException:
        file.close()
        raise
    return file


def _open_in_memory(content: bytes) -> h5py.File:
    # h5py can read a stream too, but then HDF5 calls Python to close it: a child that is forked
    # while it is open would crash when it ends.
    try:
        return h5py.File(h5py.h5f.open_file_image(content))
    except (RuntimeError, ValueError) as error:
        raise OSError("it is not HDF5, or it is damaged") from error


def optional(group: h5py.Group, name: str) -> NDArray[Any] | None:
    """The array called `name` in a group; None if it is not there.

    Example:
        >>> import io
        >>> content = file_bytes(lambda file: file.create_dataset("x", data=[1, 2]))
        >>> with open_for_reading(io.BytesIO(content)) as file:
        ...     optional(file, "x"), optional(file, "y")
        (array([1, 2]), None)
    """
    return group[name][()] if name in group else None
