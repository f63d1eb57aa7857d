"""Weights that stand beside a table of which synapse each of them is: checkpoints of V1_GLIF_model.

Its variables have the published names, but its synapses another order, which depends on the
selection and the edge files it was trained with. So they are matched by the tables that it saves
beside them (``recurrent_indices`` and the like): rows of (target, source), where the source of a
recurrent synapse counts on by the number of neurons for each further millisecond of delay. The
published code saves such a table too; its target counts receptors, four to a neuron.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import counted, real_number
from keras_v1_activity.common.notices import warn
from keras_v1_activity.v1.checkpoints.saved_variables import (
    BACKGROUND,
    INDEPENDENT,
    INPUT,
    RECURRENT,
    SavedVariable,
    SavedVariables,
    Values,
)
from keras_v1_activity.v1.network.synapses import N_RECEPTORS, Synapses
from keras_v1_activity.v1.network.v1_network import V1Network

# Names of the tables, by those of the weights; older versions have another one for the background.
_TABLES: Final = {
    RECURRENT: ("recurrent_indices",),
    INPUT: ("input_indices",),
    BACKGROUND: ("bkg_input_indices", "_bkg_indices", "bkg_indices"),
}
_WHAT: Final = {RECURRENT: "recurrent", INPUT: "input", BACKGROUND: "background"}
_OTHER_SCALE: Final = 5.0


@dataclass(frozen=True)
class _Column:
    """A variable of weights and its table."""

    weights: SavedVariable
    table: SavedVariable


def has_indices(saved: SavedVariables) -> bool:
    """Whether a checkpoint says which synapse each recurrent weight is.

    Args:
        saved: all variables of the file.

    Example:
        >>> from keras_v1_activity.v1.checkpoints.describe import open_variables
        >>> model.save_weights("toy.weights.h5")
        >>> has_indices(open_variables("keras", "toy.weights.h5"))
        False
    """
    return _table_of(saved, RECURRENT) is not None


def indexed_weights(
    saved: SavedVariables, network: V1Network, lr_scale: float = 1.0
) -> tuple[Values, bool]:
    """Weights of a checkpoint with tables, in the order of a network's synapses.

    Args:
        saved: all variables of the file, with `has_indices`.
        network: `V1Network` of the model that they are for.
        lr_scale: by which the weights are to be multiplied.

    Returns:
        Array by name, divided by the target's V_th - E_L; and whether this is all that is to be
        taken from the file. It is for one of V1_GLIF_model, whose background weights are those of
        single synapses (``independent_background_weights`` here) and whose readout is another one.

    Raises:
        ValueError: the synapses of the file are not those of the network.
    """
    scale = real_number(lr_scale, "lr_scale", 1.0, above=0)
    reader = _Indexed(saved, network, scale)
    values = {
        RECURRENT: reader.of(RECURRENT, network.recurrent, delays=True),
        INPUT: reader.of(INPUT, network.inputs),
    }
    if not reader.published:
        if network.background is not None:
            values[INDEPENDENT] = reader.of(BACKGROUND, network.background)
        elif reader.column(BACKGROUND) is not None:
            warn(
                f"{saved.path} has a weight for each synapse of the background sources, which this "
                "network sums up: load it with background='independent' to take them. The model "
                "keeps its own."
            )
    found = {name: value for name, value in values.items() if value is not None}
    if RECURRENT in found and not reader.published:
        _check_scale(found[RECURRENT], network, scale, saved.path)
    return found, not reader.published


class _Indexed:
    """Reads the weights of one checkpoint in the order of a network."""

    def __init__(self, saved: SavedVariables, network: V1Network, scale: float) -> None:
        self._saved, self._network, self._scale = saved, network, scale
        table = self._table(RECURRENT)
        beyond = table is not None and table[:, 0].max(initial=0) >= network.n_neurons
        self.published: bool = bool(beyond)

    def column(self, name: str) -> _Column | None:
        """The variable of some weights and its table; None without both."""
        table = _table_of(self._saved, name)
        if table is None:
            return None
        weights = self._saved.find(name, [(table.shape[0],), (table.shape[0], 1)])
        return None if weights is None else _Column(weights, table)

    def _table(self, name: str) -> NDArray[np.int64] | None:
        variable = _table_of(self._saved, name)
        if variable is None:
            return None
        return np.asarray(self._saved.read(variable)).astype(np.int64, copy=False)

    def of(self, name: str, synapses: Synapses, *, delays: bool = False) -> NDArray[Any] | None:
        """Weights in the order of `synapses`; None if the file has none.

        Args:
            name: of the variable.
            synapses: of the network.
            delays: whether sources count on for each millisecond of delay.
        """
        column, table = self.column(name), self._table(name)
        if column is None or table is None:
            return None
        weights = self._saved.read(column.weights).reshape(-1)
        what = f"{_WHAT[name]} synapses in {self._saved.path}"
        if len(weights) != len(table):
            raise ValueError(
                f"the {what} have {counted(len(weights), 'weight')} but {len(table):,} rows of "
                f"{_TABLES[name][0]}: the checkpoint is damaged."
            )
        per_target = N_RECEPTORS if self.published else 1
        rows = _rows_of(table, synapses, per_target, delays=delays)
        if rows is None:
            raise ValueError(self._others(name, table, len(synapses)))
        if delays and not self.published and not _same_delays(table, synapses, rows):
            warn(
                f"the delays of the {what} differ from those of the model's network, so that it "
                "will spike otherwise: it was probably trained with max_delay."
            )
        ordered = weights[rows]
        return ordered if self._scale == 1.0 else (ordered * self._scale).astype(np.float32)

    def _others(self, name: str, table: NDArray[np.int64], n_own: int) -> str:
        """The sentence on synapses that are not those of the network."""
        return (
            f"{_TABLES[name][0]} in {self._saved.path} names {counted(len(table), 'synapse')} with "
            f"targets up to {int(table[:, 0].max(initial=0)):,}, which are not the {n_own:,} "
            f"{_WHAT[name]} synapses of the model's network of {self._network.n_neurons:,} "
            "neurons: load the network from the same files, with the n_neurons, seed, core_only "
            "and connected_selection of the training (V1_GLIF_model takes "
            "connected_selection=True)."
        )


def _table_of(saved: SavedVariables, name: str) -> SavedVariable | None:
    """The table of some weights: by its name, or by where it is kept."""
    for called in _TABLES[name]:
        for variable in saved.own:
            whole = variable.dtype.startswith(("int", "uint")) and len(variable.shape) == 2
            named = called in variable.key.split("/") or variable.name.split("/")[-1] == called
            if named and whole and variable.shape[1] == 2:
                return variable
    return None


def _rows_of(
    table: NDArray[np.int64], synapses: Synapses, per_target: int, *, delays: bool
) -> NDArray[np.int64] | slice | None:
    """Row of the table of each synapse; a slice if the order is the same; None if they differ."""
    if len(table) != len(synapses) or table.min(initial=0) < 0:
        return None
    n_sources = max(synapses.n_sources, 1)
    target = table[:, 0]
    source = table[:, 1] % n_sources if delays else table[:, 1]
    own = synapses.row if per_target > 1 else synapses.target.astype(np.int64)
    # Only synapses of the same ends are told apart by their delays.
    if np.array_equal(target, own) and np.array_equal(source, synapses.source):
        if not delays or per_target > 1 or not _doubles(own, synapses.source):
            return slice(None)
    steps, own_steps = (
        (table[:, 1] // n_sources, np.rint(synapses.delay))
        if delays and per_target == 1
        else (0, 0)
    )
    of_file = _order(target, source, steps, n_sources)
    of_network = _order(own, synapses.source, own_steps, n_sources)
    same = np.array_equal(target[of_file], own[of_network])
    if not same or not np.array_equal(source[of_file], synapses.source[of_network]):
        return None
    rows = np.empty(len(table), np.int64)
    rows[of_network] = of_file
    return rows


def _doubles(target: NDArray[Any], source: NDArray[Any]) -> bool:
    """Whether ordered synapses have the same ends twice."""
    return bool(((target[1:] == target[:-1]) & (source[1:] == source[:-1])).any())


def _order(
    target: NDArray[np.int64], source: NDArray[Any], steps: Any, n_sources: int
) -> NDArray[np.int64]:
    """Stable order by target, source and delay."""
    ends = target * n_sources + source
    if np.ndim(steps) == 0:
        return np.argsort(ends, kind="stable")
    return np.lexsort((steps, ends))


def _same_delays(table: NDArray[np.int64], synapses: Synapses, rows: Any) -> bool:
    """Whether the delays of the table are those of the network, rounded to milliseconds."""
    steps = table[rows, 1] // max(synapses.n_sources, 1) + 1
    return bool((np.abs(steps - np.maximum(synapses.delay, 1.0)) <= 0.5).all())


def _check_scale(weights: NDArray[Any], network: V1Network, scale: float, path: Path | str) -> None:
    """Warns of weights that are smaller or larger throughout than those of the network."""
    own = network.recurrent.weight / network.parameters.voltage_scale[network.recurrent.target]
    middles: Mapping[str, float] = {
        name: float(np.median(np.abs(values[values != 0]))) if values.any() else 0.0
        for name, values in (("own", own), ("file", weights))
    }
    if not min(middles.values()) > 0:
        return
    ratio = middles["own"] / middles["file"]
    if max(ratio, 1 / ratio) > _OTHER_SCALE:
        warn(
            f"the recurrent weights in {path} are {1 / ratio:.3g} times as large as those of the "
            "network's files: if the training had an lr_scale, give the same to load_checkpoint "
            f"(now {scale:g})."
        )
