"""An `Activity` as one HDF5 file, in the spike layout of the SONATA standard.

The same bytes are stored as the data file of a logged step and sent to the drawing process.

Spikes are in ``/spikes/v1/timestamps`` (ms) and ``/spikes/v1/node_ids``, sorted by time, as the
SONATA developer guide (Dai et al. 2020, doi:10.1371/journal.pcbi.1007696) has it, so that libsonata
and bmtk open a logged step directly. The guide names float64 and uint64, 16 bytes a spike. HDF5
converts numbers while it reads, so libsonata 0.2 reads any float and integer type; it reads no
compressed data and no file written with ``libver="latest"``. Stored are therefore, uncompressed:
times as float32 if all of them are exact in it (true for dt = 1, 0.5, 0.25 ms), else float64;
ids as uint16 up to 65,536 neurons, else uint32. That makes 6 bytes a spike in the full V1 model.
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Mapping
from typing import Any

import h5py
import numpy as np

from keras_v1_activity.activity.activity import Activity, BatchView
from keras_v1_activity.activity.details import details_text
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.activity.potentials import unit_of
from keras_v1_activity.activity.traces import Traces
from keras_v1_activity.common import units
from keras_v1_activity.common.atomic_files import parsed_json
from keras_v1_activity.common.checks import shown
from keras_v1_activity.common.hdf5_reading import attribute
from keras_v1_activity.common.reading import Allowance
from keras_v1_activity.common.sonata import mark_sonata
from keras_v1_activity.storage.hdf5 import DAMAGE, TEXT, file_bytes, open_for_reading, optional
from keras_v1_activity.storage.neurons_codec import read_neurons, write_neurons
from keras_v1_activity.storage.statistics_codec import STATISTICS, write_statistics
from keras_v1_activity.storage.tuning_codec import read_tuning, write_tuning

SPIKES: str = "/spikes/v1"
FORMAT_VERSION: int = 1
UNKNOWN_UNIT: str = "unknown"
"""What stands for the unit of potentials that are plainly not in mV."""
# Neurons or time steps of a look: more than any model has.
_MOST = 4_000_000
SORTING = h5py.enum_dtype({"none": 0, "by_id": 1, "by_time": 2}, basetype="u1")


def encode(activity: Activity, with_neurons: bool = True) -> bytes:
    """The HDF5 file of an activity, as bytes.

    Args:
        activity: the look.
        with_neurons: also write ``/neurons``, the facts of the neurons, which change rarely.

    Example:
        >>> decode(encode(activity)).n_spikes == activity.n_spikes
        True
    """

    def fill(file: h5py.File) -> None:
        _write_scalars(file, activity)
        _write_spikes(file, activity)
        _write_arrays(file, activity)
        if activity.batch is not None:
            _write_batch(file.create_group("batch"), activity.batch)
        if activity.traces is not None:
            _write_traces(file.create_group("traces"), activity, activity.traces)
        if activity.tuning is not None:
            write_tuning(file.create_group("tuning"), activity.tuning)
        if with_neurons:
            write_neurons(file.create_group("neurons"), activity.neurons)

    return file_bytes(fill)


def decode(
    source: str | os.PathLike[str] | bytes | bytearray | memoryview, neurons: Neurons | None = None
) -> Activity:
    """The look in a file that `encode` made.

    Args:
        source: path of the file, or its bytes.
        neurons: the neurons, if the file holds no facts of its own; they are left unnamed if this
            is None or of another number of neurons.

    Raises:
        OSError, KeyError, ValueError: the file is damaged or of another kind.

    Example:
        >>> decode(encode(activity, with_neurons=False), activity.neurons).step
        100
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        with open_for_reading(io.BytesIO(source)) as file:
            return _read_activity(file, neurons)
    with open_for_reading(source) as file:
        return _read_activity(file, neurons)


def stored_details(source: str | os.PathLike[str]) -> Mapping[str, Any]:
    """The details of a look in a file that `encode` made, without the rest; empty if damaged.

    Args:
        source: path of the file.

    Example:
        >>> from pathlib import Path
        >>> look = activity.with_details(probe={"item": 0})
        >>> _ = Path("look.h5").write_bytes(encode(look))
        >>> stored_details("look.h5")
        {'probe': {'item': 0}}
    """
    try:
        with open_for_reading(source, only=("details",)) as file:
            return read_details(file)
    except DAMAGE:
        return {}


def _write_scalars(file: h5py.File, activity: Activity) -> None:
    mark_sonata(file)
    file.attrs["format_version"] = FORMAT_VERSION
    for name in ("step", "n_steps", "n_neurons", "sample_index", "n_inputs"):
        file.attrs[name] = int(getattr(activity, name))
    file.attrs["dt"] = float(activity.dt)
    file.attrs["dt_units"] = "ms"
    file.attrs["source"] = activity.source
    # SONATA has no missing value: -1 stands for an unknown class.
    file.attrs["label"] = -1 if activity.label is None else int(activity.label)
    file.attrs["prediction"] = -1 if activity.prediction is None else activity.prediction
    if activity.details:
        # A dataset: an attribute holds 64 kB at most.
        file.create_dataset("details", data=details_text(activity.details), dtype=TEXT)
    numbers = activity.details.get(STATISTICS)
    if isinstance(numbers, Mapping):
        write_statistics(file.create_group(STATISTICS), numbers)


