"""What a GLIF_network folder holds, counted without building a network from it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from keras_v1_activity.activity.populations import Populations
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
        if not (path / name).is_file():
            raise FileNotFoundError(f"{path / name} is missing: the network folder is not whole.")
    try:
        network = load_plain_data(path / NETWORK_FILE)
        yield f"network folder {path}{_origin(path)}"
        yield from _neuron_lines(path, network["nodes"])
        yield from _synapse_lines("recurrent", network["edges"])
        del network
        for name, (population, edges) in zip(
            ("LGN", "background"), load_plain_data(path / INPUT_FILE), strict=False
        ):
            yield f"{len(population['ids']):,} {name} {'units' if name == 'LGN' else 'source'}"
            yield from _synapse_lines(name, edges)
    except (KeyError, TypeError, IndexError, OSError) as error:
        raise ValueError(
            f"{path} is damaged or not laid out as a GLIF_network folder "
            f"({type(error).__name__}: {error})."
        ) from error
    for name, what in ((RATES_FILE, "recorded firing rates"), (NOISE_FILE, "background noise")):
        yield f"{what}: {name if (path / name).is_file() else f'none ({name} is not there)'}"


def _origin(path: Path) -> str:
    if not (path / _MARKER).is_file():
        return ""
    marker = json.loads((path / _MARKER).read_text(encoding="utf-8"))
    return f", synthetic, seed {marker.get('seed')}, by {marker.get('written_by')}"


def _neuron_lines(path: Path, nodes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    with open(path / NODE_TYPES_FILE, newline="", encoding="utf-8") as file:
        names = [row["pop_name"] for row in csv.DictReader(file, delimiter=" ")]
    counts = [len(np.atleast_1d(node["ids"])) for node in nodes]
    with h5py.File(path / NODES_FILE, "r") as file:
        x, z = (file[f"nodes/v1/0/{axis}"][:] for axis in "xz")
    n_core = np.count_nonzero(np.sqrt(x**2 + z**2) < CORE_RADIUS_UM)
    yield (
        f"{sum(counts):,} neurons of {len(nodes)} types, {n_core:,} within "
        f"{CORE_RADIUS_UM:g} um of the axis"
    )
    populations = Populations.from_names(np.repeat(names, counts))
    yield f"  {'population':<12} {'layer':>5} {'class':>6} {'neurons':>9}"
    for member, count in zip(populations.members, populations.counts, strict=True):
        yield f"  {member.name:<12} {member.layer:>5} {member.cell_class:>6} {count:>9,}"


def _synapse_lines(name: str, edges: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    by_receptor = np.zeros(5, np.int64)
    for group in edges:
        by_receptor[int(group["params"]["receptor_type"])] += np.size(group["source"])
    each = ", ".join(f"{n:,} on receptor {k}" for k, n in enumerate(by_receptor) if n)
    yield f"{by_receptor.sum():,} {name} synapses{f': {each}' if each else ''}"
