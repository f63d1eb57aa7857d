"""Further looks at a step that has one already: each is kept in a place of its own."""

from __future__ import annotations

import copy
import os
import re
from pathlib import Path

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.storage import codec
from keras_v1_activity.storage.layout import LAYOUTS, Layout, absolute

_FURTHER = re.compile(r"^step_(\d{6,})_look_(\d+)(?:\.h5)?$")
_FIGURE = re.compile(r"_step_\d+_look_\d+\.png$")


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
        >>> from keras_v1_activity.storage import load_activity
        >>> len(load_activity("logs")), [look.step for look in looks_at("logs", 200)]
        (2, [200])
    """
    from keras_v1_activity.storage.run import load_activity

    with load_activity(log_dir) as run:
        first = [run[step]] if step in run else []
    places = [place for at, place in further_places(log_dir) if at == step]
    return first + [codec.decode(place.data(step)) for place in places]


def further_places(log_dir: str | os.PathLike[str]) -> list[tuple[int, Layout]]:
    """Step and place of every further look stored in a folder, in the order they were taken.

    Args:
        log_dir: the folder of the run.

    Example:
        >>> further_places("a folder that is not there")
        []
    """
    log_dir = absolute(log_dir)
    found: list[tuple[int, int, Layout]] = []
    names = {*_names(log_dir), *_names(log_dir / "activity")}
    for match in filter(None, map(_FURTHER.match, names)):
        step, number = int(match[1]), int(match[2])
        for make in LAYOUTS.values():
            place = make(log_dir)
            place.suffix = f"_look_{number}"
            if place.data(step).is_file():
                found.append((step, number, place))
    return [(step, place) for step, _, place in sorted(found, key=lambda each: each[:2])]


def is_further(data: Path) -> bool:
    """Whether a data file, or a figure, is that of a further look.

    Example:
        >>> is_further(Path("logs/step_000100_look_2/data.h5")), is_further(Path("data.h5"))
        (True, False)
    """
    names = (data.name, data.parent.name)
    return any(map(_FURTHER.match, names)) or bool(_FIGURE.search(data.name))


def _files_of(place: Layout, step: int) -> list[Path]:
    data = place.data(step)
    whole = data.parent if data.parent.name.endswith(place.suffix) else data
    return [whole, place.summary(step), place.figure(step, "raster")]


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
