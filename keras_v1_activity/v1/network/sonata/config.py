"""Which files a SONATA network consists of: from its configuration, or from their names."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from keras_v1_activity.common.atomic_files import parsed_json
from keras_v1_activity.common.checks import shown
from keras_v1_activity.common.reading import ALWAYS_ALLOWED, one_line, open_regular
from keras_v1_activity.v1.network.sonata.basis import NAMES_FILE

PICKLES: Final = "tf_data"
"""Folder in which V1_GLIF_model keeps what it made of a network."""

# Configurations in a folder, the first of these that is there; else the only one of any name.
_NAMES: Final = (
    "config.json", "config.circuit.json", "circuit_config.json", "config.simulation.json",
    "simulation_config.json",
)  # fmt: skip
_PARTS: Final = ("network", "circuit", "simulation")
_CELLS: Final = ("components/cell_models", "components/cell_models/nest_models")
_SYNAPSES: Final = ("components/synaptic_models",)
_BASIS: Final = (
    "components/basis_function_weights.csv", "synaptic_data/basis_function_weights.csv",
    "basis_function_weights.csv", f"{PICKLES}/{NAMES_FILE}",
)  # fmt: skip
_VARIABLE: Final = re.compile(r"\$\{?(\w+)\}?")


@dataclass(frozen=True, kw_only=True)
class SonataFiles:
    """The files of one network.

    Attributes:
        path: the folder or configuration that the user named.
        nodes: (HDF5 file, table of types or None) of each set of nodes.
        edges: the same of each set of edges.
        cell_folders: where the parameters of cells are looked for, one after the other.
        synapse_folders: the same for synapses.
        basis_file: table of the factors of synapse models, if there is one.
        tau_basis: time constants of its receptors, ms, or a file of them, if they are given.
        rates: firing rate, Hz, of each population of sources that the configuration gives one.

    Example:
        >>> find_files("GLIF_network") is None
        True
    """

    path: Path
    nodes: tuple[tuple[Path, Path | None], ...]
    edges: tuple[tuple[Path, Path | None], ...]
    cell_folders: tuple[Path, ...] = ()
    synapse_folders: tuple[Path, ...] = ()
    basis_file: Path | None = None
    tau_basis: Any = None
    rates: Mapping[str, float] = field(default_factory=dict)


def find_files(path: str | os.PathLike[str]) -> SonataFiles | None:
    """The files of a SONATA network; None if this is none.

    Args:
        path: a configuration, or a folder with one, or a folder with files ``..._nodes.h5`` and
            ``..._edges.h5`` in it or in its folder ``network``.

    Raises:
        ValueError: a configuration that is damaged, or several of which none is the usual one.

    Example:
        >>> _ = Path("config.json").write_text('{"networks": {"nodes": [], "edges": []}}')
        >>> find_files("config.json").edges
        ()
    """
    path = Path(path)
    if path.is_file() and path.suffix == ".json":
        return _of_config(path, path)
    if not path.is_dir():
        return None
    config = _config_in(path)
    return _by_names(path) if config is None else _of_config(path, config)


def _config_in(folder: Path) -> Path | None:
    """The configuration of a folder that names networks."""
    named = [folder / name for name in _NAMES if (folder / name).is_file()]
    others = [path for path in sorted(folder.glob("config*.json")) if path not in named]
    found = [path for path in (*named, *others) if _names_networks(path)]
    if len(found) > 1 and found[0] in others:
        raise ValueError(
            f"{folder} holds several configurations of networks, "
            f"{shown([p.name for p in found])}: name the one to load instead of the folder."
        )
    return found[0] if found else None


def _names_networks(path: Path) -> bool:
    try:
        return "networks" in _merged(path)
    except ValueError:
        return False


def read_json_file(path: Path) -> Any:
    """What a JSON file says.

    Args:
        path: the file.

    Raises:
        ValueError: it is missing, damaged, or very large.

    Example:
        >>> _ = Path("a.json").write_text('{"receptor_type": 2}')
        >>> read_json_file(Path("a.json"))
        {'receptor_type': 2}
    """
    try:
        with open_regular(path) as file:
            content = file.read(ALWAYS_ALLOWED)
        return parsed_json(content)
    except (OSError, ValueError) as error:
        raise ValueError(
            f"{path} is missing or no JSON ({one_line(error)}): copy it from where the network "
            "came from."
        ) from None


def _merged(path: Path, depth: int = 0) -> dict[str, Any]:
    """A configuration with those that it refers to; all its paths are resolved."""
    content = read_json_file(path)
    if not isinstance(content, dict):
        raise ValueError(f"{path} must hold a SONATA configuration, a JSON object.")
    content = _resolved(content, _variables(content.get("manifest"), path))
    for part in _PARTS:
        other = content.get(part)
        if isinstance(other, str) and depth < len(_PARTS):
            content = {**_merged(_absolute(other, path), depth + 1), **content}
    return _with_paths(content, path)


def _variables(manifest: Any, path: Path) -> dict[str, str]:
    """Values of the manifest's variables, by name without the dollar."""
    folder = str(path.absolute().parent)
    variables = {"configdir": folder, "configfname": path.name, "workingdir": os.getcwd()}
    given = manifest if isinstance(manifest, dict) else {}
    for name, value in given.items():
        variables[str(name).strip("${}")] = str(value)
    return variables


