"""Opening HDF5 files of others: nothing from outside the file, and no more than its size allows.

An HDF5 file can name other files whose bytes are then read as its own (external storage, virtual
data, external links), and a few bytes of it can declare or unpack to gigabytes. Both are refused
before anything is read.
"""

from __future__ import annotations

import io
import math
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import h5py
from h5py import h5d, h5l, h5o, h5t, h5z

from keras_v1_activity.common.checks import shown
from keras_v1_activity.common.reading import Allowance, TooLarge, check_regular

TIMES: Final = 6.0
"""How many times the size of the file its content may take, besides 24 MB."""
_FEW: Final = 16
_TEXT_BYTES: Final = 8_000_000
# h5py has each text three times while it makes Python's of them.
_TEXT_COPIES: Final = 3
# HDF5 takes so much for each part while it reads them, there or not.
_PART_BYTES: Final = 3000
_MOST_PARTS: Final = 20_000
_ATTRIBUTE_BYTES: Final = 1_000_000
_DEEPEST: Final = 24
_NUMBERS: Final = (h5t.INTEGER, h5t.FLOAT, h5t.ENUM)
_CLASSES: Final = (h5t.INTEGER, h5t.FLOAT, h5t.ENUM, h5t.STRING, h5t.OPAQUE, h5t.BITFIELD)
_PACKINGS: Final = {
    (h5z.FILTER_DEFLATE,),
    (h5z.FILTER_SHUFFLE, h5z.FILTER_DEFLATE),
    (h5z.FILTER_SHUFFLE,),
}


class Refused(OSError):
    """An HDF5 file holds what is not read from a file of somebody else.

    Example:
        >>> with h5py.File("a.h5", "w") as file:
        ...     file["x"] = h5py.ExternalLink("b.h5", "/x")
        >>> try:
        ...     with open_hdf5("a.h5") as file:
        ...         pass
        ... except Refused as error:
        ...     print(error)
        'x' is a link to another place
    """


@contextmanager
def open_hdf5(
    path: str | os.PathLike[str],
    only: Sequence[str] | None = None,
    times: float = TIMES,
    each: int = 1,
) -> Iterator[h5py.File]:
    """Opens an HDF5 file and checks what is in it.

    Args:
        path: the file.
        only: paths of what will be read; the rest is not looked at. None for everything.
        times: so many times the size of the file its content may take.
        each: bytes that a number takes at least, for readers that make wider numbers of it.

    Raises:
        OSError: there is no such file, it is not HDF5, or its content is refused.

    Example:
        >>> with h5py.File("a.h5", "w") as file:
        ...     file["x"] = [1, 2]
        >>> with open_hdf5("a.h5") as file:
        ...     file["x"][()]
        array([1, 2])
    """
    size = check_regular(path)
    with h5py.File(path, "r", locking=False) as file:
        check_contents(file, size, only, times, each)
        yield file


def check_contents(
    file: h5py.File,
    size: int,
    only: Sequence[str] | None = None,
    times: float = TIMES,
    each: int = 1,
    as_stored: Sequence[str] = (),
) -> None:
    """Refuses links to other places, data in other files, and data that take too much memory.

    Args:
        file: open for reading.
        size: of the file, bytes.
        only, times, each: as of `open_hdf5`.
        as_stored: paths of what is not made wider.

    Raises:
        Refused: one sentence without a full stop.

    Example:
        >>> with h5py.File("a.h5", "w") as file:
        ...     check_contents(file, 1000)
    """
    try:
        _Checker(size, times, each, as_stored).check(file, only)
    except TooLarge as error:
        raise Refused(str(error)) from None
    except (KeyError, RuntimeError, ValueError, TypeError, OverflowError) as error:
        raise Refused(f"its structure is damaged: {error}") from None


