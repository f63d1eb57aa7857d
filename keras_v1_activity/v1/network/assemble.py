"""From the tables of a folder to a `V1Network`: choosing, merging, ordering, keeping for next time.

This is the same for every format of folder: a `FolderReader` reads the tables.
"""

from __future__ import annotations

from dataclasses import asdict, fields

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.v1.network.edges import in_published_order, sum_doubles
from keras_v1_activity.v1.network.raw_tables import FolderReader
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
    node_ids = select_neurons(
        positions[0], positions[2], selection.n_neurons, core_only=selection.core_only,
        connected_selection=selection.connected_selection, seed=selection.seed,
    )  # fmt: skip
    x, y, z = (axis[node_ids] for axis in positions)
    index_of = np.full(len(positions[0]), -1, np.int32)
    index_of[node_ids] = np.arange(len(node_ids), dtype=np.int32)

    types, recurrent, parameters = _chosen_cells(reader, index_of, selection, tables)
    names = reader.population_names(node_ids, types, parameters.n_neurons)
    populations = Populations.from_names(names)
    channel_of, inputs, background = _chosen_inputs(reader, index_of, selection, tables)
    return V1Network(
        parameters=parameters.take(types),
        populations=populations,
        x=x, y=y, z=z,
        node_ids=node_ids,
        node_types=types,
        recurrent=recurrent,
        inputs=inputs,
        background_weights=background,
        input_channel_of=channel_of,
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
        return {"types": cells.types, **ordered, **vars(cells.parameters)}

    found = tables.fetch(
        "network", [*reader.cell_files, index_of, delays_as_read, *_of(stable)], make
    )
    types = found["types"]
    recurrent = Synapses(
        **{name: found[name] for name in ("source", "target", "receptor", "weight", "delay")},
        n_sources=len(types),
        n_targets=len(types),
    )
    return types, recurrent, Glif3Parameters(**{name: found[name] for name in _PARAMETERS})


def _of(stable: bool) -> tuple[str, ...]:
    """What the name of stored tables depends on besides, if synapses are as published."""
    return () if stable else ("numpy's default sort, one background synapse",)


def _chosen_inputs(
    reader: FolderReader, index_of: NDArray[np.int32], selection: Selection, tables: TableCache
) -> tuple[NDArray[np.int32], Synapses, NDArray[np.float32]]:
    """Channel of each LGN unit, the input `Synapses`, and the background weights, (n, 4) pA."""
    n_input, seed = selection.n_input, selection.seed
    stable = not selection.as_published

    def make() -> Arrays:
        tables = reader.inputs(index_of)
        channel_of = assign_input_channels(tables.n_units, n_input, seed=seed)
        columns = tables.synapses._replace(source=channel_of[tables.synapses.source])
        n_channels = tables.n_units if n_input is None else n_input
        if n_channels < tables.n_units:
            columns = sum_doubles(columns, n_channels)
        ordered = in_published_order(columns, n_channels, stable=stable)
        del ordered["delay"]  # input synapses have none
        background = tables.background_weights
        if not stable and tables.published_background is not None:
            background = tables.published_background
        return {"channel_of": channel_of, "background": background, **ordered}

    found = tables.fetch(
        "input", [*reader.input_files, index_of, n_input, seed, *_of(stable)], make
    )
    channel_of, background = found["channel_of"], found["background"]
    inputs = Synapses(
        **{name: found[name] for name in ("source", "target", "receptor", "weight")},
        delay=np.zeros(len(found["source"]), np.float32),
        n_sources=len(channel_of) if n_input is None else n_input,
        n_targets=len(background),
    )
    return channel_of, inputs, background
