"""Which steps a run has logged, by what lies in its folder."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from keras_v1_activity.storage import names
from keras_v1_activity.storage.layout import own_entries, step_files


def last_step(log_dir: str | os.PathLike[str], also: Iterable[int] = ()) -> int:
    """The greatest step that a run logged in a folder; 0 if there is none.

    If there are data files, only they count: a folder without one is a look that was cut short. If
    there are none (a run that stores no data), every file of a step counts.

    Args:
        log_dir: the folder.
        also: steps known from elsewhere, e.g. from run.json.

    Example:
        >>> _ = Path("raster_step_300.png").write_bytes(b"")
        >>> last_step("."), last_step(".", also=[400])
        (300, 400)
    """
    files = step_files(log_dir)
    steps = [0, *also, *files]
    if not files:
        steps += [_step_of(entry) for entry in own_entries(log_dir)]
    return max(steps)


def entries_from(log_dir: str | os.PathLike[str], step: int) -> list[Path]:
    """What a run left of the looks from a step on, with what is made of all looks.

    Args:
        log_dir: the folder.
        step: the first step that is meant, from 1.

    Example:
        >>> for name in ("raster_step_100.png", "raster_step_200.png", "activity.h5"):
        ...     _ = Path(name).write_bytes(b"")
        >>> [path.name for path in entries_from(".", 101)]
        ['activity.h5', 'raster_step_200.png']
    """
    # The index can be made again; with it, looks that are moved keep the facts of their neurons.
    own = own_entries(log_dir)
    return [at for at in own if at.name in (names.INDEX, names.SUMMARY) or _step_of(at) >= step]


def _step_of(entry: Path) -> int:
    """The step that an entry of a run belongs to; 0 if it belongs to none."""
    patterns = (names.STEP_FOLDER, names.STEP_FILE, names.FIGURE_FILE)
    found = next(filter(None, (pattern.match(entry.name) for pattern in patterns)), None)
    return int(found[1] or found[2]) if found else 0
