"""Writing a `V1Network` as a SONATA folder, for bmtk, NEST, and this package."""

from __future__ import annotations

import csv
import os
import shutil
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.atomic_files import write_json
from keras_v1_activity.common.checks import shown
from keras_v1_activity.common.sonata import mark_sonata, write_nodes
from keras_v1_activity.v1.network.sonata.ports import Ports, ports_of
from keras_v1_activity.v1.network.synapses import N_RECEPTORS, Synapses
from keras_v1_activity.v1.network.v1_network import V1Network

CELLS, INPUT, INDEPENDENT, SHARED = "v1", "lgn", "bkg", "bkg_shared"
_FIRST_ID: Final = 100
_CELL_FOLDER, _SYNAPSE_FOLDER = "components/cell_models", "components/synaptic_models"
_UNITS: Final = ("ON", "OFF")
_BASIS: Final = "components/basis_function_weights.csv"


def write_sonata(network: V1Network, folder: str | os.PathLike[str]) -> Path:
    """Writes a network as a SONATA folder: nodes, edges, cell and synapse models, ``config.json``.

    Cells are ``nest:glif_psc``. Cells whose synapses act on several receptors are
    ``nest:glif_psc_double_alpha`` if each synapse is one, else point neurons with a table of
    factors, which DPointNet and this package read, but NEST does not. Node ids count the network's
    neurons from 0. Input channels are the nodes of ``lgn``, the background those of ``bkg``.

    Args:
        network: `V1Network`. Weights of a trained model: see `export_weights`, or set them first.
        folder: to write; it appears only when complete.

    Returns:
        The folder. `load_network` reads it, with ``core_only=False``, as the same network.

    Raises:
        FileExistsError: the folder exists and is not empty.
        ValueError: `network` is no `V1Network`, or its synapses are of a kind that SONATA has no
            form for.

    Example:
        >>> from keras_v1_activity import v1
        >>> folder = v1.write_sonata(network, "sonata_network")
        >>> again = v1.load_network(folder, core_only=False)
        >>> bool((again.recurrent.weight == network.recurrent.weight).all())
        True
    """
    if not isinstance(network, V1Network):
        raise ValueError(
            f"network must be a V1Network, as v1.load_network returns it; got {shown(network)}."
        )
    place = Path(folder)
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise FileExistsError(f"{place} exists and is not empty: choose another folder.")
    partial = place.absolute().with_name(f".{place.name}-{uuid.uuid4().hex}")
    try:
        for part in ("network", _CELL_FOLDER, _SYNAPSE_FOLDER):
            (partial / part).mkdir(parents=True)
        _Writer(network, partial).write()
        os.replace(partial, place)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return place


