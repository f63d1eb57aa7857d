"""How fast figures may be drawn, so that training does not feel it."""

from __future__ import annotations

import os
from typing import Final

from keras_v1_activity.common.notices import warn

NICENESS_VARIABLE: Final = "KERAS_V1_ACTIVITY_DRAW_NICENESS"
"""Environment variable: by how much the priority of drawing is lowered, 0 to 19. With 0, drawing
takes the cores it needs, without rests, and training feels it."""

LOWEST_PRIORITY: Final = 19
# Cores are scarce if drawing waits for one for more than this part of the time it computes.
_SCARCE = 0.5
# Part of one core that drawing then takes. Whatever little it takes slows a training that wants all
# cores by about half as much: its threads wait for one another.
SCARCE_SHARE: float = 0.01
LONGEST_REST_S: float = 60.0


def rest_s(cpu_s: float, queued_s: float) -> float:
    """How long to draw nothing after a look, seconds, so that training does not feel the drawing.

    Args:
        cpu_s: CPU time that the look's figures took.
        queued_s: how long they had to wait for a core.

    Returns:
        0 if cores are free; else what keeps drawing at `SCARCE_SHARE` of one core.

    Example:
        >>> rest_s(cpu_s=0.4, queued_s=0.0), rest_s(cpu_s=0.4, queued_s=1.6)
        (0.0, 38.0)
    """
    if queued_s <= _SCARCE * cpu_s:
        return 0.0
    return min(max(cpu_s / SCARCE_SHARE - cpu_s - queued_s, 0.0), LONGEST_REST_S)


def usual_niceness() -> int:
    """By how much the priority of drawing is lowered: 19, or what `NICENESS_VARIABLE` says.

    Example:
        >>> os.environ[NICENESS_VARIABLE] = "5"
        >>> usual_niceness()
        5
        >>> del os.environ[NICENESS_VARIABLE]
    """
    text = os.environ.get(NICENESS_VARIABLE, "").strip()
    if not text:
        return LOWEST_PRIORITY
    if text.isdecimal() and int(text) <= LOWEST_PRIORITY:
        return int(text)
    warn(
        f"{NICENESS_VARIABLE} must be a whole number from 0 to {LOWEST_PRIORITY}, such as 10; got "
        f"{text[:40]!r}. Drawing has the lowest priority."
    )
    return LOWEST_PRIORITY
