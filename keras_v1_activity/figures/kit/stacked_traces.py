"""Where the traces of membrane potentials stand: a band each, one below the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

# Potentials, thresholds or offsets, mV; NaN where unknown.
Numbers: TypeAlias = NDArray[np.floating]

# A trace that runs away would flatten all others: it is cut at this many times the usual height.
_RUNAWAY = 4.0
_LEAST_BAND_MV = 5.0
# Half the height of a band plus what it may take from its neighbours, in bands.
_BAND = 1.0
_CUT_BAND = 0.5


def range_of(potentials: Numbers, thresholds: Numbers | None) -> tuple[Numbers, Numbers]:
    """Lowest and highest potential of each trace, with its threshold.

    Args:
        potentials: (n_steps, k) mV, NaN where unknown.
        thresholds: (k,) mV; None if unknown.

    Returns:
        (k,) each; NaN for a trace of which nothing is known.

    Example:
        >>> range_of(np.array([[-70.0], [-60.0]]), np.array([-45.0]))
        (array([-70.]), array([-45.]))
    """
    everything = potentials.astype(np.float64)
    if thresholds is not None:
        everything = np.vstack([everything, thresholds[None, :]])
    empty = np.isnan(everything).all(axis=0)
    low = np.where(empty, np.nan, np.fmin.reduce(everything, axis=0))
    return low, np.where(empty, np.nan, np.fmax.reduce(everything, axis=0))


@dataclass(frozen=True, eq=False)
class Stack:
    """The bands of k traces. The first trace is on top; one trace alone keeps its own axis.

    Make one with `of`.

    Attributes:
        offsets: (k,) added to each potential to put it into its band, mV; 0 for one trace alone.
        height: of a band, mV.

    Example:
        >>> stack = Stack.of(np.array([[-70.0, -70.0], [-50.0, -50.0]]), None)
        >>> stack.height, stack.offsets.tolist()
        (19.0, [79.0, 60.0])
    """

    offsets: Numbers
    height: float

    @classmethod
    def of(cls, potentials: Numbers, thresholds: Numbers | None) -> Stack:
        """Bands as high as most traces need.

        Args:
            potentials: (n_steps, k) mV, NaN where unknown.
            thresholds: (k,) mV; None if unknown.
        """
        low, high = range_of(potentials, thresholds)
        spans = (high - low)[np.isfinite(high - low)]
        usual = max(float(np.median(spans)), 1.0) if spans.size else 1.0
        quiet = spans[spans <= _RUNAWAY * usual]
        tall = float(np.percentile(quiet, 90)) if quiet.size else usual
        # Neighbours may touch: a little overlap costs less than small traces.
        height = max(0.95 * tall, _LEAST_BAND_MV)
        if len(low) == 1:
            return cls(np.zeros(1), height)
        middle = np.nan_to_num((low + high) / 2)
        # The middle of a runaway trace is nowhere: it gets that of its quiet neighbours.
        calm = (high - low) <= 2 * height
        middle = np.where(calm, middle, np.median(middle[calm]) if calm.any() else 0.0)
        return cls(_centres(len(low), height) - middle, height)

    @property
    def centres(self) -> Numbers:
        """(k,) middles of the bands, mV on the common axis."""
        return _centres(len(self.offsets), self.height)

    def limited(self, potentials: Numbers) -> tuple[Numbers, NDArray[np.bool_]]:
        """The potentials (n_steps, k) in their bands, and which traces were cut, (k,)."""
        stacked = potentials + self.offsets
        if len(self.offsets) == 1:
            return stacked, np.zeros(1, bool)
        most = np.nan_to_num(np.fmax.reduce(np.abs(stacked - self.centres), axis=0))
        cut = most > _BAND * self.height
        reach = np.where(cut, _CUT_BAND, _BAND) * self.height
        return np.clip(stacked, self.centres - reach, self.centres + reach), cut

    def levels(self, thresholds: Numbers) -> Numbers:
        """The thresholds (k,) in the bands of their traces; NaN for those far outside."""
        level = thresholds + self.offsets
        if len(self.offsets) == 1:
            return level
        return np.where(np.abs(level - self.centres) <= _BAND * self.height, level, np.nan)


def _centres(k: int, height: float) -> Numbers:
    return (k - 1 - np.arange(k)) * height