def _write_spikes(file: h5py.File, activity: Activity) -> None:
    group = file.create_group(SPIKES)
    group.attrs.create("sorting", 2, dtype=SORTING)
    times = activity.spike_times
    exact = np.array_equal(times.astype(np.float32), times)
    stored = group.create_dataset("timestamps", data=times, dtype="f4" if exact else "f8")
    stored.attrs["units"] = "ms"
    id_type = "u2" if activity.n_neurons <= 1 << 16 else "u4"
    group.create_dataset("node_ids", data=activity.spike_neurons, dtype=id_type)


def _write_arrays(file: h5py.File, activity: Activity) -> None:
    voltages = file.create_dataset("voltages", data=activity.voltages, dtype="f4")
    voltages.attrs["units"] = unit_of(activity, unknown=UNKNOWN_UNIT)
    file.create_dataset("voltage_neurons", data=activity.voltage_neurons, dtype="i8")
    for name in ("inputs", "outputs", "confidence"):
        value = getattr(activity, name)
        if value is not None:
            file.create_dataset(name, data=value, dtype="f4")
    populations = activity.populations
    counts = np.bincount(
        populations.index, weights=activity.spike_counts, minlength=len(populations.members)
    )
    file.create_dataset("population_counts", data=counts, dtype="i8")
    rates = file.create_dataset("population_rates", data=list(activity.population_rates.values()))
    rates.attrs["units"] = "Hz"
    file.create_dataset("population_names", data=list(populations.names), dtype=TEXT)
    file.attrs["mean_rate"] = activity.mean_rate


def _write_batch(group: h5py.Group, batch: BatchView) -> None:
    spikes = np.asarray(batch.spikes, bool)
    group.create_dataset("spikes", data=np.packbits(spikes, axis=None)).attrs["shape"] = (
        spikes.shape
    )
    for name in ("samples", "neurons", "labels"):
        group.create_dataset(name, data=getattr(batch, name), dtype="i8")
    if batch.confidences is not None:
        group.create_dataset("confidences", data=batch.confidences, dtype="f4")


def _write_traces(group: h5py.Group, activity: Activity, traces: Traces) -> None:
    group.create_dataset("neurons", data=traces.neurons, dtype="i8")
    group.attrs.create("variables", list(traces.values), dtype=TEXT)
    for name, array in traces.values.items():
        stored = group.create_dataset(name, data=array, dtype="f4")
        stored.attrs["units"] = unit_of(activity, name, UNKNOWN_UNIT)


def _read_traces(group: h5py.Group) -> Traces:
    names = [str(name) for name in attribute(group, "variables")]
    return Traces.of(group["neurons"][()], {name: group[name][()] for name in names})


def _read_activity(file: h5py.File, neurons: Neurons | None) -> Activity:
    n_neurons, n_steps = int(attribute(file, "n_neurons")), int(attribute(file, "n_steps"))
    dt = float(attribute(file, "dt"))
    if "neurons" in file:
        neurons = read_neurons(file["neurons"])
    elif neurons is None or neurons.n_neurons != n_neurons:
        _check_count("n_neurons", n_neurons)
        neurons = Neurons.unnamed(n_neurons)
    _check_count("n_steps", n_steps)
    label = int(attribute(file, "label"))
    spikes = file[SPIKES]
    return Activity(
        spike_steps=units.ms_to_steps(spikes["timestamps"][()], dt).astype(np.int32),
        # HDF5 converts while it reads.
        spike_neurons=spikes["node_ids"].astype(np.int32)[()],
        n_steps=n_steps,
        n_neurons=n_neurons,
        dt=dt,
        step=int(attribute(file, "step")),
        sample_index=int(attribute(file, "sample_index")),
        neurons=neurons,
        voltages=file["voltages"][()],
        voltage_neurons=file["voltage_neurons"][()],
        inputs=optional(file, "inputs"),
        n_inputs=int(attribute(file, "n_inputs")),
        outputs=optional(file, "outputs"),
        confidence=optional(file, "confidence"),
        label=None if label < 0 else label,
        source=str(attribute(file, "source")),
        batch=_read_batch(file["batch"]) if "batch" in file else None,
        traces=_read_traces(file["traces"]) if "traces" in file else None,
        details=read_details(file),
        tuning=read_tuning(file["tuning"]) if "tuning" in file else None,
    )


def read_details(file: h5py.File) -> dict[str, Any]:
    """The details of the look in an open file; empty if it has none, or they are damaged.

    Example:
        >>> with open_for_reading(io.BytesIO(encode(activity))) as file:
        ...     read_details(file)
        {}
    """
    if "details" not in file:
        return {}
    raw = file["details"][()]
    read = parsed_json(raw if isinstance(raw, bytes) else str(raw).encode())
    return read if isinstance(read, dict) else {}


def _check_count(name: str, count: int) -> None:
    """Refuses a number that alone says how long an array gets."""
    if not 0 <= count <= _MOST:
        raise ValueError(f"{name} must be a whole number up to {_MOST:,}; got {shown(count)}")


def _read_batch(group: h5py.Group) -> BatchView:
    shape = tuple(int(n) for n in attribute(group["spikes"], "shape"))
    packed = group["spikes"][()]
    count = math.prod(shape)
    if min(shape, default=0) < 0 or packed.shape != (-(-count // 8),):
        raise ValueError(f"the spikes of the batch do not fill their shape {shown(shape)}")
    # Each bit becomes a byte, which is then copied.
    Allowance(packed.nbytes, times=10, always=64_000_000).take(2 * count, "the batch")
    bits = np.unpackbits(packed, count=count).view(bool)
    return BatchView(
        samples=group["samples"][()],
        neurons=group["neurons"][()],
        spikes=bits.reshape(shape),
        labels=group["labels"][()],
        confidences=optional(group, "confidences"),
    )
