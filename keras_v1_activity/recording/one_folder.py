"""Two callbacks of one fit write into two folders."""

from __future__ import annotations

import os
import weakref
from pathlib import Path
from typing import Any, NamedTuple

from keras_v1_activity.common.protocols import Model


class _Entry(NamedTuple):
    """A folder that is written in a training."""

    key: object
    fit: Any
    owner: weakref.ref[Any]


_written: weakref.WeakKeyDictionary[Any, list[_Entry]] = weakref.WeakKeyDictionary()


def enter(model: Model, folder: Path, owner: object) -> None:
    """Notes that a training begins whose looks are written into a folder.

    Args:
        model: the model that trains.
        folder: the folder; one place under two names is one folder.
        owner: who writes.

    Raises:
        ValueError: somebody else does so in the same fit.

    Example:
        >>> class Writer: ...
        >>> first, second = Writer(), Writer()
        >>> enter(model, Path("."), first)
        >>> enter(model, Path("sub/.."), first)
        >>> leave(model, first)
    """
    leave(model, owner)
    entries = _written.setdefault(model, [])
    # Each fit has one of its own: an entry of another was left by a training that failed.
    fit, key = getattr(model, "history", None), _place(folder)
    entries[:] = [entry for entry in entries if entry.fit is fit and entry.owner() is not None]
    if fit is not None and any(entry.key == key for entry in entries):
        raise ValueError(
            f"two callbacks of one fit write into log_dir {str(folder)!r}: give each a folder of "
            "its own, or leave one of them out."
        )
    entries.append(_Entry(key, fit, weakref.ref(owner)))


def leave(model: Model, owner: object) -> None:
    """Notes that a training has ended.

    Args:
        model: the model that trained.
        owner: who wrote.

    Example:
        >>> leave(model, object())
    """
    entries = _written.get(model, [])
    entries[:] = [entry for entry in entries if entry.owner() is not owner]


def _place(folder: Path) -> object:
    """The same for each name of a folder."""
    try:
        found = os.stat(folder)
    except OSError:
        return os.path.realpath(folder)
    # Some file systems of Windows number nothing.
    return (found.st_dev, found.st_ino) if found.st_ino else os.path.realpath(folder)
