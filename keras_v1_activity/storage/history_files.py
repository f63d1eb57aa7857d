"""The history of a run, read from the summary of each of its looks."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from keras_v1_activity.common.atomic_files import read_json
from keras_v1_activity.history import History
from keras_v1_activity.storage.layout import LAYOUTS
from keras_v1_activity.storage.names import STEP_FILE, STEP_FOLDER


def logged_steps(log_dir: str | os.PathLike[str]) -> list[int]:
    """Steps that have a summary in a folder, ascending, also if no data are stored.

    Example:
        >>> from keras_v1_activity import load_activity
        >>> logged_steps(load_activity("logs").log_dir)
        [100, 200]
    """
    found = set()
    for folder, pattern in ((log_dir, STEP_FOLDER), (Path(log_dir, "activity"), STEP_FILE)):
        with suppress(OSError):
            matches = map(pattern.match, os.listdir(folder))
            found |= {int(match[1]) for match in matches if match and not match["look"]}
    return sorted(found)


def read_history(log_dir: str | os.PathLike[str], steps: Iterable[int]) -> History:
    """What the summaries of a run say; a look without one, or with a damaged one, is a bare row.

    Args:
        log_dir: the folder of the run.
        steps: the logged steps.

    Example:
        >>> from keras_v1_activity import load_activity
        >>> steps = load_activity("logs").steps
        >>> read_history("logs", steps).series("mean_rate_hz")
        array([50., 50.])
    """
    layouts = [make(log_dir) for make in LAYOUTS.values()]
    history = History()
    for step in map(int, steps):
        found = (read_json(layout.summary(step)) for layout in layouts)
        history.merge(step, {**next(filter(None, found), {}), "step": step})
    return history