def _resolved(value: Any, variables: Mapping[str, str]) -> Any:
    """The value with each variable of the manifest replaced; these may name others."""
    if isinstance(value, dict):
        return {name: _resolved(part, variables) for name, part in value.items()}
    if isinstance(value, list):
        return [_resolved(part, variables) for part in value]
    if isinstance(value, str):
        for _ in range(len(variables) + 1):
            replaced = _VARIABLE.sub(lambda m: variables.get(m[1], m[0]), value)
            if replaced == value or len(replaced) > 10_000:
                break
            value = replaced
    return value


def _absolute(text: str, config: Path) -> Path:
    return Path(os.path.normpath(config.absolute().parent / text))


def _with_paths(content: dict[str, Any], config: Path) -> dict[str, Any]:
    """The parts that name files, with absolute paths."""

    def located(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: str(_absolute(part, config)) if _names_a_file(name, part) else located(part)
                for name, part in value.items()
            }
        return [located(part) for part in value] if isinstance(value, list) else value

    parts = ("networks", "components", "rnn_cell_params")
    return content | {part: located(content[part]) for part in parts if part in content}


def _names_a_file(name: str, value: Any) -> bool:
    told = name.endswith(("_file", "_dir")) or name == "tau_basis"
    return told and isinstance(value, str) and value not in ("", "NULL")


def _of_config(path: Path, config: Path) -> SonataFiles:
    content = _merged(config)
    networks = content.get("networks")
    if not isinstance(networks, dict):
        raise ValueError(
            f"{config} names no networks: give the SONATA configuration that lists nodes and edges."
        )
    components, cell = (
        found if isinstance(found, dict) else {}
        for found in (content.get("components"), content.get("rnn_cell_params"))
    )
    basis = components.get("basis_weights_file") or cell.get("basis_weights_file")
    usual = _basis_in(config.parent)
    return SonataFiles(
        path=path,
        nodes=_sets(networks, "node", config),
        edges=_sets(networks, "edge", config),
        cell_folders=_folders(components, "point_neuron_models_dir", config.parent, _CELLS),
        synapse_folders=_folders(components, "synaptic_models_dir", config.parent, _SYNAPSES),
        basis_file=Path(basis) if isinstance(basis, str) else usual,
        tau_basis=cell.get("tau_basis"),
        rates=_rates(content),
    )


def _sets(networks: Mapping[str, Any], kind: str, config: Path) -> tuple[tuple[Path, Any], ...]:
    found = []
    for entry in networks.get(f"{kind}s") or ():
        if not isinstance(entry, dict) or f"{kind}s_file" not in entry:
            raise ValueError(f"{config}: each entry of networks.{kind}s must name a {kind}s_file.")
        if not entry.get("enabled", True):
            continue
        types = entry.get(f"{kind}_types_file")
        there = isinstance(types, str) and types not in ("", "NULL")
        found.append((Path(entry[f"{kind}s_file"]), Path(types) if there else None))
    return tuple(found)


def _folders(
    components: Mapping[str, Any], name: str, folder: Path, usual: tuple[str, ...]
) -> tuple[Path, ...]:
    given = components.get(name)
    first = [Path(given)] if isinstance(given, str) else []
    return (*first, *(path / "nest_models" for path in first), *(folder / part for part in usual))


def _basis_in(folder: Path) -> Path | None:
    return next((folder / name for name in _BASIS if (folder / name).is_file()), None)


def _rates(content: Mapping[str, Any]) -> dict[str, float]:
    """Hz of each population that an input of the configuration lets fire."""
    found: dict[str, float] = {}

    def look(value: Any) -> None:
        if isinstance(value, list):
            for part in value:
                look(part)
        elif isinstance(value, dict):
            nodes, rate = value.get("node_set"), value.get("firing_rate")
            population = nodes.get("population") if isinstance(nodes, dict) else nodes
            if isinstance(population, str) and isinstance(rate, (int, float)):
                found.setdefault(population, float(rate))
            for part in value.values():
                look(part)

    look([content.get("inputs"), content.get("training")])
    return found


def _by_names(folder: Path) -> SonataFiles | None:
    for place in (folder / "network", folder):
        edges = sorted(place.glob("*_edges.h5"))
        nodes = sorted(place.glob("*_nodes.h5"))
        if nodes and edges:
            return SonataFiles(
                path=folder,
                nodes=tuple((path, _types_of(path, "node")) for path in nodes),
                edges=tuple((path, _types_of(path, "edge")) for path in edges),
                cell_folders=tuple(folder / part for part in _CELLS),
                synapse_folders=tuple(folder / part for part in _SYNAPSES),
                basis_file=_basis_in(folder),
            )
    return None


def _types_of(path: Path, kind: str) -> Path | None:
    types = path.with_name(path.name.replace(f"_{kind}s.h5", f"_{kind}_types.csv"))
    return types if types.is_file() else None
