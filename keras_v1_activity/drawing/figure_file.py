"""One figure of a run as a file that is whole or not there."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keras_v1_activity.common.atomic_files import replacing
from keras_v1_activity.drawing.products import HISTORY
from keras_v1_activity.storage.history_files import logged_steps, read_history
from keras_v1_activity.storage.ownership import Owner, owner_of

if TYPE_CHECKING:
    from keras_v1_activity.activity.activity import Activity
    from keras_v1_activity.figures import Painter
    from keras_v1_activity.storage.run_file import RunMark

DELAY_VARIABLE: Final = "KERAS_V1_ACTIVITY_DRAW_DELAY_S"
"""Environment variable: seconds to wait before each figure, to see what slow drawing does."""


class _RunGone(Exception):
    """The folder holds another run by now."""


def draw_into_file(
    name: str,
    activity: Activity | None,
    path: str | os.PathLike[str],
    run: RunMark | None = None,
    painter: Painter | None = None,
) -> bool:
    """Draws one figure into a PNG file that is whole or not there.

    Args:
        name: one of `plan.FIGURES`, or ``trace_neuron_17``.
        activity: the look; None for the figure of a run, which shows what its folder says.
        path: the file.
        run: which run the figure belongs to; None draws in any case.
        painter: what to draw it with; None makes a new one.

    Returns:
        Whether it was drawn: False if the folder no longer holds the run.

    Raises:
        ValueError: no such figure.
        OSError: the file cannot be written, or another program has one of that name.

    Example:
        >>> draw_into_file("raster", activity, "raster.png")
        True
    """
    delay = float(os.environ.get(DELAY_VARIABLE) or 0)
    if delay:
        time.sleep(delay)
    if run is None:
        with replacing(path) as temporary:
            _save(painter, name, activity, path, temporary)
        return True
    if not run.held():
        return False
    try:
        # Not in the step's folder, which may be moved aside while the figure is drawn.
        with replacing(path, folder=os.path.dirname(run.path)) as temporary:
            _save(painter, name, activity, path, temporary)
            if not run.held():
                raise _RunGone
    except _RunGone:
        return False
    return True


def _save(
    painter: Painter | None,
    name: str,
    activity: Activity | None,
    path: str | os.PathLike[str],
    temporary: Path,
) -> None:
    from keras_v1_activity.figures import save_figure, save_history

    if activity is not None and name != HISTORY:
        (painter.save if painter else save_figure)(name, activity, temporary)
        return
    if owner_of(Path(path)) is Owner.FOREIGN:
        raise FileExistsError(
            f"{path} was made by another program and stays as it is: rename it to have the history "
            "of the run drawn there."
        )
    folder = os.path.dirname(path)
    known = read_history(folder, logged_steps(folder))
    (painter.save_history if painter else save_history)(known, temporary)