class _Writer:
    """Writes one network into a folder that is there."""

    def __init__(self, network: V1Network, folder: Path) -> None:
        self._network, self._folder = network, folder
        self._types, self._first = _cell_types(network)
        self._ports: Ports = ports_of(network, self._types, self._first)
        self._populations: list[str] = []
        self._edges: list[str] = []

    def write(self) -> None:
        network = self._network
        self._write_cells()
        self._write_lgn()
        self._write_edges(CELLS, network.recurrent, network.recurrent.delay)
        self._write_edges(INPUT, network.inputs, None)
        if network.background is not None:
            rate = {"firing_rate": network.background_rate}
            self._write_sources(INDEPENDENT, network.background.n_sources, rate)
            self._write_edges(INDEPENDENT, network.background, None)
        if network.background_weights.any():
            name = INDEPENDENT if network.background is None else SHARED
            self._write_sources(name, 1)
            self._write_edges(name, _shared_background(network), None)
        for name, content in self._ports.synapse_files.items():
            write_json(self._folder / _SYNAPSE_FOLDER / name, content)
        self._write_config()

    def _write_cells(self) -> None:
        network, n = self._network, self._network.n_neurons
        columns = {axis: getattr(network, axis) for axis in "xyz"}
        if network.tuning_angles is not None:
            columns["tuning_angle"] = network.tuning_angles
        self._write_nodes(CELLS, self._types + _FIRST_ID, columns)
        members = network.populations.members
        rows = []
        for number, cell in enumerate(self._first):
            member = members[network.populations.index[cell]]
            file = f"{_FIRST_ID + number}_{self._ports.template}.json"
            write_json(self._folder / _CELL_FOLDER / file, self._cell(number, int(cell)))
            ei = {True: "e", False: "i", None: "NULL"}[member.excitatory]
            location = f"VisL{member.layer}" if member.layer else "NULL"
            rows.append(
                (_FIRST_ID + number, member.name, ei, location, "point_neuron",
                 f"nest:{self._ports.template}", file)
            )  # fmt: skip
        header = ("node_type_id", "pop_name", "ei", "location", "model_type", "model_template",
                  "dynamics_params")  # fmt: skip
        self._write_types(f"{CELLS}_node_types.csv", header, rows)
        assert len(self._types) == n

    def _cell(self, number: int, cell: int) -> dict[str, Any]:
        """What NEST's model wants to know of a type, by its names."""
        p = self._network.parameters
        single = {name: float(getattr(p, name)[cell])
                  for name in ("V_th", "g", "E_L", "C_m", "t_ref", "V_reset")}  # fmt: skip
        return {
            "V_m": single["V_reset"], **single,
            "asc_init": [0.0, 0.0],
            "asc_decay": p.k[cell].tolist(),
            "asc_amps": p.asc_amps[cell].tolist(),
            **self._ports.of_cells[number],
            "spike_dependent_threshold": False,
            "after_spike_currents": True,
            "adapting_threshold": False,
        }  # fmt: skip

    def _write_lgn(self) -> None:
        """The input channels; with their places, unless several units were merged into one."""
        units, n = self._network.lgn_units, self._network.n_input
        if units is None or len(units) != n:
            self._write_sources(INPUT, n)
            return
        self._write_nodes(INPUT, _FIRST_ID + units.off, {"x": units.x, "y": units.y})
        header = ("node_type_id", "model_type", "pop_name")
        rows = [(_FIRST_ID + off, "virtual", name) for off, name in enumerate(_UNITS)]
        self._write_types(f"{INPUT}_node_types.csv", header, rows)

    def _write_sources(self, name: str, n: int, more: Mapping[str, float] | None = None) -> None:
        self._write_nodes(name, np.full(n, _FIRST_ID), {})
        header = ("node_type_id", "model_type", "pop_name", *(more or ()))
        row = (_FIRST_ID, "virtual", name, *(more or {}).values())
        self._write_types(f"{name}_node_types.csv", header, [row])

    def _write_nodes(
        self, name: str, type_ids: NDArray[Any], columns: Mapping[str, NDArray[Any]]
    ) -> None:
        self._populations.append(name)
        with _sonata_file(self._folder / f"network/{name}_nodes.h5") as file:
            values = write_nodes(file, name, type_ids)
            for column, data in columns.items():
                values.create_dataset(column, data=data, dtype="f8")

    def _write_edges(
        self, source: str, synapses: Synapses, delays: NDArray[np.floating[Any]] | None
    ) -> None:
        """Edges in the order of the table; a type for each synapse model and delay."""
        kinds = self._ports.kinds(synapses, self._types)
        distinct, place = np.unique(np.ones(1) if delays is None else delays, return_inverse=True)
        place = np.zeros(len(synapses), np.int64) if delays is None else place.reshape(-1)
        code = kinds * max(len(distinct), 1) + place
        used = np.unique(code)
        name = f"{source}_{CELLS}"
        self._edges.append(name)
        n = len(synapses)
        with _sonata_file(self._folder / f"network/{name}_edges.h5") as file:
            group = file.create_group(f"edges/{source}_to_{CELLS}")
            for end, population in (("source", source), ("target", CELLS)):
                ids = group.create_dataset(
                    f"{end}_node_id", data=getattr(synapses, end), dtype="u8"
                )
                ids.attrs["node_population"] = population
            type_ids = _FIRST_ID + np.searchsorted(used, code)
            group.create_dataset("edge_type_id", data=type_ids, dtype="u4")
            group.create_dataset("edge_group_id", data=np.zeros(n, np.uint16))
            group.create_dataset("edge_group_index", data=np.arange(n), dtype="u4")
            group.create_dataset("0/syn_weight", data=synapses.weight, dtype="f8")
            _write_index(group, synapses)
        rows = [
            (_FIRST_ID + number, "*", "*", "static_synapse",
             float(distinct[one % len(distinct)]), self._ports.names[int(one // len(distinct))])
            for number, one in enumerate(used)
        ]  # fmt: skip
        header = ("edge_type_id", "target_query", "source_query", "model_template", "delay",
                  "dynamics_params")  # fmt: skip
        self._write_types(f"{name}_edge_types.csv", header, rows)

    def _write_types(self, name: str, header: Sequence[str], rows: Sequence[Any]) -> None:
        path = self._folder / "network" / name
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter=" ")
            writer.writerow(header)
            writer.writerows(rows)

    def _write_config(self) -> None:
        def sets(kind: str, names: Sequence[str]) -> list[dict[str, str]]:
            return [
                {f"{kind}s_file": f"$NETWORK_DIR/{name}_{kind}s.h5",
                 f"{kind}_types_file": f"$NETWORK_DIR/{name}_{kind}_types.csv"}
                for name in names
            ]  # fmt: skip

        content: dict[str, Any] = {
            "manifest": {"$BASE_DIR": "${configdir}", "$NETWORK_DIR": "$BASE_DIR/network"},
            "target_simulator": "NEST",
            "run": {"tstop": 1000.0, "dt": 1.0},
            "output": {"output_dir": "$BASE_DIR/output"},
            "components": {
                "point_neuron_models_dir": f"$BASE_DIR/{_CELL_FOLDER}",
                "synaptic_models_dir": f"$BASE_DIR/{_SYNAPSE_FOLDER}",
            },
            "networks": {
                "nodes": sets("node", self._populations), "edges": sets("edge", self._edges)
            },
        }  # fmt: skip
        if self._ports.basis is not None:
            factors, taus = self._ports.basis
            with open(self._folder / _BASIS, "w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(("connection_name", *(f"w{r}" for r in range(N_RECEPTORS))))
                writer.writerows((name, *map(float, row)) for name, row in factors.items())
            content["components"]["basis_weights_file"] = f"$BASE_DIR/{_BASIS}"
            content["rnn_cell_params"] = {"tau_basis": list(taus)}
        write_json(self._folder / "config.json", content)


def _sonata_file(path: Path) -> h5py.File:
    file = h5py.File(path, "w")
    mark_sonata(file)
    return file


def _write_index(group: h5py.Group, synapses: Synapses) -> None:
    """Which rows end at each neuron: they follow each other."""
    ends = np.searchsorted(synapses.target, np.arange(synapses.n_targets + 1)).astype(np.uint64)
    index = group.create_group("indices/target_to_source")
    numbers = np.arange(synapses.n_targets + 1, dtype=np.uint64)
    index["node_id_to_range"] = np.stack([numbers[:-1], numbers[1:]], 1)
    index["range_to_edge_id"] = np.stack([ends[:-1], ends[1:]], 1)


def _cell_types(network: V1Network) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(n,) number of the type of each neuron, and (n_types,) a neuron of each."""
    population = network.populations.index
    _, first, types = np.unique(network.node_types, return_index=True, return_inverse=True)
    types = types.reshape(-1)
    columns = [np.asarray(v).reshape(len(types), -1) for v in vars(network.parameters).values()]
    rows = np.column_stack([*columns, population])
    if not np.array_equal(rows, rows[first[types]]):
        _, first, types = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return types.reshape(-1).astype(np.int64), first.astype(np.int64)


def _shared_background(network: V1Network) -> Synapses:
    """The summed background as synapses of one source, each on one receptor."""
    targets, receptors = np.nonzero(network.background_weights)
    return Synapses(
        source=np.zeros(len(targets), np.int32),
        target=targets.astype(np.int32),
        receptor=receptors.astype(np.int8),
        weight=network.background_weights[targets, receptors],
        delay=np.zeros(len(targets), np.float32),
        n_sources=1,
        n_targets=network.n_neurons,
    )
