"""Selection: which samples and neurons of a layer are recorded. Numpy only."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.choose_voltage_neurons import choose_voltage_neurons, within_layer
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.plan import RecordPlan


def _no_ids() -> NDArray[np.int64]:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class Selection:
    """Which samples and neurons of a layer with `neurons` are recorded under `plan`.

    Attributes:
        plan: the `RecordPlan`.
        neurons: `Neurons` of the layer.
        voltage_neurons: ids whose membrane potential is recorded.
        batch_neurons: ids shown for several samples, in drawing order; empty if never drawn.
        trace_neurons: ids whose every state variable is recorded.

    Example:
        >>> selection = Selection.of(RecordPlan(voltage_neurons=2), Neurons.unnamed(9))
        >>> selection.voltage_neurons, selection.samples
        (array([2, 6]), [0, 0, 1, 2, 3])
    """

    plan: RecordPlan
    neurons: Neurons
    voltage_neurons: NDArray[np.int64]
    batch_neurons: NDArray[np.int64]
    trace_neurons: NDArray[np.int64] = field(default_factory=_no_ids)

    @classmethod
    def of(cls, plan: RecordPlan, neurons: Neurons) -> Selection:
        """Settles which ids are meant.

        Raises:
            ValueError: an id beyond the network.
        """
        populations = neurons.populations
        voltage_neurons = choose_voltage_neurons(plan.voltage_neurons, populations)
        trace_neurons = within_layer(plan.trace_neurons, "trace_neurons", neurons.n_neurons)
        n_viewed = plan.batch_neurons if "predictions" in plan.figures else 0
        return cls(plan, neurons, voltage_neurons, populations.spread(n_viewed), trace_neurons)

    @property
    def samples(self) -> list[int]:
        """Samples of the batch that are looked at: the recorded one, then those side by side."""
        n_viewed = self.plan.batch_samples if len(self.batch_neurons) else 0
        return [self.plan.sample_index, *range(n_viewed)]


def check_sample(plan: RecordPlan, batch_size: int) -> None:
    """Refuses a sample index beyond the batch.

    Raises:
        ValueError: naming both numbers.

    Example:
        >>> check_sample(RecordPlan(sample_index=2), 8)
    """
    if plan.sample_index >= batch_size:
        raise ValueError(
            f"sample_index is {plan.sample_index}, but the batch has {batch_size} sample"
            f"{'' if batch_size == 1 else 's'}: it may be 0 to {batch_size - 1}."
        )
