"""Levels: how much of a look goes into the page, so that the whole file can be mailed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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


FULL: Final = Level(0, 0, 0, 24, True, True)
LEVELS: Final = (
    Level(400, 300, 2000, 24, True, True),
    Level(400, 300, 2000, 24, True, False),
    Level(300, 240, 2000, 24, True, False),
    Level(300, 240, 1500, 24, True, False),
    Level(240, 180, 1000, 24, True, False),
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


def coarser(level: Level) -> Level:
    """The next level below one; the coarsest one stays.

    Example:
        >>> coarser(LEVELS[0]) == LEVELS[1], coarser(LEVELS[-1]) == LEVELS[-1]
        (True, True)
    """
    return LEVELS[min(LEVELS.index(level) + 1, len(LEVELS) - 1)] if level in LEVELS else LEVELS[0]


def spread_places(places: Iterable[int], most: int) -> list[int]:
    """At most `most` of the places, spread over them, the first and the last among them.

    Example:
        >>> spread_places(range(10), 3)
        [0, 4, 9]
    """
    known = list(places)
    if len(known) <= most:
        return known
    return (
        [known[i * (len(known) - 1) // (most - 1)] for i in range(most)] if most > 1 else known[:1]
    )
