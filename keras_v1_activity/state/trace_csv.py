"""The traced neurons of one look as a CSV file: one line a neuron and time step."""

import csv
import io

from keras_v1_activity.common.files import write_text


def write_traces(path, activity):
    """Writes `activity.traces`, all time steps of the first neuron, then those of the next.

    Columns: step, neuron, population (empty where unnamed), time_ms, then each variable with its
    unit, e.g. ``voltage_mV``.

    Raises:
        OSError: it could not be written.
    """
    traces = activity.traces
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [traces.column(name) for name in traces.values]
    writer.writerow(["step", "neuron", "population", "time_ms", *names])
    named = activity.populations.named
    for i, neuron in enumerate(traces.neurons.tolist()):
        population = activity.populations.name_of(neuron) if named else ""
        columns = [array[:, i].tolist() for array in traces.values.values()]
        for t, values in enumerate(zip(*columns, strict=True)):
            row = [f"{value:.7g}" for value in values]
            writer.writerow([activity.step, neuron, population, f"{t * activity.dt:g}", *row])
    write_text(path, text.getvalue())