class _Checker:
    """Walks through a file."""

    def __init__(self, size: int, times: float, each: int, as_stored: Sequence[str]) -> None:
        self._size, self._each, self._as_stored = size, each, as_stored
        self._allowance = Allowance(size, times)
        self._objects_left = 10_000 + size // 100

    def check(self, file: h5py.File, only: Sequence[str] | None) -> None:
        if only is None:
            self._group(file.id, "", 0)
        for path in only or ():
            self._path(file, path)

    def _path(self, file: h5py.File, path: str) -> None:
        """One object, and whatever its path leads through; nothing if it is not there."""
        place, parts = file.id, path.strip("/").encode().split(b"/")
        for depth, part in enumerate(parts):
            if not isinstance(place, h5py.h5g.GroupID) or part not in place:
                return
            self._link(place, part, path)
            if depth == len(parts) - 1:
                self._member(place, part, path, 0)
            else:
                place = h5o.open(place, part)

    def _group(self, group: Any, path: str, depth: int) -> None:
        if depth > _DEEPEST:
            raise Refused("its groups are nested very deep")
        for name in list(group):
            self._member(group, name, f"{path}/{name.decode('utf-8', 'replace')}", depth)

    def _member(self, group: Any, name: bytes, path: str, depth: int) -> None:
        self._objects_left -= 1
        if self._objects_left < 0:
            raise Refused("it names more objects than a file of its size can hold")
        self._link(group, name, path)
        member = h5o.open(group, name)
        if isinstance(member, h5py.h5g.GroupID):
            self._group(member, path, depth + 1)
        elif isinstance(member, h5d.DatasetID):
            self._dataset(member, path)

    def _link(self, group: Any, name: bytes, path: str) -> None:
        if group.links.get_info(name).type != h5l.TYPE_HARD:
            raise Refused(f"{shown(path.strip('/'))} is a link to another place")

    def _dataset(self, dataset: h5d.DatasetID, path: str) -> None:
        what, plan = shown(path.strip("/")), dataset.get_create_plist()
        layout, kind = plan.get_layout(), dataset.get_type()
        if layout == h5d.VIRTUAL or plan.get_external_count():
            raise Refused(f"{what} takes its data from another file")
        if kind.get_class() not in _CLASSES:
            raise Refused(f"{what} holds neither numbers nor text")
        if dataset.shape is None:
            raise Refused(f"{what} holds nothing")
        shape, item = dataset.shape, kind.get_size()
        count = dataset.get_space().get_simple_extent_npoints()
        chunk = plan.get_chunk() if layout == h5d.CHUNKED else ()
        widened = kind.get_class() in _NUMBERS and path.strip("/") not in self._as_stored
        each = max(item, self._each) if widened else item
        parts = math.prod(-(-whole // part) for whole, part in zip(shape, chunk, strict=False))
        self._allowance.take(max(count * each, math.prod(chunk) * item), what)
        self._allowance.take(parts * _PART_BYTES if chunk else 0, what)
        if plan.get_nfilters():
            self._packed(dataset, plan, parts, math.prod(chunk) * item, what)
        if kind.get_class() == h5t.STRING and kind.is_variable_str():
            self._texts(h5py.Dataset(dataset), what)

    def _texts(self, dataset: h5py.Dataset, what: str) -> None:
        """Texts lie elsewhere in the file, and many can be the same one."""
        if not dataset.shape:
            return
        rows = max(_TEXT_COPIES, min(4096, _TEXT_BYTES // max(self._size, 1)))
        if dataset.ndim != 1:
            raise Refused(f"{what} is no list of texts")
        for start in range(0, len(dataset), rows):
            texts = dataset[start : start + rows]
            self._allowance.take(_TEXT_COPIES * sum(40 + len(text) for text in texts), what)

    def _packed(self, dataset: Any, plan: Any, parts: int, size: int, what: str) -> None:
        """Packed data unpack to what they are declared as: HDF5 would go on as long as they do."""
        filters = tuple(plan.get_filter(n)[0] for n in range(plan.get_nfilters()))
        checksum = filters[-1:] == (h5z.FILTER_FLETCHER32,)
        if checksum:
            filters = filters[:-1]
        if filters and filters not in _PACKINGS:
            raise Refused(f"{what} is packed in a way other than gzip: repack it with h5repack")
        if h5z.FILTER_DEFLATE not in filters:
            return
        if dataset.get_num_chunks() > parts:
            raise Refused(f"{what} has more parts than its shape")
        for offset, mask in self._chunks(dataset, what):
            _, data = dataset.read_direct_chunk(offset)
            if not mask and not _fits(data[:-4] if checksum else data, size):
                raise Refused(f"{what} unpacks to more than its shape")

    def _chunks(self, dataset: Any, what: str) -> list[tuple[tuple[int, ...], int]]:
        """Place and mask of each part, in one pass: to look each up by its number takes longer."""
        found: list[tuple[tuple[int, ...], int]] = []
        largest = 0

        def keep(info: Any) -> None:
            nonlocal largest
            largest = max(largest, info.size)
            found.append((info.chunk_offset, info.filter_mask))

        count = dataset.get_num_chunks()
        if hasattr(dataset, "chunk_iter"):
            dataset.chunk_iter(keep)
        elif count > _MOST_PARTS:
            raise Refused(f"{what} has {count:,} parts")
        else:
            for number in range(count):
                keep(dataset.get_chunk_info(number))
        if largest > self._size:
            raise Refused(f"{what} has a part larger than the file")
        return found


def _fits(data: bytes, size: int) -> bool:
    """Whether zlib data unpack to at most `size` bytes; damaged data fit: HDF5 refuses them."""
    unpacker = zlib.decompressobj()
    try:
        return len(unpacker.decompress(data, size + 1)) <= size
    except zlib.error:
        return True


def attribute(place: h5py.HLObject, name: str, default: Any = None) -> Any:
    """An attribute of a file, group or dataset, read only if it is small.

    Args:
        place: the object.
        name: of the attribute.
        default: if there is none; without one, it must be there.

    Raises:
        KeyError: there is none.
        Refused: it is large.

    Example:
        >>> with h5py.File("a.h5", "w") as file:
        ...     file.attrs["n"] = 3
        ...     int(attribute(file, "n")), attribute(file, "m", "none")
        (3, 'none')
    """
    if name not in place.attrs:
        if default is None:
            raise KeyError(f"the attribute {name} is missing")
        return default
    found = place.attrs.get_id(name)
    kind, count = found.get_type(), math.prod(found.shape or ())
    simple = kind.get_class() in _CLASSES
    if not simple or count > 1000 or count * kind.get_size() > _ATTRIBUTE_BYTES:
        raise Refused(f"the attribute {shown(name)} is too large or of an unknown type")
    if kind.get_class() == h5t.STRING and kind.is_variable_str() and count > _FEW:
        raise Refused(f"the attribute {shown(name)} holds too many texts")
    return place.attrs[name]


def size_of(source: str | os.PathLike[str] | io.BytesIO) -> int:
    """Bytes of a file, which must be a regular one, or of a stream.

    Raises:
        OSError: there is no such file, or it is no regular one.

    Example:
        >>> size_of(io.BytesIO(b"abc"))
        3
    """
    if isinstance(source, io.BytesIO):
        return source.getbuffer().nbytes
    return check_regular(source)
