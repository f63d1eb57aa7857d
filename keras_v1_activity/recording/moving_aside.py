"""Moving aside what an earlier run left in the folder: all of it, or its later looks."""

from __future__ import annotations

from pathlib import Path

from keras_v1_activity.recording.messages import Messages
from keras_v1_activity.storage.layout import move_aside
from keras_v1_activity.storage.steps_on_disk import entries_from


def move_later_looks_aside(log_dir: Path, next_step: int, messages: Messages) -> None:
    """Moves the looks from `next_step` on aside, for a training that has gone back to before them.

    Raises:
        ValueError: they cannot be moved.
    """
    try:
        target = move_aside(log_dir, entries_from(log_dir, next_step))
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
