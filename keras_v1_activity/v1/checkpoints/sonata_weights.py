"""Trained weights back into copies of the edge files that a SONATA network came from."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.atomic_files import replacing, write_json
from keras_v1_activity.common.checks import shown
from keras_v1_activity.common.notices import warn
from keras_v1_activity.common.protocols import Model
from keras_v1_activity.v1.checkpoints.saved_variables import (
    BACKGROUND,
    INDEPENDENT,
    INPUT,
    RECURRENT,
)
from keras_v1_activity.v1.network.edges import published_order
from keras_v1_activity.v1.network.noise import BACKGROUND_FACTOR
from keras_v1_activity.v1.network.sonata.config import find_files
from keras_v1_activity.v1.network.sonata.edges import EdgePopulation
from keras_v1_activity.v1.network.sonata.joining import joined_columns
from keras_v1_activity.v1.network.sonata.populations import Rows
from keras_v1_activity.v1.network.sonata.settings import SonataSettings
from keras_v1_activity.v1.network.sonata.sonata_folder import SonataFolder
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS, Synapses, V1Network


class _Change(NamedTuple):
    """New stored weights of some rows of a population of edges."""

    population: EdgePopulation
    rows: NDArray[np.int64]
    stored: NDArray[np.float64]


def export_weights(model: Model, network: V1Network, folder: str | os.PathLike[str]) -> list[Path]:
    """Writes copies of a SONATA network's edge files with the weights of a trained model.

    A copy differs from its file in ``syn_weight`` of the rows whose synapses were trained; rows of
    synapses that the model does not have, or whose weight did not change, stay as they are. A
    ``config.json`` beside the copies names them and all other files of the network, so that
    `load_network` reads the trained network from the folder.

    Args:
        model: keras.Model from `create_model`.
        network: `V1Network` that the model was made from, as `load_network` read it.
        folder: for the copies; made if it is missing.

    Returns:
        The copies.

    Raises:
        ValueError: the network is not one of a SONATA folder that is still there as it was, the
            model is one of another network, or a copy would replace its file.

    Example:
        >>> from keras_v1_activity import v1
        >>> folder = v1.write_sonata(network, "sonata_network")
        >>> sonata = v1.load_network(folder, core_only=False)
        >>> trained = v1.create_model(sonata, seq_len=50, n_output=3)
        >>> [path.name for path in v1.export_weights(trained, sonata, "trained_network")]
        ['v1_v1_edges.h5', 'lgn_v1_edges.h5', 'bkg_v1_edges.h5']
    """
    from keras_v1_activity.v1.checkpoints.model_weights import ModelWeights

    reader = _reader_of(network)
    weights = ModelWeights(model)
    _check_same(weights.network, network)
    values = weights.read()
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    populations = _all_populations(reader)
    targets = _targets(populations, folder)
    changes = list(_changes(reader, network, values))
    for path, target in targets.items():
        mine = [change for change in changes if change.population.path == path]
        with replacing(target) as part:
            shutil.copyfile(path, part)
            with h5py.File(part, "r+", locking=False) as file:
                for change in mine:
                    _store(file, change)
    _write_config(reader, folder, targets)
    return list(targets.values())


def _reader_of(network: V1Network) -> SonataFolder:
    """The reader that made a network, made again."""
    files = find_files(network.source) if isinstance(network, V1Network) else None
    if files is None:
        raise ValueError(
            "network must be a V1Network that v1.load_network read from a SONATA folder; "
            f"{shown(getattr(network, 'source', network))} is none: write it with v1.write_sonata "
            "and load it from there."
        )
    names = [field.name for field in fields(SonataSettings)]
    known = {name: network.settings[name] for name in names if name in network.settings}
    return SonataFolder(files, SonataSettings(**known))


def _check_same(of_model: V1Network, network: V1Network) -> None:
    for name in ("recurrent", "inputs"):
        one, other = getattr(of_model, name), getattr(network, name)
        if one is other:
            continue
        if not all(
            np.array_equal(getattr(one, c), getattr(other, c)) for c in ("source", "target")
        ):
            raise ValueError(
                f"the {name} synapses of the model's network are others than those of `network`: "
                "give the network that the model was made from."
            )


def _all_populations(reader: SonataFolder) -> list[EdgePopulation]:
    roles = reader.roles
    background = [edge for edges in roles.from_background.values() for edge in edges]
    return [*roles.recurrent, *roles.inputs, *background]


def _targets(populations: Sequence[EdgePopulation], folder: Path) -> dict[Path, Path]:
    """The copy of each file."""
    targets: dict[Path, Path] = {}
    for path in dict.fromkeys(population.path for population in populations):
        target = folder / path.name
        if target.exists() and target.samefile(path):
            raise ValueError(
                f"folder must not be the one of the network's own edge files, {path.parent}: "
                "choose another, for the copies."
            )
        if target in targets.values():
            target = folder / f"{path.stem}_{len(targets)}.h5"
        targets[path] = target
    return targets


def _changes(
    reader: SonataFolder, network: V1Network, values: dict[str, NDArray[Any]]
) -> Iterator[_Change]:
    roles, scale = reader.roles, network.parameters.voltage_scale
    if network.settings.get("as_published"):
        scale = network.parameters.in_float32().voltage_scale
    stable = not network.settings.get("as_published", False)
    index = reader.synapses.chosen_index(network.node_ids)
    yield from _trained(
        reader.synapses.recurrent(index), network.recurrent, values[RECURRENT], scale, stable
    )
    if roles.lgn is not None and len(network.input_channel_of) > network.n_input:
        warn(
            f"the weights of the {network.n_input:,} input channels are not written: units of the "
            "LGN were merged into them, so that no row of the file has a weight of its own."
        )
    elif roles.lgn is not None:
        pieces = reader.synapses.inputs(index)
        yield from _trained(pieces, network.inputs, values[INPUT], scale, stable)
    summed = values[BACKGROUND].reshape(-1, N_RECEPTORS) / BACKGROUND_FACTOR
    before = (network.background_weights / scale[:, None]).astype(np.float32)
    pieces_of_own = []
    for _, edges, first in reader.synapses.background(index):
        if first is None:
            yield from _scaled(edges, network, summed, before)
        else:
            pieces_of_own.append((edges, first))
    if network.background is not None and INDEPENDENT in values:
        shifted = (
            (columns._replace(source=columns.source + np.int32(first)), population, rows)
            for edges, first in pieces_of_own
            for columns, population, rows in edges
        )
        yield from _trained(shifted, network.background, values[INDEPENDENT], scale, True)


def _trained(
    pieces: Any,
    synapses: Synapses,
    values: NDArray[Any],
    scale: NDArray[Any],
    stable: bool,
) -> Iterator[_Change]:
    """Changes of synapses whose rows are read again, in the order of the files."""
    found = [(columns, population, edges) for columns, population, edges in pieces]
    columns = joined_columns([columns for columns, _, _ in found])
    order = published_order(columns, max(synapses.n_sources, 1), stable=stable)
    same = len(order) == len(synapses) and all(
        np.array_equal(getattr(columns, name)[order], getattr(synapses, name))
        for name in ("source", "target", "weight")
    )
    if not same:
        raise ValueError(
            "the edge files are not those that the network was read from: they have changed since, "
            "or its weights were set; load the network again, and the checkpoint into its model."
        )
    trained = np.empty(len(order), np.float64)
    of_target = scale[synapses.target]
    trained[order] = values.astype(np.float64) * of_target
    changed = np.zeros(len(order), bool)
    changed[order] = values != (synapses.weight / of_target).astype(np.float32)
    start = 0
    for _, population, edges in found:
        here = slice(start, start + len(edges.rows))
        start = here.stop
        mine = np.flatnonzero(changed[here] & (edges.factor != 0))
        yield _Change(population, edges.rows[mine], trained[here][mine] / edges.factor[mine])


def _scaled(
    pieces: Any, network: V1Network, trained: NDArray[Any], before: NDArray[Any]
) -> Iterator[_Change]:
    """Changes of a summed background: each edge as the sum on its receptor."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(before != 0, trained.astype(np.float64) / before, 1.0)
    for columns, population, edges in pieces:
        if columns.model is not None:  # not trained on its own
            continue
        by = ratio[columns.target, columns.receptor]
        mine = np.flatnonzero(np.abs(by - 1.0) > 1e-6)
        yield _Change(population, edges.rows[mine], edges.syn_weight[mine] * by[mine])


