"""Files that are either whole or not there: written beside their place, then moved into it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np


@contextmanager
def replacing(
    path: str | os.PathLike[str],
    folder: str | os.PathLike[str] | None = None,
    *,
    make_folder: bool = True,
) -> Iterator[Path]:
    """A path beside `path` to write to; moved to `path` when the block ends without an error.

    A process killed at any moment leaves `path` as it was: whole, or absent.

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
    # The whole name stays at the end: Keras insists on the ending .weights.h5.
    name = f".part-{os.getpid()}-{path.name}"
    if folder is None:
        if make_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(name)
    else:
        temporary = Path(folder) / f".{path.parent.name}{name}"
    try:
        yield temporary
        if make_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Writes bytes so that `path` is never seen half written.

    Args:
        path: the file; its folder is made if it is missing.
        content: all of it.

    Example:
        >>> write_bytes("step.h5", b"abc")
        >>> Path("step.h5").read_bytes()
        b'abc'
    """
    with replacing(path) as temporary:
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


def write_json(path: str | os.PathLike[str], content: Any) -> None:
    """Writes `content` as JSON; numpy values become plain ones, what is unknown to JSON its text.

    NaN and infinity, which JSON does not have, become null.

    Args:
        path: the file; its folder is made if it is missing.
        content: dicts, lists, numbers, text, arrays.

    Example:
        >>> write_json("rates.json", {"Hz": np.array([1.5, np.nan])})
        >>> read_json("rates.json")
        {'Hz': [1.5, None]}
    """
    write_text(path, json.dumps(_plain(content), indent=1, allow_nan=False) + "\n")


def read_json(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The dict in a JSON file; empty if the file is missing or holds no JSON dict.

    Example:
        >>> read_json("not_there.json")
        {}
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(entry) for entry in value]
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return str(value)
