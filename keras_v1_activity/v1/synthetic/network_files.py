"""The files of a synthetic network, in the published format of a GLIF_network folder."""

from __future__ import annotations

import csv
import json
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity import facts
from keras_v1_activity.common.units import MS_PER_S
from keras_v1_activity.v1.network.published_folder import (
    INPUT_FILE,
    NETWORK_FILE,
    NODE_TYPES_FILE,
    NODES_FILE,
    RATES_FILE,
)
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS, Synapses
from keras_v1_activity.v1.synthetic.calibration import Calibration
from keras_v1_activity.v1.synthetic.cells import SyntheticCells
from keras_v1_activity.version import __version__

# Lies in every folder written here; a folder without it is never replaced.
MARKER_FILE = "synthetic.json"
ALL_FILES = frozenset(
    (NETWORK_FILE, INPUT_FILE, NODES_FILE, NODE_TYPES_FILE, RATES_FILE, MARKER_FILE)
)
# Raised when the same arguments begin to give another network.
FORMAT_VERSION = 1


def write_files(folder: Path, found: Calibration, arguments: Mapping[str, int]) -> None:
    """Writes all files of a network.

    Args:
        folder: an empty folder.
        found: the network, and the background that its rates need.
        arguments: n_neurons and seed that it was made with, for the marker file.

    Example:
        >>> Path("net").mkdir()
        >>> weights, rates = drawn.unit_background, np.full(22, 4.0)
        >>> found = Calibration(network=drawn, background_weights=weights, rates=rates, rounds=1)
        >>> write_files(Path("net"), found, {"n_neurons": 200, "seed": 0})
        >>> json.loads(Path("net/synthetic.json").read_text())["n_neurons"]
        200
    """
    cells, inputs = found.network.cells, found.network.inputs
    (folder / NODES_FILE).parent.mkdir()
    _write_nodes(folder / NODES_FILE, cells)
    _write_node_types(folder / NODE_TYPES_FILE, cells)
    edges = _edge_groups(cells, found.network.recurrent)
    _dump(folder / NETWORK_FILE, {"nodes": _node_types(cells), "edges": edges})
    background = _background_edges(found.background_weights)
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
    _write_marker(folder / MARKER_FILE, found, arguments)


def _dump(path: Path, data: object) -> None:
    """Pickles `data` so that numpy 1 and 2 can read it, whichever is used here."""
    # Protocol 3 names modules in plain text, so the module that numpy 2 renamed can be named as
    # before; numpy 2 still knows it under that name.
    text = pickle.dumps(data, protocol=3).replace(b"cnumpy._core.", b"cnumpy.core.")
    path.write_bytes(text)


def _write_nodes(path: Path, cells: SyntheticCells) -> None:
    with h5py.File(path, "w") as file:
        nodes = file.create_group("nodes/v1")
        nodes["node_id"] = np.arange(cells.n_neurons, dtype=np.uint64)
        nodes["node_type_id"] = cells.type_ids[cells.node_type]
        for axis in "xyz":
            nodes[f"0/{axis}"] = getattr(cells, axis)


def _write_node_types(path: Path, cells: SyntheticCells) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=" ", lineterminator="\n")
        writer.writerow(("node_type_id", "pop_name", "ei", "location", "specimen_id"))
        location = {row["pop_name"]: row["location"] for row in facts.table("populations")}
        for node_type, population in enumerate(cells.type_population):
            name = cells.population_names[population]
            specimen = cells.type_specimen[node_type]
            type_id = cells.type_ids[node_type]
            writer.writerow((type_id, name, name[0], location[name], specimen))


def _node_types(cells: SyntheticCells) -> list[dict[str, Any]]:
    """Entries of `nodes`: the ids and parameters of each type."""
    parameters = cells.type_parameters
    nodes = []
    for node_type in range(len(cells.type_population)):
        params: dict[str, Any] = {
            name: float(getattr(parameters, name)[node_type])
            for name in ("V_th", "E_L", "V_reset", "g", "C_m", "t_ref")
        }
        for name in ("k", "asc_amps", "tau_syn"):
            params[name] = getattr(parameters, name)[node_type].copy()
        ids = np.flatnonzero(cells.node_type == node_type).astype(np.int64)
        nodes.append({"ids": ids, "params": params})
    return nodes


def _edge_groups(cells: SyntheticCells, synapses: Synapses) -> list[dict[str, Any]]:
    """One edge group for each (source population, target population, delay)."""
    n_populations = len(cells.population_names)
    delay = synapses.delay.astype(np.int64)
    key = cells.population[synapses.source] * n_populations + cells.population[synapses.target]
    key = (key * (delay.max(initial=0) + 1) + delay).astype(np.int32)
    return [_edge_group(synapses, members) for members in _groups(key)]


def _lgn_edges(cells: SyntheticCells, synapses: Synapses) -> list[dict[str, Any]]:
    """One edge group for each target population."""
    return [
        _edge_group(synapses, members) for members in _groups(cells.population[synapses.target])
    ]


def _groups(key: NDArray[np.integer[Any]]) -> list[NDArray[np.int64]]:
    """Index arrays of the members of each distinct key, in order."""
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    return np.split(order, starts[1:]) if len(order) else []


def _edge_group(synapses: Synapses, members: NDArray[np.int64]) -> dict[str, Any]:
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


def _background_edges(weights: NDArray[np.float32]) -> list[dict[str, Any]]:
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


def _silent_population(n_units: int) -> dict[str, Any]:
    """An input population whose spikes are left to the stimulus."""
    return {"ids": np.arange(n_units), "spikes": [np.zeros(0)] * n_units}


def _write_marker(path: Path, found: Calibration, arguments: Mapping[str, int]) -> None:
    network = found.network
    names = network.cells.population_names
    rates = dict(zip(names, found.rates.round(2).tolist(), strict=True))
    marker = {
        "written_by": f"keras_v1_activity {__version__}",
        "format_version": FORMAT_VERSION,
        **arguments,
        "recurrent_synapses": len(network.recurrent),
        "input_synapses": len(network.inputs),
        "radius_um": network.cells.radius_um,
        "rates_hz": rates,
    }
    path.write_text(json.dumps(marker, indent=1) + "\n", encoding="utf-8")
