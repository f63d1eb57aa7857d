"""What is known of the recorded neurons besides their activity."""

from dataclasses import dataclass, field

import numpy as np

from keras_v1_activity.activity.populations import Populations


def _no_ids():
    return np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class Neurons:
    """Names, thresholds, places and readout role of the neurons of the recorded layer.

    Attributes:
        populations: `Populations` of all neurons (`Populations.unnamed` where nothing is known).
        thresholds: firing threshold of each neuron (n_neurons,) in mV, or None where unknown.
        readout_neurons: ids of neurons that the readout listens to, marked in the raster.
        positions: (n_neurons, 3) x, y, z of each neuron in um, y the depth below the pia, or None
            where unknown.

    Raises:
        ValueError: `positions` of another shape.
    """

    populations: Populations
    thresholds: np.ndarray | None = None
    readout_neurons: np.ndarray = field(default_factory=_no_ids)
    positions: np.ndarray | None = None

    def __post_init__(self):
        if self.positions is None:
            return
        if np.shape(self.positions) != (self.n_neurons, 3):
            raise ValueError(
                f"positions must be x, y, z in um of each of {self.n_neurons:,} neurons, shape "
                f"({self.n_neurons}, 3); got {np.shape(self.positions)}."
            )
        self.positions.setflags(write=False)

    @classmethod
    def unnamed(cls, n_neurons):
        """Neurons of which only the number is known."""
        return cls(Populations.unnamed(n_neurons))

    @property
    def n_neurons(self):
        """How many neurons there are."""
        return self.populations.n_neurons

    def check_size(self, n_neurons, layer_name):
        """Refuses populations that were given for another number of neurons.

        Raises:
            ValueError: naming both numbers.
        """
        if self.n_neurons != n_neurons:
            raise ValueError(
                f"populations names {self.n_neurons:,} neurons, but layer '{layer_name}' has "
                f"{n_neurons:,}: give one name for each neuron of that layer, in its order."
            )
