"""An `Activity` as one HDF5 file, in the spike layout of the SONATA standard.

The same bytes are stored as the data file of a logged step and sent to the drawing process.

Spikes lie in ``/spikes/v1/timestamps`` (ms) and ``/spikes/v1/node_ids``, sorted by time, as the
SONATA developer guide (Dai et al. 2020, doi:10.1371/journal.pcbi.1007696) has it, so that libsonata
and bmtk open a logged step directly. The guide names float64 and uint64, 16 bytes a spike. HDF5
converts numbers while it reads, so libsonata 0.2 reads any float and integer type; it reads no
compressed data and no file written with ``libver="latest"``. Stored are therefore, uncompressed:
times as float32 where all of them are exact in it (true for dt = 1, 0.5, 0.25 ms), else float64;
ids as uint16 up to 65,536 neurons, else uint32. That makes 6 bytes a spike in the full V1 model.
"""

import hashlib
import io
import itertools

import h5py
import numpy as np

from keras_v1_activity.activity.activity import Activity, BatchView
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.activity.populations import Population, Populations
from keras_v1_activity.activity.traces import Traces
from keras_v1_activity.common import units

SPIKES = "/spikes/v1"
FORMAT_VERSION = 1
# Marks of a SONATA file, from its developer guide.
_SONATA_MAGIC = 0x0A7A
_SONATA_VERSION = (0, 1)
_SORTING = h5py.enum_dtype({"none": 0, "by_id": 1, "by_time": 2}, basetype="u1")
_TEXT = h5py.string_dtype("utf-8")
# libsonata's HDF5 cannot read newer ones, and newer ones keep a flag that outlives a killed writer.
LIBVER = ("earliest", "v108")
_BLOCK_BYTES = 1 << 20
_file_numbers = itertools.count()


def encode(activity, with_neurons=True):
    """The HDF5 file of an activity, as bytes.

    Args:
        activity: `Activity`.
        with_neurons: also write ``/neurons``, the facts of the neurons, which seldom change.
    """

    def fill(file):
        _write_scalars(file, activity)
        _write_spikes(file, activity)
        _write_arrays(file, activity)
        if activity.batch is not None:
            _write_batch(file.create_group("batch"), activity.batch)
        if activity.traces is not None:
            _write_traces(file.create_group("traces"), activity.traces)
        if with_neurons:
            write_neurons(file.create_group("neurons"), activity.neurons)

    return file_bytes(fill)


def file_bytes(fill):
    """The bytes of a new HDF5 file that ``fill(file)`` has filled.

    It is built in memory, because HDF5 does not recover from a disk that is full half way.
    """
    # HDF5 takes two open files in memory for one if they have the same name.
    name = f"memory-{next(_file_numbers)}"
    with h5py.File(
        name, "w", driver="core", backing_store=False, block_size=_BLOCK_BYTES, libver=LIBVER
    ) as file:
        fill(file)
        file.flush()
        return file.id.get_file_image()


