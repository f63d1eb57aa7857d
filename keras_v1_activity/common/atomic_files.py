"""Files that are either whole or not there: written beside their place, then moved into it."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from keras_v1_activity.common.held_open import once_released
from keras_v1_activity.common.reading import Allowance
from keras_v1_activity.common.temporary_files import temporary_file

JSON_LIMIT_BYTES: int = 1 << 26
"""A longer file is not read as JSON; the longest of ours names some millions of steps."""


@contextmanager
def replacing(
    path: str | os.PathLike[str],
    folder: str | os.PathLike[str] | None = None,
    *,
    make_folder: bool = True,
) -> Iterator[Path]:
    """A path beside `path` to write to; moved to `path` when the block ends without an error.

    A process killed at any moment leaves `path` as it was: whole, or absent. The file to write to
    exists, empty, under a name that nobody can guess, and was not there before. On Windows a `path`
    that another program has open is waited for, for about a second.

    Args:
        path: the file.
        folder: an existing folder on the same disk to write in, instead of that of `path`, which is
            then not touched before the block has ended.
        make_folder: make the folder of `path` if it is missing; else a missing folder is an error.

    Raises:
        OSError: the file could not be written or moved.

    Example:
        >>> with replacing("run.json") as temporary:
        ...     written = temporary.write_text("{}")
        >>> Path("run.json").read_text(), temporary.exists()
        ('{}', False)
    """
    path = Path(path)
    if folder is None and make_folder:
        path.parent.mkdir(parents=True, exist_ok=True)
    with temporary_file(path.parent if folder is None else Path(folder), path.name) as temporary:
        yield temporary
        if make_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        once_released(partial(os.replace, temporary, path))


def write_bytes(
    path: str | os.PathLike[str],
    content: bytes,
    folder: str | os.PathLike[str] | None = None,
) -> None:
    """Writes bytes so that `path` is never seen half written.

    Args:
        path: the file; its folder is made if it is missing.
        content: all of it.
        folder: an existing folder on the same disk to write in before; None for that of `path`.

    Example:
        >>> write_bytes("step.h5", b"abc")
        >>> Path("step.h5").read_bytes()
        b'abc'
    """
    with replacing(path, folder) as temporary:
        temporary.write_bytes(content)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Writes text (UTF-8) so that `path` is never seen half written.

    Args:
        path: the file; its folder is made if it is missing.
        text: all of it.

    Example:
        >>> write_text("notes.txt", "µV")
        >>> Path("notes.txt").read_text(encoding="utf-8")
        'µV'
    """
    write_bytes(path, text.encode("utf-8"))


def write_json(
    path: str | os.PathLike[str],
    content: Any,
    folder: str | os.PathLike[str] | None = None,
) -> None:
    """Writes `content` as JSON; numpy values become plain ones, what is unknown to JSON its text.

    NaN and infinity, which JSON does not have, become null.

    Args:
        path: the file; its folder is made if it is missing.
        content: dicts, lists, numbers, text, arrays.
        folder: an existing folder on the same disk to write in before; None for that of `path`.

    Example:
        >>> write_json("rates.json", {"Hz": np.array([1.5, np.nan])})
        >>> read_json("rates.json")
        {'Hz': [1.5, None]}
    """
    write_bytes(path, json_text(content), folder)


def json_text(content: Any) -> bytes:
    """What `write_json` writes.

    Example:
        >>> json_text([1, 2]).split()
        [b'[', b'1,', b'2', b']']
    """
    return (_indented(_plain(content)) + "\n").encode("utf-8")


def read_json(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The dict in a JSON file; empty if the file is missing, damaged or holds no JSON dict.

    A file that nests very deep, or would take very much memory, counts as damaged.

    Whatever the file holds, this neither fails nor waits.

    Example:
        >>> read_json("not_there.json")
        {}
    """
    try:
        content = parsed_json(read_regular(path, JSON_LIMIT_BYTES))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def parsed_json(text: bytes) -> Any:
    """What JSON of somebody else says.

    Args:
        text: in UTF-8.

    Raises:
        ValueError: it is no JSON, nests very deep, or would take very much memory.

    Example:
        >>> parsed_json(b'[1, 2]')
        [1, 2]
    """
    _check_extent(text)
    try:
        return json.loads(text.decode("utf-8"))
    except (RecursionError, MemoryError):
        raise ValueError("it nests very deep") from None


def read_regular(path: str | os.PathLike[str], limit_bytes: int) -> bytes:
    """All bytes of a plain file; a pipe or a device is not waited for.

    Args:
        path: the file.
        limit_bytes: how long it may be.

    Raises:
        OSError: there is no such file, it is no plain file, or it is longer.

    Example:
        >>> _ = Path("a.txt").write_text("abc")
        >>> read_regular("a.txt", 10)
        b'abc'
    """
    # Without O_NONBLOCK, opening a pipe waits for somebody to write into it.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with open(once_released(partial(os.open, path, flags)), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise OSError(f"{str(path)!r} is no plain file")
        if found.st_size > limit_bytes:
            raise OSError(f"{str(path)!r} is longer than {limit_bytes:,} bytes")
        return file.read(limit_bytes)


def _check_extent(text: bytes) -> None:
    """Refuses JSON that takes much more memory than its length: Python needs 80 bytes for []."""
    containers = text.count(b"[") + text.count(b"{")
    entries = text.count(b",") + text.count(b'"')
    Allowance(len(text), times=7).take(80 * containers + 40 * entries)


def _indented(value: Any, depth: int = 1) -> str:
    """As ``json.dumps(value, indent=1)``, ten times as fast for a long list of whole numbers."""
    before, after = "\n" + " " * depth, "\n" + " " * (depth - 1)
    if isinstance(value, dict) and value:
        entries = [f"{json.dumps(k)}: {_indented(each, depth + 1)}" for k, each in value.items()]
        return "{" + before + ("," + before).join(entries) + after + "}"
    if isinstance(value, list) and value:
        whole = _is_whole(value)
        items = map(str, value) if whole else (_indented(each, depth + 1) for each in value)
        return "[" + before + ("," + before).join(items) + after + "]"
    # As `json` writes them, without its setting up for each number.
    if type(value) is float and isfinite(value):
        return float.__repr__(value)
    return int.__repr__(value) if type(value) is int else json.dumps(value, allow_nan=False)


def _is_whole(values: list[Any]) -> bool:
    return set(map(type, values)) == {int}


def _plain(value: Any) -> Any:
    if isinstance(value, list) and _is_whole(value):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(entry) for entry in value]
    if isinstance(value, float):
        return value if isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return str(value)
