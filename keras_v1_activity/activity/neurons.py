"""What is known of the recorded neurons besides their activity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.populations import Populations, described
from keras_v1_activity.common.checks import counted, frozen_array, frozen_indices, shown
from keras_v1_activity.common.protocols import AnyArray
from keras_v1_activity.common.values import Value, settle


@dataclass(frozen=True, eq=False, repr=False)
class Neurons(Value):
    """Names, thresholds, places and readout role of the neurons of the recorded layer.

    It is immutable: arrays and lists that it is given are copied.

    Attributes:
        populations: `Populations` of all neurons (`Populations.unnamed` if nothing is known).
        thresholds: (n_neurons,) float32 firing threshold of each neuron, mV, or None if unknown.
        readout_neurons: (k,) int64 ids of neurons that the readout listens to, marked in the
            raster.
        positions: (n_neurons, 3) float32 x, y, z of each neuron in um, y the depth below the pia,
            or None if unknown.
        tuning_angles: (n_neurons,) float32 direction of movement that each neuron is tuned to,
            degrees, or None if unknown.
        resting: (n_neurons,) float32 resting potential E_L of each neuron, mV, or None if unknown.

    Raises:
        ValueError: an array of another shape, or an id that no neuron has.

    Example:
        >>> from keras_v1_activity.activity import Populations
        >>> names = ["e23Cux2", "e23Cux2", "i4Pvalb"]
        >>> Neurons(Populations.from_names(names), thresholds=[-45, -45, -50], readout_neurons=[1])
        Neurons(3 neurons: 2 e23Cux2, 1 i4Pvalb; thresholds, 1 readout neuron)
    """

    populations: Populations
    thresholds: NDArray[np.float32] | None = None
    readout_neurons: NDArray[np.int64] = ()  # type: ignore[assignment]
    positions: NDArray[np.float32] | None = None
    tuning_angles: NDArray[np.float32] | None = None
    resting: NDArray[np.float32] | None = None

    if TYPE_CHECKING:  # what the constructor takes; dataclass makes it

        def __init__(
            self,
            populations: Populations,
            thresholds: AnyArray | None = None,
            readout_neurons: AnyArray = (),
            positions: AnyArray | None = None,
            tuning_angles: AnyArray | None = None,
            resting: AnyArray | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        if not isinstance(self.populations, Populations):
            raise ValueError(
                f"populations must be Populations; got {shown(self.populations)}: make them of one "
                "name per neuron with Populations.from_names."
            )
        n = self.n_neurons
        settle(
            self,
            readout_neurons=frozen_indices(self.readout_neurons, "readout_neurons", "neuron", n),
            positions=self._checked_positions(n),
        )
        for name in ("thresholds", "tuning_angles", "resting"):
            values = getattr(self, name)
            if values is not None:
                settle(self, **{name: frozen_array(values, name, [n], np.float32)})

    def _checked_positions(self, n: int) -> NDArray[np.float32] | None:
        if self.positions is None:
            return None
        if np.shape(self.positions) != (n, 3):
            raise ValueError(
                f"positions must be x, y, z in um of each of {n:,} neurons, shape ({n}, 3); "
                f"got {np.shape(self.positions)}."
            )
        return frozen_array(self.positions, "positions", [n, 3], np.float32)

    @classmethod
    def unnamed(cls, n_neurons: int) -> Neurons:
        """Neurons of which only the number is known.

        Example:
            >>> Neurons.unnamed(5)
            Neurons(5 neurons)
        """
        return cls(Populations.unnamed(n_neurons))

    @property
    def n_neurons(self) -> int:
        """How many neurons there are."""
        return self.populations.n_neurons

    def check_size(self, n_neurons: int, layer_name: str) -> None:
        """Refuses populations that were given for another number of neurons.

        Args:
            n_neurons: neurons of the recorded layer.
            layer_name: its name, for the message.

        Raises:
            ValueError: naming both numbers.

        Example:
            >>> Neurons.unnamed(5).check_size(5, "rsnn")
        """
        if self.n_neurons != n_neurons:
            raise ValueError(
                f"populations names {self.n_neurons:,} neurons, but layer '{layer_name}' has "
                f"{n_neurons:,}: give one name for each neuron of that layer, in its order."
            )

    def __repr__(self) -> str:
        known = ["thresholds"] * (self.thresholds is not None)
        readout = len(self.readout_neurons)
        known += [counted(readout, "readout neuron")] * (readout > 0)
        known += ["positions"] * (self.positions is not None)
        known += ["tuning angles"] * (self.tuning_angles is not None)
        parts = [described(self.populations), ", ".join(known)]
        return f"Neurons({'; '.join(filter(None, parts))})"
