"""The common basis of four time constants, and the table of factors that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from keras_v1_activity.common.checks import shown
from keras_v1_activity.v1.network.file_checks import numbers
from keras_v1_activity.v1.network.synapses import N_RECEPTORS
from keras_v1_activity.v1.network.text_tables import read_table
from keras_v1_activity.v1.network.unpickle import load_plain_data

TAU_BASIS: Final = (0.98959, 1.88019, 3.62896, 5.65340)
"""Time constants of the basis of V1_GLIF_model, ms."""
FACTORS_FILE: Final = "syn_id_to_syn_weights_dict.pkl"
"""Where V1_GLIF_model keeps the factors of each synapse model, by number."""
NAMES_FILE: Final = "synaptic_models_to_syn_id_dict.pkl"
"""Beside it, the number of each synapse model by its name."""
REMAKE: Final = (
    "delete the folder tf_data, so that V1_GLIF_model makes it again from the network's files."
)
"""What to do if its files do not go together."""
_COLUMNS: Final = ("w0", "w1", "w2", "w3")


def read_basis(path: Path, tau_basis: Any) -> tuple[dict[str, list[float]], list[float]]:
    r"""The table of the factors of synapse models, and the time constants that belong to it.

    Args:
        path: text with the columns connection_name or name, and w0 to w3; or the pickle of the
            names of the synapse models that V1_GLIF_model leaves in tf_data.
        tau_basis: four time constants, ms; a file of numpy (.npy) with them; None for those of
            V1_GLIF_model.

    Raises:
        ValueError: it is no such table, or there are not four time constants.

    Example:
        >>> _ = Path("basis.csv").write_text("name,w0,w1,w2,w3\ne2i,0.1,0.5,0.3,0.1\n")
        >>> read_basis(Path("basis.csv"), None)[0]
        {'e2i': [0.1, 0.5, 0.3, 0.1]}
    """
    factors = pickled_factors(path) if path.suffix == ".pkl" else _factors_in_text(path)
    return factors, basis_constants(tau_basis)


def _factors_in_text(path: Path) -> dict[str, list[float]]:
    table = read_table(path, _COLUMNS[0])
    names = table.column("connection_name") or table.column("name")
    columns = [table.column(column) for column in _COLUMNS]
    try:
        if names is None:
            raise ValueError
        factors = {
            name: [float(text) for text in row]
            for name, *row in zip(names, *columns, strict=True)  # type: ignore[arg-type]
        }
    except (TypeError, ValueError):
        raise ValueError(
            f"{path} must have the columns connection_name and w0, w1, w2, w3 with numbers; it has "
            f"{shown(table.header)}."
        ) from None
    return factors


def basis_constants(tau_basis: Any) -> list[float]:
    """The four time constants of a basis, ms.

    Args:
        tau_basis: four numbers; a file of numpy (.npy) with them; None for those of V1_GLIF_model.

    Raises:
        ValueError: there are not four, or one is not above 0.

    Example:
        >>> basis_constants([1, 2, 4, 8])
        [1.0, 2.0, 4.0, 8.0]
    """
    if isinstance(tau_basis, str):
        tau_basis = np.load(tau_basis, allow_pickle=False)
    taus = np.asarray(TAU_BASIS if tau_basis is None else tau_basis, np.float64).reshape(-1)
    if taus.shape != (N_RECEPTORS,) or not (np.isfinite(taus) & (taus > 0)).all():
        raise ValueError(
            f"tau_basis must hold {N_RECEPTORS} time constants above 0 ms, one for each receptor "
            f"of a neuron; got {shown(taus.tolist())}."
        )
    return taus.tolist()


def pickled_factors(path: Path) -> dict[str, list[float]]:
    """The factors of each synapse model, as V1_GLIF_model leaves them in ``tf_data``.

    Args:
        path: of the names, ``synaptic_models_to_syn_id_dict.pkl``; the factors lie beside it.

    Raises:
        FileNotFoundError: one of the two files is missing.
        ValueError: a file is damaged, or does not hold four numbers for each name.

    Example:
        >>> import pickle
        >>> _ = Path(NAMES_FILE).write_bytes(pickle.dumps({"e2i": 0}))
        >>> _ = Path(FACTORS_FILE).write_bytes(pickle.dumps({0: [0.1, 0.5, 0.3, 0]}))
        >>> pickled_factors(Path(NAMES_FILE))
        {'e2i': [0.1, 0.5, 0.3, 0.0]}
    """
    numbered, factors = load_plain_data(path), load_plain_data(path.with_name(FACTORS_FILE))
    for place, content in ((path, numbered), (path.with_name(FACTORS_FILE), factors)):
        if not isinstance(content, Mapping):
            raise ValueError(f"{place} must hold a dict; got {shown(content)}: {REMAKE}")
    found: dict[str, list[float]] = {}
    for name, number in numbered.items():
        if not isinstance(number, (int, np.integer)) or number not in factors:
            raise ValueError(f"{path} names {shown(name)}, which {FACTORS_FILE} lacks: {REMAKE}")
        found[str(name)] = four_factors(factors[number], f"{path}: {shown(name)}")
    return found


def four_factors(value: object, where: str) -> list[float]:
    """The factors of one synapse model, one for each receptor.

    Args:
        value: four numbers.
        where: file and name, for the message.

    Raises:
        ValueError: they are not four, or not finite.

    Example:
        >>> four_factors([0.1, 0.5, 0.3, 0], "network_dat.pkl: e2i")
        [0.1, 0.5, 0.3, 0.0]
    """
    factors = numbers(value, where, np.float32)
    if factors.shape != (N_RECEPTORS,) or not np.isfinite(factors).all():
        raise ValueError(
            f"{where} must have {N_RECEPTORS} finite factors, one for each receptor of a neuron "
            f"here; got {shown(factors.tolist())}: {REMAKE}"
        )
    return numbers(value, where).tolist()
