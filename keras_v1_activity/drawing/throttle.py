"""How fast figures may be drawn, so that training does not feel it."""

from __future__ import annotations

from typing import Final

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
