"""What a report says of the files of a run: its title, how long they are, texts to be shown."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from keras_v1_activity.common.reading import lies_in, open_regular
from keras_v1_activity.storage.names import (
    FIGURE_FILE,
    NETWORK_STATE,
    REPORT,
    STEP_FILE,
    STEP_FOLDER,
    WRITTEN,
)

_MOST_BYTES: Final = 60_000
# Names of folders that tell nothing of a run.
_USUAL_NAMES: Final = ("log", "logs")


def title_of(log_dir: Path) -> str:
    """What a run is called: its folder; with the one around it if that is called logs.

    Example:
        >>> title_of(Path("runs/digits_12/logs")), title_of(Path("runs/digits_12"))
        ('digits_12/logs', 'digits_12')
    """
    name, around = log_dir.name or str(log_dir), log_dir.parent.name
    return f"{around}/{name}" if around and name in _USUAL_NAMES else name


def lengths_of(log_dir: Path) -> dict[str, int]:
    """Length in bytes of each file of a run; of all files of its steps together.

    Files that vanish while they are listed are left out, and so is an earlier report.

    Args:
        log_dir: folder of the run.

    Example:
        >>> from keras_v1_activity import load_activity
        >>> sorted(lengths_of(load_activity("logs").log_dir))[:2]
        ['activity.h5', 'activity_summary.npz']
    """
    found: Counter[str] = Counter()
    for entry in _entries(log_dir):
        with suppress(OSError):
            if STEP_FOLDER.match(entry.name):
                found["step_*"] += sum(each.stat().st_size for each in _entries(Path(entry)))
            elif STEP_FILE.match(entry.name) or FIGURE_FILE.match(entry.name):
                found["*_step_*"] += entry.stat().st_size
            elif WRITTEN.match(entry.name) and entry.name != REPORT:
                found[entry.name] += entry.stat().st_size
    return {name: found[name] for name in sorted(found)}


def texts_of(log_dir: Path) -> dict[str, str]:
    """What network_state.txt says, by name of the file; empty if there is none.

    A link that leads out of the folder is not followed: who is shown the run need not see that.

    Args:
        log_dir: folder of the run.

    Example:
        >>> texts_of(Path("logs"))
        {}
    """
    path = log_dir / NETWORK_STATE
    if not lies_in(path, log_dir):
        return {}
    with suppress(OSError), open_regular(path) as file:
        return {NETWORK_STATE: file.read(_MOST_BYTES).decode("utf-8", "replace")}
    return {}


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with suppress(OSError), os.scandir(folder) as entries:
        yield from entries
