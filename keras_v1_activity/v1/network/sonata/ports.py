"""From the receptors of a network to the ports of cell models: the inverse of `receptors.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.notices import warn
from keras_v1_activity.v1.network.sonata.cell_models import CLASSIC, DOUBLE_ALPHA
from keras_v1_activity.v1.network.synapses import N_RECEPTORS, Synapses
from keras_v1_activity.v1.network.v1_network import V1Network

# NEST refuses a slow current of amplitude 0. This one is 0 as soon as it is added to anything.
_NEXT_TO_NONE: Final = 1e-300


@dataclass(frozen=True, eq=False, kw_only=True)
class Ports:
    """How the synapses of a network are written.

    Attributes:
        template: name of the cell model.
        of_cells: for each type of cell, what its file says of its ports.
        names: file of each kind of synapse.
        synapse_files: content of each of these files.
        kind_of: (n_types, n_models) kind of a synapse of a model onto a type of cell, or -1; a
            model is a receptor, or a row of the factors and then a receptor.
        n_factors: rows of the factors; 0 if each synapse acts on one receptor.
        basis: factors by name and time constants, if they stand in a table.
    """

    template: str
    of_cells: Sequence[Mapping[str, Any]]
    names: Sequence[str]
    kind_of: NDArray[np.int64]
    n_factors: int = 0
    basis: tuple[Mapping[str, Sequence[float]], Sequence[float]] | None = None
    synapse_files: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def kinds(self, synapses: Synapses, types: NDArray[np.int64]) -> NDArray[np.int64]:
        """(n,) kind of each synapse.

        Args:
            synapses: of the network, or of its background.
            types: (n_neurons,) type of each neuron.
        """
        model = synapses.model
        row = synapses.receptor.astype(np.int64) + self.n_factors if model is None else model
        return self.kind_of[types[synapses.target], row]


def ports_of(network: V1Network, types: NDArray[np.int64], first: NDArray[np.int64]) -> Ports:
    """How the synapses of a network are written.

    Args:
        network: `V1Network`.
        types: (n_neurons,) type of each neuron.
        first: (n_types,) a neuron of each type.

    Raises:
        ValueError: synapses act on several receptors in a way that SONATA has no form for.

    Example:
        >>> every = np.arange(network.n_neurons)
        >>> ports_of(network, every, every).names
        ['receptor_1.json', 'receptor_2.json', 'receptor_3.json', 'receptor_4.json']
    """
    tau_syn = network.parameters.tau_syn[first]
    if network.recurrent.factors is None:
        files = {f"receptor_{r + 1}.json": {"receptor_type": r + 1} for r in range(N_RECEPTORS)}
        return Ports(
            template=CLASSIC[0],
            of_cells=[{"tau_syn": row.tolist()} for row in tau_syn],
            names=[*files],
            kind_of=np.tile(np.arange(N_RECEPTORS), (len(first), 1)),
            synapse_files=files,
        )
    factors = np.concatenate([network.recurrent.factors, np.eye(N_RECEPTORS, dtype=np.float32)])
    used = _used(network, types, len(first), len(factors))
    found = _double_alphas(tau_syn, factors, used)
    if found is None:
        found = _by_table(tau_syn, factors, used)
    if found is None:
        raise ValueError(
            "the synapses of this network act on several receptors whose time constants differ "
            "from cell to cell, and which are no double alpha functions: SONATA has no form for "
            "them; write its trained weights with v1.export_weights instead."
        )
    return found


def _used(
    network: V1Network, types: NDArray[np.int64], n_types: int, n_rows: int
) -> NDArray[np.bool_]:
    """(n_types, n_rows) which rows of the factors act on which type of cell."""
    used = np.zeros((n_types, n_rows), bool)
    for synapses in (network.recurrent, network.inputs, network.background):
        if synapses is not None:
            alone = synapses.receptor.astype(np.int64) + n_rows - N_RECEPTORS
            row = alone if synapses.model is None else synapses.model
            used[types[synapses.target], row] = True
    targets, receptors = np.nonzero(network.background_weights)
    used[types[targets], n_rows - N_RECEPTORS + receptors] = True
    return used


def _double_alphas(
    tau_syn: NDArray[Any], factors: NDArray[np.float32], used: NDArray[np.bool_]
) -> Ports | None:
    """Each row that a cell needs as a port of its own; None if one is no double alpha function."""
    of_cells, kind_of = [], np.full(used.shape, -1)
    for number, taus in enumerate(tau_syn):
        ports = []
        for row in np.flatnonzero(used[number]):
            places = np.flatnonzero(factors[row])
            if not 1 <= len(places) <= 2 or (len(places) == 2 and factors[row, places[0]] != 1):
                return None
            slow = float(factors[row, places[-1]]) - (len(places) == 1)
            kind_of[number, row] = len(ports)
            ports.append((float(taus[places[0]]), float(taus[places[-1]]), slow or _NEXT_TO_NONE))
        names = ("tau_syn_fast", "tau_syn_slow", "amp_slow")
        columns = zip(*ports, strict=True) if ports else ((), (), ())
        of_cells.append(dict(zip(names, map(list, columns), strict=True)))
    n_ports = int(kind_of.max()) + 1
    files = {f"port_{k + 1}.json": {"receptor_type": k + 1} for k in range(n_ports)}
    return Ports(
        template=DOUBLE_ALPHA,
        of_cells=of_cells,
        names=[*files],
        kind_of=kind_of,
        n_factors=len(factors) - N_RECEPTORS,
        synapse_files=files,
    )


def _by_table(
    tau_syn: NDArray[Any], factors: NDArray[np.float32], used: NDArray[np.bool_]
) -> Ports | None:
    """Rows as a table of factors; None if the cells do not share their time constants."""
    if (tau_syn != tau_syn[0]).any():
        return None
    warn(
        "the synapses of this network act on four receptors: the folder has a table of their "
        "factors, which DPointNet and this package read, but NEST does not."
    )
    rows = np.flatnonzero(used.any(0))
    files: dict[str, dict[str, int]] = {f"model_{row}.json": {} for row in rows}
    kind_of = np.full(used.shape, -1)
    kind_of[:, rows] = np.arange(len(rows))
    named = {f"model_{row}": factors[row].astype(float).tolist() for row in rows}
    return Ports(
        template=CLASSIC[0],
        of_cells=[{} for _ in tau_syn],
        names=[*files],
        kind_of=kind_of,
        n_factors=len(factors) - N_RECEPTORS,
        basis=(named, tau_syn[0].tolist()),
        synapse_files=files,
    )
