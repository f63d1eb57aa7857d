"""A run as SONATA: spikes and membrane report of all looks on one time line, and the neurons.

The formats are those of the SONATA developer guide (Dai et al. 2020,
doi:10.1371/journal.pcbi.1007696). The guide does not know looks: the table ``looks.csv`` and the
group ``/looks`` in both HDF5 files say which times belong to which step.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np

from keras_v1_activity.activity.neuron_facts import neuron_facts
from keras_v1_activity.common import units
from keras_v1_activity.common.atomic_files import write_json
from keras_v1_activity.common.sonata import mark_sonata, write_nodes
from keras_v1_activity.export.looks import Looks
from keras_v1_activity.storage.codec import SORTING, UNKNOWN_UNIT
from keras_v1_activity.storage.hdf5 import LIBVER, TEXT

POPULATION: Final = "v1"
"""Name of the node population, as in the data file of a look."""
FILES: Final = (
    "spikes.h5", "membrane_potential.h5", "nodes.h5", "node_types.csv", "looks.csv", "config.json",
)  # fmt: skip
_COLUMNS: Final = (
    "step", "look", "start_ms", "stop_ms", "dt", "label", "prediction", "n_spikes",
)  # fmt: skip
_WHOLE = ("step", "look", "label", "prediction", "n_spikes")
# More rows than these, and what is damaged is the time step of a look.
_MOST_VALUES = 1 << 34


def write_sonata(looks: Looks, folder: Path) -> None:
    """Writes the run as SONATA files into a folder.

    Spike times are ms on the time line of the run, float64 and in order; node ids are the neurons'.
    The looks follow each other without a pause, as if they were one long simulation: rates that
    other tools compute of the whole are right.

    The membrane report has one row for each time step from the first look to the end of the last,
    and one column for each neuron whose potential some look holds: NaN where a look does not hold
    it. Looks whose time step is not that of the first look with potentials do
    not fit the rows: a sentence in `looks.left_out` says so. There is no report without potentials.

    Args:
        looks: of the run.
        folder: an existing folder.

    Example:
        >>> write_sonata(Looks("logs", pause=False), Path("."))
        >>> with h5py.File("spikes.h5") as file:
        ...     file["spikes/v1/timestamps"][[0, -1]], file["looks/start_ms"][()]
        (array([ 0., 39.]), array([ 0., 20.]))
    """
    with _sonata_file(folder / "spikes.h5") as spikes:
        _write_looks(spikes, looks)
        times, ids = _empty_spikes(spikes, sum(facts.n_spikes for facts in looks.facts))
        report = _Report(looks)
        with report.written_to(folder / "membrane_potential.h5"):
            written = 0
            for facts, activity in looks:
                here = slice(written, written + activity.n_spikes)
                times[here] = facts.start_ms + activity.spike_times
                ids[here] = activity.spike_neurons
                written = here.stop
                report.add(facts.start_ms, activity)
    _write_nodes(looks, folder)
    write_json(folder / "config.json", _config(looks, report.written))
    with open(folder / "looks.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        writer.writerows([getattr(facts, name) for name in _COLUMNS] for facts in looks.facts)


def _config(looks: Looks, with_report: bool) -> dict[str, Any]:
    """What bmtk's analyzer asks for: where the files lie, beside this one."""
    report = {
        "module": "membrane_report", "variable_name": "v", "cells": "all", "sections": "soma",
        "file_name": "membrane_potential.h5", "enabled": True,
    }  # fmt: skip
    nodes = {"nodes_file": "$DIR/nodes.h5", "node_types_file": "$DIR/node_types.csv"}
    last = looks.facts[-1]
    return {
        "manifest": {"$DIR": "${configdir}"},
        "run": {"tstart": 0.0, "tstop": last.stop_ms, "dt": last.dt},
        "networks": {"nodes": [nodes], "edges": []},
        "output": {"output_dir": "$DIR", "spikes_file": "spikes.h5"},
        "reports": {"membrane_potential": report} if with_report else {},
    }


@contextmanager
def _sonata_file(path: Path) -> Iterator[h5py.File]:
    with h5py.File(path, "w", libver=LIBVER) as file:
        mark_sonata(file)
        yield file


def _write_looks(file: h5py.File, looks: Looks) -> None:
    """Which times belong to which step; -1 stands for an unknown class, as in a look's file."""
    group = file.create_group("looks")
    for name in _COLUMNS:
        values = [getattr(facts, name) for facts in looks.facts]
        kind = "i8" if name in _WHOLE else "f8"
        group.create_dataset(name, data=[-1 if v is None else v for v in values], dtype=kind)


