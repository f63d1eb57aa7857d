"""The folder of a run: can it be written at all?"""

from __future__ import annotations

import os

from keras_v1_activity.common.temporary_files import temporary_file
from keras_v1_activity.storage.layout import absolute


def check_writable(log_dir: str | os.PathLike[str]) -> None:
    """Makes the folder of a run and writes into it once.

    Args:
        log_dir: the folder, ``~`` is the user's home.

    Raises:
        ValueError: that failed.

    Example:
        >>> check_writable("runs/first")
        >>> os.listdir("runs/first")
        []
    """
    if isinstance(log_dir, str) and not log_dir.strip():
        raise ValueError(f"log_dir must name a folder, e.g. 'v1_activity'; got {log_dir!r}.")
    try:
        folder = absolute(log_dir)
        folder.mkdir(parents=True, exist_ok=True)
        with temporary_file(folder, "write_test") as probe:
            probe.write_bytes(b"x")
    except (OSError, TypeError, ValueError) as error:
        raise ValueError(
            f"log_dir must be a folder that can be written; got {log_dir!r} ({error}). "
            "Give another folder."
        ) from error
