"""StepTap: what a training step of one's own writes for its logger, in the graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_v1_activity.capture.apart import apart
from keras_v1_activity.capture.handed_tensors import HandedTensors
from keras_v1_activity.capture.kept_names import GREATEST_PREFIX, READOUT_PREFIX, TRACE_PREFIX
from keras_v1_activity.capture.reduce import gathered, reduce_inputs, reduce_layer
from keras_v1_activity.capture.replica_variables import ReplicaVariables
from keras_v1_activity.capture.replicas import OWN_PART, Part, part_here
from keras_v1_activity.capture.selection import Selection
from keras_v1_activity.capture.traces import neurons_of_sample
from keras_v1_activity.common import notices
from keras_v1_activity.plan import RecordPlan


class StepTap:
    """Writes a step's activity into variables outside the graph, if the step is to be logged.

    Args:
        plan: `RecordPlan`.
        select: function from a number of neurons to the `Selection` of them.

    Attributes:
        counts_in_graph: whether the step's number comes from the graph.

    Example:
        >>> from keras_v1_activity.capture.handed import select
        >>> tap = StepTap(RecordPlan(), lambda n: select(RecordPlan(), None, n))
        >>> tap.arm(step=7, due=True)
        >>> tap.write(HandedTensors(tf.eye(5)[tf.newaxis], labels=[3]))
        >>> taken, step = tap.read()
        >>> step, int(taken["n_steps"]), taken["readout/labels"]
        (7, 5, array([3, 3, 3, 3, 3], dtype=int32))
    """

    counts_in_graph: bool

    def __init__(self, plan: RecordPlan, select: Callable[[int], Selection]) -> None:
        self._plan = plan
        self._select = select
        self._variables = ReplicaVariables()
        self._every = plan.every_n_steps
        self._said_own = False
        self.counts_in_graph = False

    def arm(self, step: int, *, due: bool, every: int = 1) -> None:
        """Says what the next call of the step writes; see `LiveVariables.arm`."""
        due = due or self.counts_in_graph
        self._every = every
        self._variables.arm(step, due=due, every=every)

    def write(self, batch: HandedTensors, step: Any = None) -> None:
        """Writes what is recorded of a batch. In a function that is compiled, adds the operations.

        Args:
            batch: `HandedTensors`, this replica's part of the batch.
            step: number of this step, a scalar tensor, if the graph counts; None: as armed.

        Raises:
            ValueError: no such replica, or no selection for this number of neurons.
        """
        part = part_here(batch.size, self._plan.replica, self._plan.sample_index)
        if part is None:
            return
        if part.is_own and not self._said_own:
            self._said_own = True
            notices.tell(OWN_PART)
        selection = self._select(batch.n_neurons)
        batch.check_traces(len(selection.trace_neurons))
        if step is not None:
            step = _number(step)
            self._let_graph_count()
        variables = self._variables.here()
        reduce = partial(_reduce, selection, part)
        variables.write_if_due(
            variables.layer, reduce, (batch.tensors(),), holds=part.holds, step=step
        )

    def wait(self) -> None:
        """Waits for the step that has been called, if anything is written in it."""
        self._variables.wait()

    def read(self) -> tuple[dict[str, NDArray[Any]], int] | None:
        """(arrays by name, training step) of what was written, or None."""
        return self._variables.read()

    def _let_graph_count(self) -> None:
        if not self.counts_in_graph:
            self.counts_in_graph = True
            apart(lambda: self.arm(0, due=True, every=self._every))


def _number(step: Any) -> Any:
    """The number of a step as an int64 scalar."""
    given = tf.convert_to_tensor(step)
    if not given.dtype.is_integer or given.shape.rank not in (0, None):
        raise ValueError(
            "step must be the number of a step, a whole number or a scalar tensor of one, e.g. "
            f"optimizer.iterations + 1; got {step!r}."
        )
    return tf.cast(given, tf.int64)


def _reduce(selection: Selection, part: Part, tensors: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a batch, by name."""
    spikes, voltages = tensors["spikes"], tensors.get("voltages")
    kept = reduce_layer(spikes, voltages, selection, part)
    kept["n_neurons"] = tf.constant(selection.neurons.n_neurons, tf.int64)
    samples = part.samples(selection.samples)
    if "inputs" in tensors:
        n_steps = spikes.shape[1]
        kept.update(reduce_inputs(tensors["inputs"], samples[0], selection.plan, n_steps))
    for name, tensor in tensors.items():
        if name.startswith(READOUT_PREFIX):
            kept[name] = gathered(tensor, samples)
            of_batch = name.replace(READOUT_PREFIX, GREATEST_PREFIX)
            kept[of_batch] = tf.reduce_max(tf.cast(tensor, tf.float32))
    if len(selection.trace_neurons):
        kept.update(_traces(tensors, samples[0], selection.trace_neurons))
    return kept


def _traces(tensors: Mapping[str, Any], sample: Any, neurons: NDArray[np.int64]) -> dict[str, Any]:
    """Spikes and potentials of the traced neurons, and what was given of them, float32."""
    kept = {}
    for name, of_all in (("spike", "spikes"), ("voltage", "voltages")):
        if of_all in tensors:
            traced = neurons_of_sample(tensors[of_all], sample, neurons)
            kept[TRACE_PREFIX + name] = tf.cast(traced, tf.float32)
    for name, tensor in tensors.items():
        if name.startswith(TRACE_PREFIX):
            kept[name] = tf.cast(gathered(tensor, [sample])[0], tf.float32)
    return kept
