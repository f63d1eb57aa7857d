"""What the environment says of drawing: how long Python waits for it, and its priority."""

from __future__ import annotations

import math
import os
import sys
from typing import Final

from keras_v1_activity.drawing.progress import is_terminal
from keras_v1_activity.drawing.throttle import LOWEST_PRIORITY

WAIT_VARIABLE: Final = "KERAS_V1_ACTIVITY_WAIT"
"""Environment variable: seconds that Python waits for figures when it ends; 0 for not at all."""

NICENESS_VARIABLE: Final = "KERAS_V1_ACTIVITY_DRAW_NICENESS"
"""Environment variable: by how much the priority of drawing is lowered, 0 to 19. With 0, drawing
takes the cores it needs, without rests, and training feels it."""

BATCH_WAIT_S: float = 120.0


def wait_limit_s() -> float | None:
    """How long Python waits for figures when it ends, in seconds; None: until all are drawn.

    At a terminal somebody can end the waiting with Ctrl-C, so it has no limit. A batch job waits
    for two minutes at most. `WAIT_VARIABLE` overrides both.

    Example:
        >>> os.environ[WAIT_VARIABLE] = "30"
        >>> wait_limit_s()
        30.0
        >>> del os.environ[WAIT_VARIABLE]
    """
    seconds = _seconds(_text(WAIT_VARIABLE))
    if seconds is None:
        return None if is_terminal(sys.stderr) else BATCH_WAIT_S
    return None if math.isinf(seconds) else seconds


def usual_niceness() -> int:
    """By how much the priority of drawing is lowered: 19, or what `NICENESS_VARIABLE` says.

    Example:
        >>> os.environ[NICENESS_VARIABLE] = "5"
        >>> usual_niceness()
        5
        >>> del os.environ[NICENESS_VARIABLE]
    """
    niceness = _niceness(_text(NICENESS_VARIABLE))
    return LOWEST_PRIORITY if niceness is None else niceness


def wrong_settings() -> list[str]:
    """A sentence for each of the two variables that is set to what it cannot mean.

    Example:
        >>> os.environ[NICENESS_VARIABLE] = "high"
        >>> for sentence in wrong_settings():
        ...     print(sentence.split(";")[0])
        KERAS_V1_ACTIVITY_DRAW_NICENESS must be a whole number from 0 to 19, such as 10
        >>> del os.environ[NICENESS_VARIABLE]
    """
    wrong = []
    wait, niceness = _text(WAIT_VARIABLE), _text(NICENESS_VARIABLE)
    if wait and _seconds(wait) is None:
        limit = wait_limit_s()
        waits = "until all figures are drawn" if limit is None else f"{limit:g} s"
        wrong.append(
            f"{WAIT_VARIABLE} must be a number of seconds, 0 or more, such as 60; got "
            f"{wait[:40]!r}. Python waits {waits} when it ends."
        )
    if niceness and _niceness(niceness) is None:
        wrong.append(
            f"{NICENESS_VARIABLE} must be a whole number from 0 to {LOWEST_PRIORITY}, such as 10; "
            f"got {niceness[:40]!r}. Drawing has the lowest priority."
        )
    return wrong


def _text(variable: str) -> str:
    return os.environ.get(variable, "").strip()


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if seconds >= 0 else None


def _niceness(text: str) -> int | None:
    return int(text) if text.isdecimal() and int(text) <= LOWEST_PRIORITY else None
