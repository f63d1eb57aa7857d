"""Traces: every state variable of a few chosen neurons over time. Numpy only."""

from dataclasses import dataclass

import numpy as np

# Unit of each variable that a layer may trace; of any other name the layer knows the meaning.
UNITS = {
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


@dataclass(frozen=True, eq=False)
class Traces:
    """State variables of k neurons over one sample, as they stand after each time step.

    Attributes:
        neurons: (k,) int64 neuron ids.
        values: dict of variable name -> float32 array (n_steps, k), in the order of `UNITS`:
            ``spike`` (0 or 1); ``voltage``, mV; ``input_current`` and ``recurrent_current``, pA,
            what arrives in this time step from the input (background included) and from the other
            neurons, summed over receptors; ``asc_1``, ``asc_2``, the after-spike currents, pA;
            ``psc_1`` to ``psc_4``, the synaptic current of each receptor, pA; ``refractory``,
            the time left in which it cannot fire, ms. Only ``spike`` is always there.

    Raises:
        ValueError: an array is not (n_steps, k).

    Example:
        >>> t = Traces.of([7], {"spike": np.zeros((3, 1)), "voltage": np.full((3, 1), -70)})
        >>> list(t.values), t.unit("voltage")
        (['spike', 'voltage'], 'mV')
    """

    neurons: np.ndarray
    values: dict

    def __post_init__(self):
        shape = (len(self.values["spike"]), len(self.neurons))
        for name, array in self.values.items():
            if array.shape != shape:
                raise ValueError(
                    f"the trace of {name} must have shape (time, traced neurons) = {shape}; "
                    f"got {array.shape}."
                )
            array.setflags(write=False)

    @classmethod
    def of(cls, neurons, values):
        """From ids and arrays of any numeric type; None among them is left out."""
        known = {name: values[name] for name in UNITS if values.get(name) is not None}
        others = {name: v for name, v in values.items() if v is not None and name not in UNITS}
        arrays = {name: np.array(v, np.float32) for name, v in {**known, **others}.items()}
        return cls(np.array(neurons, np.int64), arrays)

    @property
    def n_steps(self):
        """Number of time steps."""
        return len(self.values["spike"])

    @staticmethod
    def unit(name):
        """Unit of a variable; "" where it has none or is not ours."""
        return UNITS.get(name, "")

    @classmethod
    def column(cls, name):
        """Name of a variable with its unit, as in a table: ``voltage_mV``."""
        return f"{name}_{cls.unit(name)}" if cls.unit(name) else name

    def of_neuron(self, neuron):
        """Dict of variable name -> (n_steps,) of one traced neuron.

        Raises:
            ValueError: it is not traced.
        """
        (places,) = np.nonzero(self.neurons == neuron)
        if not len(places):
            raise ValueError(f"neuron {neuron} is not traced; traced are {self.neurons.tolist()}.")
        return {name: array[:, places[0]] for name, array in self.values.items()}