def decode(source, neurons=None):
    """The `Activity` in a file that `encode` made.

    Args:
        source: path of the file, or its bytes.
        neurons: `Neurons` to use where the file holds no facts of its own; they are left unnamed
            where this is None or of another number of neurons.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        source = io.BytesIO(source)
    with open_for_reading(source) as file:
        return _read_activity(file, neurons)


def open_for_reading(source):
    """Opens an HDF5 file without a lock, so that reading never holds up a training that writes."""
    if isinstance(source, io.BytesIO):
        return h5py.File(source, "r")
    return h5py.File(source, "r", locking=False)


def _write_scalars(file, activity):
    file.attrs["magic"] = np.uint32(_SONATA_MAGIC)
    file.attrs["version"] = np.array(_SONATA_VERSION, np.uint32)
    file.attrs["format_version"] = FORMAT_VERSION
    for name in ("step", "n_steps", "n_neurons", "sample_index", "n_inputs"):
        file.attrs[name] = int(getattr(activity, name))
    file.attrs["dt"] = float(activity.dt)
    file.attrs["dt_units"] = "ms"
    file.attrs["source"] = activity.source
    # SONATA has no missing value: -1 stands for an unknown class.
    file.attrs["label"] = -1 if activity.label is None else int(activity.label)
    file.attrs["prediction"] = -1 if activity.prediction is None else activity.prediction


def _write_spikes(file, activity):
    group = file.create_group(SPIKES)
    group.attrs.create("sorting", 2, dtype=_SORTING)
    times = activity.spike_times
    exact = np.array_equal(times.astype(np.float32), times)
    stored = group.create_dataset("timestamps", data=times, dtype="f4" if exact else "f8")
    stored.attrs["units"] = "ms"
    id_type = "u2" if activity.n_neurons <= 1 << 16 else "u4"
    group.create_dataset("node_ids", data=activity.spike_neurons, dtype=id_type)


def _write_arrays(file, activity):
    voltages = file.create_dataset("voltages", data=activity.voltages, dtype="f4")
    voltages.attrs["units"] = "mV"
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
    file.create_dataset("population_names", data=list(populations.names), dtype=_TEXT)
    file.attrs["mean_rate"] = activity.mean_rate


def _write_batch(group, batch):
    spikes = np.asarray(batch.spikes, bool)
    group.create_dataset("spikes", data=np.packbits(spikes, axis=None)).attrs["shape"] = (
        spikes.shape
    )
    for name in ("samples", "neurons", "labels"):
        group.create_dataset(name, data=getattr(batch, name), dtype="i8")
    if batch.confidences is not None:
        group.create_dataset("confidences", data=batch.confidences, dtype="f4")


def _write_traces(group, traces):
    group.create_dataset("neurons", data=traces.neurons, dtype="i8")
    group.attrs.create("variables", list(traces.values), dtype=_TEXT)
    for name, array in traces.values.items():
        group.create_dataset(name, data=array, dtype="f4").attrs["units"] = traces.unit(name)


def _read_traces(group):
    names = [str(name) for name in group.attrs["variables"]]
    return Traces.of(group["neurons"][()], {name: group[name][()] for name in names})


def _optional(group, name):
    return group[name][()] if name in group else None


def _read_activity(file, neurons):
    n_neurons = int(file.attrs["n_neurons"])
    dt = float(file.attrs["dt"])
    if "neurons" in file:
        neurons = read_neurons(file["neurons"])
    elif neurons is None or neurons.n_neurons != n_neurons:
        neurons = Neurons.unnamed(n_neurons)
    label = int(file.attrs["label"])
    spikes = file[SPIKES]
    return Activity(
        spike_steps=units.ms_to_steps(spikes["timestamps"][()], dt).astype(np.int32),
        spike_neurons=spikes["node_ids"][()].astype(np.int32),
        n_steps=int(file.attrs["n_steps"]),
        n_neurons=n_neurons,
        dt=dt,
        step=int(file.attrs["step"]),
        sample_index=int(file.attrs["sample_index"]),
        neurons=neurons,
        voltages=file["voltages"][()],
        voltage_neurons=file["voltage_neurons"][()],
        inputs=_optional(file, "inputs"),
        n_inputs=int(file.attrs["n_inputs"]),
        outputs=_optional(file, "outputs"),
        confidence=_optional(file, "confidence"),
        label=None if label < 0 else label,
        source=str(file.attrs["source"]),
        batch=_read_batch(file["batch"]) if "batch" in file else None,
        traces=_read_traces(file["traces"]) if "traces" in file else None,
    )


def _read_batch(group):
    shape = tuple(int(n) for n in group["spikes"].attrs["shape"])
    bits = np.unpackbits(group["spikes"][()], count=int(np.prod(shape)))
    return BatchView(
        samples=group["samples"][()],
        neurons=group["neurons"][()],
        spikes=bits.reshape(shape).astype(bool),
        labels=group["labels"][()],
        confidences=_optional(group, "confidences"),
    )


def write_neurons(group, neurons):
    """Writes the facts of the neurons into an empty HDF5 group."""
    members = neurons.populations.members
    for name in ("name", "layer", "cell_class", "colour"):
        group.create_dataset(name, data=[getattr(m, name) for m in members], dtype=_TEXT)
    recorded = [np.nan if m.recorded_rate_hz is None else m.recorded_rate_hz for m in members]
    group.create_dataset("recorded_rate_hz", data=recorded, dtype="f8")
    index_type = "u1" if len(members) <= 1 << 8 else "u4"
    group.create_dataset("population", data=neurons.populations.index, dtype=index_type)
    if neurons.thresholds is not None:
        group.create_dataset("thresholds", data=neurons.thresholds, dtype="f4").attrs["units"] = (
            "mV"
        )
    group.create_dataset("readout_neurons", data=neurons.readout_neurons, dtype="i8")
    if neurons.positions is not None:
        # Named as SONATA names the positions of nodes.
        for name, column in zip("xyz", neurons.positions.T, strict=True):
            group.create_dataset(name, data=column, dtype="f4").attrs["units"] = "um"
    group.attrs["digest"] = neurons_digest(neurons)


def read_neurons(group):
    """The `Neurons` that `write_neurons` wrote."""
    texts = [group[name].asstr()[()] for name in ("name", "layer", "cell_class", "colour")]
    recorded = [None if np.isnan(rate) else float(rate) for rate in group["recorded_rate_hz"][()]]
    members = tuple(
        Population(*map(str, described), rate)
        for *described, rate in zip(*texts, recorded, strict=True)
    )
    index = group["population"][()].astype(np.int32)
    index.setflags(write=False)
    return Neurons(
        Populations(members, index),
        thresholds=_optional(group, "thresholds"),
        readout_neurons=group["readout_neurons"][()],
        positions=np.stack([group[name][()] for name in "xyz"], axis=1) if "x" in group else None,
    )


def neurons_digest(neurons):
    """A short text that is equal for equal facts of the neurons."""
    digest = hashlib.sha256(repr(neurons.populations.members).encode())
    thresholds = np.zeros(0) if neurons.thresholds is None else neurons.thresholds
    positions = np.zeros(0) if neurons.positions is None else neurons.positions
    for array, kind in (
        (neurons.populations.index, np.int64),
        (thresholds, np.float32),
        (neurons.readout_neurons, np.int64),
        (positions, np.float32),
    ):
        array = np.ascontiguousarray(array, kind)
        digest.update(str(array.shape).encode() + array.tobytes())
    return digest.hexdigest()
