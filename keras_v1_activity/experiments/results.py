"""The folder that a training run leaves its results in."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path

from keras_v1_activity.common.atomic_files import replacing
from keras_v1_activity.common.notices import tell
from keras_v1_activity.common.reading import one_line
from keras_v1_activity.experiments.options import TrainingOptions
from keras_v1_activity.experiments.run_checkpoints import FOLDER, TrainingProgress
from keras_v1_activity.storage.layout import move_aside

LOG: str = "training.csv"
RESULT: str = "result.json"
ACTIVITY: str = "activity"


def prepare_results(
    options: TrainingOptions,
    results_dir: Path,
    progress: TrainingProgress,
    say: Callable[[str], object] = tell,
) -> None:
    r"""Makes the folder ready for a run.

    Files of the run that is resumed stay; its log loses the epochs that come again. Files of any
    other run are moved into ``earlier_001`` (the next free number) inside the folder.

    Args:
        options: `TrainingOptions`, of which `restore_from` counts.
        results_dir: the folder, an absolute path; it is made if it is missing.
        progress: how far the run that is resumed had come.
        say: called with a line of text if an earlier run was moved.

    Raises:
        OSError: an earlier run could not be moved.
        ValueError: the log of the run that is resumed is damaged.

    Example:
        >>> _ = Path("training.csv").write_text("epoch,step\n0,2\n")
        >>> prepare_results(TrainingOptions(), Path.cwd(), TrainingProgress())
        >>> [path.name for path in Path("earlier_001").iterdir()]
        ['training.csv']
    """
    results_dir.mkdir(parents=True, exist_ok=True)
    restored = options.restore_from and Path(os.path.abspath(options.restore_from))
    if restored and (restored == results_dir or results_dir in restored.parents):
        _cut_log(results_dir / LOG, progress.epochs)
        return
    moved = move_aside(results_dir, (LOG, RESULT, FOLDER, ACTIVITY))
    if moved is not None:
        say(f"{results_dir} held an earlier run, which is now in {moved}")


def _cut_log(path: Path, epochs: int) -> None:
    """Drops lines of epochs after the checkpoint, which come again."""
    if not path.is_file():
        return
    try:
        with open(path, newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        kept = [row for row in rows if int(row[0]) < epochs]
    except (ValueError, IndexError, csv.Error) as error:
        raise ValueError(
            f"{path} is damaged ({one_line(error)}): move it away to go on without the lines of "
            "the epochs before."
        ) from None
    with replacing(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *kept])


def read_log(results_dir: str | os.PathLike[str]) -> list[dict[str, float | None]]:
    r"""The lines of the log, one dict for each epoch, those of the resumed run included.

    Args:
        results_dir: folder of the run.

    Returns:
        Dicts of column -> number; whole numbers are int, what is no number is None. Empty if there
        is no log, or a damaged one.

    Example:
        >>> _ = Path("training.csv").write_text("epoch,step,loss\n0,2,0.5\n")
        >>> read_log(".")
        [{'epoch': 0, 'step': 2, 'loss': 0.5}]
    """
    path = Path(results_dir) / LOG
    if not path.is_file():
        return []
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = [{str(name): row[name] for name in row} for row in csv.DictReader(file)]
    except (ValueError, csv.Error):
        return []
    return [{name: _number(value) for name, value in row.items()} for row in rows]


def _number(text: object) -> float | None:
    """The number in a cell of the log; int if it is whole, None if there is none."""
    if not isinstance(text, str):
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if value.is_integer() and "." not in text else value
