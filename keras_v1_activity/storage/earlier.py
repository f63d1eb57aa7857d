"""Moving what an earlier run left into a numbered folder of its own, safe against two processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from keras_v1_activity.common.held_open import once_released
from keras_v1_activity.storage.folder_lock import folder_lock


def move_entries(
    folder: Path, found: Callable[[], Sequence[Path]], first: Path | None = None
) -> Path | None:
    """Moves entries of a folder into the next free ``earlier_001`` inside it.

    Args:
        folder: the folder.
        found: what there is to move, as paths relative to `folder`; asked again once `first` is
            moved, since somebody may have added to it until then.
        first: the entry that is moved before all others.

    Returns:
        The path of the folder made; None if there was nothing to move.

    Raises:
        OSError: something could not be moved.

    Example:
        >>> _ = Path("a.txt").write_text("")
        >>> move_entries(Path(), lambda: list(Path().glob("*.txt"))).name
        'earlier_001'
    """
    if not folder.is_dir():
        return None
    with folder_lock(folder):
        if not found():
            return None
        target = _numbered_folder(folder)
        moved = first is not None and _move(folder, target, first)
        for entry in found():
            moved |= _move(folder, target, entry)
    if moved:
        return target
    # There is no lock on this system, and another process was faster.
    with suppress(OSError):
        target.rmdir()
    return None


def _numbered_folder(folder: Path) -> Path:
    number = 1
    while True:
        target = folder / f"earlier_{number:03d}"
        try:
            target.mkdir()
        except FileExistsError:
            number += 1
        else:
            return target


def _move(folder: Path, target: Path, entry: Path) -> bool:
    """Moves one entry; False if another process has taken it."""
    (target / entry).parent.mkdir(parents=True, exist_ok=True)
    try:
        once_released(partial(os.rename, folder / entry, target / entry))
    except FileNotFoundError:
        return False
    return True
