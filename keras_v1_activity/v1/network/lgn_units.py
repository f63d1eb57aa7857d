"""LgnUnits: where the units of an LGN look, if its folder says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.network.synapses import ReadOnly


@dataclass(frozen=True, eq=False, kw_only=True)
class LgnUnits(ReadOnly):
    """The units of an LGN, in the order of their ids.

    The arrays become read-only.

    Attributes:
        x: (n,) azimuth of the place in the visual field, degrees; to the right.
        y: (n,) elevation, degrees; up.
        off: (n,) bool, whether it answers to darkness only.

    Example:
        >>> LgnUnits(x=np.zeros(3), y=np.zeros(3), off=np.array([False, True, False]))
        LgnUnits(3 units, 1 of them OFF)
    """

    x: NDArray[np.floating[Any]]
    y: NDArray[np.floating[Any]]
    off: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.x)

    def __repr__(self) -> str:
        return f"LgnUnits({len(self):,} units, {int(self.off.sum()):,} of them OFF)"
