"""Selection: which samples and neurons of a layer are recorded. Numpy only."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class Selection:
    """Which samples and neurons of a layer with `neurons` are recorded under `plan`.

    Attributes:
        plan: the `RecordPlan`.
        neurons: `Neurons` of the layer.
        voltage_neurons: ids whose membrane potential is recorded.
        batch_neurons: ids shown for several samples, in drawing order; empty if never drawn.
        trace_neurons: ids whose every state variable is recorded.
    """

    plan: object
    neurons: object
    voltage_neurons: np.ndarray
    batch_neurons: np.ndarray
    trace_neurons: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))

    @classmethod
    def of(cls, plan, neurons):
        """Settles which ids are meant; raises ValueError for an id beyond the network."""
        populations = neurons.populations
        voltage_neurons = plan.choose_voltage_neurons(populations)
        trace_neurons = plan.choose_trace_neurons(populations)
        n_viewed = plan.batch_neurons if "predictions" in plan.figures else 0
        return cls(plan, neurons, voltage_neurons, populations.spread(n_viewed), trace_neurons)

    @property
    def samples(self):
        """Samples of the batch that are looked at: the recorded one, then those side by side."""
        n_viewed = self.plan.batch_samples if len(self.batch_neurons) else 0
        return [self.plan.sample_index, *range(n_viewed)]


def check_sample(plan, batch_size):
    """Refuses a sample index beyond the batch.

    Raises:
        ValueError: naming both numbers.
    """
    if plan.sample_index >= batch_size:
        raise ValueError(
            f"sample_index is {plan.sample_index}, but the batch has {batch_size} sample"
            f"{'' if batch_size == 1 else 's'}: it may be 0 to {batch_size - 1}."
        )
