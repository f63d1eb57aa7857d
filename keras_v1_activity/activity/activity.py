"""Activity: what a spiking layer did with one sample at one training step.

It is made by capture, taken by every figure and by storage, and handed back by `load_activity`.
Spikes are kept as events, so that a quiet network of 50,000 neurons costs about a megabyte.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.activity.batch_view import BatchView, best_class
from keras_v1_activity.activity.description import describe
from keras_v1_activity.activity.details import frozen_details
from keras_v1_activity.activity.other_libraries import OtherLibraries
from keras_v1_activity.common.checks import even_array, shown, whole_number
from keras_v1_activity.common.protocols import AnyArray
from keras_v1_activity.common.values import changed

__all__ = ["Activity", "BatchView", "best_class"]


class Activity(OtherLibraries):
    """One look at a spiking layer: one sample, one training step.

    It is immutable: arrays and lists that it is given are checked and copied, and what it holds is
    read-only. `dataclasses.replace` makes another one with some fields changed.

    Attributes:
        spike_steps: (n_spikes,) int32 time step of each spike, from 0, ascending. Spikes may be
            given in any order: they are sorted by time step, then by neuron.
        spike_neurons: (n_spikes,) int32 neuron id of each spike; ascending within a time step.
        n_steps: number of time steps.
        n_neurons: number of neurons.
        dt: ms per time step.
        step: training step it was taken at, from 1; 0 outside training.
        sample_index: which sample of the batch.
        neurons: `Neurons`: populations, thresholds (mV), readout neurons.
        voltages: (n_steps, k) float32 membrane potentials, mV; k = 0 if not recorded.
        voltage_neurons: (k,) int64 their neuron ids.
        inputs: (n_steps, rows) float32, the input averaged over groups of neighbouring channels;
            None if not recorded.
        n_inputs: number of input channels before grouping.
        outputs: (n_chunks, n_outputs) float32, the readout over time as the model gave it; a model
            with one output per trial has n_chunks = 1. None if not recorded.
        confidence: (n_classes,) float32, the readout weighted over the chunks that training scores.
        label: true class, or None.
        source: how it was taken: "live", "probe", "look", "logger" or "simulation".
        batch: `BatchView` of several samples, or None.
        traces: `Traces` of the neurons chosen by trace_neurons, or None.
        details: what else is known of the look, a dict that JSON can hold, by name: "scalars" (loss
            and other numbers that training gave), and what the options of the run add.
        tuning: `Tuning` of the neurons, if this look completes a turn of a probe; else None.

    Raises:
        ValueError: one sentence naming the argument, what came, and what was expected: an id or a
            time step out of range, a spike given twice, a shape that does not fit.

    Example:
        >>> a = Activity.from_dense(np.eye(3), dt=1.0)
        >>> a
        Activity(step 0, sample 0, 3 neurons, 3 ms, 3 spikes, mean rate 333.33 Hz, live)
        >>> a.spike_times, a.spike_neurons
        (array([0., 1., 2.]), array([0, 1, 2], dtype=int32))
    """

    @classmethod
    def from_dense(cls, spikes: AnyArray, **others: Any) -> Activity:
        """From an array (time, neuron) in which anything above 0 is a spike.

        Args:
            spikes: array (time, neuron), any numeric or boolean type; NaN is no spike.
            **others: the remaining attributes.

        Raises:
            ValueError: `spikes` is no array of numbers, or not two-dimensional; see the class.

        Example:
            >>> Activity.from_dense([[0, 1], [1, 0], [0, 0]], dt=0.5, label=3).rates
            array([666.66666667, 666.66666667])
        """
        try:
            given = even_array(spikes)
            fired = given if given.dtype == bool else given > 0
        except (TypeError, ValueError):
            raise ValueError(
                f"spikes must be an array of numbers (time, neuron); got {shown(spikes)}."
            ) from None
        if given.ndim != 2:
            raise ValueError(f"spikes must have shape (time, neuron); got {given.shape}.")
        # Indices of a flat array: several times faster than np.nonzero on two axes.
        n_steps, n_neurons = fired.shape
        return cls._from_flat(np.flatnonzero(fired), n_steps, n_neurons, others)

    @classmethod
    def from_bits(cls, bits: ArrayLike, n_steps: int, n_neurons: int, **others: Any) -> Activity:
        """From the bits of a bool array (time, neuron), flattened, as `numpy.packbits` packs them.

        Args:
            bits: (ceil(n_steps * n_neurons / 8),) uint8.
            n_steps: number of time steps.
            n_neurons: number of neurons.
            **others: the remaining attributes.

        Raises:
            ValueError: `bits` is not of that size, or has a spike behind its end; see the class.

        Example:
            >>> Activity.from_bits(np.packbits(np.eye(3, dtype=bool)), 3, 3).spike_neurons
            array([0, 1, 2], dtype=int32)
        """
        n_steps = whole_number(n_steps, "n_steps", 0, 600)
        n_neurons = whole_number(n_neurons, "n_neurons", 0, 2000)
        total = n_steps * n_neurons
        packed = np.asarray(bits)
        if packed.shape != (-(-total // 8),):
            raise ValueError(
                f"bits must hold {n_steps} time steps of {n_neurons:,} neurons; got {packed.shape}."
            )
        if packed.dtype != np.uint8:
            raise ValueError(f"bits must be uint8, as numpy.packbits gives; got {packed.dtype}.")
        # Few bytes hold a spike: only they are unpacked.
        filled = np.flatnonzero(packed != 0)
        inside = np.flatnonzero(np.unpackbits(packed[filled]).view(bool))
        flat = filled[inside >> 3] * 8 + (inside & 7)
        if flat.size and flat[-1] >= total:
            raise ValueError(
                f"bits must hold {total:,} bits and then zeros; got a spike at place {flat[-1]:,}."
            )
        return cls._from_flat(flat, n_steps, n_neurons, others)

    @classmethod
    def _from_flat(
        cls, flat: NDArray[np.int64], n_steps: int, n_neurons: int, others: dict[str, Any]
    ) -> Activity:
        """From ascending indices into the flattened (time, neuron) array."""
        steps, neurons = np.divmod(flat, max(n_neurons, 1))
        return cls(
            spike_steps=steps.astype(np.int32),
            spike_neurons=neurons.astype(np.int32),
            n_steps=n_steps,
            n_neurons=n_neurons,
            **others,
        )

    def with_details(self, **details: Any) -> Activity:
        """The look with further details; those of the same name are replaced.

        Raises:
            ValueError: JSON cannot hold them.

        Example:
            >>> activity.with_details(scalars={"loss": 0.5}).details["scalars"]["loss"]
            0.5
        """
        return changed(self, details=frozen_details({**self.details, **details}))

    def __repr__(self) -> str:
        return describe(self)

    def _repr_html_(self) -> str:
        """How a notebook shows it: a table and the raster."""
        from keras_v1_activity.activity.notebook import html_of

        return html_of(self)
