"""One process at a time records into a folder."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from keras_v1_activity.common.forks import begin_again_when_forked

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

CLAIM: str = ".recording.lock"
"""Name of a file that is there while a run is open; empty, and of no use to anybody else."""
_TAKEN = (errno.EACCES, errno.EAGAIN)
_REPEATS = 10


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
            return _HELD.take(self._folder, self)
        except OSError:
            # No folder, no right to write, or no locks: recording itself will find out.
            return True

    def give_back(self) -> None:
        """Lets others record into the folder. Idempotent; without effect if it was taken over."""
        _HELD.give_back(self)


class _Lock(NamedTuple):
    """A locked file, and the claim that took it last."""

    handle: int
    path: Path
    owner: Claim

    def release(self) -> None:
        with suppress(OSError):
            # Ours is empty: a file of this name with something in it is not.
            if _is_at(self.handle, self.path) and not os.fstat(self.handle).st_size:
                self.path.unlink()
        with suppress(OSError):
            os.close(self.handle)


class _HeldFolders:
    """The folders that this process holds.

    There is one of them for the process, because the system gives a lock to a process: a second
    recorder must find the lock of the first, which would else keep it out.
    """

    def __init__(self) -> None:
        # By device and number of the folder, which is the same through every link that leads to it.
        self._locks: dict[tuple[int, int], _Lock] = {}

    def take(self, folder: Path, owner: Claim) -> bool:
        """Takes a folder; False if another process has it."""
        # Again each time: it costs nothing, and importing this file must not do it.
        begin_again_when_forked(self)
        found = os.stat(folder)
        key = found.st_dev, found.st_ino
        lock = self._locks.get(key)
        if lock is not None and _is_at(lock.handle, lock.path):
            self._locks[key] = lock._replace(owner=owner)
            return True
        if lock is not None:
            # The folder was removed and made again.
            os.close(self._locks.pop(key).handle)
        path = folder / CLAIM
        for _ in range(_REPEATS):
            handle = _locked(path)
            if handle is None:
                return False
            if _is_at(handle, path):
                self._locks[key] = _Lock(handle, path, owner)
                return True
            # It was given back, and its file removed, between the two calls.
            os.close(handle)
        return False

    def give_back(self, owner: Claim) -> None:
        """Gives up what `owner` was the last to take."""
        for key, lock in list(self._locks.items()):
            if lock.owner is owner:
                del self._locks[key]
                lock.release()

    def begin_again(self) -> None:
        """In a forked child, which would hold the locks on when its parent is gone."""
        for lock in self._locks.values():
            with suppress(OSError):
                os.close(lock.handle)
        self._locks.clear()


_HELD = _HeldFolders()


def _locked(path: Path) -> int | None:
    """The file, open and locked; None if another process has locked it.

    It is opened for reading, so that its file system can still be made read-only; some network
    disks lock only what is open for writing.

    Raises:
        OSError: it is no plain file, or cannot be locked.
    """
    # A pipe that lies there is not waited for.
    usual = os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    for mode in (os.O_RDONLY, os.O_RDWR):
        handle = os.open(path, mode | usual, 0o666)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise OSError(f"{str(path)!r} is no plain file")
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


def _is_at(handle: int, path: Path) -> bool:
    """Whether an open file is the one that lies there now."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except OSError:
        return False
