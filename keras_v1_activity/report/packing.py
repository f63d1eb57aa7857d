"""How arrays travel inside the page: containers of typed arrays, deflated, in base64."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.common.atomic_files import json_text

_TYPES: Final = {"u1": "u1", "u2": "<u2", "u4": "<u4", "f4": "<f4", "f8": "<f8"}
_ALIGNED: Final = 8
_DEFLATE_LEVEL: Final = 6


def varints(values: ArrayLike) -> NDArray[np.uint8]:
    """Whole numbers as bytes of seven bits each, the least ones first (LEB128).

    Args:
        values: (n,) whole numbers from 0 to 2^35 - 1.

    Example:
        >>> varints([1, 127, 128, 300]).tolist()
        [1, 127, 128, 1, 172, 2]
    """
    numbers = np.asarray(values, np.uint64)
    n_bytes = np.ones(numbers.shape, np.int64)
    for bits in (7, 14, 21, 28):
        n_bytes += numbers >= 1 << bits
    ends = np.cumsum(n_bytes)
    out = np.empty(int(ends[-1]) if ends.size else 0, np.uint8)
    starts = ends - n_bytes
    for place in range(int(n_bytes.max(initial=0))):
        there = n_bytes > place
        part = (numbers[there] >> np.uint64(7 * place)) & np.uint64(0x7F)
        more = (n_bytes[there] > place + 1).astype(np.uint64) << np.uint64(7)
        out[starts[there] + place] = part | more
    return out


def read_varints(data: ArrayLike) -> NDArray[np.int64]:
    """The numbers that `varints` made bytes of.

    Example:
        >>> read_varints(varints([1, 127, 128, 300])).tolist()
        [1, 127, 128, 300]
    """
    stream = np.asarray(data, np.uint8)
    ends = np.flatnonzero(stream < 128)
    starts = np.append(0, ends[:-1] + 1) if ends.size else ends
    place = np.arange(ends[-1] + 1 if ends.size else 0) - np.repeat(starts, ends - starts + 1)
    parts = (stream[: len(place)].astype(np.int64) & 0x7F) << (7 * place)
    return np.add.reduceat(parts, starts) if ends.size else np.zeros(0, np.int64)


def pack(content: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> list[bytes]:
    """One container: what JSON can hold, and arrays beside it. Little-endian.

    Four bytes say how long the JSON is. Its entry "arrays" names type, first byte and length of
    each array, counted from the first multiple of eight behind the JSON.

    Args:
        content: by name; numbers that are not finite become null.
        arrays: by name, one-dimensional when read: uint8, uint16, uint32, float32 or float64.

    Returns:
        The parts of the container, for `as_text`; joined they are what `unpack` reads.

    Example:
        >>> content, arrays = unpack(b"".join(pack({"step": 3}, {"x": np.arange(3.0)})))
        >>> content["step"], arrays["x"]
        (3, array([0., 1., 2.]))
    """
    table: dict[str, tuple[str, int, int]] = {}
    parts: list[bytes] = []
    at = 0
    for name, array in arrays.items():
        kind = f"{array.dtype.kind}{array.dtype.itemsize}"
        raw = np.ascontiguousarray(array, _TYPES[kind]).tobytes()
        table[name] = (kind, at, array.size)
        padding = -len(raw) % _ALIGNED
        parts.append(raw + bytes(padding))
        at += len(raw) + padding
    head = json_text({**content, "arrays": table})
    first = struct.pack("<I", len(head)) + head + bytes(-(4 + len(head)) % _ALIGNED)
    return [first, *parts]


def unpack(container: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """What `pack` was given.

    Example:
        >>> unpack(b"".join(pack({}, {})))
        ({}, {})
    """
    (length,) = struct.unpack_from("<I", container)
    content = json.loads(container[4 : 4 + length])
    first = 4 + length + (-(4 + length) % _ALIGNED)
    arrays = {
        name: np.frombuffer(container, _TYPES[kind], count, first + at)
        for name, (kind, at, count) in content.pop("arrays").items()
    }
    return content, arrays


def deflated(parts: Iterable[bytes]) -> bytes:
    """A container, deflated (zlib, RFC 1950).

    Args:
        parts: of the container. Each gets codes of its own, since arrays differ much.

    Example:
        >>> zlib.decompress(deflated([b"abc", b"de"]))
        b'abcde'
    """
    deflate = zlib.compressobj(_DEFLATE_LEVEL)
    found = []
    for part in parts:
        found += [deflate.compress(part), deflate.flush(zlib.Z_SYNC_FLUSH)]
    return b"".join([*found, deflate.flush()])


def as_text(parts: Iterable[bytes]) -> bytes:
    """A container as it stands in the page: deflated, then in base64.

    Args:
        parts: of the container.

    Example:
        >>> from_text(as_text([b"abc", b"de"]))
        b'abcde'
    """
    return base64.b64encode(deflated(parts))


def from_text(text: bytes | str) -> bytes:
    """What `as_text` made text of.

    Example:
        >>> unpack(from_text(as_text(pack({"a": 1}, {}))))[0]
        {'a': 1}
    """
    return zlib.decompress(base64.b64decode(text))
