"""From the tables of a folder to a `V1Network`: choosing, merging, ordering, keeping for next time.

This is the same for every format of folder: a `FolderReader` reads the tables.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.v1.network.edges import in_published_order, sum_doubles
from keras_v1_activity.v1.network.raw_tables import FolderReader, InputTables
from keras_v1_activity.v1.network.selection import (
    Selection,
    assign_input_channels,
    find_readout_groups,
    select_neurons,
)
from keras_v1_activity.v1.network.table_cache import Arrays, TableCache
from keras_v1_activity.v1.network.v1_network import Glif3Parameters, Synapses, V1Network

_PARAMETERS = tuple(field.name for field in fields(Glif3Parameters))


def build_network(reader: FolderReader, selection: Selection, tables: TableCache) -> V1Network:
    """Makes the network of the chosen neurons of a folder.

    Args:
        reader: of the folder.
        selection: which neurons, input channels and readout cells.
        tables: where the chosen synapses are kept for the next time.

    Raises:
        ValueError, FileNotFoundError: as of the reader, or too few neurons or LGN units.

    Example:
        >>> from keras_v1_activity.v1.network.published_folder import PublishedFolder
        >>> reader = PublishedFolder("GLIF_network")
        >>> build_network(reader, Selection(n_neurons=50), TableCache(None)).n_neurons
        50
    """
    positions = reader.positions()
    chosen = select_neurons(
        positions[0], positions[2], selection.n_neurons, core_only=selection.core_only,
        connected_selection=selection.connected_selection, seed=selection.seed,
    )  # fmt: skip
    x, y, z = (axis[chosen] for axis in positions)
    index_of = np.full(len(positions[0]), -1, np.int32)
    index_of[chosen] = np.arange(len(chosen), dtype=np.int32)

    types, recurrent, parameters = _chosen_cells(reader, index_of, selection, tables)
    names = reader.population_names(chosen, types, parameters.n_neurons)
    populations = Populations.from_names(names)
    nodes = reader.nodes()
    return V1Network(
        parameters=parameters.take(types),
        populations=populations,
        x=x, y=y, z=z,
        node_ids=nodes.ids[chosen],
        node_types=types,
        recurrent=recurrent,
        **_chosen_inputs(reader, index_of, selection, tables),
        lgn_units=nodes.lgn_units,
        tuning_angles=None if nodes.tuning_angles is None else nodes.tuning_angles[chosen],
        readout_groups=find_readout_groups(
            x, y, z, populations, selection.neurons_per_output, seed=selection.seed
        ),
        target_rates=reader.target_rates(),
        noise_samples=reader.noise_samples(),
        source=str(reader.path),
        settings=asdict(selection),
        tables=tables,
    )  # fmt: skip


def _chosen_cells(
    reader: FolderReader, index_of: NDArray[np.int32], selection: Selection, tables: TableCache
) -> tuple[NDArray[np.int64], Synapses, Glif3Parameters]:
    """Types of the chosen neurons, `Synapses` among them, `Glif3Parameters` of all types."""
    delays_as_read, stable = selection.published_delay_order, not selection.as_published

    def make() -> Arrays:
        cells = reader.cells(index_of)
        n_cells = len(cells.types)
        ordered = in_published_order(cells.synapses, n_cells, delays_as_read, stable=stable)
        return {
            "types": cells.types, **ordered, **_of_models(cells.factors), **vars(cells.parameters)
        }  # fmt: skip

    found = tables.fetch(
        "network", [*reader.cell_files, index_of, delays_as_read, *_of(stable)], make
    )
    types = found["types"]
    recurrent = _synapses(found, len(types), len(types))
    return types, recurrent, Glif3Parameters(**{name: found[name] for name in _PARAMETERS})


def _of_models(factors: NDArray[np.float32] | None) -> Arrays:
    return {} if factors is None else {"factors": factors}


def _synapses(found: Arrays, n_sources: int, n_targets: int, prefix: str = "") -> Synapses:
    """`Synapses` of columns that are named so behind `prefix`; without delays, all 0."""
    delay = found.get(f"{prefix}delay")
    return Synapses(
        **{n: found[f"{prefix}{n}"] for n in ("source", "target", "receptor", "weight")},
        delay=np.zeros(len(found[f"{prefix}source"]), np.float32) if delay is None else delay,
        n_sources=n_sources,
        n_targets=n_targets,
        model=found.get(f"{prefix}model"),
        factors=found.get("factors"),
    )


def _of(stable: bool) -> tuple[str, ...]:
    """What the name of stored tables depends on besides, if synapses are as published."""
    return () if stable else ("numpy's default sort, one background synapse",)


def _chosen_inputs(
    reader: FolderReader, index_of: NDArray[np.int32], selection: Selection, tables: TableCache
) -> dict[str, Any]:
    """The fields of a `V1Network` that say what reaches it from outside."""
    n_input, seed = selection.n_input, selection.seed
    stable = not selection.as_published

    def make() -> Arrays:
        read = reader.inputs(index_of)
        channel_of = assign_input_channels(read.n_units, n_input, seed=seed)
        columns = read.synapses._replace(source=channel_of[read.synapses.source])
        n_channels = read.n_units if n_input is None else n_input
        if n_channels < read.n_units:
            columns = sum_doubles(columns, n_channels)
        ordered = in_published_order(columns, n_channels, stable=stable)
        del ordered["delay"]  # input synapses have none
        weights = read.background_weights
        if not stable and read.published_background is not None:
            weights = read.published_background
        made = {"channel_of": channel_of, "background": weights, **ordered}
        return made | _of_models(read.factors) | _background_columns(read)

    found = tables.fetch(
        "input", [*reader.input_files, index_of, n_input, seed, *_of(stable)], make
    )
    channel_of, weights = found["channel_of"], found["background"]
    n_channels, n = len(channel_of) if n_input is None else n_input, len(weights)
    fields: dict[str, Any] = {"input_channel_of": channel_of, "background_weights": weights}
    if "n_background" in found:
        n_sources = int(found["n_background"][0])
        fields["background"] = _synapses(found, n_sources, n, "background_")
        fields["background_rate"] = float(found["background_rate"][0])
    return fields | {"inputs": _synapses(found, n_channels, n)}


def _background_columns(read: InputTables) -> Arrays:
    """The synapses of independent background sources, under names of their own."""
    if read.background is None:
        return {}
    ordered = in_published_order(read.background, max(read.n_background, 1))
    del ordered["delay"]
    return {
        **{f"background_{name}": column for name, column in ordered.items()},
        "n_background": np.array([read.n_background]),
        "background_rate": np.array([read.background_rate]),
    }
