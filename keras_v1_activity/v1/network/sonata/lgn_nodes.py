"""What the nodes of an LGN say of it."""

from __future__ import annotations

from typing import Final

import numpy as np

from keras_v1_activity.v1.network.lgn_units import LgnUnits
from keras_v1_activity.v1.network.sonata.nodes import NodePopulation

_NAMES: Final = ("pop_name", "model_name")


def units_of(nodes: NodePopulation | None) -> LgnUnits | None:
    """Where the units of an LGN look; None without an LGN, or without finite places.

    Units whose name has OFF in it, and not ON, answer to darkness: tOFF_TF4, but not sONsOFF_001.

    Args:
        nodes: the population of the LGN.

    Raises:
        ValueError: places that are no numbers.

    Example:
        >>> units_of(None) is None
        True
    """
    if nodes is None:
        return None
    x, y = nodes.numbers("x"), nodes.numbers("y")
    if x is None or y is None or not (np.isfinite(x) & np.isfinite(y)).all():
        return None
    off = np.zeros(len(x), bool)
    for name in _NAMES:
        if name in nodes.properties:
            texts = [str(text) for text in nodes.properties[name].tolist()]
            off |= np.array(["OFF" in text and "ON" not in text for text in texts], bool)
    return LgnUnits(x=x, y=y, off=off)
