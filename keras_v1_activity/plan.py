"""RecordPlan: what is recorded and drawn, as one frozen value that has been checked."""

from dataclasses import dataclass

import numpy as np

from keras_v1_activity.common.checks import real_number, whole_number

FIGURES = ("raster", "voltages", "input", "population", "output", "predictions")


def _voltage_selection(value):
    """A count stays an int; ids become a tuple of distinct ints in the order given."""
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return whole_number(value, "voltage_neurons", 0, 20)
    return _ids(value, "voltage_neurons", "how many (20) or which neuron ids ([3, 17])")


def _ids(value, name, expected):
    """A tuple of distinct ints in the order given."""
    try:
        ids = [whole_number(i, f"each id in {name}", 0, 7) for i in value]
    except TypeError:
        raise ValueError(f"{name} must be {expected}; got {value!r}.") from None
    return tuple(dict.fromkeys(ids))


@dataclass(frozen=True)
class RecordPlan:
    """What to record at which steps; shared by the callback, the logger and the command line.

    Attributes:
        every_n_steps: log steps N, 2N, ..., counted from 1 over the whole of training.
        sample_index: which sample of the batch is recorded in full.
        voltage_neurons: how many neurons' membrane potentials, or a tuple of neuron ids.
        figures: which figures are drawn, names from `FIGURES`.
        dt: ms per time step.
        max_input_rows: input channels are averaged in groups down to at most this many rows.
        batch_samples: samples of the batch shown side by side in the predictions figure.
        batch_neurons: neurons shown for each of those samples.
        trace_neurons: ids of the neurons whose every state variable is recorded and printed.
        max_overhead: part of training time that looks may cost, or None; see `OverheadBudget`.

    Raises:
        ValueError: one sentence naming the argument, what came, and what was expected.
    """

    every_n_steps: int = 100
    sample_index: int = 0
    voltage_neurons: int | tuple = 20
    figures: tuple = FIGURES
    dt: float = 1.0
    max_input_rows: int = 200
    batch_samples: int = 4
    batch_neurons: int = 400
    trace_neurons: tuple = ()
    max_overhead: float | None = None

    def __post_init__(self):
        def settle(name, value):
            object.__setattr__(self, name, value)

        settle("every_n_steps", whole_number(self.every_n_steps, "log_every_n_steps", 1, 100))
        settle("sample_index", whole_number(self.sample_index, "sample_index", 0, 0))
        settle("voltage_neurons", _voltage_selection(self.voltage_neurons))
        traced = () if self.trace_neurons is None else self.trace_neurons
        settle("trace_neurons", _ids(traced, "trace_neurons", "a list of neuron ids ([3, 17])"))
        settle("figures", _known_figures(self.figures))
        settle("dt", _time_step(self.dt))
        if self.max_overhead is not None:
            settle("max_overhead", real_number(self.max_overhead, "max_overhead", 0.02, above=0))
        for name in ("max_input_rows", "batch_samples", "batch_neurons"):
            settle(name, whole_number(getattr(self, name), name, 1, 4))

    def settings(self):
        """What a user set, dict by keyword, for run.json."""
        return {
            "log_every_n_steps": self.every_n_steps,
            "sample_index": self.sample_index,
            "voltage_neurons": self.voltage_neurons,
            "trace_neurons": self.trace_neurons,
            "figures": list(self.figures),
            "dt": self.dt,
            "max_overhead": self.max_overhead,
        }

    def choose_voltage_neurons(self, populations):
        """Neuron ids whose potentials are recorded: as asked for, or spread over populations.

        Raises:
            ValueError: an id beyond the network.
        """
        if isinstance(self.voltage_neurons, int):
            return populations.spread(self.voltage_neurons)
        return _within(self.voltage_neurons, "voltage_neurons", populations.n_neurons)

    def choose_trace_neurons(self, populations):
        """Neuron ids that are traced.

        Raises:
            ValueError: an id beyond the network.
        """
        return _within(self.trace_neurons, "trace_neurons", populations.n_neurons)

    def input_group(self, n_inputs):
        """How many neighbouring input channels share one row of the input summary."""
        return -(-n_inputs // self.max_input_rows)


def _within(ids, name, n_neurons):
    """`ids` as an array, none of them beyond the network."""
    ids = np.asarray(ids, np.int64)
    beyond = ids[ids >= n_neurons]
    if beyond.size:
        raise ValueError(
            f"{name} asks for neuron {beyond[0]}, but the layer has "
            f"{n_neurons:,} neurons: ids run from 0 to {n_neurons - 1}."
        )
    return ids


def _known_figures(figures):
    if isinstance(figures, str):
        figures = (figures,)
    try:
        figures = tuple(dict.fromkeys(figures))
    except TypeError:
        raise ValueError(
            f"figures must be a list of names out of {list(FIGURES)}; got {figures!r}."
        ) from None
    for name in figures:
        if name not in FIGURES:
            raise ValueError(f"figures asks for {name!r}, which is none of {list(FIGURES)}.")
    return figures


def _time_step(dt):
    try:
        value = float(dt)
    except (TypeError, ValueError):
        value = float("nan")
    if not (value > 0 and np.isfinite(value)):
        raise ValueError(f"dt must be the length of a time step in ms, above 0; got {dt!r}.")
    return value
