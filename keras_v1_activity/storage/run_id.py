"""Which run a folder holds, as its ``run.json`` says."""

from __future__ import annotations

import os
import re
from functools import partial
from typing import Final, NamedTuple

from keras_v1_activity.common.atomic_files import read_json
from keras_v1_activity.common.held_open import once_released

# It is the first entry, so that asking whose run a folder holds costs the same for a long run.
_RUN_ID = re.compile(r'\A\{\s*"run_id": "([0-9a-f]{32})"')
_HEAD_BYTES = 128
NO_RUN: Final = "0" * 32
"""Id of what stores nothing, because another process has the folder."""


class RunMark(NamedTuple):
    """Which run is meant, for those who may still work for it when its folder holds another.

    Attributes:
        path: the ``run.json`` of the run.
        run_id: what it must say.

    Example:
        >>> from pathlib import Path
        >>> mark = RunMark("run.json", "0123456789abcdef" * 2)
        >>> mark.held(), mark.replaced()
        (False, False)
        >>> _ = Path("run.json").write_text('{"run_id": "' + mark.run_id + '"}')
        >>> mark.held(), mark.replaced()
        (True, False)
    """

    path: str
    run_id: str

    def held(self) -> bool:
        """Whether the folder still holds this run."""
        return self.run_id != NO_RUN and read_run_id(self.path) == self.run_id

    def replaced(self) -> bool:
        """Whether the folder holds another run; a missing or damaged file does not say so."""
        return self.run_id == NO_RUN or read_run_id(self.path) not in (None, self.run_id)


def read_run_id(path: str | os.PathLike[str]) -> str | None:
    """The id in a ``run.json``; None if there is none.

    Example:
        >>> print(read_run_id("absent/run.json"))
        None
    """
    try:
        # A pipe that lies there is not waited for.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(once_released(partial(os.open, path, flags)), "rb") as file:
            match = _RUN_ID.match((file.read(_HEAD_BYTES) or b"").decode("utf-8", "replace"))
    except (OSError, ValueError):
        return None
    # Somebody may have written the file again, with its entries in another order.
    return known_id(match[1] if match else read_json(path).get("run_id"))


def known_id(value: object) -> str | None:
    """`value` if it is the id of a run, else None.

    Example:
        >>> known_id("0123456789abcdef" * 2), known_id("mine")
        ('0123456789abcdef0123456789abcdef', None)
    """
    if isinstance(value, str) and re.fullmatch("[0-9a-f]{32}", value):
        return value
    return None
