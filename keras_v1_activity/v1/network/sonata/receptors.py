"""From the ports of cell models to the four receptors of a neuron here.

A port of ``glif_psc`` is one alpha-shaped current. If a cell has at most four different ones, each
is a receptor. A port of ``glif_psc_double_alpha`` is the sum of two: a synapse then acts on several
receptors, with one weight and a factor for each. If all ports of a cell have at most four different
time constants, these are its receptors, and the current is exact. Else the receptors are those of a
common basis, and the factors of each synapse model come from a table, or from a fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.notices import warn
from keras_v1_activity.v1.network.sonata.basis import TAU_BASIS
from keras_v1_activity.v1.network.sonata.cell_models import CellModel
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS

_FITTED_MS: Final = 100.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Receptors:
    """How ports become receptors.

    Attributes:
        tau_syn: (n_cells, 4) time constants of the receptors of each cell model, ms.
        factors: (n_models, 4) float32 share of a synapse's weight on each receptor, of each synapse
            model; None if a synapse acts on one receptor only.
        first: (n_cells,) row of the first port of each cell model in `factors` or `receptor_of`.
        n_ports: (n_cells,) how many ports each cell model has.
        receptor_of: (n_ports,) receptor of each port, if a synapse acts on one only.
        row_of: number in `factors` by the name of a synapse model, if these come from a table.

    Example:
        >>> from pathlib import Path
        >>> cell = CellModel(Path("a.json"), {}, (((5.5,), (1.0,)), ((2.8,), (1.0,))), False)
        >>> find_receptors([cell], None).tau_syn
        array([[5.5, 2.8, 2.8, 2.8]])
    """

    tau_syn: NDArray[np.float64]
    factors: NDArray[np.float32] | None
    first: NDArray[np.int64]
    n_ports: NDArray[np.int64]
    receptor_of: NDArray[np.int8]
    row_of: Mapping[str, int] | None = None


def find_receptors(
    cells: Sequence[CellModel], basis: tuple[Mapping[str, Sequence[float]], Sequence[float]] | None
) -> Receptors:
    """The receptors of cell models.

    Args:
        cells: models of the cells of a network.
        basis: factors by name of synapse model and time constants, ms, if there is a table of them.

    Raises:
        ValueError: a cell has neither time constants nor is there a table, or has too many.
    """
    single = [not cell.double and bool(cell.ports) for cell in cells]
    if all(single):
        return _alphas(cells)
    if basis is not None:
        return receptors_of_table(len(cells), *basis)
    for cell in cells:
        if not cell.ports:
            raise ValueError(
                f"{cell.path} has no tau_syn, and there is no table of the factors of synapse "
                "models: add the time constants (ms), or name the table as basis_weights_file in "
                "the components of the configuration."
            )
    return _double_alphas(cells)


def receptors_of_table(
    n_cells: int, factors: Mapping[str, Sequence[float]], taus: Sequence[float]
) -> Receptors:
    """The receptors that all cells share if the factors of synapse models stand in a table.

    Args:
        n_cells: how many cell models there are.
        factors: (4,) by name of synapse model.
        taus: (4,) time constants of the receptors, ms.

    Example:
        >>> receptors_of_table(2, {"e2i": [0.1, 0.5, 0.3, 0.1]}, TAU_BASIS).row_of
        {'e2i': 0}
    """
    none = np.zeros(n_cells, np.int64)
    return Receptors(
        tau_syn=np.tile(np.asarray(taus, np.float64), (n_cells, 1)),
        factors=np.array([*factors.values()], np.float32).reshape(-1, N_RECEPTORS),
        first=none,
        n_ports=none,
        receptor_of=np.zeros(0, np.int8),
        row_of={name: number for number, name in enumerate(factors)},
    )


def _distinct(cell: CellModel) -> list[float]:
    return sorted({tau for taus, _ in cell.ports for tau in taus})


def _padded(taus: list[float]) -> list[float]:
    """At most four time constants as four: the last one is repeated."""
    return taus + taus[-1:] * (N_RECEPTORS - len(taus))


def _first(cells: Sequence[CellModel]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    counts = np.array([len(cell.ports) for cell in cells], np.int64)
    return np.cumsum(counts) - counts, counts


def _alphas(cells: Sequence[CellModel]) -> Receptors:
    """Each port a receptor of its own; of more than four ports, each time constant."""
    tau_syn, receptor_of = [], []
    for cell in cells:
        taus = [port[0][0] for port in cell.ports]
        own = taus if len(taus) <= N_RECEPTORS else _distinct(cell)
        if len(own) > N_RECEPTORS:
            raise ValueError(
                f"{cell.path} has {len(own)} different time constants in tau_syn, but a neuron has "
                f"{N_RECEPTORS} receptors here: merge those that are nearly equal."
            )
        receptor_of += list(range(len(taus))) if own is taus else [own.index(t) for t in taus]
        tau_syn.append(_padded(own))
    first, n_ports = _first(cells)
    return Receptors(
        tau_syn=np.array(tau_syn),
        factors=None,
        first=first,
        n_ports=n_ports,
        receptor_of=np.array(receptor_of, np.int8),
    )


def _double_alphas(cells: Sequence[CellModel]) -> Receptors:
    """Exact where a cell's time constants are few; else in the common basis."""
    own = [_distinct(cell) for cell in cells]
    exact = all(len(taus) <= N_RECEPTORS for taus in own)
    tau_syn = [_padded(taus) for taus in own] if exact else [list(TAU_BASIS)] * len(cells)
    factors, errors = [], [0.0]
    for cell, taus in zip(cells, tau_syn, strict=True):
        for port in cell.ports:
            if exact:
                row = np.zeros(N_RECEPTORS)
                np.add.at(row, [taus.index(tau) for tau in port[0]], port[1])
            else:
                row, error = fit_alphas(port[0], port[1], taus)
                errors.append(error)
            factors.append(row)
    if not exact:
        warn(
            f"the cells have more than {N_RECEPTORS} synaptic time constants each, and there is no "
            f"basis_weights_file: each current is fitted with time constants of {TAU_BASIS} ms, to "
            f"{max(errors):.1%} of its peak at the worst."
        )
    first, n_ports = _first(cells)
    return Receptors(
        tau_syn=np.array(tau_syn),
        factors=np.array(factors, np.float32),
        first=first,
        n_ports=n_ports,
        receptor_of=np.zeros(0, np.int8),
    )


