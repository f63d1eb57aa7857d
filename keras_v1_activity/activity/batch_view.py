"""Several samples of one batch side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import counted, frozen_array, frozen_indices
from keras_v1_activity.common.protocols import AnyArray
from keras_v1_activity.common.values import Value, settle


@dataclass(frozen=True, eq=False, repr=False)
class BatchView(Value):
    """Several samples of one batch, thinned to some neurons, for seeing them side by side.

    It is immutable: arrays and lists that it is given are copied.

    Attributes:
        samples: (m,) int64 indices in the batch.
        neurons: (j,) int64 ids of the neurons shown, in drawing order.
        spikes: (m, n_steps, j) bool.
        labels: (m,) int64, -1 if unknown.
        confidences: (m, n_classes) float32, the model's probability of each class; None if unknown.

    Raises:
        ValueError: arrays whose shapes do not fit each other; negative indices.

    Example:
        >>> view = BatchView([0], [3, 7], [[[0, 1], [1, 0]]], [1], [[0.2, 0.8]])
        >>> view, view.predictions
        (BatchView(1 sample, 2 time steps, 2 neurons), array([1]))
    """

    samples: NDArray[np.int64]
    neurons: NDArray[np.int64]
    spikes: NDArray[np.bool_]
    labels: NDArray[np.int64]
    confidences: NDArray[np.float32] | None = None

    if TYPE_CHECKING:  # what the constructor takes; dataclass makes it

        def __init__(
            self,
            samples: AnyArray,
            neurons: AnyArray,
            spikes: AnyArray,
            labels: AnyArray,
            confidences: AnyArray | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        samples = frozen_indices(self.samples, "samples", "sample", None, what="indices")
        neurons = frozen_indices(self.neurons, "neurons", "neuron", None)
        m, j = len(samples), len(neurons)
        settle(
            self,
            samples=samples,
            neurons=neurons,
            spikes=frozen_array(self.spikes, "spikes", [m, "time", j], np.bool_),
            labels=frozen_array(self.labels, "labels", [m], np.int64),
        )
        if self.confidences is not None:
            confidences = frozen_array(self.confidences, "confidences", [m, "class"], np.float32)
            settle(self, confidences=confidences)

    @property
    def n_steps(self) -> int:
        """Number of time steps."""
        return self.spikes.shape[1]

    @property
    def predictions(self) -> NDArray[np.int64]:
        """(m,) the class of greatest confidence; -1 if unknown or NaN."""
        rows = [None] * len(self.samples) if self.confidences is None else self.confidences
        return np.array([best_class(row) for row in rows], np.int64)

    def __repr__(self) -> str:
        m, n_steps, j = self.spikes.shape
        return (
            f"BatchView({counted(m, 'sample')}, {counted(n_steps, 'time step')}, "
            f"{counted(j, 'neuron')})"
        )


def best_class(confidence: NDArray[np.floating] | None) -> int:
    """Index of the greatest confidence; -1 if there is none or any is NaN.

    Example:
        >>> best_class(np.array([0.1, 0.7, 0.2]))
        1
    """
    if confidence is None or len(confidence) == 0 or np.isnan(confidence).any():
        return -1
    return int(np.argmax(confidence))
