"""RunFolder: follows the folder of a run while training writes it, looking at what may be new."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.live import Changes
from keras_v1_activity.storage.claim import CLAIM
from keras_v1_activity.storage.folder_reading import FolderReading
from keras_v1_activity.storage.layout import run_name
from keras_v1_activity.storage.names import STEP_FILE, STEP_FOLDER
from keras_v1_activity.storage.run_content import read_run_content
from keras_v1_activity.storage.run_id import known_id
from keras_v1_activity.storage.shown_files import title_of

# So many of the last looks are watched for numbers that come later, and so many others each time.
_WATCHED: Final = 64

Mark = tuple[int, int, int]
"""A file as it was: when it was written, how long it is, which one it is."""


class RunFolder(FolderReading):
    """The folder of a run, for `live.WatchServer`: which steps are new, and what is in them.

    Neither the folder nor a run in it needs to be there yet.

    Args:
        log_dir: the folder given to the callback or logger.

    Attributes:
        log_dir: its absolute path.
        name: what the run is called.

    Raises:
        NotADirectoryError: there is a file of that name.

    Example:
        >>> from keras_v1_activity import load_activity
        >>> folder = RunFolder(load_activity("logs").log_dir)
        >>> folder.changes().steps, folder.changes().steps
        ([100, 200], [])
    """

    name: str

    def __init__(self, log_dir: str | os.PathLike[str]) -> None:
        super().__init__(log_dir)
        if self.log_dir.exists() and not self.log_dir.is_dir():
            raise NotADirectoryError(
                f"{str(self.log_dir)!r} is a file, not the folder of a run: give the log_dir that "
                "the callback or logger was given."
            )
        self.name = title_of(self.log_dir)
        self._generation = 0
        self._run_id: str | None = None
        self._was_there = False
        self._begin_again()

    def _begin_again(self) -> None:
        self._generation += 1
        self._names: set[str] = set()
        self._found: dict[int, tuple[Mark | None, Mark | None]] = {}
        self._run_path, self._run_mark = self.log_dir / run_name(self.log_dir), None
        self._neurons = None
        self._turn = 0
        self._written = 0

    def changes(self) -> Changes:
        """What has changed since the last call; never raises."""
        info = self._changed_info()
        run_id = None if info is None else known_id(info.get("run_id"))
        if run_id is not None and run_id != self._run_id:
            if self._run_id is not None:
                self._begin_again()
                info = self._changed_info()
            self._run_id = run_id
        new, gone = self._listed()
        order = sorted(self._found, reverse=True)
        others = order[_WATCHED:]
        part = others[self._turn : self._turn + _WATCHED]
        self._turn = self._turn + _WATCHED if self._turn + _WATCHED < len(others) else 0
        changed = []
        for step in dict.fromkeys([*new, *order[:_WATCHED], *part]):
            marks = self._marks(step)
            if marks != self._found[step]:
                had, self._found[step] = self._found[step], marks
                (changed if any(marks) else gone if any(had) else []).append(step)
        there = self._run_mark is not None or any(any(marks) for marks in self._found.values())
        state = "there" if there else "gone" if self._was_there else "absent"
        self._was_there |= there
        return Changes(
            state, self._generation, self._is_recording(), sorted(changed), sorted(gone), info,
            max(time.time() - self._written / 1e9, 0.0) if self._written else None,
        )  # fmt: skip

    def neurons(self) -> Neurons | None:
        """The neurons of the run; None if they are unknown yet."""
        return self.neurons_of(self._found)

    def _listed(self) -> tuple[list[int], list[int]]:
        """Steps whose names are new in the folder, and those that have gone from it."""
        names = set(_entries(self.log_dir))
        names |= {f"activity/{name}" for name in _entries(self.log_dir / "activity")}
        before, self._names = self._names, names
        new = _steps_of(names - before) - self._found.keys()
        self._found.update((step, (None, None)) for step in new)
        # A step has several names in one layout.
        left = _steps_of(before - names)
        left -= _steps_of(names) if left else set()
        gone = [step for step in left if any(self._found.pop(step, ()))]
        return sorted(new), gone

    def _marks(self, step: int) -> tuple[Mark | None, Mark | None]:
        """Those of the data and of the summary."""
        found: tuple[Mark | None, Mark | None] = (None, None)
        for layout in self._layouts:
            found = _mark(layout.data(step)), _mark(layout.summary(step))
            if any(found):
                break
        self._written = max(self._written, *(mark[0] for mark in found if mark is not None), 0)
        return found

    def _changed_info(self) -> Mapping[str, Any] | None:
        """The content of run.json if it has changed, else None."""
        mark = _mark(self._run_path)
        if mark is None:
            self._run_path = self.log_dir / run_name(self.log_dir)
            mark = _mark(self._run_path)
        if mark == self._run_mark:
            return None
        self._run_mark = mark
        if mark is None or not self.is_inside(self._run_path):
            return None
        self._written = max(self._written, mark[0])
        return read_run_content(self._run_path)

    def _is_recording(self) -> bool | None:
        # Windows has no such file.
        return None if os.name == "nt" else os.path.lexists(self.log_dir / CLAIM)


def _entries(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _steps_of(names: set[str]) -> set[int]:
    found = set()
    for name in names:
        inside = name.startswith("activity/")
        match = STEP_FILE.match(name[len("activity/") :]) if inside else STEP_FOLDER.match(name)
        if match and not match["look"]:
            found.add(int(match[1]))
    return found


def _mark(path: Path) -> Mark | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
