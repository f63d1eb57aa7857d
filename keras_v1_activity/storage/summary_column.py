"""One array of the summary, one row a look, of which little is held in memory."""

from __future__ import annotations

import tempfile
import weakref
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

# A column begins to lie on disk when it takes more than this.
_BUFFER_BYTES = 1 << 16
_COPY_BYTES = 1 << 20


class Spill:
    """A file without a name that takes what memory should not hold; made when first needed.

    Args:
        folder: where it lies.

    Example:
        >>> with Spill(Path(".")) as spill:
        ...     place = spill.append(b"rows")
        ...     spill.file.seek(place); spill.file.read(4)
        0
        b'rows'
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: IO[bytes] | None = None
        self._length = 0

    @property
    def file(self) -> IO[bytes]:
        """The file, open for reading and writing."""
        if self._file is None:
            # Without a buffer, which would be written to a full disk once more when it is closed.
            self._file = tempfile.TemporaryFile(dir=self._folder, buffering=0)
            # A run that nobody ends gives it up without a word.
            weakref.finalize(self, self._file.close)
        return self._file

    def append(self, content: bytes | bytearray | memoryview) -> int:
        """Writes at the end; returns the place.

        Raises:
            OSError: it could not be written.
        """
        place = self._length
        self.file.seek(place)
        view = memoryview(content)
        while view:
            view = view[self.file.write(view) :]
        self._length += len(content)
        return place

    def close(self) -> None:
        """Gives the disk space back."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._length = 0

    def __enter__(self) -> Spill:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class Column:
    """The rows of one array, in the order in which they came.

    Args:
        name: of the array.
        dtype: of its numbers.

    Attributes:
        name: of the array.
        dtype: of its numbers.
        row_shape: shape of a row; None before the first.
        left_out: why the array is not in the summary; None if it is.

    Example:
        >>> column = Column("step", "i8")
        >>> with Spill(Path(".")) as spill:
        ...     column.append([7], 7, spill); column.append([8], 8, spill)
        ...     b"".join(column.blocks(range(1, 2), spill, None))[0]
        8
    """

    name: str
    dtype: np.dtype[Any]
    row_shape: tuple[int, ...] | None
    left_out: str | None

    def __init__(self, name: str, dtype: DTypeLike) -> None:
        self.name = name
        self.dtype = np.dtype(dtype)
        self.row_shape = None
        self.left_out = None
        self._buffer = bytearray()
        # Where what is not in the buffer lies: (in the earlier file, place, first byte of all).
        self._extents: list[tuple[bool, int, int]] = []
        self._n_bytes = 0

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return int(np.prod(self.row_shape or (), dtype=np.int64)) * self.dtype.itemsize

    def begin_with(self, row_shape: tuple[int, ...], n_rows: int, place: int) -> None:
        """Takes rows that lie in an earlier file for the first of this column."""
        self.row_shape = row_shape
        self._extents = [(True, place, 0)]
        self._n_bytes = n_rows * self.row_bytes

    def leave_out(self, why: str) -> None:
        """Drops the column; the first reason given is kept."""
        self.left_out = self.left_out or why
        self.drop_rows()

    def drop_rows(self) -> None:
        """Gives up the rows, whatever is then said of the column."""
        self._buffer.clear()
        self._extents.clear()
        self._n_bytes = 0

    def append(self, row: ArrayLike, step: int, spill: Spill) -> None:
        """Adds one row; the column is dropped if its shape is not that of the rows before.

        Raises:
            OSError: it could not be written to disk.
        """
        if self.left_out:
            return
        array = np.asarray(row, self.dtype, order="C")
        if self.row_shape is None:
            self.row_shape = array.shape
        if array.shape != self.row_shape:
            self.leave_out(f"shape {self.row_shape} at first, but {array.shape} at step {step}")
            return
        self._buffer += array.tobytes()
        self._n_bytes += array.nbytes
        if len(self._buffer) >= _BUFFER_BYTES:
            place = spill.append(self._buffer)
            self._extents.append((False, place, self._n_bytes - len(self._buffer)))
            self._buffer.clear()

    def blocks(self, rows: range, spill: Spill, earlier: IO[bytes] | None) -> Iterator[bytes]:
        """The bytes of some rows that follow one another, in blocks of at most 1 MB.

        Args:
            rows: which rows.
            spill: the file that was given to `append`.
            earlier: the open file of `begin_with`; None if there is none.

        Raises:
            OSError: they could not be read.
        """
        at, end = rows.start * self.row_bytes, rows.stop * self.row_bytes
        buffered_from = self._n_bytes - len(self._buffer)
        firsts = [first for _, _, first in self._extents]
        while at < end:
            if at >= buffered_from:
                yield bytes(self._buffer[at - buffered_from : end - buffered_from])
                return
            number = bisect_right(firsts, at) - 1
            in_earlier, place, first = self._extents[number]
            stop = (*firsts, buffered_from)[number + 1]
            length = min(end, stop, at + _COPY_BYTES) - at
            file = earlier if in_earlier else spill.file
            assert file is not None
            file.seek(place + at - first)
            block = file.read(length)
            if not block:
                raise OSError(f"the rows of {self.name} are cut short")
            yield block
            at += len(block)
