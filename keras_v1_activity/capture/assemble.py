"""From the reduced arrays of one look to an Activity. Numpy only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from keras_v1_activity.activity.activity import Activity, BatchView
from keras_v1_activity.activity.traces import Traces
from keras_v1_activity.capture.readout import Readout, confidence_of, label_of
from keras_v1_activity.capture.selection import Selection

TRACE_PREFIX: str = "trace/"
"""Begins the names of arrays that are traces of chosen neurons."""


def make_activity(
    taken: Mapping[str, Any],
    selection: Selection,
    *,
    step: int,
    source: str,
    readout: Sequence[Readout] | None = None,
) -> Activity:
    """The `Activity` of what `reduce_layer` and `reduce_loss` kept.

    Args:
        taken: numpy arrays by name, the two dicts together; dense ``spikes`` (time, neuron) may
            replace ``spike_bits`` and ``n_steps``.
        selection: the `Selection` they were taken with.
        step: training step, from 1; 0 outside training.
        source: "live", "probe", "look" or "logger".
        readout: (outputs, confidence, label) of each looked-at sample, if they are known
            already; None takes them from `taken`.

    Raises:
        ValueError: arrays that do not fit one another.

    Example:
        >>> from keras_v1_activity.activity.neurons import Neurons
        >>> from keras_v1_activity.plan import RecordPlan
        >>> selection = Selection.of(RecordPlan(figures=()), Neurons.unnamed(4))
        >>> taken = {"batch_size": 1, "spikes": np.eye(4, dtype=bool)}
        >>> make_activity(taken, selection, step=9, source="logger").n_spikes
        4
    """
    plan = selection.plan
    batch_size = int(taken["batch_size"])
    if readout is None:
        readout = [_readout_of(taken, row) for row in range(len(selection.samples))]
    outputs, confidence, label = readout[0]
    voltages = taken.get("voltages")
    fields = dict(
        dt=plan.dt,
        step=step,
        sample_index=min(plan.sample_index, batch_size - 1),
        neurons=selection.neurons,
        voltages=voltages,
        voltage_neurons=selection.voltage_neurons[: None if voltages is not None else 0],
        inputs=taken.get("inputs"),
        n_inputs=int(taken.get("n_inputs", 0)),
        outputs=outputs,
        confidence=confidence,
        label=label,
        source=source,
        batch=_batch_view(taken, selection, readout[1:], batch_size),
        traces=_traces(taken, selection),
    )
    if "spikes" in taken:
        return Activity.from_dense(taken["spikes"], **fields)
    n_steps, n_neurons = int(taken["n_steps"]), selection.neurons.n_neurons
    return Activity.from_bits(taken["spike_bits"], n_steps, n_neurons, **fields)


def _traces(taken: Mapping[str, Any], selection: Selection) -> Traces | None:
    values = {
        name.removeprefix(TRACE_PREFIX): array
        for name, array in taken.items()
        if name.startswith(TRACE_PREFIX)
    }
    return Traces.of(selection.trace_neurons, values) if values else None


def _readout_of(taken: Mapping[str, Any], row: int) -> Readout:
    """(outputs, confidence, label) of one looked-at sample."""
    outputs = taken["outputs"][row] if "outputs" in taken else None
    weights = taken["weights"][row] if "weights" in taken else None
    n_chunks, n_classes = (1, 1) if outputs is None else outputs.shape
    target = taken["targets"][row] if "targets" in taken else None
    label = label_of(target, n_chunks, n_classes, weights)
    return outputs, confidence_of(outputs, weights), label


def _batch_view(
    taken: Mapping[str, Any], selection: Selection, readout: Sequence[Readout], batch_size: int
) -> BatchView | None:
    if "batch_spikes" not in taken:
        return None
    n = min(batch_size, len(readout))
    confidences = [confidence for _, confidence, _ in readout[:n]]
    return BatchView(
        samples=np.arange(n),
        neurons=selection.batch_neurons,
        spikes=taken["batch_spikes"][:n],
        labels=np.array([-1 if label is None else label for *_, label in readout[:n]], np.int64),
        confidences=None if any(c is None for c in confidences) else np.stack(confidences),  # type: ignore[arg-type]
    )