def _store(file: h5py.File, change: _Change) -> None:
    """Sets ``syn_weight`` of some rows, in the groups that they belong to."""
    population = change.population
    if not len(change.rows):
        return
    rows = Rows(file, "edges", population.name, population.types)
    everything = slice(0, rows.n_rows)
    types = rows.type_rows(everything)
    groups, places = rows.places(everything, slice(None))
    weights = rows.column("syn_weight", everything, slice(None), types)
    assert weights is not None  # the network was read from it
    weights = weights.astype(np.float64)
    weights[change.rows] = change.stored
    edges = file[f"edges/{population.name}"]
    for name, column in (("edge_group_id", groups), ("edge_group_index", places)):
        if name not in edges:
            edges.create_dataset(name, data=column, dtype="u4")
    for group in np.unique(groups[change.rows]):
        mine = np.flatnonzero(groups == group)
        name = f"{group}/syn_weight"
        stored = np.zeros(int(places[mine].max()) + 1)
        how = {}
        if name in edges:
            stored = edges[name][()].astype(np.float64)
            how = {"compression": edges[name].compression, "chunks": edges[name].chunks}
            del edges[name]
        stored[places[mine]] = weights[mine]
        edges.create_dataset(name, data=stored, **how)


def _write_config(reader: SonataFolder, folder: Path, targets: dict[Path, Path]) -> None:
    """A configuration of the trained network: the copies, and the other files where they lie."""

    def sets(kind: str, files: Any) -> list[dict[str, str]]:
        return [
            {f"{kind}s_file": str(targets.get(path, path).absolute()),
             **({f"{kind}_types_file": str(types.absolute())} if types else {})}
            for path, types in files
        ]  # fmt: skip

    files = reader.files
    content: dict[str, Any] = {
        "run": {"tstop": 1000.0, "dt": 1.0},
        "components": {
            name: str(next((f for f in folders if f.is_dir()), folders[0]).absolute())
            for name, folders in (
                ("point_neuron_models_dir", files.cell_folders),
                ("synaptic_models_dir", files.synapse_folders),
            )
        },
        "networks": {"nodes": sets("node", files.nodes), "edges": sets("edge", files.edges)},
    }
    if files.basis_file is not None:
        content["components"]["basis_weights_file"] = str(files.basis_file.absolute())
        if files.tau_basis is not None:
            content["rnn_cell_params"] = {"tau_basis": files.tau_basis}
    write_json(folder / "config.json", content)
