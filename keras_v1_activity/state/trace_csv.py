"""The traced neurons of one look as a CSV file: one line a neuron and time step."""

from __future__ import annotations

import csv
import io
import os

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.potentials import unit_of
from keras_v1_activity.common.atomic_files import write_text


def write_traces(path: str | os.PathLike[str], activity: Activity) -> None:
    """Writes the traces of a look, all time steps of the first neuron, then those of the next.

    Columns: step, neuron, population (empty if unnamed), time_ms, then each variable with its
    unit, e.g. ``voltage_mV``; ``voltage`` alone if the potentials are plainly not in mV.

    Args:
        path: the CSV file.
        activity: the look.

    Raises:
        ValueError: no neuron was traced in this look.
        OSError: it could not be written.

    Example:
        >>> from dataclasses import replace
        >>> from pathlib import Path
        >>> from keras_v1_activity.activity.traces import Traces
        >>> voltages = {"spike": np.zeros((200, 1)), "voltage": np.full((200, 1), -70.0)}
        >>> write_traces("trace.csv", replace(activity, traces=Traces.of([7], voltages)))
        >>> Path("trace.csv").read_text().splitlines()[0]
        'step,neuron,population,time_ms,spike,voltage_mV'
    """
    traces = activity.traces
    if traces is None:
        raise ValueError("the look holds no traces: give trace_neurons to record them.")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = ["_".join(filter(None, (name, unit_of(activity, name)))) for name in traces.values]
    writer.writerow(["step", "neuron", "population", "time_ms", *names])
    named = activity.populations.named
    for i, neuron in enumerate(traces.neurons.tolist()):
        population = activity.populations.name_of(neuron) if named else ""
        columns = [array[:, i].tolist() for array in traces.values.values()]
        for t, values in enumerate(zip(*columns, strict=True)):
            row = [f"{value:.7g}" for value in values]
            writer.writerow([activity.step, neuron, population, f"{t * activity.dt:g}", *row])
    write_text(path, text.getvalue())
