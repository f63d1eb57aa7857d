"""Onto which receptors the edges of V1_GLIF_model act, with their ports checked.

An edge names a port of its target, which NEST simulates, and factors of four common time constants,
which V1_GLIF_model simulates. Numbers of ports differ from build to build and between groups of
cells. Therefore both currents are compared, not numbers: if they differ, the files are of different
builds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import shown
from keras_v1_activity.v1.network.sonata.basis import REMAKE, four_factors
from keras_v1_activity.v1.network.sonata.cell_models import CellModel
from keras_v1_activity.v1.network.sonata.receptors import deviation
from keras_v1_activity.v1.network.v1_glif_model.cells import PickledCells

MOST_APART: Final = 0.1
"""Greatest difference between the two currents, as a part of the peak.

The public table of V1_GLIF_model comes within 0.043 of the ports of the Allen Institute's model.
"""


class SynapseKinds:
    """Tells the receptors of edge groups.

    Args:
        cells: `PickledCells` that the edges end at.
        cell_types: (n,) number of the model of each chosen cell among ``cells.models``.

    Example:
        >>> SynapseKinds.__name__
        'SynapseKinds'
    """

    def __init__(self, cells: PickledCells, cell_types: NDArray[np.int64]) -> None:
        self._cells, self._cell_types = cells, cell_types
        self._good: set[tuple[str, int | None, int]] = set()

    def of(
        self, group: Mapping[str, Any], target: NDArray[np.int32], where: str
    ) -> tuple[NDArray[np.int8], NDArray[np.int16] | None]:
        """(n,) receptor of some edges, and (n,) synapse model, or None if there are no factors.

        Args:
            group: of edges.
            target: (n,) cells that they end at.
            where: file and group, for messages.

        Raises:
            ValueError: a port that a target does not have, or whose current is another one than
                that of the factors; factors that differ between two groups.
        """
        params, receptors = group["params"], self._cells.receptors
        types = self._cell_types[target]
        port = _port(params.get("receptor_type"), where)
        if receptors.row_of is not None:
            name = str(params["synaptic_model"])
            row = self._row(name, params, where)
            for kind in np.flatnonzero(np.bincount(types)):
                self._check(name, row, port, int(kind), where)
            return np.zeros(len(types), np.int8), np.full(len(types), row, np.int16)
        if port is None:
            raise ValueError(f"{where} names no receptor_type and no factors: {REMAKE}")
        for kind in np.flatnonzero(np.bincount(types)):
            self._check_port(port, self._cells.models[int(kind)], where)
        rows = port - 1 + receptors.first[types]
        if receptors.factors is None:
            return receptors.receptor_of[rows], None
        return np.zeros(len(rows), np.int8), rows.astype(np.int16)

    def _row(self, name: str, params: Mapping[str, Any], where: str) -> int:
        """Row of the table of factors, which must be what the group says itself."""
        receptors = self._cells.receptors
        assert receptors.row_of is not None and receptors.factors is not None
        if name not in receptors.row_of:
            raise ValueError(
                f"{where} names the synapse model {shown(name)}, which the table of factors does "
                f"not have: {REMAKE}"
            )
        row = receptors.row_of[name]
        if "tau_syn_weights" in params:
            own = np.asarray(four_factors(params["tau_syn_weights"], where), np.float32)
            if not np.array_equal(own, receptors.factors[row]):
                raise ValueError(
                    f"{where} has other factors for {shown(name)}, {shown(own.tolist())}, than the "
                    f"table of this network, {shown(receptors.factors[row].tolist())}: {REMAKE}"
                )
        return row

    def _check(self, name: str, row: int, port: int | None, kind: int, where: str) -> None:
        """Refuses a port of a cell whose current is another one than that of the factors."""
        model = self._cells.models[kind]
        if port is None or not model.ports or (name, port, kind) in self._good:
            return
        self._check_port(port, model, where)
        receptors = self._cells.receptors
        assert receptors.factors is not None
        factors, taus = receptors.factors[row], receptors.tau_syn[kind].tolist()
        apart = [deviation(*of_port, taus, factors) for of_port in model.ports]
        if apart[port - 1] > MOST_APART:
            nearest = int(np.argmin(apart))
            raise ValueError(
                f"{where}: the factors of {shown(name)} make another current than the port {port} "
                f"of {model.path.name}, whose time constants are "
                f"{', '.join(f'{tau:g}' for tau in model.ports[port - 1][0])} ms: they differ by "
                f"{apart[port - 1]:.0%} of the peak (from port {nearest + 1} by "
                f"{apart[nearest]:.0%}), so that the pickles are of different builds; {REMAKE}"
            )
        self._good.add((name, port, kind))

    @staticmethod
    def _check_port(port: int, model: CellModel, where: str) -> None:
        if port > len(model.ports):
            raise ValueError(
                f"{where} names the port {port}, but {model.path.name} has {len(model.ports)}: "
                "use the files of one build of the network."
            )


def _port(value: object, where: str) -> int | None:
    if value is None:
        return None
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < 1:
        raise ValueError(
            f"{where}: receptor_type must be a whole number from 1; got {shown(value)}: {REMAKE}"
        )
    return int(value)
