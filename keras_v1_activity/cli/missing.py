"""``figures --missing``: draws the figures that a run lacks into their places."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from keras_v1_activity.common.atomic_files import read_json, write_json
from keras_v1_activity.drawing.figure_file import draw_into_file
from keras_v1_activity.drawing.many import draw_missing
from keras_v1_activity.drawing.products import HISTORY, NUMBERS, n_figures
from keras_v1_activity.drawing.stored_look import (
    StoredLook,
    find_missing,
    wanted_figures,
    wants_history,
    wants_numbers,
)
from keras_v1_activity.storage import load_activity
from keras_v1_activity.storage.folder_lock import folder_lock
from keras_v1_activity.storage.layout import run_name
from keras_v1_activity.storage.names import HISTORY_PICTURE
from keras_v1_activity.storage.ownership import Owner, owner_of
from keras_v1_activity.storage.run_file import RunMark, read_run_id


def complete(
    folder: str | os.PathLike[str],
    *,
    steps: Sequence[int] | None = None,
    figures: Sequence[str] | None = None,
    n_jobs: int = 1,
) -> str:
    """Draws the figures that a run lacks, beside those that are there.

    Args:
        folder: folder of the run.
        steps: only these logged steps; None for all.
        figures: only these figures; None for those that the run was set to.
        n_jobs: how many processes draw.

    Returns:
        One line that says what was done.

    Raises:
        FileNotFoundError, KeyError: there is no such run or step.
        ValueError: no activity is stored.
        OSError: some figures could not be drawn.

    Example:
        >>> last = load_activity("logs").steps[-1:].tolist()
        >>> print(complete("logs", figures=["raster"], steps=last))
        1 figure was drawn, none is missing in logs
    """
    with load_activity(folder) as stored:
        if not len(stored):
            raise ValueError(
                f"{folder} holds no stored activity: it was logged with save_data=False."
            )
        for step in steps or ():
            if step not in stored:
                # It says which steps there are.
                stored[step]
        log_dir = stored.log_dir
    before = _missing(log_dir, steps, figures)
    counters = draw_missing(before, n_jobs)
    after = _missing(log_dir, steps, figures)
    n_drawn = _draw_history(log_dir, figures)
    counters.add("figures_drawn", n_drawn)
    _count(log_dir, drawn=_figures(before) - _figures(after) + n_drawn)
    if after:
        what = _number(_figures(after), "figure") if _figures(after) else "the numbers"
        cause = next(iter(counters.causes.values()), "the folder holds another run by now")
        steps_left = _number(len({look.step for look in after}), "step")
        are = "is" if _figures(after) == 1 else "are"
        raise OSError(f"{what} of {steps_left} {are} still missing in {folder}: {cause}")
    n = counters.counts["figures_drawn"]
    were = "was" if n == 1 else "were"
    return f"{_number(n, 'figure')} {were} drawn, none is missing in {folder}"


def _draw_history(log_dir: Path, figures: Sequence[str] | None) -> int:
    """Draws the figure of the run again, since looks may have got numbers: 1 if it was missing."""
    run = log_dir / run_name(log_dir)
    settings = read_json(run).get("settings")
    if not (wants_history(settings) if figures is None else HISTORY in figures):
        return 0
    path = log_dir / HISTORY_PICTURE
    if owner_of(path) is Owner.FOREIGN:
        return 0
    was_missing = not path.exists()
    draw_into_file(HISTORY, None, path)
    return int(was_missing)


def _number(n: int, thing: str) -> str:
    return f"{n:,} {thing}" if n == 1 else f"{n:,} {thing}s"


def _missing(
    log_dir: Path, steps: Sequence[int] | None, figures: Sequence[str] | None
) -> list[StoredLook]:
    run = log_dir / run_name(log_dir)
    settings = read_json(run).get("settings")
    names, traced = wanted_figures(settings)
    names = (NUMBERS,) * wants_numbers(settings) + names
    if figures is not None:
        names, traced = tuple(name for name in figures if name != HISTORY), ()
    run_id = read_run_id(run)
    mark = None if run_id is None else RunMark(str(run), run_id)
    return find_missing(log_dir, names, traced, run=mark, steps=steps)


def _figures(looks: Sequence[StoredLook]) -> int:
    return sum(n_figures(look.names) for look in looks)


def _count(log_dir: Path, drawn: int) -> None:
    """Corrects the counts in run.json; a training that is running writes its own there again."""
    with suppress(OSError), folder_lock(log_dir):
        run = log_dir / run_name(log_dir)
        content = read_json(run)
        counts = content.get("counts")
        if not isinstance(counts, dict) or not drawn:
            return
        counted = counts.get("figures_drawn")
        counts["figures_drawn"] = (counted if isinstance(counted, int) else 0) + drawn
        counts["figures_missing"] = _figures(_missing(log_dir, None, None))
        write_json(run, content)
