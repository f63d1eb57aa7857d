"""A run as tables: ``looks.csv``, ``population_rates.csv``, ``spikes.csv``, ``potentials.csv``."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.common import units
from keras_v1_activity.common.atomic_files import read_json
from keras_v1_activity.export.looks import LookFacts, Looks
from keras_v1_activity.history.table import columns_of
from keras_v1_activity.storage.layout import LAYOUTS

FILES: Final = ("looks.csv", "population_rates.csv", "spikes.csv", "potentials.csv")
_RATES = ("step", "look", "population", "n_neurons", "n_spikes", "rate_hz", "recorded_rate_hz")


def write_tables(looks: Looks, folder: Path) -> None:
    """Writes the four tables of a run into a folder; UTF-8, one line of names, then one a row.

    Args:
        looks: of the run.
        folder: an existing folder.

    Example:
        >>> write_tables(Looks("logs"), Path("."))
        >>> Path("spikes.csv").read_text().splitlines()[:2]
        ['step,look,time_ms,neuron,population', '100,1,0.0,0,neurons']
    """
    _write(folder / "looks.csv", *_looks_table(looks))
    with (
        _open(folder / "population_rates.csv") as rates,
        _open(folder / "spikes.csv") as spikes,
        _open(folder / "potentials.csv") as potentials,
    ):
        rates_to, spikes_to, potentials_to = map(csv.writer, (rates, spikes, potentials))
        rates_to.writerow(_RATES)
        spikes_to.writerow(("step", "look", "time_ms", "neuron", "population"))
        # As in a run's trace.csv: without a unit where they are plainly not in mV.
        unit = f"voltage_{looks.unit}" if looks.unit else "voltage"
        potentials_to.writerow(("step", "look", "time_ms", "neuron", "population", unit))
        for facts, activity in looks:
            place = (facts.step, facts.look)
            rates_to.writerows((*place, *row) for row in _rates(activity))
            spikes_to.writerows((*place, *row) for row in _spikes(activity))
            potentials_to.writerows((*place, *row) for row in _potentials(activity))


def _looks_table(looks: Looks) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
    """Names and rows of what the summaries say of the looks that are exported."""
    rows = [{"step": f.step, "look": f.look, **_summary(looks, f)} for f in looks.facts]
    columns = columns_of(rows)
    return list(columns), zip(*columns.values(), strict=True)


def _summary(looks: Looks, facts: LookFacts) -> dict[str, Any]:
    """The content of a look's summary; what an Activity says itself where there is none."""
    for make in LAYOUTS.values():
        layout = make(looks.run.log_dir)
        layout.suffix = "" if facts.look == 1 else f"_look_{facts.look}"
        found = read_json(layout.summary(facts.step))
        if found:
            return {**found, "step": facts.step}
    return {
        "n_steps": facts.n_steps, "dt_ms": facts.dt, "label": facts.label,
        "prediction": facts.prediction, "n_spikes": facts.n_spikes,
    }  # fmt: skip


def _rates(activity: Activity) -> Iterable[Sequence[Any]]:
    populations = activity.populations
    counts = populations.counts
    spikes = np.bincount(
        populations.index, weights=activity.spike_counts, minlength=len(populations.members)
    ).astype(np.int64)
    rates: list[float | None] = [None] * len(counts)
    if activity.n_steps:
        rates = units.counts_to_hz(spikes, activity.duration_ms, np.maximum(counts, 1)).tolist()
    for member, *numbers in zip(
        populations.members, counts.tolist(), spikes.tolist(), rates, strict=True
    ):
        yield member.name, *numbers, member.recorded_rate_hz


def _spikes(activity: Activity) -> Iterable[Sequence[Any]]:
    neurons = activity.spike_neurons
    names = np.asarray(activity.populations.names, object)
    of_each = names[activity.populations.index[neurons]]
    return zip(activity.spike_times.tolist(), neurons.tolist(), of_each.tolist(), strict=True)


def _potentials(activity: Activity) -> Iterable[Sequence[Any]]:
    neurons = activity.voltage_neurons.tolist()
    names = [activity.populations.name_of(neuron) for neuron in neurons]
    times = units.steps_to_ms(np.arange(activity.n_steps), activity.dt).tolist()
    # float32 as it reads: -61.2, and not -61.20000076293945.
    for time, row in zip(times, activity.voltages, strict=True):
        for neuron, name, value in zip(neurons, names, row.astype(str).tolist(), strict=True):
            yield time, neuron, name, value


def _open(path: Path) -> Any:
    return open(path, "w", newline="", encoding="utf-8", errors="backslashreplace")


def _write(path: Path, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with _open(path) as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows(rows)
