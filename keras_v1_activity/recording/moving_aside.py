"""Moving aside what an earlier run left in the folder: all of it, or its later looks."""

from __future__ import annotations

from pathlib import Path

from keras_v1_activity.recording.found_run import FoundRun
from keras_v1_activity.recording.messages import Messages
from keras_v1_activity.recording.opening import Opening
from keras_v1_activity.storage.layout import move_aside
from keras_v1_activity.storage.names import INDEX, SUMMARY
from keras_v1_activity.storage.steps_on_disk import entries_from


def make_room(
    opening: Opening, found: FoundRun, log_dir: Path, next_step: int, messages: Messages
) -> FoundRun:
    """Moves aside what does not belong to the run that is opened.

    Args:
        opening: what opening the run means.
        found: what the folder holds.
        log_dir: the folder.
        next_step: the training step that comes next, from 1.
        messages: says what was moved.

    Returns:
        What the run goes on with.

    Raises:
        ValueError: something cannot be moved.

    Example:
        >>> make_room(Opening.BEGIN, FoundRun(), Path("."), 1, Messages(Path("."))).steps
        ()
    """
    if opening.begins:
        move_earlier_run_aside(log_dir, messages)
        return FoundRun()
    if opening is Opening.GO_BACK:
        move_later_looks_aside(log_dir, next_step, messages)
        return found.before(next_step)
    move_left_over_aside(log_dir, next_step, messages)
    return found


def move_later_looks_aside(log_dir: Path, next_step: int, messages: Messages) -> None:
    """Moves the looks from `next_step` on aside, for a training that has gone back to before them.

    Raises:
        ValueError: they cannot be moved.
    """
    _move_looks(log_dir, next_step, entries_from(log_dir, next_step), messages)


def move_left_over_aside(log_dir: Path, next_step: int, messages: Messages) -> None:
    """Moves aside what has the names of looks from `next_step` on, though the run has none there.

    Such files are of another program or of a look without data; the run would write over them.

    Raises:
        ValueError: they cannot be moved.
    """
    of_looks = [
        entry
        for entry in entries_from(log_dir, next_step)
        if entry.name not in (INDEX, SUMMARY) and not _is_empty(log_dir / entry)
    ]
    if of_looks:
        _move_looks(log_dir, next_step, of_looks, messages)


def _is_empty(path: Path) -> bool:
    return path.is_dir() and next(path.iterdir(), None) is None


def _move_looks(log_dir: Path, next_step: int, entries: list[Path], messages: Messages) -> None:
    try:
        target = move_aside(log_dir, entries)
    except OSError as error:
        raise ValueError(
            f"log_dir {str(log_dir)!r} holds looks from step {next_step} on that cannot be moved "
            f"aside ({error}): give another log_dir."
        ) from error
    if target is not None:
        messages.say_went_back(next_step, target)


def move_earlier_run_aside(log_dir: Path, messages: Messages) -> None:
    """Moves the run that lies in the folder aside.

    Raises:
        ValueError: it cannot be moved.
    """
    try:
        target = move_aside(log_dir)
    except OSError as error:
        raise ValueError(
            f"log_dir {str(log_dir)!r} holds an earlier run that cannot be moved aside "
            f"({error}): give another log_dir."
        ) from error
    if target is not None:
        messages.say_moved_aside(target)
