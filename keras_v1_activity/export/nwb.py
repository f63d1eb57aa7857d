"""A run as one NWB file: units, trials, potentials. Needs pynwb."""

from __future__ import annotations

import json
import os
import uuid
import warnings
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.neuron_facts import EXPLAINED, neuron_facts
from keras_v1_activity.common.optional_packages import optional_package
from keras_v1_activity.common.units import MS_PER_S
from keras_v1_activity.export.looks import Looks
from keras_v1_activity.export.nwb_potentials import Potentials
from keras_v1_activity.export.nwb_trials import trials_table
from keras_v1_activity.export.spikes_by_neuron import SpikesByNeuron
from keras_v1_activity.storage.layout import step_files
from keras_v1_activity.version import __version__

_WHAT: Final = "export --to nwb"
# The taxon "synthetic construct".
_SYNTHETIC: Final = "http://purl.obolibrary.org/obo/NCBITaxon_32630"
# Values in a chunk: 64 kB of spike times, which one neuron is read for.
_CHUNK: Final = 1 << 13


def is_nwb(path: Path) -> bool:
    """Whether a file is an NWB file.

    Example:
        >>> is_nwb(Path("there_is_none.nwb"))
        False
    """
    try:
        with h5py.File(path, "r", locking=False) as file:
            return "nwb_version" in file.attrs
    except (OSError, RuntimeError):
        return False


def write_nwb(looks: Looks, path: Path) -> None:
    """Writes the run as an NWB file.

    Units are the neurons, with the spike times of all looks on one time line (s) and a column for
    each fact of the neurons; trials are the looks; potentials are a TimeSeries in V.

    Args:
        looks: of the run.
        path: the file; what is there is replaced.

    Raises:
        ModuleNotFoundError: pynwb is not installed.

    Example:
        >>> write_nwb(Looks("logs"), Path("run.nwb"))
        >>> import pynwb
        >>> with pynwb.NWBHDF5IO("run.nwb", "r") as io:
        ...     io.read().trials["step"][:].tolist()
        [100, 200]
    """
    pynwb = optional_package("pynwb", _WHAT)
    session = _session(looks, pynwb)
    session.trials = trials_table(looks)
    spike_times = _add_units(session, looks) if looks.neurons.n_neurons else None
    potentials = Potentials(looks)
    potentials.add_to(session)
    with (
        h5py.File(path, "w", libver=("earliest", "v110")) as file,
        warnings.catch_warnings(),
        closing(SpikesByNeuron(looks.spike_counts, path.parent)) as spikes,
    ):
        # It says so of columns that are to be filled later.
        warnings.simplefilter("ignore")
        with pynwb.NWBHDF5IO(file=file, mode="w") as io:
            io.write(session)
            for facts, activity in looks:
                times = (facts.start_ms + activity.spike_times) / MS_PER_S
                spikes.add(activity.spike_neurons, times)
                potentials.store(activity)
            written = 0
            for block in spikes.sorted_blocks() if spike_times is not None else ():
                spike_times.dataset[written : written + len(block)] = block
                written += len(block)


def _session(looks: Looks, pynwb: Any) -> Any:
    """The file's head: what run.json says of the run."""
    info = looks.run.info
    versions = info.get("versions", {})
    known = {"settings": info.get("settings", {}), "versions": versions}
    steps = [facts.step for facts in looks.facts]
    return pynwb.NWBFile(
        session_description=(
            f"Activity of a spiking network while it was trained: {len(steps)} looks at one layer, "
            f"steps {steps[0]} to {steps[-1]}. Each look is a trial."
        ),
        identifier=str(info.get("run_id") or uuid.uuid4().hex),
        session_start_time=_started(looks),
        session_id=_name_of(looks),
        experiment_description=(
            "A network in a simulation, no animal. Looks follow each other on the time line with "
            "a pause between them; times within a look are times of the simulation."
        ),
        notes=json.dumps(known, default=str),
        keywords=["spiking neural network", "simulation", "training"],
        source_script=f"keras_v1_activity {__version__}: keras-v1-activity export",
        source_script_file_name="keras-v1-activity",
        subject=_subject(looks),
        data_collection=f"recorded with keras_v1_activity {versions.get('keras_v1_activity', '')}",
    )


def _subject(looks: Looks) -> Any:
    """Archives and validators ask for a subject: it says that there was none."""
    file = optional_package("pynwb.file", _WHAT)
    return file.Subject(
        subject_id=_name_of(looks),
        description="A network in a simulation, no animal: age and sex mean nothing.",
        species=_SYNTHETIC,
        sex="U",
        age="P0D",
    )


def _started(looks: Looks) -> datetime:
    """When the run began; when its first look was stored, if run.json does not say it."""
    try:
        started = datetime.fromisoformat(looks.run.info.get("started", ""))
        started = started if started.tzinfo else started.astimezone()
        if started.year >= 1980 and started <= datetime.now(timezone.utc):
            return started
    except (ValueError, OverflowError, OSError):
        pass
    files = step_files(looks.run.log_dir).values()
    stored = min((os.stat(path).st_mtime for path in files), default=0.0)
    return datetime.fromtimestamp(stored, timezone.utc)


def _add_units(session: Any, looks: Looks) -> Any:
    """Adds the table of units; its spike times are still to be filled into what is returned."""
    common = optional_package("hdmf.common", _WHAT)
    h5 = optional_package("hdmf.backends.hdf5", _WHAT)
    misc = optional_package("pynwb.misc", _WHAT)
    total = int(looks.spike_counts.sum())
    spike_times = h5.H5DataIO(
        shape=(total,), dtype=np.dtype("f8"), maxshape=(None,),
        chunks=(max(1, min(total, _CHUNK)),), compression="gzip", shuffle=True,
    )  # fmt: skip
    times = common.VectorData(
        name="spike_times", data=spike_times, description="spike times of all trials in s"
    )
    ends = common.VectorIndex(
        name="spike_times_index", data=_ends(looks.spike_counts), target=times
    )
    facts = [
        common.VectorData(name=name, description=EXPLAINED[name], data=_stored(column))
        for name, column in neuron_facts(looks.neurons).items()
    ]
    session.units = misc.Units(
        name="units",
        description="The neurons of the recorded layer; ids are their places in the layer.",
        id=common.ElementIdentifiers(name="id", data=np.arange(looks.neurons.n_neurons)),
        columns=[*facts, times, ends],
        colnames=[*(column.name for column in facts), "spike_times"],
        resolution=min(each.dt for each in looks.facts) / MS_PER_S,
    )
    return spike_times


def _ends(counts: NDArray[np.int64]) -> NDArray[np.uint64]:
    return np.cumsum(counts).astype(np.uint64)


def _stored(column: NDArray[Any]) -> Any:
    """A column as HDF5 can hold it."""
    return [_text(value) for value in column] if column.dtype == object else column


def _name_of(looks: Looks) -> str:
    return _text(looks.run.log_dir.name) or "run"


def _text(text: str) -> str:
    """Text without what HDF5 cannot hold."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\0")
