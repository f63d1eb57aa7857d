"""The folder that was published with Chen et al. 2022: two pickles beside two files of nodes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.network.built_data import built_data
from keras_v1_activity.v1.network.edges import gather_edges
from keras_v1_activity.v1.network.file_checks import (
    ADVICE,
    check_parameters,
    node_type_ids,
    numbers,
    wrong_layout,
)
from keras_v1_activity.v1.network.node_files import read_positions, read_type_ids
from keras_v1_activity.v1.network.node_types import read_node_types
from keras_v1_activity.v1.network.optional_files import read_noise_samples, read_target_rates
from keras_v1_activity.v1.network.raw_tables import (
    CellTables,
    InputTables,
    NodeFacts,
    SynapseColumns,
)
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS, Floats, Glif3Parameters

NETWORK_FILE = "network_dat.pkl"
INPUT_FILE = "input_dat.pkl"
NODES_FILE = "network/v1_nodes.h5"
NODE_TYPES_FILE = "network/v1_node_types.csv"
RATES_FILE = "garrett_firing_rates.pkl"
NOISE_FILE = "additive_noise.mat"

_PARAMETER_SHAPES: Mapping[str, tuple[int, ...]] = {
    "V_th": (), "E_L": (), "V_reset": (), "g": (), "C_m": (), "t_ref": (),
    "k": (2,), "asc_amps": (2,), "tau_syn": (N_RECEPTORS,),
}  # fmt: skip


class PublishedFolder:
    """Reads a folder in the published format; a `FolderReader`.

    Args:
        path: the folder.

    Attributes:
        path: the folder.

    Raises:
        FileNotFoundError: a file is missing that no folder can do without.

    Example:
        >>> PublishedFolder("GLIF_network").target_rates().max() > 1.0   # Hz, not per ms
        np.True_
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path: Path = Path(path)
        for name in (NETWORK_FILE, INPUT_FILE, NODES_FILE, NODE_TYPES_FILE):
            if not (self.path / name).is_file():
                raise FileNotFoundError(
                    f"{self.path / name} is missing: give the GLIF_network folder itself, with all "
                    "its files, or make one with v1.write_synthetic_network."
                )

    @property
    def cell_files(self) -> Sequence[Path]:
        """The file that `cells` depends on."""
        return (self.path / NETWORK_FILE,)

    @property
    def input_files(self) -> Sequence[Path]:
        """The file that `inputs` depends on."""
        return (self.path / INPUT_FILE,)

    def nodes(self) -> NodeFacts:
        """Ids 0, 1, 2, ...; these files do not say what a neuron is tuned to."""
        return NodeFacts(np.arange(len(self.positions()[0])), None)

    def positions(self) -> tuple[Floats, Floats, Floats]:
        """(x, y, z) of every node, um, in the order of node ids.

        Raises:
            ValueError: the file is damaged, or has no finite position for each neuron.
        """
        return read_positions(self.path / NODES_FILE)

    def population_names(
        self, node_ids: NDArray[np.integer[Any]], types: NDArray[np.int64], n_types: int
    ) -> NDArray[np.str_]:
        """Population name of each chosen node, (n,), joined by the node type id.

        Args:
            node_ids: (n,) ids of the chosen nodes.
            types: (n,) number of the type of each, for folders without node type ids.
            n_types: number of node types.

        Raises:
            ValueError: a file is damaged, is no table, or has another number of rows.
        """
        table = read_node_types(self.path / NODE_TYPES_FILE, n_types, NETWORK_FILE)
        type_ids = read_type_ids(self.path / NODES_FILE)
        return table.names_of(None if type_ids is None else type_ids[node_ids], types)

    def target_rates(self) -> NDArray[np.float32]:
        """Recorded firing rates, Hz, ascending; empty if the folder has none.

        Raises:
            ValueError: the file is damaged, or holds something else.
        """
        return read_target_rates(self.path / RATES_FILE)

    def noise_samples(self) -> NDArray[np.float32] | None:
        """Samples of recorded background noise; None if the folder has none.

        Raises:
            ImportError: scipy is not installed.
            ValueError: the file is damaged, or has no such variable.
        """
        return read_noise_samples(self.path / NOISE_FILE)

    def cells(self, index_of: NDArray[np.int32]) -> CellTables:
        """The chosen neurons and the synapses among them.

        Args:
            index_of: (n_nodes,) index of each node among the chosen neurons, or -1.

        Raises:
            ValueError: the file is damaged, laid out otherwise, or holds more than data or what no
                cell or synapse can have.
        """
        return built_data(
            self.path / NETWORK_FILE, lambda data, path: self._cells(data, path, index_of)
        )

    def _cells(self, data: Any, path: Path, index_of: NDArray[np.int32]) -> CellTables:
        nodes, edges = data["nodes"], data["edges"]
        type_ids = node_type_ids(nodes, len(index_of), path, self.path / NODES_FILE)
        parameters = _type_parameters(nodes, path)
        type_of = np.empty(len(index_of), np.int64)
        type_of[np.concatenate(type_ids)] = np.repeat(np.arange(len(nodes)), [*map(len, type_ids)])
        synapses = gather_edges(edges, index_of, path)
        return CellTables(types=type_of[index_of >= 0], parameters=parameters, synapses=synapses)

    def inputs(self, index_of: NDArray[np.int32]) -> InputTables:
        """What reaches the chosen neurons from outside.

        Args:
            index_of: (n_nodes,) index of each node among the chosen neurons, or -1.

        Raises:
            ValueError: the file is damaged, laid out otherwise, or holds more than data or what no
                synapse can have.
        """
        return built_data(self.path / INPUT_FILE, lambda data, path: _inputs(data, path, index_of))


