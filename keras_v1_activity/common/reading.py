"""Reading files of others: only regular ones, with memory in proportion to their size."""

from __future__ import annotations

import os
import stat
from io import BufferedReader
from typing import Final

from keras_v1_activity.common.checks import shortened

ALWAYS_ALLOWED: Final = 24_000_000
"""Bytes of memory that the content of a file may take however small it is."""
_NONBLOCKING: Final = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_SENTENCE: Final = 200


class TooLarge(ValueError):
    """The content of a file takes more memory than a file of its size needs.

    Example:
        >>> raise TooLarge("it says that it holds 5,000 MB")
        Traceback (most recent call last):
        keras_v1_activity.common.reading.TooLarge: it says that it holds 5,000 MB
    """


def open_regular(path: str | os.PathLike[str]) -> BufferedReader:
    """Opens a file for reading bytes; a pipe or a device is refused, and never waited for.

    Args:
        path: the file.

    Raises:
        OSError: there is no such file, or it is no regular file.

    Example:
        >>> from pathlib import Path
        >>> _ = Path("a.bin").write_bytes(b"abc")
        >>> with open_regular("a.bin") as file:
        ...     file.read()
        b'abc'
    """
    handle = os.open(path, os.O_RDONLY | _NONBLOCKING)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(_irregular(path))
    return open(handle, "rb")


def check_regular(path: str | os.PathLike[str]) -> int:
    """The size of a regular file, bytes.

    Args:
        path: the file; a link to it is followed.

    Raises:
        OSError: there is no such file, or it is a folder, a pipe or a device.

    Example:
        >>> from pathlib import Path
        >>> _ = Path("a.bin").write_bytes(b"abc")
        >>> check_regular("a.bin")
        3
    """
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(_irregular(path))
    return status.st_size


def _irregular(path: str | os.PathLike[str]) -> str:
    return f"{shortened(os.fspath(path), _SENTENCE)} is no regular file, but a folder or a pipe"


class Allowance:
    """How much memory the content of one file may still take.

    Args:
        size: of the file, bytes.
        times: so many times the file's size are allowed, besides `always`.
        always: bytes that are allowed however small the file is.

    Attributes:
        left: bytes that are left.

    Example:
        >>> allowance = Allowance(1_000, times=4)
        >>> allowance.take(1_000_000)
        >>> allowance.left
        23004000
    """

    def __init__(self, size: int, times: float, always: int = ALWAYS_ALLOWED) -> None:
        self._size = size
        self.left: int = always + int(times * size)

    def take(self, count: int, what: str = "its content") -> None:
        """Counts memory before it is taken.

        Args:
            count: bytes.
            what: takes them, for the message.

        Raises:
            TooLarge: they are more than are left.
        """
        self.left -= count
        if self.left < 0:
            raise TooLarge(
                f"{what} would take {count / 1e6:,.0f} MB of memory, too much for a file of "
                f"{self._size:,} bytes"
            )


def one_line(error: object) -> str:
    r"""The text of an error in one line: at most 200 characters, none of them a control character.

    Example:
        >>> one_line(ValueError("two\n  lines\x1b[0m"))
        'two lines?[0m'
    """
    try:
        text = str(error)[: 10 * _SENTENCE]
    except Exception:
        text = type(error).__name__
    return shortened(" ".join(text.split()), _SENTENCE)


def lies_in(path: str | os.PathLike[str], folder: str | os.PathLike[str]) -> bool:
    """Whether a file, with all links followed, lies in a folder.

    Example:
        >>> lies_in("logs/step_000100/data.h5", "logs"), lies_in("logs/../run.json", "logs")
        (True, False)
    """
    root = os.path.realpath(folder)
    return os.path.realpath(path).startswith(os.path.join(root, ""))
