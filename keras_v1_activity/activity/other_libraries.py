"""An `Activity` as other libraries take it: pandas, neo, pynapple. Each is imported when used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.derived import SpikeNumbers
from keras_v1_activity.activity.neuron_facts import neuron_facts
from keras_v1_activity.activity.potentials import unit_of
from keras_v1_activity.common.checks import frozen_indices
from keras_v1_activity.common.optional_packages import optional_package
from keras_v1_activity.common.protocols import AnyArray
from keras_v1_activity.common.units import MS_PER_S

if TYPE_CHECKING:
    import neo
    import pandas
    import pynapple


class OtherLibraries(SpikeNumbers):
    """What turns an `Activity`, whose base this is, into objects of other libraries.

    Example:
        >>> table = activity.to_pandas()
        >>> len(table) == activity.n_spikes
        True
    """

    def to_pandas(self) -> pandas.DataFrame:
        """The spikes as a table: a row a spike, in the order of time.

        Returns:
            A DataFrame with the columns ``time_ms``, ``neuron`` and ``population`` (categories, in
            drawing order).

        Raises:
            ModuleNotFoundError: pandas is not installed.

        Example:
            >>> table = activity.to_pandas()
            >>> list(table)
            ['time_ms', 'neuron', 'population']
            >>> len(table) == activity.n_spikes
            True
        """
        pandas = optional_package("pandas", "activity.to_pandas()")
        populations = self.populations
        # Names that are given twice are one category.
        names = list(dict.fromkeys(populations.names))
        code = np.array([names.index(name) for name in populations.names], np.int64)
        spiking = code[populations.index[self.spike_neurons]] if self.n_spikes else code[:0]
        return pandas.DataFrame(
            {
                "time_ms": self.spike_times,
                "neuron": self.spike_neurons,
                "population": pandas.Categorical.from_codes(spiking, names),
            }
        )

    def to_neo(self, neurons: AnyArray | None = None) -> neo.Segment:
        """The look as neo has it, from which elephant computes: spike trains and potentials.

        Args:
            neurons: (k,) ids of the neurons whose spike trains are wanted; None for all, also those
                that are silent. 50,000 trains take some seconds.

        Returns:
            A ``neo.Segment``, annotated with ``step``, ``label``, ``prediction``, ``sample_index``
            and ``source``. Each of its ``spiketrains`` (ms, from 0 to the length of the look) is
            annotated with ``neuron``, ``population``, ``layer``, ``cell_class``, ``is_readout``
            and, if known, ``threshold_mv``, ``x_um``, ``y_um``, ``z_um``, ``tuning_angle_deg``. Its
            ``analogsignals`` hold one signal (time, k) of the recorded potentials in mV
            (dimensionless if they are plainly not in mV), with the array annotations ``neuron`` and
            ``population``; none if none were recorded.

        Raises:
            ModuleNotFoundError: neo is not installed.
            ValueError: there is no such neuron.

        Example:
            >>> segment = activity.to_neo(neurons=[3, 7])
            >>> [train.annotations["neuron"] for train in segment.spiketrains]
            [3, 7]
        """
        neo = optional_package("neo", "activity.to_neo()")
        chosen = self._chosen(neurons)
        segment = neo.Segment(
            name=f"step {self.step}", step=self.step, label=self.label, prediction=self.prediction,
            sample_index=self.sample_index, source=self.source,
        )  # fmt: skip
        facts = self._facts(chosen)
        for place, times in enumerate(self._trains(chosen)):
            train = neo.SpikeTrain(
                times, units="ms", t_start=0.0, t_stop=self.duration_ms,
                **{name: values[place] for name, values in facts.items()},
            )  # fmt: skip
            segment.spiketrains.append(train)
        if self.voltages.size:
            ms = optional_package("quantities", "activity.to_neo()").ms
            names = self.populations.names_per_neuron()[self.voltage_neurons]
            signal = neo.AnalogSignal(
                self.voltages, units=unit_of(self) or "dimensionless", t_start=0.0 * ms,
                sampling_period=self.dt * ms, name="membrane potential",
                array_annotations={"neuron": self.voltage_neurons, "population": names},
            )  # fmt: skip
            segment.analogsignals.append(signal)
        return segment

    def to_pynapple(self, neurons: AnyArray | None = None) -> pynapple.TsGroup:
        """The spikes as pynapple has them: a group of spike times with facts of the neurons.

        Args:
            neurons: (k,) ids of the neurons that are wanted; None for all, also those that are
                silent. 50,000 neurons take some ten seconds.

        Returns:
            A ``pynapple.TsGroup``, its keys the neuron ids, its times in seconds, its time support
            the length of the look. Metadata: what `to_neo` annotates the trains with; ``rate``
            (Hz) is pynapple's.

        Raises:
            ModuleNotFoundError: pynapple is not installed.
            ValueError: there is no such neuron, or the look has no time steps.

        Example:
            >>> group = activity.to_pynapple(neurons=[3, 7])
            >>> group.keys()
            [3, 7]
        """
        nap = optional_package("pynapple", "activity.to_pynapple()")
        if not self.n_steps:
            raise ValueError("a look without a time step has no length, which pynapple needs.")
        chosen = np.unique(self._chosen(neurons))  # pynapple keeps the ids in order
        support = nap.IntervalSet(0.0, self.duration_ms / MS_PER_S)
        trains = {
            neuron: nap.Ts(times / MS_PER_S, time_support=support)
            for neuron, times in zip(chosen.tolist(), self._trains(chosen), strict=True)
        }
        facts = self._facts(chosen)
        del facts["neuron"]  # the key of each
        # All have this support already, so nothing is cut.
        return nap.TsGroup(trains, time_support=support, bypass_check=True, metadata=facts)

    def _chosen(self, neurons: AnyArray | None) -> NDArray[np.int64]:
        """Ids of the neurons that are wanted."""
        if neurons is None:
            return np.arange(self.n_neurons)
        return frozen_indices(neurons, "neurons", "neuron", self.n_neurons)

    def _trains(self, chosen: NDArray[np.int64]) -> Iterator[NDArray[np.float64]]:
        """The spike times of each chosen neuron, ms."""
        times = self.spike_times[np.argsort(self.spike_neurons, kind="stable")]
        ends = np.cumsum(self.spike_counts)
        return (times[ends[i] - self.spike_counts[i] : ends[i]] for i in chosen)

    def _facts(self, chosen: NDArray[np.int64]) -> dict[str, list[Any]]:
        """What is known of the chosen neurons: name -> a value for each."""
        columns = neuron_facts(self.neurons)
        return {
            "neuron": chosen.tolist(),
            **{name: column[chosen].tolist() for name, column in columns.items()},
        }
