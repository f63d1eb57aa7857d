"""Parameters of cells and synapses from the JSON files that the tables of types name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import shown
from keras_v1_activity.v1.network.sonata.config import read_json_file

CLASSIC: Final = ("glif_psc", "glif_lif_asc_psc")
DOUBLE_ALPHA: Final = "glif_psc_double_alpha"
TEMPLATES: Final = (*CLASSIC, DOUBLE_ALPHA)
"""Cell models of NEST that are read, without their prefix ``nest:``."""

# Name in the file and shape, by the name here.
_NUMBERS: Final = {
    "V_th": ("V_th", ()), "E_L": ("E_L", ()), "V_reset": ("V_reset", ()), "g": ("g", ()),
    "C_m": ("C_m", ()), "t_ref": ("t_ref", ()), "k": ("asc_decay", (2,)),
    "asc_amps": ("asc_amps", (2,)),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class CellModel:
    """One cell model.

    Attributes:
        path: its file.
        numbers: parameters by the names of `Glif3Parameters`, without tau_syn.
        ports: for each port its time constants, ms, and how much of each a spike brings; empty if
            the file names none.
        double: whether each port has two time constants.

    Example:
        >>> CellModel(Path("a.json"), {}, (((5.5,), (1.0,)),), False).ports[0]
        ((5.5,), (1.0,))
    """

    path: Path
    numbers: Mapping[str, NDArray[np.float64]]
    ports: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...]
    double: bool


def template_of(text: object) -> str:
    """The name of a cell model without ``nest:``.

    Args:
        text: of the column model_template.

    Example:
        >>> template_of("nest:glif_psc")
        'glif_psc'
    """
    return str(text).rpartition(":")[2]


def find_component(name: str, folders: Sequence[Path], table: str) -> Path:
    """The file that a table of types names.

    Args:
        name: in the column dynamics_params.
        folders: where it is looked for.
        table: the table, for the message.

    Raises:
        ValueError: it is in none of them.

    Example:
        >>> _ = Path("e2i.json").write_text("{}")
        >>> find_component("e2i.json", [Path(".")], "types.csv").name
        'e2i.json'
    """
    for folder in ("", *folders):
        path = Path(folder) / name
        if path.is_file() and (folder or Path(name).is_absolute()):
            return path
    raise ValueError(
        f"{table} names {shown(name)}, which is in none of {shown([str(f) for f in folders])}: "
        "copy the folder components too, or name it in the configuration."
    )


def read_cell_model(path: Path, template: str) -> CellModel:
    """Reads a cell model.

    Args:
        path: of the JSON file.
        template: one of `TEMPLATES`.

    Raises:
        ValueError: the file is missing or damaged, or a parameter is missing or no number.

    Example:
        >>> text = '''{"V_th": -45, "E_L": -70, "V_reset": -70, "g": 5, "C_m": 60, "t_ref": 3,
        ...            "asc_decay": [0.1, 0.3], "asc_amps": [-9, -90], "tau_syn": [5.5, 8.5]}'''
        >>> _ = Path("cell.json").write_text(text)
        >>> model = read_cell_model(Path("cell.json"), "glif_psc")
        >>> model.numbers["k"], len(model.ports)
        (array([0.1, 0.3]), 2)
    """
    return cell_model(read_json_file(path), path, template)


def cell_model(content: object, path: Path, template: str) -> CellModel:
    """A cell model of what a file says of it.

    Args:
        content: parameters by their names in NEST.
        path: of the file, for messages.
        template: one of `TEMPLATES`.

    Raises:
        ValueError: a parameter is missing or no number.

    Example:
        >>> parameters = {"V_th": -45, "E_L": -70, "V_m": -70, "g": 5, "C_m": 60, "t_ref": 3,
        ...               "asc_decay": [0.1, 0.3], "asc_amps": [-9, -90]}
        >>> cell_model(parameters, Path("cell.json"), "glif_psc").numbers["V_reset"]
        array(-70.)
    """
    if not isinstance(content, dict):
        raise ValueError(f"{path} must hold the parameters of a cell, a JSON object.")
    if "V_reset" not in content and "V_m" in content:
        content = {**content, "V_reset": content["V_m"]}  # where it starts is where it goes back to
    numbers = {
        name: _numbers(content, stored, path, shape) for name, (stored, shape) in _NUMBERS.items()
    }
    double = template == DOUBLE_ALPHA
    return CellModel(path, numbers, _ports(content, path, double), double)


def _numbers(
    content: Mapping[str, Any], name: str, path: Path, shape: tuple[int, ...] | None
) -> NDArray[np.float64]:
    try:
        values = np.asarray(content[name], np.float64)
    except (KeyError, TypeError, ValueError):
        raise ValueError(
            f"{path} must hold {name}, "
            f"{'a list of numbers' if shape != () else 'a number'}; got "
            f"{shown(content.get(name, 'nothing'))}: take the cell model that the network names."
        ) from None
    if values.ndim != 1 if shape is None else values.shape != shape:
        raise ValueError(
            f"{path}: {name} must have the shape {shape or '(n,)'}; got {values.shape}."
        )
    return values


def _ports(
    content: Mapping[str, Any], path: Path, double: bool
) -> tuple[tuple[tuple[float, ...], tuple[float, ...]], ...]:
    if not double:
        if "tau_syn" not in content:
            return ()
        taus = _numbers(content, "tau_syn", path, None)
        return tuple(((float(tau),), (1.0,)) for tau in taus)
    fast, slow, amp = (
        _numbers(content, name, path, None) for name in ("tau_syn_fast", "tau_syn_slow", "amp_slow")
    )
    if not len(fast) == len(slow) == len(amp):
        raise ValueError(
            f"{path}: tau_syn_fast, tau_syn_slow and amp_slow must have one number for each port; "
            f"got {len(fast)}, {len(slow)} and {len(amp)}."
        )
    return tuple(
        ((float(f), float(s)), (1.0, float(a))) for f, s, a in zip(fast, slow, amp, strict=True)
    )


def read_port(path: Path) -> int | None:
    """The port, from 1, that a synapse model names; None if it names none.

    Args:
        path: of the JSON file.

    Raises:
        ValueError: the file is missing or damaged, or the port is no number of one.

    Example:
        >>> _ = Path("e2i.json").write_text('{"receptor_type": 2}')
        >>> read_port(Path("e2i.json"))
        2
    """
    content = read_json_file(path)
    port = content.get("receptor_type") if isinstance(content, dict) else None
    if port is None:
        return None
    if type(port) is not int or port < 1:
        raise ValueError(
            f"{path}: receptor_type must be a whole number from 1; got {shown(port)}: take the "
            "synapse model that the network names."
        )
    return port
