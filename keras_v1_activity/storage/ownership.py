"""Whose a file is: recognised by what it holds, since anybody may use its name."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Final

from keras_v1_activity.common.atomic_files import JSON_LIMIT_BYTES, parsed_json, read_regular
from keras_v1_activity.common.numpy_files import open_archive
from keras_v1_activity.common.reading import open_regular
from keras_v1_activity.report import is_report
from keras_v1_activity.storage.earlier import move_entries
from keras_v1_activity.storage.run_id import known_id
from keras_v1_activity.storage.sealed import LIMIT_BYTES, unseal

RUN_KEYS: Final = frozenset(
    {
        "run_id", "layout", "settings", "versions", "started", "resumed", "last_written", "counts",
        "first_causes", "intervals", "steps",
    }
)  # fmt: skip
"""The entries of a run.json."""
# What every index has held, also those that older versions wrote, which are not sealed.
_INDEX_NAMES = (b"recorded_rate_hz", b"readout_neurons", b"digest")
_HDF5 = b"\x89HDF\r\n\x1a\n"
STATE_RULE: Final = "=" * 78
"""A line of network_state.txt, above and below each title."""
STATE_HEAD: Final = f"{STATE_RULE}\nModel\n{STATE_RULE}\n"
"""How every network_state.txt begins."""
# A chunk of text near the beginning of each picture of ours.
_SOFTWARE = b"Software\0keras_v1_activity"
_PNG_HEAD_BYTES = 256
_SUMMARY_NAMES = {"step.npy", "label_history.npy", "left_out.npy"}


class Owner(Enum):
    """Whose a file is.

    Example:
        >>> owner_of(Path("run.json")) is Owner.NOBODY
        True
    """

    NOBODY = "there is no such file, or nothing in it"
    OURS = "a run has written it"
    DAMAGED = "it is not what its name says, and may be what is left of ours"
    FOREIGN = "another program has written it"


def owner_of(path: Path) -> Owner:
    """Whose a file is that has the name of one of ours.

    Args:
        path: a ``run.json``, ``activity.h5``, ``activity_summary.npz``, ``network_state.txt``,
            ``history.png`` or ``report.html``; of any other, and of what is no plain file, only the
            name and kind say it.

    Example:
        >>> _ = Path("run.json").write_text('{"my": "precious"}')
        >>> owner_of(Path("run.json"))
        <Owner.FOREIGN: 'another program has written it'>
    """
    if not os.path.lexists(path):
        return Owner.NOBODY
    judge = _JUDGES.get(path.suffix)
    if judge is None:
        return Owner.OURS
    if not path.is_file():
        return Owner.FOREIGN
    try:
        return judge(path) if path.stat().st_size else Owner.NOBODY
    except OSError:
        # Not readable, or longer than any of ours.
        return Owner.FOREIGN


def set_aside_if_damaged(path: Path) -> Path | None:
    """Moves a damaged file into the next free ``earlier_001`` beside it, so that nothing is lost.

    Returns:
        The folder that it is in now; None if it was not moved.

    Raises:
        OSError: it could not be moved.

    Example:
        >>> _ = Path("run.json").write_text("noise")
        >>> set_aside_if_damaged(Path("run.json")).name, Path("run.json").exists()
        ('earlier_001', False)
    """
    if owner_of(path) is not Owner.DAMAGED:
        return None
    name = Path(path.name)
    return move_entries(path.parent, lambda: [name] if os.path.lexists(path) else [])


def _owner_of_run_file(path: Path) -> Owner:
    try:
        content = parsed_json(read_regular(path, JSON_LIMIT_BYTES))
    except ValueError:
        return Owner.DAMAGED
    if not isinstance(content, dict):
        return Owner.DAMAGED
    named = known_id(content.get("run_id")) and content.keys() & {"counts", "steps"}
    return Owner.OURS if named or content.keys() <= RUN_KEYS else Owner.FOREIGN


def _owner_of_index(path: Path) -> Owner:
    raw = read_regular(path, LIMIT_BYTES)
    if unseal(raw) or all(name in raw for name in _INDEX_NAMES):
        return Owner.OURS
    return Owner.FOREIGN if _is_whole_hdf5(raw) else Owner.DAMAGED


def _is_whole_hdf5(raw: bytes) -> bool:
    """Whether the bytes begin as HDF5, and none are missing at the end."""
    if not raw.startswith(_HDF5) or len(raw) < 48:
        return False
    # The end of the file, as the superblock of version 0, 1, or later has it.
    place = {0: 40, 1: 44}.get(raw[8], 28)
    return int.from_bytes(raw[place : place + 8], "little") <= len(raw)


def _owner_of_summary(path: Path) -> Owner:
    try:
        with open_archive(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, MemoryError):
        with open_regular(path) as file:
            return Owner.DAMAGED if file.read(2) == b"PK" else Owner.FOREIGN
    return Owner.OURS if names >= _SUMMARY_NAMES else Owner.FOREIGN


def _owner_of_state(path: Path) -> Owner:
    # It is written whole or not at all, so that none of ours is damaged.
    with open(path, "rb") as file:
        ours = file.read(len(STATE_HEAD)) == STATE_HEAD.encode()
    return Owner.OURS if ours else Owner.FOREIGN


def _owner_of_picture(path: Path) -> Owner:
    # It is written whole or not at all, so that none of ours is damaged.
    with open_regular(path) as file:
        return Owner.OURS if _SOFTWARE in file.read(_PNG_HEAD_BYTES) else Owner.FOREIGN


def _owner_of_report(path: Path) -> Owner:
    return Owner.OURS if is_report(path) else Owner.FOREIGN


_JUDGES: dict[str, Callable[[Path], Owner]] = {
    ".json": _owner_of_run_file,
    ".h5": _owner_of_index,
    ".npz": _owner_of_summary,
    ".txt": _owner_of_state,
    ".png": _owner_of_picture,
    ".html": _owner_of_report,
}
