"""The recurrent synapses of a synthetic network, from measured probabilities.

Weights are set in units of the target cell: a class of synapses brings, at the rates aimed at,
a given fraction of the current that just reaches threshold (the rheobase), whatever the number of
synapses. So a thinned network works at the same point as a full one.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity import facts
from keras_v1_activity.common.units import MS_PER_S
from keras_v1_activity.v1.network.v1_network import Synapses
from keras_v1_activity.v1.synthetic.cells import SyntheticCells
from keras_v1_activity.v1.synthetic.glif3_numpy import psc_charge

# Mean in-degree wanted at each network size. The counts at 2,000, 10,000 and 52,000 neurons are
# those of the published network; in between, in proportion on logarithmic scales.
_SIZES: Final = (2_000, 10_000, 52_000, 230_924)
_IN_DEGREES: Final = (84.5, 254.0, 290.0, 369.0)
# Smaller networks keep the in-degree of 2,000 while they can: with fewer synapses each would be so
# strong that the network ignites.
_LARGEST_CONNECTED_FRACTION = 0.2

# Mean drive of each kind of source, as a fraction of the target's rheobase, if excitatory cells
# fired at 5 Hz and inhibitory ones at 10 Hz. Synapses here are currents without a reversal
# potential: with more inhibition than this, one volley of it carries cells far below -100 mV.
_EXCITATORY_DRIVE = 0.4
_INHIBITORY_DRIVE = 0.8
_NOMINAL_RATES_HZ: Final = (10.0, 5.0)
# Standard deviation of the logarithm of a weight within its class.
LOG_WEIGHT_SCATTER = 0.6

# A spike travels this fast, after a synaptic latency.
_SPEED_UM_PER_MS = 130.0
_LATENCY_MS = 0.6

_BLOCK = 4_000_000  # pairs handled at once


def in_degree_wanted(n_neurons: int) -> float:
    """Mean number of recurrent synapses per neuron in a network of `n_neurons`.

    Example:
        >>> in_degree_wanted(200), in_degree_wanted(2000)
        (40.0, 84.5)
    """
    if n_neurons <= _SIZES[0]:
        return min(_IN_DEGREES[0], _LARGEST_CONNECTED_FRACTION * n_neurons)
    return float(np.exp(np.interp(np.log(n_neurons), np.log(_SIZES), np.log(_IN_DEGREES))))


def connect_recurrent(cells: SyntheticCells, rng: np.random.Generator) -> Synapses:
    """Draws the recurrent `Synapses`, ordered by target and source.

    A pair is connected with probability ``factor * pmax * exp(-d^2 / (2 sigma^2))``, at most 1: d
    is the lateral distance, pmax and sigma are measured, and one factor for all pairs makes up for
    the thinning of the network.

    Args:
        cells: the neurons.
        rng: numpy Generator.

    Example:
        >>> connect_recurrent(drawn.cells, np.random.default_rng(1)).n_sources
        200
    """
    rule = _ConnectionRule(cells)
    rule.factor = _solve_factor(rule, cells, rng)
    sources, targets = _draw_pairs(rule, cells, rng)
    receptor = receptor_of(cells.excitatory[sources], cells.excitatory[targets])
    return Synapses(
        source=sources,
        target=targets,
        receptor=receptor,
        weight=_recurrent_weights(cells, sources, targets, receptor, rng),
        delay=_delays(cells, sources, targets),
        n_sources=cells.n_neurons,
        n_targets=cells.n_neurons,
    )


class _ConnectionRule:
    """Connection probability of pairs, from the measured tables."""

    def __init__(self, cells: SyntheticCells) -> None:
        cell_type = {row["pop_name"]: row["cell_type"] for row in facts.table("cell_types")}
        peak = {row["pre"]: row for row in facts.table("connection_probability_max")}
        sigma = {row["pre"]: row for row in facts.table("lateral_sigma_um")}
        names = cells.population_names
        self.peak = np.array(
            [[float(peak[cell_type[a]][cell_type[b]]) for b in names] for a in names]
        )
        self.sigma = np.array([[float(sigma[a[0]][b[0]]) for b in names] for a in names])
        self.cells = cells
        self.x, self.z = cells.x.astype(np.float32), cells.z.astype(np.float32)
        self.factor = 1.0

    def probability(self, targets: NDArray[np.int64], population: int) -> NDArray[np.float32]:
        """(targets, n) float32 probability of a synapse from every neuron to each target.

        The targets belong to one population. Not yet clipped at 1.
        """
        squared = np.subtract.outer(self.x[targets], self.x) ** 2
        squared += np.subtract.outer(self.z[targets], self.z) ** 2
        source = self.cells.population
        squared *= (-0.5 / self.sigma[:, population] ** 2).astype(np.float32)[source]
        np.exp(squared, out=squared)
        squared *= (self.factor * self.peak[:, population]).astype(np.float32)[source]
        squared[np.arange(len(targets)), targets] = 0.0
        return squared


def _solve_factor(rule: _ConnectionRule, cells: SyntheticCells, rng: np.random.Generator) -> float:
    """The factor that gives the wanted mean in-degree, from a sample of targets."""
    counts = np.diff(cells.population_start)
    wanted = in_degree_wanted(cells.n_neurons)
    samples = []
    for population, start in enumerate(cells.population_start[:-1]):
        size = int(min(counts[population], max(2, 600 * counts[population] // cells.n_neurons)))
        chosen = start + rng.choice(counts[population], size, replace=False)
        samples.append((counts[population] / size, rule.probability(chosen, population)))

    def mean_in_degree(factor: float) -> float:
        total = sum(w * np.minimum(p * np.float32(factor), 1).sum() for w, p in samples)
        return total / cells.n_neurons

    low, high = 0.0, 1.0
    while mean_in_degree(high) < wanted and high < 1e4:
        high *= 2.0
    for _ in range(20):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if mean_in_degree(middle) < wanted else (low, middle)
    return high


def _draw_pairs(
    rule: _ConnectionRule, cells: SyntheticCells, rng: np.random.Generator
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """(sources, targets) of all synapses, int32, ascending by target, then source."""
    sources: list[NDArray[np.int32]] = []
    targets: list[NDArray[np.int32]] = []
    per_block = max(1, _BLOCK // cells.n_neurons)
    for population in range(len(cells.population_names)):
        start, end = cells.population_start[population : population + 2]
        for first in range(start, end, per_block):
            block = np.arange(first, min(first + per_block, end))
            probability = rule.probability(block, population)
            hit = np.flatnonzero(rng.random(probability.shape, np.float32) < probability)
            target, source = np.divmod(hit, cells.n_neurons)
            sources.append(source.astype(np.int32))
            targets.append((target + first).astype(np.int32))
    return np.concatenate(sources), np.concatenate(targets)


def receptor_of(
    source_excitatory: NDArray[np.bool_], target_excitatory: NDArray[np.bool_]
) -> NDArray[np.int8]:
    """Receptor 0..3 for e to e, i to e, e to i, i to i: their time constants differ.

    Args:
        source_excitatory: (n,) whether the source of each synapse is excitatory.
        target_excitatory: (n,) whether its target is.

    Example:
        >>> receptor_of(np.array([True, False]), np.array([True, False]))
        array([0, 3], dtype=int8)
    """
    return (2 * ~target_excitatory + ~source_excitatory).astype(np.int8)


def _recurrent_weights(
    cells: SyntheticCells,
    sources: NDArray[np.int32],
    targets: NDArray[np.int32],
    receptor: NDArray[np.int8],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """float32 weights, pA: lognormal, of the sign of the source's class."""
    weights = np.exp(LOG_WEIGHT_SCATTER * rng.standard_normal(len(sources), np.float32))
    nominal_hz = np.array(_NOMINAL_RATES_HZ, np.float32)[cells.excitatory.astype(int)]
    rate_per_ms = nominal_hz / np.float32(MS_PER_S)
    charge = psc_charge(cells.parameters.tau_syn[0]).astype(np.float32)
    drive = weights * rate_per_ms[sources] * charge[receptor]
    n_populations = len(cells.population_names)
    excitatory = cells.excitatory[sources]
    group = cells.population[targets] * 2 + excitatory
    per_neuron = np.bincount(group, drive, minlength=2 * n_populations)
    per_neuron /= np.repeat(np.diff(cells.population_start), 2)
    wanted = np.tile([-_INHIBITORY_DRIVE, _EXCITATORY_DRIVE], n_populations)
    scale = np.divide(wanted, per_neuron, out=np.zeros_like(wanted), where=per_neuron > 0)
    return (weights * scale[group] * cells.rheobase[targets]).astype(np.float32)


def _delays(
    cells: SyntheticCells, sources: NDArray[np.int32], targets: NDArray[np.int32]
) -> NDArray[np.float32]:
    """float32 delays, whole ms from 1 to 5, by distance."""
    distance = np.sqrt(
        sum((axis[sources] - axis[targets]) ** 2 for axis in (cells.x, cells.y, cells.z))
    )
    delay = np.rint(_LATENCY_MS + distance / _SPEED_UM_PER_MS)
    return np.clip(delay, 1, 5).astype(np.float32)
