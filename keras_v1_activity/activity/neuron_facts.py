"""What is known of each neuron, as columns for the tables of other libraries."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.neurons import Neurons

EXPLAINED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "population": "cell population of the neuron",
        "layer": "cortical layer, empty if the population's name does not tell",
        "cell_class": "Exc, PV, SST, VIP, Htr3a or Inh, empty if the name does not tell",
        "is_readout": "whether the readout listens to the neuron",
        "threshold_mv": "firing threshold in mV",
        "x_um": "position x in um",
        "y_um": "position y in um: the depth below the pia",
        "z_um": "position z in um",
        "tuning_angle_deg": "direction of movement that the neuron is tuned to, degrees",
    }
)
"""What each column of `neuron_facts` means."""


def neuron_facts(neurons: Neurons) -> dict[str, NDArray[Any]]:
    """Columns with a value for each neuron; those of which nothing is known are left out.

    Args:
        neurons: what is known of them.

    Returns:
        Name -> (n_neurons,): the names of `EXPLAINED`, in that order.

    Example:
        >>> columns = neuron_facts(activity.neurons)
        >>> list(columns)
        ['population', 'layer', 'cell_class', 'is_readout', 'threshold_mv']
    """
    populations = neurons.populations
    columns: dict[str, NDArray[Any]] = {
        name: np.array([getattr(m, attribute) for m in populations.members], object)[
            populations.index
        ]
        for name, attribute in (
            ("population", "name"), ("layer", "layer"), ("cell_class", "cell_class")
        )
    }  # fmt: skip
    columns["is_readout"] = np.zeros(neurons.n_neurons, bool)
    columns["is_readout"][neurons.readout_neurons] = True
    if neurons.thresholds is not None:
        columns["threshold_mv"] = neurons.thresholds
    if neurons.positions is not None:
        columns.update(zip(("x_um", "y_um", "z_um"), neurons.positions.T, strict=True))
    if neurons.tuning_angles is not None:
        columns["tuning_angle_deg"] = neurons.tuning_angles
    return columns
