"""Writing a synthetic GLIF_network folder in the published format, from measured facts."""

import csv
import json
import os
import pickle
import shutil
import uuid
from pathlib import Path

import h5py
import numpy as np

from keras_v1_activity.activity import facts
from keras_v1_activity.common.checks import whole_number
from keras_v1_activity.common.units import MS_PER_S
from keras_v1_activity.v1.network.published_folder import (
    INPUT_FILE,
    NETWORK_FILE,
    NODE_TYPES_FILE,
    NODES_FILE,
    RATES_FILE,
)
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS
from keras_v1_activity.v1.synthetic.calibration import calibrate, target_rates
from keras_v1_activity.v1.synthetic.cells import make_cells
from keras_v1_activity.v1.synthetic.wiring import (
    connect_lgn,
    connect_recurrent,
    shape_of_background,
)
from keras_v1_activity.version import __version__

# Lies in every folder written here; a folder without it is never replaced.
MARKER_FILE = "synthetic.json"
FEWEST_NEURONS = 200
# Raised when the same arguments begin to give another network.
FORMAT_VERSION = 1


def write_synthetic_network(path, n_neurons=2000, seed=0, *, overwrite=False, progress=None):
    """Writes a GLIF_network folder of any size, which `load_network` and the published code read.

    Populations, depths, connection probabilities and their fall with distance, and fitted cells are
    measured facts (see data/README.md). Weights are set, by simulating, so that populations fire
    near their recorded rates without training. Up to 51,978 neurons thin the published 400 um core
    (with connection probabilities raised, so that in-degrees stay those of the published network
    of that size); more widen it.

    Args:
        path: folder to write; it appears only when complete.
        n_neurons: how many, at least 200.
        seed: the same seed and size give the same network.
        overwrite: replace a folder that was written by this function. Any other folder that holds
            files is refused, always.
        progress: called with a line of text at each stage; None says nothing.

    Returns:
        The folder, a `pathlib.Path`.

    Raises:
        ValueError: too few neurons, a negative seed, or no folder can be written at `path`.
        FileExistsError: the folder exists and may not be replaced.

    Example:
        >>> write_synthetic_network("GLIF_network", n_neurons=2000)   # doctest: +SKIP
    """
    folder = _check_path(path)
    n_neurons = whole_number(n_neurons, "n_neurons", FEWEST_NEURONS, 2000)
    seed = whole_number(seed, "seed", 0, 1)
    if progress is not None and not callable(progress):
        raise ValueError(
            f"progress must be a function that takes a line of text, e.g. print; got {progress!r}."
        )
    _check_replaceable(folder, overwrite)
    progress = progress or _say_nothing
    place = Path(os.path.realpath(folder))
    # Written beside its place and moved there in one go, so that no half-written folder is left.
    partial, old = (_hidden_sibling(place) for _ in range(2))
    # Made before the long work, so that a place where nothing can be written is told at once.
    _make_folder(partial, path)
    try:
        network = _make_network(n_neurons, seed, progress)
        progress("writing the folder")
        _write_files(partial, *network, {"n_neurons": n_neurons, "seed": seed})
        _check_replaceable(folder, overwrite)
        if place.exists():
            os.replace(place, old)
        os.replace(partial, place)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
    return folder


def _check_path(path):
    try:
        return Path(path)
    except TypeError:
        raise ValueError(f"path must be the folder to write; got {path!r}.") from None


def _make_folder(partial, path):
    try:
        partial.mkdir(parents=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(
            f"path={str(path)!r} is no place where a folder can be written ({reason}): choose "
            "another path."
        ) from None


def _hidden_sibling(place):
    return place.with_name(f".{place.name}-{uuid.uuid4().hex}")


def _check_replaceable(folder, overwrite):
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if not (folder.exists() or folder.is_symlink()):
        return
    if not (folder / MARKER_FILE).is_file():
        raise FileExistsError(
            f"{folder} exists and was not written by write_synthetic_network, so it is not "
            "replaced: choose another path."
        )
    if not overwrite:
        raise FileExistsError(
            f"{folder} already holds a synthetic network: load it, pass overwrite=True to replace "
            "it, or choose another path."
        )
    _check_nothing_else(folder)


def _check_nothing_else(folder):
    ours = {NETWORK_FILE, INPUT_FILE, NODES_FILE, NODE_TYPES_FILE, RATES_FILE, MARKER_FILE}
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()}
    others = sorted(files - ours)
    if others:
        raise FileExistsError(
            f"{folder} also holds {others[0]!r}, which write_synthetic_network did not write, so "
            "it is not replaced: move that file away, or choose another path."
        )


def _say_nothing(_line):
    pass


def _make_network(n_neurons, seed, progress):
    """(cells, recurrent, inputs, calibration), each part drawn from a stream of its own."""
    streams = np.random.SeedSequence(seed).spawn(4)
    cells_rng, recurrent_rng, lgn_rng, background_rng = map(np.random.default_rng, streams)
    cells = make_cells(n_neurons, cells_rng)
    progress(f"connecting {cells.n_neurons:,} neurons")
    recurrent = connect_recurrent(cells, recurrent_rng)
    progress(f"{len(recurrent):,} recurrent synapses; connecting the LGN")
    inputs = connect_lgn(cells, lgn_rng)
    calibration, recurrent = calibrate(
        cells, recurrent, inputs,
        shape_of_background(cells, background_rng),
        target_rates(cells.described), seed, progress,
    )  # fmt: skip
    return cells, recurrent, inputs, calibration


