"""What a look prints in the terminal: the traced neurons as a table."""

import numpy as np

from keras_v1_activity.common import units

_MOST_ROWS = 30


def trace_table(activity):
    """The traced neurons of one look as text, one line a neuron.

    Spikes are counted and given as a rate; of every other variable the mean over time is shown, of
    the refractory state the total time in it. The values at each time step are in the CSV file.

    Args:
        activity: `Activity` with `traces`.

    Example:
        >>> print(trace_table(activity))   # doctest: +SKIP
    """
    traces = activity.traces
    rows = [_row(activity, i) for i in range(min(len(traces.neurons), _MOST_ROWS))]
    widths = {name: max(len(name), *(len(row[name]) for row in rows)) for name in rows[0]}
    lines = ["  ".join(name.rjust(widths[name]) for name in rows[0])]
    lines += ["  ".join(row[name].rjust(widths[name]) for name in widths) for row in rows]
    if len(traces.neurons) > _MOST_ROWS:
        lines.append(f"... and {len(traces.neurons) - _MOST_ROWS} more neurons, see the CSV file")
    title = (
        f"step {activity.step:,}, sample {activity.sample_index}: traced neurons, means over "
        f"{activity.duration_ms:g} ms"
    )
    return "\n".join([title, *lines])


def _row(activity, i):
    """Text of each column for the i-th traced neuron."""
    traces = activity.traces
    neuron = int(traces.neurons[i])
    row = {"neuron": str(neuron)}
    if activity.populations.named:
        row["population"] = activity.populations.name_of(neuron)
    for name, array in traces.values.items():
        values = array[:, i]
        if name == "spike":
            count = int((values > 0).sum())
            row["spikes"] = str(count)
            row["rate Hz"] = f"{units.counts_to_hz(count, activity.duration_ms):.1f}"
        elif name == "refractory":
            row["refractory ms"] = f"{np.count_nonzero(values > 0) * activity.dt:g}"
        else:
            row[f"{name} {traces.unit(name)}".strip()] = f"{values.mean(dtype=np.float64):.2f}"
    return row
