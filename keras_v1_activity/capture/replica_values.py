"""What `strategy.run` returns, one part of the batch for each replica, as one batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.capture.arrays import sample_of, shape_of, to_numpy
from keras_v1_activity.common.protocols import AnyArray


def whole_batch(value: Any, axis: int = 0) -> Any:
    """The parts of a `tf.distribute.DistributedValues` as one batch; any other value as it is.

    Args:
        value: what `strategy.run` returned, or an array.
        axis: which axis of arrays of three axes or more is the batch.

    Example:
        >>> whole_batch([1, 2])
        [1, 2]
    """
    parts = getattr(value, "values", None)
    return BatchInParts(parts, axis) if isinstance(parts, tuple) and parts else value


def whole_traces(traces: Any, axis: int = 0) -> Any:
    """`whole_batch` of each value of a dict; anything else as it is.

    Example:
        >>> whole_traces({"psc_1": [1, 2]})
        {'psc_1': [1, 2]}
    """
    if not isinstance(traces, Mapping):
        return traces
    return {name: whole_batch(value, axis) for name, value in traces.items()}


class BatchInParts:
    """Parts of a batch as one array of which single samples can be taken.

    Args:
        parts: arrays (batch, ...) of any framework, alike but for the number of samples.
        axis: which axis of arrays of three axes or more is the batch, 0 or 1.

    Attributes:
        shape: of the whole.

    Raises:
        ValueError: parts of different shapes.

    Example:
        >>> whole = BatchInParts((np.zeros((3, 12)), np.ones((2, 12))))
        >>> whole.shape, whole[4].max()
        ((5, 12), np.float64(1.0))
    """

    shape: tuple[int, ...]

    def __init__(self, parts: tuple[AnyArray, ...], axis: int = 0) -> None:
        shapes = [shape_of(part, "a replica's part") for part in parts]
        self._parts = parts
        self._axis = axis = axis if len(shapes[0]) > 2 else 0
        self._sizes = [shape[axis] if shape else 1 for shape in shapes]
        if len({(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}) > 1:
            raise ValueError(
                "the replicas' parts of a batch must have one shape but for the number of samples; "
                f"got {' and '.join(map(str, shapes))}: pad them, or log one of them."
            )
        self.shape = (*shapes[0][:axis], sum(self._sizes), *shapes[0][axis + 1 :])

    def __getitem__(self, at: int | tuple[slice, int]) -> NDArray[Any]:
        """One sample, as a numpy array: ``[sample]``, or ``[:, sample]`` if time comes first."""
        sample = at[-1] if isinstance(at, tuple) else at
        for part, size in zip(self._parts, self._sizes, strict=True):
            if sample < size:
                return sample_of(part, sample, "a replica's part", self._axis)
            sample -= size
        raise IndexError(f"there are {sum(self._sizes)} samples")

    def numpy(self) -> NDArray[Any]:
        """The whole batch."""
        arrays = [to_numpy(part, "a replica's part") for part in self._parts]
        return np.concatenate([np.atleast_1d(array) for array in arrays], self._axis)