def _write_files(folder, cells, recurrent, inputs, calibration, arguments):
    (folder / NODES_FILE).parent.mkdir()
    _write_nodes(folder / NODES_FILE, cells)
    _write_node_types(folder / NODE_TYPES_FILE, cells)
    edges = _edge_groups(cells, recurrent)
    _dump(folder / NETWORK_FILE, {"nodes": _node_types(cells), "edges": edges})
    background = _background_edges(cells, calibration.background_weights)
    _dump(
        folder / INPUT_FILE,
        [
            (_silent_population(inputs.n_sources), _lgn_edges(cells, inputs)),
            (_silent_population(1), background),
        ],
    )
    rates = [float(row["mean_rate_hz"] or "nan") for row in facts.table("neuropixels_rates")]
    rates = np.array(rates, np.float32)
    _dump(folder / RATES_FILE, rates[np.isfinite(rates)] / np.float32(MS_PER_S))
    _write_marker(folder / MARKER_FILE, cells, recurrent, inputs, calibration, arguments)


def _dump(path, data):
    """Pickles `data` so that numpy 1 and 2 can read it, whichever is used here."""
    # Protocol 3 names modules in plain text, so the module that numpy 2 renamed can be named as
    # before; numpy 2 still knows it under that name.
    text = pickle.dumps(data, protocol=3).replace(b"cnumpy._core.", b"cnumpy.core.")
    path.write_bytes(text)


def _write_nodes(path, cells):
    with h5py.File(path, "w") as file:
        nodes = file.create_group("nodes/v1")
        nodes["node_id"] = np.arange(cells.n_neurons, dtype=np.uint64)
        nodes["node_type_id"] = cells.type_ids[cells.node_type]
        for axis in "xyz":
            nodes[f"0/{axis}"] = getattr(cells, axis)


def _write_node_types(path, cells):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=" ", lineterminator="\n")
        writer.writerow(("node_type_id", "pop_name", "ei", "location", "specimen_id"))
        location = {row["pop_name"]: row["location"] for row in facts.table("populations")}
        for node_type, population in enumerate(cells.type_population):
            name = cells.population_names[population]
            specimen = cells.type_specimen[node_type]
            type_id = cells.type_ids[node_type]
            writer.writerow((type_id, name, name[0], location[name], specimen))


def _node_types(cells):
    """Entries of `nodes`: the ids and parameters of each type."""
    parameters = cells.type_parameters
    nodes = []
    for node_type in range(len(cells.type_population)):
        params = {
            name: float(getattr(parameters, name)[node_type])
            for name in ("V_th", "E_L", "V_reset", "g", "C_m", "t_ref")
        }
        for name in ("k", "asc_amps", "tau_syn"):
            params[name] = getattr(parameters, name)[node_type].copy()
        ids = np.flatnonzero(cells.node_type == node_type).astype(np.int64)
        nodes.append({"ids": ids, "params": params})
    return nodes


def _edge_groups(cells, synapses):
    """One edge group for each (source population, target population, delay)."""
    n_populations = len(cells.population_names)
    delay = synapses.delay.astype(np.int64)
    key = cells.population[synapses.source] * n_populations + cells.population[synapses.target]
    key = (key * (delay.max(initial=0) + 1) + delay).astype(np.int32)
    return [_edge_group(synapses, members) for members in _groups(key)]


def _lgn_edges(cells, synapses):
    """One edge group for each target population."""
    return [
        _edge_group(synapses, members) for members in _groups(cells.population[synapses.target])
    ]


def _groups(key):
    """Index arrays of the members of each distinct key, in order."""
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    return np.split(order, starts[1:]) if len(order) else []


def _edge_group(synapses, members):
    first = members[0]
    return {
        "source": synapses.source[members],
        "target": synapses.target[members],
        "params": {
            "receptor_type": int(synapses.receptor[first]) + 1,
            "weight": synapses.weight[members],
            "delay": float(max(synapses.delay[first], 1.0)),
        },
    }


def _background_edges(cells, weights):
    """One edge group for each receptor, from the one background source."""
    groups = []
    for receptor in range(N_RECEPTORS):
        targets = np.flatnonzero(weights[:, receptor]).astype(np.int32)
        if len(targets):
            params = {
                "receptor_type": receptor + 1,
                "weight": weights[targets, receptor],
                "delay": 1.0,
            }
            source = np.zeros(len(targets), np.int32)
            groups.append({"source": source, "target": targets, "params": params})
    return groups


def _silent_population(n_units):
    """An input population whose spikes are left to the stimulus."""
    return {"ids": np.arange(n_units), "spikes": [np.zeros(0)] * n_units}


def _write_marker(path, cells, recurrent, inputs, calibration, arguments):
    rates = dict(zip(cells.population_names, calibration.rates.round(2).tolist(), strict=True))
    marker = {
        "written_by": f"keras_v1_activity {__version__}",
        "format_version": FORMAT_VERSION,
        **arguments,
        "recurrent_synapses": len(recurrent),
        "input_synapses": len(inputs),
        "radius_um": cells.radius_um,
        "rates_hz": rates,
    }
    path.write_text(json.dumps(marker, indent=1) + "\n", encoding="utf-8")