def _type_parameters(nodes: Any, path: Path) -> Glif3Parameters:
    """`Glif3Parameters` of the node types, checked."""
    parameters = Glif3Parameters(
        **{
            name: np.array(
                [
                    _parameter(node["params"][name], shape, f"{path}: node type {number}: {name}")
                    for number, node in enumerate(nodes)
                ]
            )
            for name, shape in _PARAMETER_SHAPES.items()
        }
    )
    check_parameters(parameters, path)
    return parameters


def _parameter(value: object, shape: tuple[int, ...], where: str) -> Floats:
    values, expected = numbers(value, where), int(np.prod(shape))
    if len(values) != expected:
        some = "one number" if expected == 1 else f"{expected} numbers"
        raise ValueError(f"{where} must hold {some}; got {len(values)}: {ADVICE}")
    return values.reshape(shape)


def _inputs(data: Any, path: Path, index_of: NDArray[np.int32]) -> InputTables:
    """LGN synapses, and all further populations summed as the background."""
    (lgn, lgn_edges), *others = _input_populations(data, path)
    n_units, n_targets = len(lgn["ids"]), int((index_of >= 0).sum())
    synapses = gather_edges(lgn_edges, index_of, path, np.arange(n_units, dtype=np.int32))
    weights = np.zeros(n_targets * N_RECEPTORS)
    published = np.zeros(n_targets * N_RECEPTORS, np.float32)
    for number, (population, edges) in enumerate(others):
        n_sources = len(population["ids"])
        background = gather_edges(edges, index_of, path, np.arange(n_sources, dtype=np.int32))
        weights += np.bincount(_rows(background), background.weight, minlength=len(weights))
        if number == 0:
            published[:] = _last_of_each_row(background, n_sources, len(weights))
    return InputTables(
        n_units=n_units,
        synapses=synapses,
        background_weights=weights.astype(np.float32).reshape(n_targets, N_RECEPTORS),
        published_background=published.reshape(n_targets, N_RECEPTORS),
    )


def _rows(columns: SynapseColumns) -> NDArray[np.int64]:
    """(n,) row of each synapse: target and receptor."""
    return columns.target.astype(np.int64) * N_RECEPTORS + columns.receptor


def _last_of_each_row(columns: SynapseColumns, n_sources: int, n_rows: int) -> NDArray[np.float32]:
    """(n_rows,) weights as published: of several synapses in a row, the last one sorted is kept."""
    order = np.argsort(_rows(columns) * max(n_sources, 1) + columns.source)
    kept = np.zeros(n_rows, np.float32)
    kept[_rows(columns)[order]] = columns.weight[order]
    return kept


def _input_populations(data: Any, path: Path) -> Sequence[Any]:
    """`data` if it is a list of pairs (population, edge groups)."""
    containers = (list, tuple, np.ndarray)
    if not isinstance(data, containers) or not len(data):
        raise wrong_layout(path, f"expected a list of input populations, got {type(data).__name__}")
    for number, entry in enumerate(data):
        if not isinstance(entry, containers) or len(entry) != 2:
            raise wrong_layout(path, f"entry {number} is no pair of population and edges")
    return data