def _empty_spikes(file: h5py.File, count: int) -> tuple[h5py.Dataset, h5py.Dataset]:
    group = file.create_group(f"spikes/{POPULATION}")
    group.attrs.create("sorting", 2, dtype=SORTING)
    times = group.create_dataset("timestamps", (count,), "f8")
    times.attrs["units"] = "ms"
    return times, group.create_dataset("node_ids", (count,), "u8")


class _Report:
    """The membrane report; nothing if no look holds potentials.

    Args:
        looks: of the run.

    Attributes:
        written: whether there is one.
    """

    def __init__(self, looks: Looks) -> None:
        self.written = False
        self._looks = looks
        self._data: h5py.Dataset | None = None
        self._dt = 0.0

    @contextmanager
    def written_to(self, path: Path) -> Iterator[None]:
        """Makes the file, if there is anything to report; `add` then fills it."""
        looks = self._looks
        recorded = [facts for facts in looks.facts if facts.n_voltages]
        if not recorded:
            yield
            return
        self.written = True
        self._dt = recorded[0].dt
        other = [facts for facts in recorded if facts.dt != self._dt]
        for facts in other:
            looks.left_out.append(
                f"the potentials of step {facts.step} are not in {path.name}: its time step is "
                f"{facts.dt:g} ms, that of the report {self._dt:g} ms"
            )
        n_rows = max(
            int(units.ms_to_steps(facts.stop_ms, self._dt))
            for facts in recorded
            if facts.dt == self._dt
        )
        shape = (n_rows, len(looks.voltage_neurons))
        if n_rows * shape[1] > _MOST_VALUES:
            raise ValueError(
                f"the membrane report would have {n_rows:,} rows of {self._dt:g} ms: the looks of "
                "this run differ too much in their time step for one report."
            )
        with _sonata_file(path) as file:
            _write_looks(file, looks)
            group = file.create_group(f"report/{POPULATION}")
            self._data = group.create_dataset("data", shape, "f4", fillvalue=np.nan)
            self._data.attrs["units"] = looks.unit or UNKNOWN_UNIT
            self._data.attrs["variable"] = "v"
            self._write_mapping(group.create_group("mapping"), n_rows)
            yield

    def _write_mapping(self, group: h5py.Group, n_rows: int) -> None:
        neurons = self._looks.voltage_neurons
        ids = group.create_dataset("node_ids", data=neurons, dtype="u8")
        ids.attrs.create("sorted", 1, dtype="u1")
        group["index_pointers"] = np.arange(len(neurons) + 1, dtype=np.uint64)
        group["index_pointer"] = group["index_pointers"]  # bmtk's name for it
        group["element_ids"] = np.zeros(len(neurons), np.uint32)  # the soma, all there is
        group["element_pos"] = np.full(len(neurons), 0.5, np.float32)
        time = group.create_dataset("time", data=(0.0, n_rows * self._dt, self._dt), dtype="f8")
        time.attrs["units"] = "ms"

    def add(self, start_ms: float, activity: Any) -> None:
        """Writes the potentials of one look."""
        if self._data is None or not activity.voltages.size or activity.dt != self._dt:
            return
        first = int(units.ms_to_steps(start_ms, self._dt))
        rows = np.full((activity.n_steps, self._data.shape[1]), np.nan, np.float32)
        rows[:, np.searchsorted(self._looks.voltage_neurons, activity.voltage_neurons)] = (
            activity.voltages
        )
        self._data[first : first + activity.n_steps] = rows


def _write_nodes(looks: Looks, folder: Path) -> None:
    """The neurons: ``nodes.h5`` with a column for each fact, and the table of their types."""
    members = looks.neurons.populations.members
    facts = neuron_facts(looks.neurons)
    with _sonata_file(folder / "nodes.h5") as file:
        # Types are numbered from 1 on, in drawing order.
        values = write_nodes(file, POPULATION, looks.neurons.populations.index + 1)
        for name, column in facts.items():
            text = column.dtype == object
            kind = TEXT if text else "u1" if column.dtype == bool else "f4"
            # SONATA's names of places and directions have no unit.
            stored = _SONATA_NAMES.get(name, name)
            values.create_dataset(stored, data=column, dtype=kind)
    with open(
        folder / "node_types.csv", "w", newline="", encoding="utf-8", errors="backslashreplace"
    ) as table:
        writer = csv.writer(table, delimiter=" ")
        writer.writerow(("node_type_id", "pop_name", "ei", "location", "model_type"))
        for place, member in enumerate(members):
            ei = {True: "e", False: "i", None: "NULL"}[member.excitatory]
            writer.writerow((place + 1, member.name, ei, member.layer or "NULL", "point_neuron"))


_SONATA_NAMES: Final = {
    "x_um": "x", "y_um": "y", "z_um": "z",
    "tuning_angle_deg": "tuning_angle",
}  # fmt: skip
