"""Names of files that are being written, and what a killed process left of them."""

from __future__ import annotations

import os
import re
import secrets
import socket
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

# What a process of an unknown machine has not finished after this time, it will not finish.
_ABANDONED_S = 24 * 3600.0
_NAME = re.compile(
    r"^\.(?:part-(?P<node>[0-9a-f]{8})-(?P<pid>\d+)-(?P<token>[0-9a-f]{16,})-(?P<of>.+)"
    # As older versions named them.
    r"|(?:[^/]*\.)?part-(?P<old>\d+)-(?P<old_of>.+)"
    r"|write_test-(?P<test>\d+))$"
)


@contextmanager
def temporary_file(folder: Path, name: str) -> Iterator[Path]:
    """A new, empty file to write to; removed at the end if it is still there.

    Its name cannot be guessed, and nothing that was there is opened: no link is followed.

    Args:
        folder: an existing folder.
        name: how the file's name ends, e.g. that of the file it will become; Keras insists on the
            ending ``.weights.h5``.

    Raises:
        OSError: it could not be made.

    Example:
        >>> with temporary_file(Path("."), "run.json") as path:
        ...     path.name.endswith("-run.json"), path.stat().st_size
        (True, 0)
        >>> path.exists()
        False
    """
    token = _process_token() + secrets.token_hex(8)
    path = folder / f".part-{_node()}-{os.getpid()}-{token}-{name}"
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    try:
        yield path
    finally:
        with suppress(OSError):
            path.unlink()


def remove_left_over(folder: Path, known: re.Pattern[str]) -> int:
    """Removes what processes that are gone left of files they wrote in a folder.

    Args:
        folder: the folder.
        known: names of the files that were to be written; others are not touched.

    Returns:
        How many files were removed.

    Example:
        >>> _ = Path(".part-99999999-run.json").write_text("{")
        >>> remove_left_over(Path("."), re.compile("^run.json$"))
        1
    """
    removed = 0
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            match = _NAME.match(entry.name) if entry.name.startswith(".") else None
            if match is None or not _is_known(match, known):
                continue
            with suppress(OSError):
                if entry.is_file(follow_symlinks=False) and _is_left_over(entry, match):
                    os.unlink(entry.path)
                    removed += 1
    return removed


def _is_known(match: re.Match[str], known: re.Pattern[str]) -> bool:
    of = match["of"] or match["old_of"]
    if of is None:
        return True
    # A picture is written twice: as what becomes the picture, and as what becomes that.
    inner = _NAME.match(of)
    return _is_known(inner, known) if inner else bool(known.match(of))


def _is_left_over(entry: os.DirEntry[str], match: re.Match[str]) -> bool:
    age = time.time() - entry.stat(follow_symlinks=False).st_mtime
    if age > _ABANDONED_S:
        return True
    if match["node"] not in (None, _node()):
        return False
    pid = int(match["pid"] or match["old"] or match["test"])
    if pid == os.getpid():
        # The process that had this number before, as in a container that was started again?
        return not (match["token"] or "").startswith(_process_token())
    return not _lives(pid)


def _lives(pid: int) -> bool:
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        # It belongs to another user.
        return True
    return True


@cache
def _node() -> str:
    """Which machine or container this is: the number of a process says nothing in another."""
    where = socket.gethostname()
    with suppress(OSError):
        where += os.readlink("/proc/self/ns/pid")
    return f"{zlib.crc32(where.encode()):08x}"


@cache
def _process_token() -> str:
    """What tells this process from an earlier one of the same number."""
    return secrets.token_hex(8)
