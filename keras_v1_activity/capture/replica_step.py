"""ReplicaSteps: the training step of each replica, while it is compiled or run."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import partial

import tensorflow as tf

from keras_v1_activity.capture.health.step_weights import StepWeights
from keras_v1_activity.capture.leaves import leaves_of
from keras_v1_activity.capture.replicas import Part, part_here
from keras_v1_activity.capture.step_batch import StepBatch
from keras_v1_activity.plan import RecordPlan


@dataclass(eq=False)
class ReplicaStep:
    """One training step in one replica.

    Attributes:
        batch: `StepBatch`, the replica's part of the batch.
        part: `Part`, what of it is recorded; None if nothing is.
        weights: `StepWeights`; None if nothing of the weights is recorded.

    Example:
        >>> ReplicaStep().part.holds
        True
    """

    batch: StepBatch = field(default_factory=StepBatch)
    part: Part | None = field(default_factory=Part)
    weights: StepWeights | None = None


class ReplicaSteps:
    """The step that each thread is in: MirroredStrategy has one thread for each replica.

    Args:
        plan: `RecordPlan`, whose replica and sample are recorded.

    Example:
        >>> steps = ReplicaSteps(RecordPlan())
        >>> step = steps.begin(StepBatch(x, y))
        >>> steps.here() is step, steps.are_here()
        (True, True)
        >>> steps.end() is step, steps.are_here()
        (True, False)
    """

    def __init__(self, plan: RecordPlan) -> None:
        self._plan = plan
        self._of_thread: dict[int, ReplicaStep] = {}

    def begin(self, batch: StepBatch) -> ReplicaStep:
        """A step begins in this thread. All replicas of the process must call this.

        Raises:
            ValueError: there is no such replica as is asked for, or none has a number.
        """
        size = partial(_size_of, batch)
        part = part_here(size, self._plan.replica, self._plan.sample_index)
        step = self._of_thread[threading.get_ident()] = ReplicaStep(batch, part)
        return step

    def here(self) -> ReplicaStep:
        """The step of this thread; outside of one, a step of which nothing is known.

        In the scope of a strategy, but in none of its replicas, nothing is recorded.
        """
        step = self._of_thread.get(threading.get_ident())
        if step is not None:
            return step
        return ReplicaStep(part=None) if tf.distribute.has_strategy() else ReplicaStep()

    def are_here(self) -> bool:
        """Whether this thread is in a step."""
        return threading.get_ident() in self._of_thread

    def end(self) -> ReplicaStep:
        """The step of this thread, which ends."""
        step = self.here()
        self._of_thread.pop(threading.get_ident(), None)
        return step


def _size_of(batch: StepBatch) -> object:
    """Samples in a part of the batch, as far as its inputs or labels tell."""
    for leaf in [*leaves_of(batch.x), *leaves_of(batch.y)]:
        if leaf is not None:
            return tf.shape(leaf)[0]
    return 0
