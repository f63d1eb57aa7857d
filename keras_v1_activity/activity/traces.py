"""Traces: every state variable of a few chosen neurons over time. Numpy only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import counted, frozen_array, frozen_indices
from keras_v1_activity.common.protocols import AnyArray
from keras_v1_activity.common.values import Value, settle

# Unit of each variable that a layer may trace. Other names are allowed; what they mean, and in
# which unit, only the layer knows.
UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "spike": "",
        "voltage": "mV",
        "input_current": "pA",
        "recurrent_current": "pA",
        "asc_1": "pA",
        "asc_2": "pA",
        "psc_1": "pA",
        "psc_2": "pA",
        "psc_3": "pA",
        "psc_4": "pA",
        "refractory": "ms",
    }
)


@dataclass(frozen=True, eq=False, repr=False)
class Traces(Value):
    """State variables of k neurons over one sample, as they stand after each time step.

    It is immutable: arrays and lists that it is given are copied.

    Attributes:
        neurons: (k,) int64 neuron ids.
        values: read-only dict of variable name -> float32 array (n_steps, k), in the order of
            `UNITS`:
            ``spike`` (0 or 1); ``voltage``, mV; ``input_current`` and ``recurrent_current``, pA,
            what arrives in this time step from the input (background included) and from the other
            neurons, summed over receptors; ``asc_1``, ``asc_2``, the after-spike currents, pA;
            ``psc_1`` to ``psc_4``, the synaptic current of each receptor, pA; ``refractory``,
            the time left in which it cannot fire, ms. Only ``spike`` is always there.

    Raises:
        ValueError: there is no ``spike``, or an array is not (n_steps, k).

    Example:
        >>> t = Traces([7], {"spike": np.zeros((3, 1)), "voltage": np.full((3, 1), -70)})
        >>> t, t.unit("voltage")
        (Traces(1 neuron, 3 time steps: spike, voltage), 'mV')
    """

    neurons: NDArray[np.int64]
    values: Mapping[str, NDArray[np.float32]]

    if TYPE_CHECKING:  # what the constructor takes; dataclass makes it

        def __init__(self, neurons: AnyArray, values: Mapping[str, AnyArray]) -> None: ...

    def __post_init__(self) -> None:
        neurons = frozen_indices(self.neurons, "neurons of a trace", "neuron", None)
        if "spike" not in self.values:
            raise ValueError(f"traces must hold 'spike'; got {list(self.values)}.")
        ordered = [name for name in UNITS if name in self.values]
        ordered += [name for name in self.values if name not in UNITS]
        n_steps: int | str = "time"
        arrays = {}
        for name in ordered:
            shape = (n_steps, len(neurons))
            arrays[name] = frozen_array(self.values[name], f"the trace of {name}", shape, "f4")
            n_steps = len(arrays[name])
        settle(self, neurons=neurons, values=MappingProxyType(arrays))

    @classmethod
    def of(cls, neurons: AnyArray, values: Mapping[str, AnyArray | None]) -> Traces:
        """From ids and arrays of any numeric type; None among them is left out.

        Args:
            neurons: (k,) neuron ids.
            values: variable name -> (n_steps, k), or None.

        Raises:
            ValueError: there is no ``spike``, or an array is not (n_steps, k).

        Example:
            >>> list(Traces.of([7], {"voltage": None, "spike": [[0], [1]]}).values)
            ['spike']
        """
        return cls(neurons, {name: v for name, v in values.items() if v is not None})

    @property
    def n_steps(self) -> int:
        """Number of time steps."""
        return len(self.values["spike"])

    @staticmethod
    def unit(name: str) -> str:
        """Unit of a variable; "" if it has none or is not one of `UNITS`."""
        return UNITS.get(name, "")

    @classmethod
    def column(cls, name: str) -> str:
        """Name of a variable with its unit, as in a table: ``voltage_mV``."""
        return f"{name}_{cls.unit(name)}" if cls.unit(name) else name

    def of_neuron(self, neuron: int) -> dict[str, NDArray[np.float32]]:
        """The traces of one neuron: dict of variable name -> (n_steps,).

        Raises:
            ValueError: it is not traced.
        """
        (places,) = np.nonzero(self.neurons == neuron)
        if not len(places):
            raise ValueError(f"neuron {neuron} is not traced; traced are {self.neurons.tolist()}.")
        return {name: array[:, places[0]] for name, array in self.values.items()}

    def __repr__(self) -> str:
        size = f"{counted(len(self.neurons), 'neuron')}, {counted(self.n_steps, 'time step')}"
        return f"Traces({size}: {', '.join(self.values)})"
