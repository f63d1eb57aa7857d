"""A look made of what a custom loop hands over: arrays of any framework, in the usual shapes.

The counterpart of `reduce.py` for arrays that exist already. Only the samples that are looked at
are converted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.inputs import average_channels
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.capture.arrays import sample_of, shape_of, to_numpy
from keras_v1_activity.capture.assemble import make_activity
from keras_v1_activity.capture.handed_layout import HandedLayout
from keras_v1_activity.capture.handed_readout import HandedReadout
from keras_v1_activity.capture.kept_names import TRACE_PREFIX
from keras_v1_activity.capture.selection import Selection
from keras_v1_activity.common.protocols import AnyArray
from keras_v1_activity.plan import RecordPlan


class HandedBatch:
    """What `log_step` was given for one batch, checked against one another.

    Args:
        spikes: (batch, time, neuron) or (time, neuron).
        voltages: as spikes, mV, or None.
        inputs: (batch, time, channels...) or without batch, or None.
        outputs, predictions, labels, weights: see `NetworkActivityLogger.log_step`.
        traces: dict of name -> (batch, time, k) or (time, k), or None.
        layout: `HandedLayout`, by which time may come before batch; None for one of its own.

    Attributes:
        batch_size: samples in the batch.
        n_steps: time steps.
        n_neurons: neurons.

    Raises:
        ValueError: one sentence that names the argument, its shape and the one expected.

    Example:
        >>> batch = HandedBatch(np.eye(5)[None], labels=[3])
        >>> look = batch.activity(select(RecordPlan(), None, batch.n_neurons), step=7)
        >>> look.n_spikes, look.label, look.step
        (5, 3, 7)
    """

    batch_size: int
    n_steps: int
    n_neurons: int

    def __init__(
        self,
        spikes: AnyArray | None,
        voltages: AnyArray | None = None,
        inputs: AnyArray | None = None,
        outputs: AnyArray | None = None,
        predictions: AnyArray | None = None,
        labels: AnyArray | None = None,
        weights: AnyArray | None = None,
        traces: Mapping[str, AnyArray] | None = None,
        *,
        layout: HandedLayout | None = None,
    ) -> None:
        self._layout = layout = HandedLayout() if layout is None else layout
        shape = shape_of(spikes, "spikes") if spikes is not None else ()
        self._batched = len(shape) == 3
        sizes = layout.order(*shape[:2]) if self._batched else (1, *shape[:1])
        if spikes is None or len(shape) not in (2, 3) or not sizes[0]:
            raise ValueError(
                f"spikes must have shape {layout.words('neuron')} or (time, neuron); got "
                f"{'None' if spikes is None else shape}."
            )
        self.batch_size, self.n_steps = sizes
        self.n_neurons = shape[-1]
        self._spikes = spikes
        self._voltages = self._like_spikes(voltages, "voltages")
        self._inputs = inputs
        self._readout = HandedReadout(
            self.batch_size,
            outputs,
            predictions,
            labels,
            weights,
            n_steps=self.n_steps,
            layout=layout,
        )
        self._traces = checked_traces(traces)
        layout.say_how_read(*sizes, self.n_neurons, self._readout.shapes)

    def activity(self, selection: Selection, step: int) -> Activity:
        """The `Activity` of this batch.

        Args:
            selection: `Selection` of samples and neurons.
            step: training step to name in it.

        Raises:
            ValueError: inputs or traces of another shape, or an array that holds no numbers.
        """
        last = self.batch_size - 1
        samples = [min(sample, last) for sample in selection.samples]
        taken: dict[str, Any] = {
            "batch_size": self.batch_size,
            "spikes": self._fired(samples[0]),
            **self._reduced_inputs(samples[0], selection.plan),
            **self._traced(samples[0], selection.trace_neurons),
        }
        if self._voltages is not None and len(selection.voltage_neurons):
            of_sample = self._sample(self._voltages, samples[0], "voltages")
            taken["voltages"] = of_sample[:, selection.voltage_neurons].astype(np.float32)
        if len(samples) > 1:
            chosen = selection.batch_neurons
            thinned = {i: self._fired(i)[:, chosen] for i in sorted(set(samples[1:]))}
            taken["batch_spikes"] = np.stack([thinned[i] for i in samples[1:]])
        readout = [self._readout.of(sample) for sample in samples]
        return make_activity(taken, selection, step=step, source="logger", readout=readout)

    def _like_spikes(self, value: AnyArray | None, name: str) -> AnyArray | None:
        if value is None:
            return None
        expected = shape_of(self._spikes, "spikes")
        shape = shape_of(value, name)
        if shape != expected:
            raise ValueError(f"{name} must have the shape of spikes, {expected}; got {shape}.")
        return value

    def _sample(self, value: AnyArray, sample: int, name: str) -> NDArray[Any]:
        if self._batched:
            return sample_of(value, sample, name, self._layout.batch_axis)
        return to_numpy(value, name)

    def _fired(self, sample: int) -> NDArray[np.bool_]:
        spikes = self._sample(self._spikes, sample, "spikes")
        return spikes if spikes.dtype == bool else spikes > 0

    def _reduced_inputs(self, sample: int, plan: RecordPlan) -> dict[str, Any]:
        """As `reduce_loss` has it: mean over groups of neighbouring channels."""
        if self._inputs is None:
            return {}
        shape = shape_of(self._inputs, "inputs")
        whole = self._layout.order(self.batch_size, self.n_steps)
        batched = len(shape) >= 3 and (self._batched or shape[:2] == whole)
        expected = whole if batched else (self.n_steps,)
        sizes = shape[len(expected) :]
        if shape[: len(expected)] != expected or not sizes or 0 in sizes:
            hint = ": batch and time are exchanged" if shape[:2] == whole[::-1] else ""
            raise ValueError(
                f"inputs must have shape {self._layout.words('channels')} with {self.batch_size} "
                f"samples of {self.n_steps} time steps, as spikes have; got {shape}{hint}."
            )
        if batched:
            rows = sample_of(self._inputs, sample, "inputs", self._layout.batch_axis)
        else:
            rows = to_numpy(self._inputs, "inputs")
        channels = rows.reshape(self.n_steps, int(np.prod(sizes)))
        n_channels = channels.shape[1]
        means = average_channels(channels, plan.input_group(n_channels))
        return {"inputs": means, "n_inputs": n_channels}

    def _traced(self, sample: int, neurons: NDArray[np.int64]) -> dict[str, Any]:
        if not len(neurons):
            return {}
        traced: dict[str, Any] = {"spike": self._fired(sample)[:, neurons]}
        if self._voltages is not None:
            traced["voltage"] = self._sample(self._voltages, sample, "voltages")[:, neurons]
        whole = (*self._layout.order(self.batch_size, self.n_steps), len(neurons))
        for name, value in self._traces.items():
            what = f"traces[{name!r}]"
            shape = shape_of(value, what)
            if shape == whole:
                traced[name] = sample_of(value, sample, what, self._layout.batch_axis)
            elif shape == (self.n_steps, len(neurons)):
                traced[name] = to_numpy(value, what)
            else:
                raise ValueError(
                    f"{what} must have shape {self._layout.words('traced neurons')} = {whole}; "
                    f"got {shape}: trace the neurons of trace_neurons, in their order."
                )
        return {f"{TRACE_PREFIX}{name}": value for name, value in traced.items()}


def checked_traces(traces: Mapping[str, AnyArray] | None) -> dict[str, AnyArray]:
    """`traces` as a dict; empty for None.

    Raises:
        ValueError: it is no dict of names.

    Example:
        >>> checked_traces(None)
        {}
    """
    if traces is None:
        return {}
    if not isinstance(traces, Mapping) or not all(isinstance(name, str) for name in traces):
        raise ValueError(
            "traces must be a dict of the name of a variable -> (batch, time, traced neurons); got "
            f"{type(traces).__name__}."
        )
    return dict(traces)


def select(
    plan: RecordPlan, given_neurons: Neurons | None, n_neurons: int, name: str = "spikes"
) -> Selection:
    """The `Selection` for that many neurons.

    Args:
        plan: `RecordPlan`.
        given_neurons: `Neurons` that the user named, or None.
        n_neurons: how many neurons there are.
        name: what has them, for the error.

    Raises:
        ValueError: populations or ids that do not fit them.

    Example:
        >>> select(RecordPlan(voltage_neurons=2), None, 9).voltage_neurons
        array([2, 6])
    """
    if given_neurons is not None:
        given_neurons.check_size(n_neurons, name)
    return Selection.of(plan, given_neurons or Neurons.unnamed(n_neurons))
