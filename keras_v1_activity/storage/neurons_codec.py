"""The facts of the neurons in an HDF5 group: populations, thresholds, readout neurons, places."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable, Mapping

import h5py
import numpy as np

from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.activity.populations import Population, Populations
from keras_v1_activity.storage.hdf5 import DAMAGE, TEXT, open_for_reading, optional
from keras_v1_activity.storage.sealed import read_sealed


def write_neurons(group: h5py.Group, neurons: Neurons) -> None:
    """Writes the facts of the neurons into an empty HDF5 group.

    Args:
        group: where to write.
        neurons: what is known of the neurons.

    Example:
        >>> with h5py.File("facts.h5", "w") as file:
        ...     write_neurons(file.create_group("neurons"), activity.neurons)
        ...     file["neurons/population"].shape
        (120,)
    """
    members = neurons.populations.members
    for name in ("name", "layer", "cell_class", "colour"):
        group.create_dataset(name, data=[getattr(m, name) for m in members], dtype=TEXT)
    recorded = [np.nan if m.recorded_rate_hz is None else m.recorded_rate_hz for m in members]
    group.create_dataset("recorded_rate_hz", data=recorded, dtype="f8")
    index_type = "u1" if len(members) <= 1 << 8 else "u4"
    group.create_dataset("population", data=neurons.populations.index, dtype=index_type)
    for name in ("thresholds", "resting"):
        if (potentials := getattr(neurons, name)) is not None:
            group.create_dataset(name, data=potentials, dtype="f4").attrs["units"] = "mV"
    group.create_dataset("readout_neurons", data=neurons.readout_neurons, dtype="i8")
    if neurons.positions is not None:
        # Named as SONATA names the positions of nodes.
        for name, column in zip("xyz", neurons.positions.T, strict=True):
            group.create_dataset(name, data=column, dtype="f4").attrs["units"] = "um"
    if neurons.tuning_angles is not None:
        # As in SONATA, too.
        angles = group.create_dataset("tuning_angle", data=neurons.tuning_angles, dtype="f4")
        angles.attrs["units"] = "degrees"
    group.attrs["digest"] = neurons_digest(neurons)


def read_neurons(group: h5py.Group) -> Neurons:
    """The facts of the neurons that `write_neurons` wrote.

    Raises:
        KeyError, ValueError: the group is damaged.

    Example:
        >>> with h5py.File("facts.h5", "w") as file:
        ...     write_neurons(file, activity.neurons)
        ...     read_neurons(file).n_neurons
        120
    """
    texts = [group[name].asstr()[()] for name in ("name", "layer", "cell_class", "colour")]
    recorded = [None if np.isnan(rate) else float(rate) for rate in group["recorded_rate_hz"][()]]
    members = tuple(
        Population(str(name), str(layer), str(cell_class), str(colour), rate)
        for name, layer, cell_class, colour, rate in zip(*texts, recorded, strict=True)
    )
    # HDF5 converts while it reads.
    index = group["population"].astype(np.int32)[()]
    index.setflags(write=False)
    return Neurons(
        Populations(members, index),
        thresholds=optional(group, "thresholds"),
        readout_neurons=group["readout_neurons"][()],
        positions=np.stack([group[name][()] for name in "xyz"], axis=1) if "x" in group else None,
        tuning_angles=optional(group, "tuning_angle"),
        resting=optional(group, "resting"),
    )


def neurons_digest(neurons: Neurons) -> str:
    """A short text that is equal for equal facts of the neurons.

    Example:
        >>> len(neurons_digest(activity.neurons))
        64
    """
    digest = hashlib.sha256(repr(neurons.populations.members).encode())
    thresholds = np.zeros(0) if neurons.thresholds is None else neurons.thresholds
    positions = np.zeros(0) if neurons.positions is None else neurons.positions
    arrays = [
        (neurons.populations.index, np.int64),
        (thresholds, np.float32),
        (neurons.readout_neurons, np.int64),
        (positions, np.float32),
    ]
    # Only what is known: the digest of a run that was stored without them stays as it is.
    if neurons.tuning_angles is not None:
        arrays.append((neurons.tuning_angles, np.float32))
    for array, kind in arrays:
        array = np.ascontiguousarray(array, kind)
        digest.update(str(array.shape).encode() + array.tobytes())
    if neurons.resting is not None:
        digest.update(b"resting" + np.ascontiguousarray(neurons.resting, np.float32).tobytes())
    return digest.hexdigest()


def stored_neurons(
    index: str | os.PathLike[str], files: Mapping[int, str | os.PathLike[str]]
) -> Neurons | None:
    """The neurons of a run: from the index file, else from the first step that carries them.

    Args:
        index: path of ``activity.h5``.
        files: step -> path of its data file.

    Returns:
        What is known of the neurons; None if nothing readable holds any.

    Example:
        >>> print(stored_neurons("activity.h5", {}))
        None
    """
    sealed = read_sealed(index)
    if sealed is not None:
        return _neurons_in(io.BytesIO(sealed.content)) or _neurons_of(files.values())
    # HDF5 may crash on a damaged index, so one that is not sealed comes last: of older versions.
    return _neurons_of((*files.values(), index))


def _neurons_of(paths: Iterable[str | os.PathLike[str]]) -> Neurons | None:
    return next((known for path in paths if (known := _neurons_in(path)) is not None), None)


def _neurons_in(source: str | os.PathLike[str] | io.BytesIO) -> Neurons | None:
    if not isinstance(source, io.BytesIO) and not os.path.isfile(source):
        return None
    try:
        with open_for_reading(source, only=["neurons"]) as file:
            return read_neurons(file["neurons"]) if "neurons" in file else None
    except DAMAGE:
        # Missing, cut short or damaged: the next file may know.
        return None
