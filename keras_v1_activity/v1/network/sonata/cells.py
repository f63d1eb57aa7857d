"""The cells of a SONATA network: which nodes are read, where they are, their parameters."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import counted, shown
from keras_v1_activity.common.notices import warn
from keras_v1_activity.v1.network.file_checks import check_all, check_parameters
from keras_v1_activity.v1.network.sonata.basis import read_basis
from keras_v1_activity.v1.network.sonata.cell_models import (
    TEMPLATES,
    CellModel,
    find_component,
    read_cell_model,
    template_of,
)
from keras_v1_activity.v1.network.sonata.config import SonataFiles
from keras_v1_activity.v1.network.sonata.nodes import NodePopulation
from keras_v1_activity.v1.network.sonata.receptors import Receptors, find_receptors
from keras_v1_activity.v1.network.v1_network import Floats, Glif3Parameters

_NAMES = ("pop_name", "model_name", "ei")


class Cells:
    """The nodes whose cell model is known here.

    Args:
        nodes: the population of cells.
        files: of the network.

    Attributes:
        nodes: as given.
        ids: (n,) node ids of those that are read, ascending.
        left_out: a sentence on each kind of node that is not.

    Raises:
        ValueError: there is no such node, or a file of parameters is missing.

    Example:
        >>> Cells.__name__
        'Cells'
    """

    def __init__(self, nodes: NodePopulation, files: SonataFiles) -> None:
        self.nodes: NodePopulation = nodes
        self._files = files
        self.left_out: list[str] = []
        self.ids: NDArray[np.int64] = np.flatnonzero(self._usable())
        if not len(self.ids):
            raise ValueError(
                f"{nodes.path}: no node of {nodes.name} has a model_template that is read here, "
                f"{', '.join(f'nest:{name}' for name in TEMPLATES)}: {' '.join(self.left_out)}"
            )

    def _usable(self) -> NDArray[np.bool_]:
        nodes, known = self.nodes, np.zeros(self.nodes.n_nodes, bool)
        templates = nodes.properties.get("model_template")
        if templates is None:
            self.left_out.append(f"the nodes of {nodes.name} have no model_template.")
            return known
        for template in dict.fromkeys(templates.tolist()):
            mine = templates == template
            if template is not None and template_of(template) in TEMPLATES:
                known |= mine
                continue
            what = "without a model_template" if template is None else f"of {shown(template)}"
            self.left_out.append(
                f"{counted(int(mine.sum()), 'node')} {what} of {nodes.name} left out, with all "
                f"edges from and to them: only {', '.join(TEMPLATES)} are read."
            )
        return known

    def positions(self, depth: str) -> tuple[Floats, Floats, Floats]:
        """(x, y, z) of the cells, um, y the depth below the pia; all 0 if the file has none.

        Args:
            depth: "y", "-y", or "auto".

        Raises:
            ValueError: places that are not finite, or y of both signs and "auto".
        """
        x, y, z = (self.nodes.numbers(axis) for axis in "xyz")
        if x is None or y is None or z is None:
            warn(
                f"{self.nodes.path}: the nodes of {self.nodes.name} have no x, y and z: all are "
                "taken to lie at 0, on the axis."
            )
            nothing = np.zeros(len(self.ids))
            return nothing, nothing, nothing
        x, y, z = x[self.ids], y[self.ids], z[self.ids]
        for name, axis in zip("xyz", (x, y, z), strict=True):
            check_all(
                np.isfinite(axis),
                axis,
                f"{self.nodes.path}: {name}",
                "a finite number of um",
                "cell",
            )
        return x, _below_pia(y, depth, self.nodes.path), z

    def names(self, chosen: NDArray[np.integer], types: NDArray[np.int64]) -> NDArray[np.str_]:
        """Population name of some cells, (n,): pop_name, else model_name, else ei.

        Args:
            chosen: (n,) which of the cells.
            types: (n,) number of the type of each, for nodes without names.
        """
        for name in _NAMES:
            values = self.nodes.properties.get(name)
            if values is not None and not any(v is None for v in values[self.ids]):
                return np.array([str(v) for v in values[self.ids[chosen]]], np.str_)
        return np.array([f"type {number}" for number in types], np.str_)

    def tuning_angles(self) -> NDArray[np.float64] | None:
        """(n,) direction that each cell is tuned to, degrees; None if some have none."""
        angles = self.nodes.numbers("tuning_angle")
        angles = None if angles is None else angles[self.ids]
        return angles if angles is not None and np.isfinite(angles).all() else None

    @cached_property
    def types(self) -> NDArray[np.int64]:
        """(n,) row of the table of types of each cell."""
        return self.nodes.type_rows[self.ids]

    @cached_property
    def _used(self) -> NDArray[np.int64]:
        return np.unique(self.types)

    @cached_property
    def model_of(self) -> NDArray[np.int64]:
        """(n_types,) number of each type among `models`; -1 for those without cells."""
        numbers = np.full(len(self.nodes.types.ids), -1)
        numbers[self._used] = np.arange(len(self._used))
        return numbers

    @cached_property
    def paths(self) -> list[Path]:
        """File of the parameters of each type that has cells."""
        table = self.nodes.types.place
        names = self.nodes.types.texts("dynamics_params") or [None] * len(self.nodes.types.ids)
        missing = [int(self.nodes.types.ids[row]) for row in self._used if names[row] is None]
        if missing:
            raise ValueError(
                f"{table} names no dynamics_params for the node types {shown(missing)}: each type "
                "needs a file of parameters there, not in the HDF5 file."
            )
        return [
            find_component(str(names[row]), self._files.cell_folders, table) for row in self._used
        ]

    @cached_property
    def models(self) -> Sequence[CellModel]:
        """The model of each type that has cells."""
        templates = self.nodes.properties["model_template"]
        first = {int(row): int(node) for row, node in zip(self.types, self.ids, strict=True)}
        return [
            read_cell_model(path, template_of(templates[first[int(row)]]))
            for path, row in zip(self.paths, self._used, strict=True)
        ]

    @cached_property
    def receptors(self) -> Receptors:
        """How the ports of these models become receptors."""
        basis = None
        if self._files.basis_file is not None:
            basis = read_basis(self._files.basis_file, self._files.tau_basis)
        return find_receptors(self.models, basis)

    def parameters(self) -> Glif3Parameters:
        """`Glif3Parameters` of all rows of the table of types; NaN for those without cells.

        Raises:
            ValueError: parameters that no cell can have.
        """
        models, tau_syn = self.models, self.receptors.tau_syn
        columns = {n: np.array([model.numbers[n] for model in models]) for n in models[0].numbers}
        used = Glif3Parameters(**columns, tau_syn=tau_syn)
        check_parameters(used, self.nodes.types.place)
        whole = {}
        for name, values in vars(used).items():
            whole[name] = np.full((len(self.nodes.types.ids), *values.shape[1:]), np.nan)
            whole[name][self._used] = values
        return Glif3Parameters(**whole)


def _below_pia(y: Floats, depth: str, path: Path) -> Floats:
    """The depth that y stands for."""
    if depth == "auto" and y.min() < 0 < y.max():
        raise ValueError(
            f"{path}: y of the cells goes from {y.min():g} to {y.max():g} um, so it does not tell "
            "the depth below the pia by its sign: say depth='y' or depth='-y'."
        )
    below = depth == "-y" or (depth == "auto" and y.min() < 0)
    return 0.0 - y if below else y