def fit_alphas(
    taus: Sequence[float], amplitudes: Sequence[float], basis: Sequence[float]
) -> tuple[NDArray[np.float64], float]:
    """The sum of alpha functions of one set of time constants nearest to one of another.

    Args:
        taus: (m,) time constants to be replaced, ms.
        amplitudes: (m,) their peaks.
        basis: (n,) time constants to replace them by, ms.

    Returns:
        (n,) peaks, by least squares over 100 ms, and the greatest deviation as a part of the peak.

    Example:
        >>> peaks, error = fit_alphas((2.0,), (1.0,), (1.0, 2.0))
        >>> peaks.round(6).tolist(), error < 1e-6
        ([0.0, 1.0], True)
    """
    wanted = _currents(taus) @ np.asarray(amplitudes, np.float64)
    peaks = np.linalg.lstsq(_currents(basis), wanted, rcond=None)[0]
    return peaks, deviation(taus, amplitudes, basis, peaks)


def deviation(
    taus: Sequence[float],
    amplitudes: Sequence[float],
    basis: Sequence[float],
    peaks: Sequence[float] | NDArray[np.floating[Any]],
) -> float:
    """How far one sum of alpha functions is from another, as a part of the peak of the first.

    Args:
        taus: (m,) time constants of the first, ms.
        amplitudes: (m,) their peaks.
        basis: (n,) time constants of the second, ms.
        peaks: (n,) their peaks.

    Returns:
        The greatest difference over 100 ms; infinite if it cannot be told.

    Example:
        >>> deviation((2.0,), (1.0,), (2.0, 5.0), (0.75, 0.0))
        0.25
    """
    with np.errstate(all="ignore"):  # time constants of a damaged file may be anything
        wanted = _currents(taus) @ np.asarray(amplitudes, np.float64)
        off = np.abs(_currents(basis) @ np.asarray(peaks, np.float64) - wanted).max()
        part = float(off / max(np.abs(wanted).max(), 1e-30))
    return part if np.isfinite(part) else float("inf")


def _currents(constants: Sequence[float]) -> NDArray[np.float64]:
    """(time, n) alpha functions of peak 1."""
    t, tau = np.arange(0.0, _FITTED_MS, 0.05), np.asarray(constants, np.float64)
    return t[:, None] / tau * np.exp(1.0 - t[:, None] / tau)
