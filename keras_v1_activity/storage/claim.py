"""One process at a time records into a folder."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

CLAIM: str = ".recording.lock"
"""Name of a file that is there while a run is open; empty, and of no use to anybody else."""
_TAKEN = (errno.EACCES, errno.EAGAIN)
_REPEATS = 10


class _Held:
    """What this process holds: a folder, by the recorder that took it last."""

    def __init__(self, handle: int, path: Path, process: int, owner: object) -> None:
        self.handle = handle
        self.path = path
        self.process = process
        self.owner = owner


# By device and number of the folder, which is the same through every link that leads to it.
_held: dict[tuple[int, int], _Held] = {}


class Claim:
    """The right of one process to record into a folder, held while a run is open.

    The system gives it back when the process ends, however it ends; forked and started processes do
    not inherit it. Within a process the later recorder takes it over. Some systems (Windows) and
    file systems have no such lock: then everybody has the right.

    Args:
        folder: the folder, which exists when it is taken.

    Example:
        >>> claim = Claim(Path("."))
        >>> claim.take(), os.path.exists(CLAIM)
        (True, True)
        >>> claim.give_back(); os.path.exists(CLAIM)
        False
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self) -> bool:
        """Takes the folder; False if another process has it. Never raises."""
        if fcntl is None:
            return True
        try:
            return self._take()
        except OSError:
            # No folder, no right to write, or no locks: recording itself will find out.
            return True

    def _take(self) -> bool:
        key = self._key()
        held = _held.get(key)
        if held is not None and held.process == os.getpid() and _is_at(held.handle, held.path):
            held.owner = self
            return True
        path = self._folder / CLAIM
        for _ in range(_REPEATS):
            handle = _locked(path)
            if handle is None:
                return False
            if _is_at(handle, path):
                _held[key] = _Held(handle, path, os.getpid(), self)
                return True
            # It was given back, and its file removed, between the two calls.
            os.close(handle)
        return False

    def give_back(self) -> None:
        """Lets others record into the folder. Idempotent; without effect if it was taken over."""
        for key, held in list(_held.items()):
            if held.owner is self and held.process == os.getpid():
                del _held[key]
                with suppress(OSError):
                    # A file of this name that holds something is of somebody else.
                    if _is_at(held.handle, held.path) and not os.fstat(held.handle).st_size:
                        held.path.unlink()
                with suppress(OSError):
                    os.close(held.handle)

    def _key(self) -> tuple[int, int]:
        found = os.stat(self._folder)
        return found.st_dev, found.st_ino


def _locked(path: Path) -> int | None:
    """The file, open and locked; None if another process has locked it.

    It is opened for reading, so that its file system can still be made read-only; some network
    disks lock only what is open for writing.
    """
    for mode in (os.O_RDONLY, os.O_RDWR):
        handle = os.open(path, mode | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            if error.errno in _TAKEN:
                return None
            if error.errno != errno.EBADF or mode == os.O_RDWR:
                raise
        else:
            return handle
    return None


def _let_go_in_a_fork() -> None:
    # A child would hold the lock on when its parent is gone.
    for held in _held.values():
        with suppress(OSError):
            os.close(held.handle)
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go_in_a_fork)


def _is_at(handle: int, path: Path) -> bool:
    """Whether an open file is the one that lies there now."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except OSError:
        return False
