"""One process at a time at work in a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


@contextmanager
def folder_lock(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Waits for other processes and threads that hold the lock of a folder, then holds it.

    The lock leaves no file behind, and a process that is killed loses it. Some systems (Windows)
    and file systems (some network disks) have no such lock: then nobody is waited for.

    Args:
        folder: an existing folder.

    Raises:
        OSError: there is no such folder.

    Example:
        >>> with folder_lock("."):
        ...     print("alone")
        alone
    """
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        # Unlocked here, because a process that was forked meanwhile keeps the handle open.
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_UN)
        os.close(handle)
