"""What a GLIF_network folder holds, counted without building a network from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.common.atomic_files import read_json
from keras_v1_activity.common.checks import shown
from keras_v1_activity.common.reading import one_line
from keras_v1_activity.v1.network.edge_checks import edge_receptor
from keras_v1_activity.v1.network.file_checks import node_type_ids
from keras_v1_activity.v1.network.node_files import read_positions, read_type_ids
from keras_v1_activity.v1.network.node_types import read_node_types
from keras_v1_activity.v1.network.published_folder import (
    INPUT_FILE,
    NETWORK_FILE,
    NODE_TYPES_FILE,
    NODES_FILE,
    NOISE_FILE,
    RATES_FILE,
)
from keras_v1_activity.v1.network.selection import CORE_RADIUS_UM
from keras_v1_activity.v1.network.unpickle import load_plain_data
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS

_MARKER = "synthetic.json"


def is_network(path: Path) -> bool:
    """Whether this is a GLIF_network folder, whole or in part.

    Example:
        >>> is_network(Path("GLIF_network"))
        True
    """
    return any((path / name).exists() for name in (NETWORK_FILE, INPUT_FILE, NODES_FILE))


def lines(path: Path) -> Iterator[str]:
    """Lines of text on the folder.

    Raises:
        FileNotFoundError: a file of the folder is missing.
        ValueError: a file is damaged or has another layout.

    Example:
        >>> print(list(lines(Path("GLIF_network")))[1])     # doctest: +ELLIPSIS
        200 neurons of ... types, 200 within 400 um of the axis
    """
    for name in (NETWORK_FILE, INPUT_FILE, NODES_FILE, NODE_TYPES_FILE):
        if not (path / name).exists():
            raise FileNotFoundError(f"{path / name} is missing: the network folder is not whole.")
    yield f"network folder {path}{_origin(path)}"
    bad: list[str] = []
    for name, read in ((NETWORK_FILE, _network_lines), (INPUT_FILE, _input_lines)):
        try:
            yield from read(path)
        except Exception as error:  # a damaged file can fail in any way; the other one is told
            bad.append(name)
            yield f"{name} cannot be read: {type(error).__name__}: {one_line(error)}"
    for name, what in ((RATES_FILE, "recorded firing rates"), (NOISE_FILE, "background noise")):
        yield f"{what}: {name if (path / name).is_file() else f'none ({name} is not there)'}"
    if bad:
        raise ValueError(
            f"{path} is damaged or not laid out as a GLIF_network folder: "
            f"{len(bad)} of its 2 large files cannot be read with what belongs to them, "
            f"{' and '.join(bad)}."
        )


def _network_lines(path: Path) -> Iterator[str]:
    network = load_plain_data(path / NETWORK_FILE)
    yield from _neuron_lines(path, network["nodes"])
    yield from _synapse_lines("recurrent", network["edges"])


def _input_lines(path: Path) -> Iterator[str]:
    for name, (population, edges) in zip(
        ("LGN", "background"), load_plain_data(path / INPUT_FILE), strict=False
    ):
        yield f"{len(population['ids']):,} {name} {'units' if name == 'LGN' else 'source'}"
        yield from _synapse_lines(name, edges)


def _origin(path: Path) -> str:
    if not (path / _MARKER).is_file():
        return ""
    marker = read_json(path / _MARKER)
    return f", synthetic, seed {shown(marker.get('seed'))}, by {marker.get('written_by')}"


def _neuron_lines(path: Path, nodes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    table = read_node_types(path / NODE_TYPES_FILE, len(nodes), NETWORK_FILE)
    x, _, z = read_positions(path / NODES_FILE)
    ids = node_type_ids(nodes, len(x), path / NETWORK_FILE, path / NODES_FILE)
    counts = [len(of_type) for of_type in ids]
    n_core = np.count_nonzero(np.sqrt(x**2 + z**2) < CORE_RADIUS_UM)
    yield (
        f"{sum(counts):,} neurons of {len(nodes)} types, {n_core:,} within "
        f"{CORE_RADIUS_UM:g} um of the axis"
    )
    types, type_ids = np.repeat(np.arange(len(nodes)), counts), read_type_ids(path / NODES_FILE)
    order = np.concatenate(ids)
    names = table.names_of(None if type_ids is None else type_ids[order], types)
    populations = Populations.from_names(names)
    yield f"  {'population':<12} {'layer':>5} {'class':>6} {'neurons':>9}"
    for member, count in zip(populations.members, populations.counts, strict=True):
        yield f"  {member.name:<12} {member.layer:>5} {member.cell_class:>6} {count:>9,}"


def _synapse_lines(name: str, edges: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    by_receptor = np.zeros(N_RECEPTORS + 1, np.int64)
    for number, group in enumerate(edges):
        receptor = edge_receptor(group["params"]["receptor_type"], f"edge group {number}")
        by_receptor[receptor + 1] += np.size(group["source"])
    each = ", ".join(f"{n:,} on receptor {k}" for k, n in enumerate(by_receptor) if n)
    yield f"{by_receptor.sum():,} {name} synapses{f': {each}' if each else ''}"
