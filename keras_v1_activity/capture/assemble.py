"""From the reduced arrays of one look to an Activity. Numpy only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from keras_v1_activity.activity.activity import Activity, BatchView
from keras_v1_activity.activity.traces import Traces
from keras_v1_activity.capture.kept_names import TRACE_PREFIX
from keras_v1_activity.capture.kinds import UNKNOWN
from keras_v1_activity.capture.readout import Readout, read_sample
from keras_v1_activity.capture.selection import Selection


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
            replace ``spike_bits`` and ``n_steps``. Of a replica's part of the batch, the number
            ``sample`` of the recorded sample in the whole batch, and ``first_sample`` of the part.
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
    inputs = taken.get("inputs")
    n_steps = len(taken["spikes"]) if "spikes" in taken else int(taken["n_steps"])
    if inputs is not None and len(inputs) != n_steps:
        # An input whose length was not known before the batch, and is not that of the layer.
        inputs = None
    fields = dict(
        dt=plan.dt,
        step=step,
        sample_index=_number_of_sample(taken, plan.sample_index, batch_size),
        neurons=selection.neurons,
        voltages=voltages,
        voltage_neurons=selection.voltage_neurons[: None if voltages is not None else 0],
        inputs=inputs,
        n_inputs=0 if inputs is None else int(taken["n_inputs"]),
        outputs=outputs,
        confidence=confidence,
        label=label,
        source=source,
        batch=_batch_view(taken, selection, readout[1:], batch_size),
        traces=_traces(taken, selection),
    )
    if "spikes" in taken:
        return Activity.from_dense(taken["spikes"], **fields)
    return Activity.from_bits(taken["spike_bits"], n_steps, selection.neurons.n_neurons, **fields)


def _number_of_sample(taken: Mapping[str, Any], sample_index: int, batch_size: int) -> int:
    """Number of the recorded sample in the whole batch."""
    return int(taken["sample"]) if "sample" in taken else min(sample_index, batch_size - 1)


def _traces(taken: Mapping[str, Any], selection: Selection) -> Traces | None:
    values = {
        name.removeprefix(TRACE_PREFIX): array
        for name, array in taken.items()
        if name.startswith(TRACE_PREFIX)
    }
    return Traces.of(selection.trace_neurons, values) if values else None


def _readout_of(taken: Mapping[str, Any], row: int) -> Readout:
    """(outputs, confidence, label) of one looked-at sample."""
    logits = int(taken.get("from_logits", -1))
    return read_sample(
        *(
            taken[name][row] if name in taken else None
            for name in ("outputs", "targets", "weights")
        ),
        kind=int(taken.get("kind", UNKNOWN)),
        from_logits=None if logits < 0 else bool(logits),
    )


def _batch_view(
    taken: Mapping[str, Any], selection: Selection, readout: Sequence[Readout], batch_size: int
) -> BatchView | None:
    if "batch_spikes" not in taken:
        return None
    n = min(batch_size, len(readout))
    confidences = [confidence for _, confidence, _ in readout[:n]]
    return BatchView(
        samples=np.arange(n) + int(taken.get("first_sample", 0)),
        neurons=selection.batch_neurons,
        spikes=taken["batch_spikes"][:n],
        labels=np.array([-1 if label is None else label for *_, label in readout[:n]], np.int64),
        confidences=None if any(c is None for c in confidences) else np.stack(confidences),  # type: ignore[arg-type]
    )
