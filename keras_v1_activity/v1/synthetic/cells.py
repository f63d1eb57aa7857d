"""The neurons of a synthetic network: how many of each population, which cells, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity import facts
from keras_v1_activity.activity.populations import Population, describe_population
from keras_v1_activity.v1.network.selection import CORE_RADIUS_UM
from keras_v1_activity.v1.network.v1_network import Floats, Glif3Parameters

# Neurons of the published network within 400 um of the axis.
PUBLISHED_CORE_NEURONS = 51_978

# Fitted cells that stand for each class. Fast-spiking PV cells have a short refractory period and a
# high conductance; excitatory cells have slow after-spike currents, which adapt their rate; the
# remaining interneurons lie between.
_CELLS_OF_CLASS: Final = {
    "Exc": (318808427, 480124551),
    "PV": (478958894, 487667205),
    "SST": (593618144, 480124551),
    "VIP": (593618144,),
    "Htr3a": (593618144,),
}
_VARIANTS_OF_CLASS: Final = {"Exc": 5, "PV": 4, "SST": 3, "VIP": 2, "Htr3a": 2}

# Scatter of the variants around their fitted cell, like that between cells of one class.
_LOG_SCATTER = 0.08
_POTENTIAL_SCATTER_MV = 1.0


@dataclass(frozen=True, eq=False, kw_only=True)
class SyntheticCells:
    """Neurons ordered by population, then node type, so that the ids of a type are contiguous.

    Attributes:
        population_names: the populations, in the order of populations.csv.
        population: (n,) index into `population_names`.
        node_type: (n,) index of the node type.
        type_population: (n_types,) index into `population_names`.
        type_specimen: (n_types,) Allen Cell Types specimen id that each type was varied from.
        type_parameters: `Glif3Parameters` of the n_types types.
        x: (n,) position along the columns of the LGN's grid, um.
        y: (n,) depth below the pia, um.
        z: (n,) position along the rows of the LGN's grid, um.
        radius_um: of the column.

    Example:
        >>> cells = drawn.cells
        >>> cells.n_neurons, len(cells.population_names), len(cells.type_ids)
        (200, 22, 83)
    """

    population_names: tuple[str, ...]
    population: NDArray[np.int64]
    node_type: NDArray[np.int64]
    type_population: NDArray[np.int64]
    type_specimen: NDArray[np.int64]
    type_parameters: Glif3Parameters
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    z: NDArray[np.float64]
    radius_um: float

    def __repr__(self) -> str:
        return (
            f"SyntheticCells({self.n_neurons:,} neurons, {len(self.population_names)} populations, "
            f"{len(self.type_population)} node types)"
        )

    @property
    def n_neurons(self) -> int:
        """How many neurons."""
        return len(self.population)

    @property
    def type_ids(self) -> NDArray[np.int64]:
        """(n_types,) distinct id of each node type, as in the node files."""
        return 100_000_000 + np.arange(len(self.type_population))

    @cached_property
    def parameters(self) -> Glif3Parameters:
        """`Glif3Parameters` of the neurons."""
        return self.type_parameters.take(self.node_type)

    @cached_property
    def described(self) -> tuple[Population, ...]:
        """`Population` of each population name."""
        return tuple(describe_population(name) for name in self.population_names)

    @cached_property
    def population_excitatory(self) -> NDArray[np.bool_]:
        """Whether each population is excitatory, bool."""
        return np.array([population.excitatory for population in self.described])

    @cached_property
    def excitatory(self) -> NDArray[np.bool_]:
        """(n,) whether each neuron is excitatory."""
        return self.population_excitatory[self.population]

    @cached_property
    def population_start(self) -> NDArray[np.int64]:
        """First neuron of each population, and the number of neurons at the end."""
        counts = np.bincount(self.population, minlength=len(self.population_names))
        return np.concatenate(([0], np.cumsum(counts)))

    @cached_property
    def rheobase(self) -> Floats:
        """(n,) steady current that just reaches threshold, pA."""
        return self.parameters.g * self.parameters.voltage_scale


def make_cells(n_neurons: int, rng: np.random.Generator) -> SyntheticCells:
    """Draws `SyntheticCells` in the measured proportions, depths and densities.

    Up to 51,978 neurons fill the 400 um core, thinned evenly; more widen the column at full
    density.

    Args:
        n_neurons: how many; at least the number of populations.
        rng: numpy Generator.

    Example:
        >>> make_cells(200, np.random.default_rng(0))
        SyntheticCells(200 neurons, 22 populations, 83 node types)
    """
    rows = facts.table("populations")
    in_core = np.array([int(row["n_core_radius_400um"]) for row in rows])
    counts = share(n_neurons, in_core)
    population = np.repeat(np.arange(len(rows)), counts)
    names = tuple(row["pop_name"] for row in rows)
    type_population, specimen, parameters = _make_node_types(names, rng)
    variants = np.bincount(type_population)
    node_type = np.concatenate(
        [
            first + np.arange(count) * n_variants // count
            for first, count, n_variants in zip(
                np.cumsum(variants) - variants, counts, variants, strict=True
            )
        ]
    )
    radius = CORE_RADIUS_UM * np.sqrt(max(1.0, n_neurons / PUBLISHED_CORE_NEURONS))
    x, z = _points_in_disc(radius, n_neurons, rng)
    top, bottom = (
        np.array([float(row[f"depth_{end}_um"]) for row in rows]) for end in ("top", "bottom")
    )
    depth = top[population] + (bottom - top)[population] * rng.random(n_neurons)
    return SyntheticCells(
        population_names=names, population=population, node_type=node_type,
        type_population=type_population, type_specimen=specimen, type_parameters=parameters,
        x=x, y=depth, z=z, radius_um=float(radius),
    )  # fmt: skip


def share(n: int, weights: NDArray[np.int64]) -> NDArray[np.int64]:
    """Whole numbers that add up to `n`, in proportion to `weights`, at least 1 each.

    Args:
        n: the sum.
        weights: (k,) numbers of 0 or more.

    Example:
        >>> share(10, np.array([1, 2, 5]))
        array([2, 3, 5])
    """
    exact = weights * (n - len(weights)) / weights.sum()
    counts = np.floor(exact).astype(np.int64)
    largest_remainders = np.argsort(counts - exact, kind="stable")
    counts[largest_remainders[: n - len(weights) - counts.sum()]] += 1
    return counts + 1


def _points_in_disc(
    radius: float, n: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(x, z) of points that fill a disc evenly."""
    # Just inside, since the core is what lies strictly within its radius.
    distance = radius * (1.0 - 1e-9) * np.sqrt(rng.random(n))
    angle = 2.0 * np.pi * rng.random(n)
    return distance * np.cos(angle), distance * np.sin(angle)


