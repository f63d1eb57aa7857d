"""What a look prints in the terminal: the traced neurons as a table."""

from __future__ import annotations

import numpy as np

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.potentials import unit_of
from keras_v1_activity.activity.traces import Traces
from keras_v1_activity.common import units

_MOST_ROWS = 30


def trace_table(activity: Activity) -> str:
    """The traced neurons of one look as text, one line a neuron.

    Spikes are counted and given as a rate; of every other variable the mean over time is shown, of
    the refractory state the total time in it. The values at each time step are in the CSV file.

    Args:
        activity: the look.

    Raises:
        ValueError: no neuron was traced in this look.

    Example:
        >>> from dataclasses import replace
        >>> voltages = {"spike": np.zeros((200, 1)), "voltage": np.full((200, 1), -70.0)}
        >>> look = replace(Activity.from_dense(np.zeros((200, 9))), traces=Traces.of([7], voltages))
        >>> print(trace_table(look))
        step 0, sample 0: traced neurons, means over 200 ms
        neuron  spikes  rate Hz  voltage mV
             7       0      0.0      -70.00
    """
    traces = activity.traces
    if traces is None:
        raise ValueError("the look holds no traces: give trace_neurons to record them.")
    rows = [_row(activity, traces, i) for i in range(min(len(traces.neurons), _MOST_ROWS))]
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


def _row(activity: Activity, traces: Traces, i: int) -> dict[str, str]:
    """Text of each column for the i-th traced neuron."""
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
            row[f"{name} {unit_of(activity, name)}".strip()] = (
                f"{values.mean(dtype=np.float64):.2f}"
            )
    return row
