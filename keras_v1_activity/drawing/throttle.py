"""How fast figures may be drawn, so that training does not feel it."""

from __future__ import annotations

from typing import Final

LOWEST_PRIORITY: Final = 19
# Cores are scarce if drawing waits for one for more than this part of the time it computes.
_SCARCE = 0.5
# Part of one core that drawing then takes. Whatever little it takes slows a training that wants all
# cores by about half as much: its threads wait for one another.
SCARCE_SHARE: float = 0.01
# Part of every core but one that drawing takes if cores are free. Memory and turbo clock are shared
# with a free core, so that what runs there slows training although it never waits for it.
FREE_SHARE: float = 0.05
LONGEST_REST_S: float = 60.0


def rest_s(cpu_s: float, queued_s: float, n_cores: int) -> float:
    """How long to draw nothing after a look, seconds, so that training does not feel the drawing.

    Args:
        cpu_s: CPU time that the look's figures took.
        queued_s: how long they had to wait for a core.
        n_cores: cores that this program may use.

    Returns:
        What keeps drawing at `SCARCE_SHARE` of one core if it had to wait; else at `FREE_SHARE` of
        each core but one, which is all that it wants from 21 cores on.

    Example:
        >>> rest_s(cpu_s=0.4, queued_s=0.0, n_cores=32), rest_s(cpu_s=0.4, queued_s=0.0, n_cores=3)
        (0.0, 3.6)
        >>> rest_s(cpu_s=0.4, queued_s=1.6, n_cores=3)
        38.0
    """
    scarce = n_cores < 2 or queued_s > _SCARCE * cpu_s
    share = SCARCE_SHARE if scarce else min(FREE_SHARE * (n_cores - 1), 1.0)
    return min(max(cpu_s / share - cpu_s - queued_s, 0.0), LONGEST_REST_S)
