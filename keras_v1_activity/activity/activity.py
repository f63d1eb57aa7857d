"""Activity: what a spiking layer did with one sample at one training step.

It is made by capture, taken by every figure and by storage, and handed back by `load_activity`.
Spikes are kept as events, so that a quiet network of 50,000 neurons costs about a megabyte.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.activity.traces import Traces
from keras_v1_activity.common import units


@dataclass(frozen=True, eq=False)
class BatchView:
    """Several samples of one batch, thinned to some neurons, for seeing them side by side.

    Attributes:
        samples: (m,) indices in the batch.
        neurons: (j,) ids of the neurons shown, in drawing order.
        spikes: (m, n_steps, j) bool.
        labels: (m,) int, -1 where unknown.
        confidences: (m, n_classes) float32, the model's probability of each class; None if unknown.
    """

    samples: np.ndarray
    neurons: np.ndarray
    spikes: np.ndarray
    labels: np.ndarray
    confidences: np.ndarray | None = None

    @property
    def predictions(self):
        """(m,) int, the class of greatest confidence; -1 where unknown or NaN."""
        return np.array([best_class(row) for row in self._rows()], np.int64)

    def _rows(self):
        return [None] * len(self.samples) if self.confidences is None else self.confidences


def best_class(confidence):
    """Index of the greatest confidence; -1 where there is none or any is NaN."""
    if confidence is None or len(confidence) == 0 or np.isnan(confidence).any():
        return -1
    return int(np.argmax(confidence))


@dataclass(frozen=True, eq=False, kw_only=True)
class Activity:
    """One look at a spiking layer: one sample, one training step. Immutable.

    Attributes:
        spike_steps: (n_spikes,) int32 time index of each spike, ascending.
        spike_neurons: (n_spikes,) int32 neuron id of each spike; ascending within a time step.
        n_steps: number of time steps.
        n_neurons: number of neurons.
        dt: ms per time step.
        step: training step it was taken at, from 1; 0 outside training.
        sample_index: which sample of the batch.
        neurons: `Neurons`: populations, thresholds (mV), readout neurons.
        voltages: (n_steps, k) float32 membrane potentials, mV; k = 0 where not recorded.
        voltage_neurons: (k,) int64 their neuron ids.
        inputs: (n_steps, rows) float32, the input averaged over groups of neighbouring channels;
            None where not recorded.
        n_inputs: number of input channels before grouping.
        outputs: (n_chunks, n_outputs) float32, the readout over time as the model gave it; a model
            with one output per trial has n_chunks = 1. None where not recorded.
        confidence: (n_outputs,) float32, the readout weighted over the chunks that training scores.
        label: true class, or None.
        source: how it was taken: "live", "probe", "look", "logger" or "simulation".
        batch: `BatchView` of several samples, or None.
        traces: `Traces` of the neurons chosen by trace_neurons, or None.

    Example:
        >>> a = Activity.from_dense(np.eye(3), dt=1.0)
        >>> a.spike_times, a.spike_neurons
        (array([0., 1., 2.]), array([0, 1, 2], dtype=int32))
    """

    spike_steps: np.ndarray
    spike_neurons: np.ndarray
    n_steps: int
    n_neurons: int
    dt: float = 1.0
    step: int = 0
    sample_index: int = 0
    neurons: Neurons = None
    voltages: np.ndarray = None
    voltage_neurons: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    inputs: np.ndarray | None = None
    n_inputs: int = 0
    outputs: np.ndarray | None = None
    confidence: np.ndarray | None = None
    label: int | None = None
    source: str = "live"
    batch: BatchView | None = None
    traces: Traces | None = None

    def __post_init__(self):
        if self.neurons is None:
            object.__setattr__(self, "neurons", Neurons.unnamed(self.n_neurons))
        self.neurons.check_size(self.n_neurons, "rsnn")
        if self.voltages is None:
            object.__setattr__(self, "voltages", np.zeros((self.n_steps, 0), np.float32))
        if self.voltages.shape != (self.n_steps, len(self.voltage_neurons)):
            raise ValueError(
                f"voltages must have shape (time, voltage_neurons) = ({self.n_steps}, "
                f"{len(self.voltage_neurons)}); got {self.voltages.shape}."
            )
        for array in (self.spike_steps, self.spike_neurons, self.voltages, self.voltage_neurons):
            array.setflags(write=False)

    @classmethod
    def from_dense(cls, spikes, **others):
        """From an array (time, neuron) in which anything above 0 is a spike.

        Args:
            spikes: array (time, neuron), any numeric or boolean type; NaN is no spike.
            **others: the remaining attributes.

        Raises:
            ValueError: `spikes` is not two-dimensional.
        """
        spikes = np.asarray(spikes)
        if spikes.ndim != 2:
            raise ValueError(f"spikes must have shape (time, neuron); got {spikes.shape}.")
        fired = spikes if spikes.dtype == bool else spikes > 0
        # Indices of a flat array: several times faster than np.nonzero on two axes.
        return cls._from_flat(np.flatnonzero(fired), *fired.shape, others)

    @classmethod
    def from_bits(cls, bits, n_steps, n_neurons, **others):
        """From the bits of a bool array (time, neuron), as `numpy.packbits` lays them flattened.

        Args:
            bits: (ceil(n_steps * n_neurons / 8),) uint8.
            n_steps: number of time steps.
            n_neurons: number of neurons.
            **others: the remaining attributes.

        Raises:
            ValueError: `bits` is not of that size.

        Example:
            >>> Activity.from_bits(np.packbits(np.eye(3, dtype=bool)), 3, 3).spike_neurons
            array([0, 1, 2], dtype=int32)
        """
        if bits.shape != (-(-n_steps * n_neurons // 8),):
            raise ValueError(
                f"bits must hold {n_steps} time steps of {n_neurons:,} neurons; got {bits.shape}."
            )
        # Few bytes hold a spike: only they are unpacked.
        filled = np.flatnonzero(bits != 0)
        inside = np.flatnonzero(np.unpackbits(bits[filled]).view(bool))
        return cls._from_flat(filled[inside >> 3] * 8 + (inside & 7), n_steps, n_neurons, others)

    @classmethod
    def _from_flat(cls, flat, n_steps, n_neurons, others):
        """From ascending indices into the flattened (time, neuron) array."""
        steps, neurons = np.divmod(flat, max(n_neurons, 1))
        return cls(
            spike_steps=steps.astype(np.int32),
            spike_neurons=neurons.astype(np.int32),
            n_steps=n_steps,
            n_neurons=n_neurons,
            **others,
        )

    @property
    def populations(self):
        """`Populations` of the neurons."""
        return self.neurons.populations

    @cached_property
    def spike_times(self):
        """(n_spikes,) float64 time of each spike in ms: time index times dt."""
        return units.steps_to_ms(self.spike_steps, self.dt)

    @property
    def n_spikes(self):
        """Number of spikes of all neurons."""
        return len(self.spike_steps)

    @property
    def duration_ms(self):
        """Length of the sample in ms."""
        return self.n_steps * self.dt

    @property
    def prediction(self):
        """Class of greatest confidence, or None where the model gave none."""
        best = best_class(self.confidence)
        return None if best < 0 else best

    def spikes(self):
        """The dense bool array (time, neuron), made anew at each call."""
        dense = np.zeros((self.n_steps, self.n_neurons), bool)
        dense[self.spike_steps, self.spike_neurons] = True
        return dense

    @cached_property
    def spike_counts(self):
        """(n_neurons,) spikes of each neuron."""
        return np.bincount(self.spike_neurons, minlength=self.n_neurons)

    @cached_property
    def rates(self):
        """(n_neurons,) firing rate of each neuron, Hz."""
        return units.counts_to_hz(self.spike_counts, self.duration_ms)

    @property
    def mean_rate(self):
        """Mean firing rate over all neurons, Hz."""
        return float(self.rates.mean()) if self.n_neurons else 0.0

    @cached_property
    def population_rates(self):
        """Mean firing rate (Hz) of each population, dict by name in drawing order."""
        populations = self.populations
        spikes = np.bincount(
            populations.index, weights=self.spike_counts, minlength=len(populations.members)
        )
        rates = units.counts_to_hz(spikes, self.duration_ms, np.maximum(populations.counts, 1))
        return dict(zip(populations.names, rates.tolist(), strict=True))

    @property
    def silent(self):
        """True where not one neuron fired."""
        return self.n_spikes == 0
