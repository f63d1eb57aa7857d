"""Windows lets nobody replace, move or open a file that another program has in its hands."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

# ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION of Windows; None if it was
# the C library that was refused, which `os.open` asks.
_HELD: Final = (None, 5, 32, 33)
# Seconds before each further try, 1.3 in all. Our drawing process and virus scanners read a file
# for some milliseconds.
_WAITS_S: Final = tuple(0.005 * 2**k for k in range(8))

AnyResult = TypeVar("AnyResult")


def once_released(call: Callable[[], AnyResult]) -> AnyResult:
    """Calls, and calls again for about a second while Windows says that somebody holds the file.

    Elsewhere the first error is final: there an open file can be replaced, and what is not allowed
    now is not allowed later.

    Args:
        call: replaces, moves or opens a file.

    Returns:
        What it returns.

    Raises:
        OSError: the last one that `call` raised.

    Example:
        >>> from pathlib import Path
        >>> _ = Path("a.txt").write_text("abc")
        >>> once_released(Path("a.txt").read_text)
        'abc'
    """
    for wait_s in _WAITS_S:
        try:
            return call()
        except PermissionError as error:
            # Errors have this attribute on Windows only.
            if getattr(error, "winerror", 0) not in _HELD:
                raise
        time.sleep(wait_s)
    return call()
