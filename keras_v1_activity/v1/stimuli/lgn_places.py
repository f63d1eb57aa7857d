"""Where on the grid of pixels the units of a network's LGN look, in plain numpy.

The published LGN is the grid itself. An LGN whose units have places in the visual field, in
degrees, looks at the grid from these: the middle of the field is the middle of the grid, a pixel is
so many degrees, the same in both directions, that all units look at a pixel, and each sees the mean
of the four pixels around its place, weighted by how near they are (bilinear).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.network.v1_network import LgnUnits, V1Network
from keras_v1_activity.v1.stimuli.lgn_grid import LGN_COLUMNS, LGN_ROWS, MEAN_PROBABILITY, N_LGN


@dataclass(frozen=True, eq=False, kw_only=True)
class LgnPlaces:
    """Which pixels the units of an LGN see.

    Attributes:
        pixels: (4, n_units) int32 pixels around each unit's place.
        weights: (4, n_units) float32 share of each of them; the four sum to 1.
        off: (n_units,) bool, whether a unit answers to darkness: it fires as much less than in
            front of grey as another would fire more.
        degrees_per_pixel: size of a pixel in the visual field, degrees.

    Example:
        >>> units = LgnUnits(x=np.array([0.0, 173.0]), y=np.zeros(2), off=np.array([False, True]))
        >>> places = LgnPlaces.of(units)
        >>> places.degrees_per_pixel, places.seen(np.full(17400, 0.03)).round(4)
        (1.0, array([0.03, 0.01], dtype=float32))
    """

    pixels: NDArray[np.int32]
    weights: NDArray[np.float32]
    off: NDArray[np.bool_]
    degrees_per_pixel: float

    @classmethod
    def of(cls, units: LgnUnits) -> LgnPlaces:
        """Places of units that lie in a visual field.

        Args:
            units: `LgnUnits`; y goes up, rows of the grid go down.
        """
        sizes = ((units.x, LGN_COLUMNS), (-units.y, LGN_ROWS))
        extents = [float(np.ptp(axis)) / (n - 1) if len(axis) else 0.0 for axis, n in sizes]
        size = max(extents) or 1.0
        pixels, weights = np.zeros((4, len(units)), np.int32), np.ones((4, len(units)))
        for (axis, n), step in zip(sizes, (1, LGN_COLUMNS), strict=True):
            middle = (axis.min() + axis.max()) / 2 if len(axis) else 0.0
            place = np.clip((axis - middle) / size + (n - 1) / 2, 0, n - 1)
            below = np.minimum(place.astype(np.int32), n - 2)
            beyond = place - below
            # Of the four pixels, two are one further in this direction.
            further = np.array([0, 1, 0, 1] if step == 1 else [0, 0, 1, 1])[:, None]
            pixels += step * (below + further)
            weights *= np.where(further, beyond, 1.0 - beyond)
        return cls(
            pixels=pixels,
            weights=weights.astype(np.float32),
            off=np.asarray(units.off, bool),
            degrees_per_pixel=size,
        )

    def seen(self, probability: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
        """(n_units,) firing probability per ms of each unit, for (17,400,) that of the pixels."""
        seen = (probability[self.pixels] * self.weights).sum(0)
        mirrored = np.clip(2 * MEAN_PROBABILITY - seen, 0.0, 1.0)
        return np.where(self.off, mirrored, seen).astype(np.float32)


def places_of(network: V1Network | None) -> LgnPlaces | None:
    """Where the units of a network's LGN look; None if they are the grid, pixel by pixel.

    Args:
        network: `V1Network`; None for the grid.

    Raises:
        ValueError: there are not as many units as pixels, and it is not known where they look.

    Example:
        >>> places_of(network) is None  # the published LGN
        True
    """
    if network is None:
        return None
    if network.lgn_units is not None:
        return LgnPlaces.of(network.lgn_units)
    if len(network.input_channel_of) != N_LGN:
        raise ValueError(
            f"images are shown to {LGN_ROWS} x {LGN_COLUMNS} LGN units, but the network's folder "
            f"has {len(network.input_channel_of)} and does not say where they look: give its LGN "
            "nodes x and y in degrees, or make your own dataset for it."
        )
    return None
