"""ProbeBatch: the fixed batch that a user gives to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from keras_v1_activity.capture.selection import check_sample
from keras_v1_activity.common.protocols import Model
from keras_v1_activity.plan import RecordPlan


@dataclass(frozen=True, eq=False)
class ProbeBatch:
    """A batch of inputs, and its labels if they are known.

    Attributes:
        x: inputs, as the model takes them.
        y: labels, one for each sample, or None.

    Example:
        >>> batch = ProbeBatch.of((x, y), RecordPlan())
        >>> batch.check(model)
        >>> batch.y.tolist()
        [0, 1, 2, 0, 1, 2, 0, 1]
    """

    x: Any
    y: Any = None

    @classmethod
    def of(cls, probe_data: Any, plan: RecordPlan) -> ProbeBatch:
        """From what a user gave as probe_data.

        Args:
            probe_data: x, or a tuple (x, y).
            plan: `RecordPlan`, whose sample must be in the batch.

        Raises:
            ValueError: it is no batch, or has no sample with the plan's index.
        """
        parts = probe_data if isinstance(probe_data, tuple) else (probe_data, None)
        batch = cls(*parts)
        check_sample(plan, batch._size())
        return batch

    def check(self, model: Model) -> None:
        """Refuses a batch that does not fit the inputs of a model.

        Raises:
            ValueError: naming the shapes that came and those that the model takes.
        """
        fed: Any = model
        wanted = [tuple(tensor.shape) for tensor in fed.inputs]
        came = [(np.shape(leaf), np.asarray(leaf).dtype) for leaf in tf.nest.flatten(self.x)]
        fits = len(came) == len(wanted) and all(
            dtype.kind in "biuf"
            and len(shape) == len(want)
            and all(b in (None, a) for a, b in zip(shape, want, strict=True))
            for (shape, dtype), want in zip(came, wanted, strict=True)
        )
        if not fits:
            described = ", ".join(f"{dtype} {shape}" for shape, dtype in came)
            raise ValueError(
                f"probe_data must hold inputs x of shape {', '.join(map(str, wanted))}, as the "
                f"model takes them, or (x, y); x is {described}."
            )
        size = came[0][0][0]
        if self.y is not None and {len(leaf) for leaf in tf.nest.flatten(self.y)} != {size}:
            raise ValueError(
                f"probe_data has {size} inputs but {len(tf.nest.flatten(self.y)[0])} labels: give "
                "one label for each sample."
            )

    def _size(self) -> int:
        """Samples in it; raises ValueError if `x` is no array or structure of arrays."""
        sizes = {np.shape(leaf)[0] for leaf in tf.nest.flatten(self.x) if np.ndim(leaf)}
        if len(sizes) != 1:
            raise ValueError(
                "probe_data must be one batch of inputs x, or (x, y), as arrays whose first "
                f"dimension is the sample; got {type(self.x).__name__} with batch sizes "
                f"{sorted(sizes)}."
            )
        return sizes.pop()
