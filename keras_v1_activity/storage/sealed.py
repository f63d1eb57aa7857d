"""An index file as bytes: sealed with a check sum, so that a damaged one is never opened.

HDF5 may crash the program that opens a damaged file. The seal is a line behind the HDF5 content,
where readers of HDF5 do not look. It names the run, and says whether all bytes are as they were
written.
"""

from __future__ import annotations

import os
import re
import zlib
from typing import NamedTuple

from keras_v1_activity.common.atomic_files import read_regular

LIMIT_BYTES: int = 1 << 28
"""No index of ours is longer; a link takes some 60 bytes, a neuron some 20."""
_SEAL = re.compile(rb"\nkeras_v1_activity index, run ([0-9a-f]{32}|-{32}), crc32 ([0-9a-f]{8})\n\Z")
_SEAL_BYTES = len("\nkeras_v1_activity index, run , crc32 \n") + 32 + 8


class Sealed(NamedTuple):
    """What a sealed file holds.

    Attributes:
        content: the HDF5 file, as bytes.
        run_id: id of the run; empty if it has none.
    """

    content: bytes
    run_id: str


def seal(content: bytes, run_id: str = "") -> bytes:
    """The bytes of an index file.

    Args:
        content: the HDF5 file.
        run_id: id of the run, 32 hexadecimal digits, or empty.

    Example:
        >>> unseal(seal(b"content")).content
        b'content'
    """
    crc = zlib.crc32(content)
    line = f"\nkeras_v1_activity index, run {run_id or '-' * 32}, crc32 {crc:08x}\n"
    return content + line.encode()


def unseal(raw: bytes) -> Sealed | None:
    """What `seal` sealed; None if it is anything else, or damaged.

    Example:
        >>> print(unseal(b"x" + seal(b"content")))
        None
    """
    match = _SEAL.match(raw[-_SEAL_BYTES:])
    if match is None:
        return None
    content = raw[:-_SEAL_BYTES]
    if zlib.crc32(content) != int(match[2], 16):
        return None
    return Sealed(content, match[1].decode().strip("-"))


def read_sealed(path: str | os.PathLike[str]) -> Sealed | None:
    """The content of a sealed file; None if there is none that is whole.

    Example:
        >>> print(read_sealed("absent.h5"))
        None
    """
    try:
        return unseal(read_regular(path, LIMIT_BYTES))
    except OSError:
        return None
