"""Arrays that take long to compute, kept in files and found again by what they were computed from.

A file (HDF5) holds the arrays of one call. Its name ends in a digest of everything that they depend
on, so a file can be out of use but never out of date. It is either whole or not there; one that was
damaged since is noticed by its checksums and replaced. The folder may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

import h5py
import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common import atomic_files as files
from keras_v1_activity.version import __version__

Arrays: TypeAlias = dict[str, NDArray[Any]]
"""Arrays by name."""

# Raised when the same sources begin to give other arrays.
FORMAT_VERSION = 1
# What is made from fewer bytes is made again within about a second.
SMALLEST_SOURCES = 50_000_000
# Files in one folder; beyond them the one unused for longest goes.
MOST_FILES = 12
_CHUNK = 2**20


class TableCache:
    """A folder of computed arrays; without a folder, everything is computed each time.

    If the folder cannot be written, as beside a data folder that is shared read-only, nothing is
    kept, and nothing is said.

    Args:
        folder: where the files lie; made when first needed. None keeps nothing.

    Attributes:
        folder: the same, as a path.

    Example:
        >>> TableCache(None).fetch("squares", [3], lambda: {"squares": np.arange(3) ** 2})
        {'squares': array([0, 1, 4])}
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self.folder: Path | None = None if folder is None else Path(folder)

    @classmethod
    def beside(cls, path: str | os.PathLike[str]) -> TableCache:
        """The cache of a data folder: beside it, under its name with ``.cache`` at the end.

        Example:
            >>> TableCache.beside("GLIF_network").folder.name
            'GLIF_network.cache'
        """
        place = Path(os.path.abspath(path))
        return cls(place.with_name(f"{place.name}.cache"))

    def __repr__(self) -> str:
        return f"TableCache({None if self.folder is None else str(self.folder)!r})"

    def fetch(self, name: str, sources: Sequence[object], make: Callable[[], Arrays]) -> Arrays:
        """The arrays that `make` gives, read from a file if an earlier call has left them.

        Args:
            name: what they are, for the file's name.
            sources: all that `make` depends on: numpy arrays, paths of files (whose contents count,
                not their names) and plain values.
            make: function without arguments that computes a dict of numpy arrays.

        Returns:
            dict of name -> array.
        """
        if self.folder is None or _total_bytes(sources) < SMALLEST_SOURCES:
            return make()
        path = self.folder / f"{name}-{digest(sources)}.h5"
        arrays = _read(path)
        if arrays is None:
            arrays = make()
            with suppress(OSError):
                _write(path, arrays)
        return arrays


def digest(sources: Sequence[object]) -> str:
    """Hexadecimal digest of arrays, contents of files and plain values, in their order.

    Args:
        sources: numpy arrays, paths of files, and values whose repr says all about them.

    Example:
        >>> digest([np.arange(3), "a"]) == digest([np.arange(3), "b"])
        False
    """
    total = hashlib.sha256(f"{__version__} {FORMAT_VERSION}".encode())
    for source in sources:
        total.update(_digest_of_one(source))
    return total.hexdigest()[:32]


def _digest_of_one(source: object) -> bytes:
    if isinstance(source, np.ndarray):
        one = hashlib.sha256(f"array {source.dtype.str} {source.shape}".encode())
        one.update(_bytes_of(source))
    elif isinstance(source, Path):
        one = hashlib.sha256(b"file")
        with open(source, "rb") as file:
            while chunk := file.read(_CHUNK):
                one.update(chunk)
    else:
        one = hashlib.sha256(f"value {source!r}".encode())
    return one.digest()


def _total_bytes(sources: Sequence[object]) -> int:
    files_and_arrays = (
        source.stat().st_size if isinstance(source, Path) else getattr(source, "nbytes", 0)
        for source in sources
    )
    return sum(files_and_arrays)


def _read(path: Path) -> Arrays | None:
    """The arrays of a file; None if it is missing or damaged."""
    try:
        with h5py.File(path, "r") as file:
            arrays = {name: _read_array(dataset) for name, dataset in file.items()}
    except Exception:  # a damaged file can fail in any way; it is made again
        return None
    with suppress(OSError):
        os.utime(path)  # used now: the last to go
    return arrays


def _read_array(dataset: h5py.Dataset) -> NDArray[Any]:
    array = dataset[()]
    if zlib.crc32(_bytes_of(array)) != dataset.attrs["crc32"]:
        raise ValueError("damaged")
    return array


def _bytes_of(array: NDArray[Any]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)


def _write(path: Path, arrays: Arrays) -> None:
    with files.replacing(path) as temporary, h5py.File(temporary, "w") as file:
        for name, array in arrays.items():
            file.create_dataset(name, data=array).attrs["crc32"] = zlib.crc32(_bytes_of(array))
    by_use = sorted(path.parent.glob("*-*.h5"), key=lambda p: p.stat().st_mtime)
    for unused in by_use[:-MOST_FILES]:
        unused.unlink()
