"""A network of V1_GLIF_model as the tables that `assemble.py` makes a `V1Network` of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import shown
from keras_v1_activity.v1.network.built_data import built_data
from keras_v1_activity.v1.network.edges import gather_edges
from keras_v1_activity.v1.network.raw_tables import (
    CellTables,
    InputTables,
    SynapseColumns,
)
from keras_v1_activity.v1.network.sonata.basis import (
    basis_constants,
    four_factors,
    pickled_factors,
)
from keras_v1_activity.v1.network.sonata.cell_nodes import CellNodes
from keras_v1_activity.v1.network.sonata.joining import summed_by_target
from keras_v1_activity.v1.network.sonata.nodes import NodePopulation, read_nodes
from keras_v1_activity.v1.network.sonata.settings import BACKGROUND_HZ, SonataSettings
from keras_v1_activity.v1.network.v1_glif_model.cells import PickledCells
from keras_v1_activity.v1.network.v1_glif_model.files import PickledFiles
from keras_v1_activity.v1.network.v1_glif_model.synapse_kinds import SynapseKinds
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS

_CELLS = "v1"


class PickledFolder(CellNodes):
    """Reads what V1_GLIF_model has left of a network; a `FolderReader`.

    Args:
        files: of the network.
        settings: what the files do not settle; `lgn_population` is not used.

    Attributes:
        path: what the user named.
        files: as given.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is damaged, or does not say what it must.

    Example:
        >>> PickledFolder.__name__
        'PickledFolder'
    """

    def __init__(self, files: PickledFiles, settings: SonataSettings | None = None) -> None:
        self.path: Path = files.path
        self.files: PickledFiles = files
        nodes = [files.of_nodes(name)[0] for name in (_CELLS, "lgn", "bkg")]
        for path in (files.inputs, files.background, *nodes):
            if not path.is_file():
                raise FileNotFoundError(
                    f"{path} is missing: V1_GLIF_model leaves {files.cells.name}, "
                    f"{files.inputs.name} and {files.background.name} in one folder when it first "
                    "runs, and reads the nodes from the folder network."
                )
        self._cells: PickledCells = PickledCells(_population(files, _CELLS), files.cells)
        self._lgn, self._background = _population(files, "lgn"), _population(files, "bkg")
        super().__init__(self._cells, self._lgn, files.folder, settings or SonataSettings())

    @property
    def cell_files(self) -> Sequence[Path | str]:
        """The files that `cells` depends on."""
        files = self.files
        tables = [path for path in files.pickles.glob("syn*_dict.pkl") if path.is_file()]
        every = [path for name in (_CELLS, "lgn", "bkg") for path in files.of_nodes(name) if path]
        pickles = [files.cells, files.inputs, files.background]
        tau_basis = [] if files.tau_basis is None else [Path(files.tau_basis)]
        return ["v1_glif_model", *pickles, *every, *sorted(tables), *tau_basis]

    @property
    def input_files(self) -> Sequence[Path | str]:
        """The files that `inputs` depends on, and the settings."""
        return [*self.cell_files, repr(self._settings)]

    def cells(self, index_of: NDArray[np.int32]) -> CellTables:
        """The chosen neurons and the synapses among them.

        Args:
            index_of: (n_nodes,) index of each node among the chosen neurons, or -1.

        Raises:
            ValueError: the file is damaged, laid out otherwise, or holds more than data or what no
                cell or synapse can have.
        """

        def build(data: Any, path: Path) -> CellTables:
            self._know(data)
            synapses = self._gather(data["edges"], path, index_of, index_of)
            return CellTables(
                types=self._cells.types[index_of >= 0],
                parameters=self._cells.parameters(),
                synapses=synapses,
                factors=self._cells.receptors.factors,
            )

        return built_data(self.files.cells, build)

    def inputs(self, index_of: NDArray[np.int32]) -> InputTables:
        """What reaches the chosen neurons from outside.

        Args:
            index_of: (n_nodes,) index of each node among the chosen neurons, or -1.

        Raises:
            ValueError: a file is damaged, laid out otherwise, or holds more than data or what no
                synapse can have.
        """
        if not self._cells.entries:
            built_data(self.files.cells, lambda data, path: self._know(data))

        def gather(path: Path, source: NodePopulation) -> SynapseColumns:
            every = np.arange(source.n_nodes, dtype=np.int32)
            return built_data(path, lambda d, p: self._gather(d["edges"], p, index_of, every))

        n = int((index_of >= 0).sum())
        synapses = gather(self.files.inputs, self._lgn)
        background = gather(self.files.background, self._background)
        factors, n_sources = self._cells.receptors.factors, self._background.n_nodes
        how = self._settings.background
        summed = how == "summed" or (how == "auto" and n_sources == 1)
        weights = np.zeros((n, N_RECEPTORS))
        if summed:
            weights = summed_by_target(background, factors, n)
        rate = self._settings.background_rate
        return InputTables(
            n_units=self._lgn.n_nodes,
            synapses=synapses,
            background_weights=weights.astype(np.float32),
            factors=factors,
            background=None if summed else background,
            n_background=0 if summed else n_sources,
            background_rate=0.0 if summed else BACKGROUND_HZ if rate is None else float(rate),
        )

    def _know(self, data: Any) -> None:
        """Keeps what the pickle of the cells says of their types, and the table of factors."""
        self._cells.entries = list(data["nodes"])
        if self.files.names is not None:
            factors = pickled_factors(self.files.names)
        else:
            factors = _factors_of(data["edges"], self.files.cells)
            for path in (self.files.inputs, self.files.background) if factors else ():
                factors = built_data(path, lambda d, p: _factors_of(d["edges"], p)) | factors
        if factors:
            self._cells.table = (factors, basis_constants(self.files.tau_basis))

    def _gather(
        self, edges: Any, path: Path, index_of: NDArray[np.int32], sources: NDArray[np.int32]
    ) -> SynapseColumns:
        chosen = np.flatnonzero(index_of >= 0)
        types = np.zeros(len(chosen), np.int64)
        types[index_of[chosen]] = self._cells.model_of[self._cells.types[chosen]]
        kinds = SynapseKinds(self._cells, types)
        factors = self._cells.receptors.factors
        return gather_edges(edges, index_of, path, sources, meaning=kinds.of, factors=factors)


def _population(files: PickledFiles, name: str) -> NodePopulation:
    path, types = files.of_nodes(name)
    found = read_nodes([(path, types)])
    named = [population for population in found if population.name == name] or found
    if len(named) != 1:
        raise ValueError(
            f"{path} must hold the population of nodes {name}; it holds "
            f"{shown([population.name for population in found])}."
        )
    return named[0]


def _factors_of(edges: Any, path: Path) -> dict[str, list[float]]:
    """Factors of each synapse model that some edge groups name."""
    found: dict[str, list[float]] = {}
    for number, group in enumerate(edges):
        params = group["params"]
        if "tau_syn_weights" in params:
            where = f"{path}: edge group {number}"
            name = str(params["synaptic_model"])
            found.setdefault(name, four_factors(params["tau_syn_weights"], where))
    return found