def _make_node_types(
    names: Sequence[str], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64], Glif3Parameters]:
    """Population, specimen and parameters of every node type."""
    fitted = {int(row["specimen_id"]): row for row in facts.table("glif3_cell_models")}
    population: list[int] = []
    specimens: list[int] = []
    for number, name in enumerate(names):
        cell_class = describe_population(name).cell_class
        cells = _CELLS_OF_CLASS[cell_class]
        n_variants = _VARIANTS_OF_CLASS[cell_class]
        population += [number] * n_variants
        specimens += [cells[variant % len(cells)] for variant in range(n_variants)]
    rows = [fitted[specimen] for specimen in specimens]
    return np.array(population), np.array(specimens), _varied(rows, rng)


def _varied(rows: Sequence[Mapping[str, str]], rng: np.random.Generator) -> Glif3Parameters:
    """Parameters of the fitted cells in `rows`, each varied a little on its own."""

    def column(*names: str) -> NDArray[np.float64]:
        return np.array([[float(row[name]) for name in names] for row in rows])

    def scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return values * np.exp(_LOG_SCATTER * rng.standard_normal(values.shape))

    def shifted(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return values + _POTENTIAL_SCATTER_MV * rng.standard_normal(values.shape)

    resting = shifted(column("E_L_mV"))[:, 0]
    return Glif3Parameters(
        E_L=resting,
        V_reset=resting.copy(),
        V_th=shifted(column("V_th_mV"))[:, 0],
        g=scaled(column("g_nS"))[:, 0],
        C_m=scaled(column("C_m_pF"))[:, 0],
        t_ref=scaled(column("t_ref_ms"))[:, 0],
        k=column("k_0_per_ms", "k_1_per_ms"),
        asc_amps=scaled(column("asc_amp_0_pA", "asc_amp_1_pA")),
        tau_syn=np.array([[float(tau) for tau in row["tau_syn_ms"].split()] for row in rows]),
    )
