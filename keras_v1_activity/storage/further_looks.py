"""Further looks at a step that has one already: each is kept in a place of its own."""

from __future__ import annotations

import copy
import os
import re
from pathlib import Path

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.storage import codec
from keras_v1_activity.storage.layout import LAYOUTS, Layout, absolute


def next_place(layout: Layout, step: int) -> Layout:
    """The layout of the next further look at a step: ``step_000100_look_2``, then 3, ...

    Args:
        layout: of the run.
        step: that has at least one look.

    Example:
        >>> from keras_v1_activity.storage.layout import make_layout
        >>> next_place(make_layout("flat", "logs"), 100).data(100).name
        'step_000100_look_2.h5'
    """
    place, number = copy.copy(layout), 2
    while True:
        place.suffix = f"_look_{number}"
        if not any(os.path.lexists(path) for path in _files_of(place, step)):
            return place
        number += 1


def looks_at(log_dir: str | os.PathLike[str], step: int) -> list[Activity]:
    """Every look at one step of a run, in the order in which they were taken.

    `load_activity` gives the first one. The others are those of `V1ActivityCallback.look`.

    Args:
        log_dir: the folder of the run.
        step: a logged step.

    Raises:
        OSError, KeyError, ValueError: a file cannot be read.

    Example:
        >>> from keras_v1_activity import load_activity
        >>> [look.step for look in looks_at("logs", 200)], load_activity("logs").steps
        ([200], array([100, 200]))
    """
    from keras_v1_activity.storage.run import load_activity

    with load_activity(log_dir) as run:
        first = [run[step]] if step in run else []
    return first + [codec.decode(path) for path in _further_files(absolute(log_dir), step)]


def _further_files(log_dir: Path, step: int) -> list[Path]:
    found: dict[int, Path] = {}
    for make in LAYOUTS.values():
        layout = make(log_dir)
        layout.suffix = "_look_*"
        for path in log_dir.glob(layout.data(step).relative_to(log_dir).as_posix()):
            match = re.search(r"_look_(\d+)", path.relative_to(log_dir).as_posix())
            if match:
                found[int(match[1])] = path
    return [found[number] for number in sorted(found)]


def _files_of(place: Layout, step: int) -> list[Path]:
    data = place.data(step)
    whole = data.parent if data.parent.name.endswith(place.suffix) else data
    return [whole, place.summary(step), place.figure(step, "raster")]
