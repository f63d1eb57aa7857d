"""Levels: how much of a look goes into the page, so that the whole file can be mailed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

LIMIT_BYTES: Final = 8_500_000
"""How long a report gets, about; a run that fits is in it whole."""
MOST_PINNED: Final = 8
"""So many steps have all their spikes in a report of a run that does not fit."""
_PINNED_PART: Final = 0.25
# What a look takes varies; so much is kept back.
_RESERVE: Final = 0.94


class Level(NamedTuple):
    """What is kept of a look.

    Attributes:
        columns: bins of time of the density; 0: every spike is kept instead.
        rows: bins of neurons of the density.
        chosen: so many neurons keep all their spikes.
        input_rows: rows of the picture of the input, 0: none.
        plane: keep the counts of the cortical plane.
        potentials: keep the membrane potentials.
        curves: keep its Fano factors, spectrum and weights.

    Example:
        >>> FULL.all_spikes, LEVELS[0].all_spikes
        (True, False)
    """

    columns: int
    rows: int
    chosen: int
    input_rows: int
    plane: bool
    potentials: bool
    curves: bool = True

    @property
    def all_spikes(self) -> bool:
        """Whether every spike is kept."""
        return self.columns == 0


FULL: Final = Level(0, 0, 0, 20, True, True)
LEVELS: Final = (
    Level(400, 300, 2000, 20, True, True),
    Level(400, 300, 2000, 20, True, False),
    Level(300, 240, 2000, 20, True, False),
    Level(300, 240, 1500, 20, True, False),
    Level(240, 180, 1000, 20, True, False),
    Level(200, 150, 700, 16, True, False),
    Level(150, 110, 400, 12, False, False),
    Level(120, 80, 200, 0, False, False),
    Level(80, 50, 100, 0, False, False),
    Level(60, 30, 40, 0, False, False, False),
    Level(40, 20, 12, 0, False, False, False),
)
"""From the finest to the coarsest, for looks that do not keep every spike."""


class Plan(NamedTuple):
    """What is kept of each look of a run.

    Attributes:
        pinned: places of the looks that keep everything.
        level: of the others.
        stride: only each so-many-th of the others has a picture at all.
    """

    pinned: frozenset[int]
    level: Level
    stride: int

    def level_of(self, place: int) -> Level | None:
        """The level of the look at a place; None if it has numbers only.

        Example:
            >>> Plan(frozenset({0}), LEVELS[0], 1).level_of(0) is FULL
            True
        """
        if place in self.pinned or self.level is FULL:
            return FULL
        return self.level if place % self.stride == 0 else None


def make_plan(
    n_looks: int,
    wanted: Sequence[int],
    size: Callable[[Level], float],
    limit_bytes: float = LIMIT_BYTES,
) -> Plan:
    """The finest plan whose file is not longer than a limit.

    Args:
        n_looks: how many looks there are.
        wanted: places of looks that should keep everything, the most important ones first.
        size: function that says how many bytes a look takes at a level, on average.
        limit_bytes: of all looks together.

    Example:
        >>> make_plan(100, [0, 99], lambda level: 1e6 if level.all_spikes else 5e4).pinned
        frozenset({0, 99})
    """
    room = limit_bytes * _RESERVE
    full = size(FULL)
    if full * n_looks <= room:
        return Plan(frozenset(range(n_looks)), FULL, 1)
    most = min(MOST_PINNED, int(room * _PINNED_PART / max(full, 1)))
    # The first and the last look are worth half of the file.
    most = max(most, 2) if 2 * full <= room / 2 else most
    pinned = frozenset(list(dict.fromkeys(wanted))[:most])
    left, others = room - full * len(pinned), max(n_looks - len(pinned), 1)
    for level in LEVELS:
        taken = size(level)
        if taken * others <= left:
            return Plan(pinned, level, 1)
    return Plan(pinned, LEVELS[-1], max(-int(-taken * others // left), 1))


class Spending:
    """Holds to a plan while looks turn out longer than those that were measured for it.

    Args:
        plan: what is kept of each look.
        places: of all looks, in the order in which they are written.
        limit_bytes: of all looks together; None: none.

    Example:
        >>> spending = Spending(Plan(frozenset(), LEVELS[0], 1), range(10), 1000)
        >>> spending.note(0, 200)
        >>> spending.level_of(1) == LEVELS[1]
        True
    """

    def __init__(self, plan: Plan, places: Sequence[int], limit_bytes: float | None) -> None:
        self._plan = plan
        self._limit = limit_bytes
        self._level = plan.level
        self._taken = 0.0
        self._pinned_left = sum(place in plan.pinned for place in places)
        self._others_left = sum(plan.level_of(place) is plan.level for place in places)
        if plan.level is FULL:
            self._others_left -= self._pinned_left
        self._pinned_bytes = 0.0
        self._last: deque[int] = deque(maxlen=5)

    def level_of(self, place: int) -> Level | None:
        """The level of the look at a place; None if it has numbers only."""
        level = self._plan.level_of(place)
        return self._level if level is self._plan.level else level

    def note(self, place: int, n_bytes: int) -> None:
        """Counts what a look took; if the file would get too long, the next ones get less."""
        self._taken += n_bytes
        if place in self._plan.pinned:
            self._pinned_left -= 1
            self._pinned_bytes = max(self._pinned_bytes, n_bytes)
        else:
            self._others_left -= 1
            self._last.append(n_bytes)
        if self._limit is None or not self._last:
            return
        rate = sum(self._last) / len(self._last)
        coming = self._pinned_left * self._pinned_bytes + self._others_left * rate
        if self._taken + coming > self._limit:
            if self._level in LEVELS[:-1]:
                self._level = LEVELS[LEVELS.index(self._level) + 1]
            self._last.clear()
