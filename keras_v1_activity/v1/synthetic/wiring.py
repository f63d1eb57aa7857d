"""The synapses of a synthetic network: recurrent ones from measured probabilities, and the LGN's.

Weights are set in units of the target cell: a class of synapses brings, at the rates aimed at,
a given fraction of the current that just reaches threshold (the rheobase), whatever the number of
synapses. So a thinned network works at the same point as a full one.
"""

import numpy as np

from keras_v1_activity.activity import facts
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS, Synapses
from keras_v1_activity.v1.stimuli.lgn_grid import LGN_COLUMNS, LGN_ROWS
from keras_v1_activity.v1.stimuli.lgn_grid import MEAN_PROBABILITY as GREY_PROBABILITY
from keras_v1_activity.v1.synthetic.glif3_numpy import psc_charge

# Mean in-degree wanted at each network size. The counts at 2,000, 10,000 and 52,000 neurons are
# those of the published network; in between, in proportion on logarithmic scales.
_SIZES = (2_000, 10_000, 52_000, 230_924)
_IN_DEGREES = (84.5, 254.0, 290.0, 369.0)
# Smaller networks keep the in-degree of 2,000 while they can: with fewer synapses each would be so
# strong that the network ignites.
_LARGEST_CONNECTED_FRACTION = 0.2

# Mean drive of each kind of source, as a fraction of the target's rheobase, if excitatory cells
# fired at 5 Hz and inhibitory ones at 10 Hz. Synapses here are currents without a reversal
# potential: with more inhibition than this, one volley of it carries cells far below -100 mV.
_EXCITATORY_DRIVE = 0.4
_INHIBITORY_DRIVE = 0.8
_NOMINAL_RATES_HZ = (10.0, 5.0)
_LOG_WEIGHT_SCATTER = 0.6

# Of each class: mean number of LGN synapses, and their drive at grey as a fraction of rheobase.
_LGN_BY_LAYER_AND_KIND = {
    ("1", "Htr3a"): (30, 0.12),
    ("2/3", "Exc"): (75, 0.30), ("2/3", "PV"): (80, 0.35),
    ("4", "Exc"): (150, 0.70), ("4", "PV"): (150, 0.70),
    ("5", "Exc"): (115, 0.45), ("5", "PV"): (120, 0.45),
    ("6", "Exc"): (125, 0.45), ("6", "PV"): (130, 0.45),
}  # fmt: skip
_LGN_OF_OTHERS = (10, 0.05)
# Receptive field: one elongated subfield of random orientation, in pixels.
_FIELD_LENGTH_SD, _FIELD_WIDTH_SD, _FIELD_REACH = 7.0, 2.5, 17

# A spike travels this fast, after a synaptic latency.
_SPEED_UM_PER_MS = 130.0
_LATENCY_MS = 0.6

_BLOCK = 4_000_000  # pairs handled at once


def in_degree_wanted(n_neurons):
    """Mean number of recurrent synapses per neuron in a network of `n_neurons`."""
    if n_neurons <= _SIZES[0]:
        return min(_IN_DEGREES[0], _LARGEST_CONNECTED_FRACTION * n_neurons)
    return float(np.exp(np.interp(np.log(n_neurons), np.log(_SIZES), np.log(_IN_DEGREES))))


def connect_recurrent(cells, rng):
    """Draws the recurrent `Synapses`, ordered by target and source.

    A pair is connected with probability ``factor * pmax * exp(-d^2 / (2 sigma^2))``, at most 1: d
    is the lateral distance, pmax and sigma are measured, and one factor for all pairs makes up for
    the thinning of the network.

    Args:
        cells: `SyntheticCells`.
        rng: numpy Generator.
    """
    rule = _ConnectionRule(cells)
    rule.factor = _solve_factor(rule, cells, rng)
    sources, targets = _draw_pairs(rule, cells, rng)
    receptor = _receptor(cells.excitatory[sources], cells.excitatory[targets])
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

    def __init__(self, cells):
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

    def probability(self, targets, population):
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


def _solve_factor(rule, cells, rng):
    """The factor that gives the wanted mean in-degree, from a sample of targets."""
    counts = np.diff(cells.population_start)
    wanted = in_degree_wanted(cells.n_neurons)
    samples = []
    for population, start in enumerate(cells.population_start[:-1]):
        size = int(min(counts[population], max(2, 600 * counts[population] // cells.n_neurons)))
        chosen = start + rng.choice(counts[population], size, replace=False)
        samples.append((counts[population] / size, rule.probability(chosen, population)))

    def mean_in_degree(factor):
        total = sum(w * np.minimum(p * np.float32(factor), 1).sum() for w, p in samples)
        return total / cells.n_neurons

    low, high = 0.0, 1.0
    while mean_in_degree(high) < wanted and high < 1e4:
        high *= 2.0
    for _ in range(20):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if mean_in_degree(middle) < wanted else (low, middle)
    return high


def _draw_pairs(rule, cells, rng):
    """(sources, targets) of all synapses, int32, ascending by target, then source."""
    sources, targets = [], []
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


def _receptor(source_excitatory, target_excitatory):
    """Receptor 0..3 for e to e, i to e, e to i, i to i: their time constants differ."""
    return (2 * ~target_excitatory + ~source_excitatory).astype(np.int8)


def _recurrent_weights(cells, sources, targets, receptor, rng):
    """float32 weights, pA: lognormal, of the sign of the source's class."""
    weights = np.exp(_LOG_WEIGHT_SCATTER * rng.standard_normal(len(sources), np.float32))
    rate_per_ms = np.array(_NOMINAL_RATES_HZ, np.float32)[cells.excitatory.astype(int)] / 1000
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


def _delays(cells, sources, targets):
    """float32 delays, whole ms from 1 to 5, by distance."""
    distance = np.sqrt(
        sum((axis[sources] - axis[targets]) ** 2 for axis in (cells.x, cells.y, cells.z))
    )
    delay = np.rint(_LATENCY_MS + distance / _SPEED_UM_PER_MS)
    return np.clip(delay, 1, 5).astype(np.float32)


def connect_lgn(cells, rng):
    """Draws the `Synapses` from the 17,400 LGN units, which lie on a grid of 100 x 174 pixels.

    The column covers the grid: x runs along its columns, z along its rows. A neuron listens to one
    elongated field of random orientation around its place.

    Args:
        cells: `SyntheticCells`.
        rng: numpy Generator.
    """
    wanted = np.array([_lgn_input_of(population) for population in cells.described])
    centre_row = (cells.z / cells.radius_um + 1.0) * 0.5 * (LGN_ROWS - 1)
    centre_column = (cells.x / cells.radius_um + 1.0) * 0.5 * (LGN_COLUMNS - 1)
    angle = np.pi * rng.random(cells.n_neurons)
    peak = _field_peak(wanted[:, 0])[cells.population]
    sources, targets = [], []
    for first in range(0, cells.n_neurons, 2000):
        block = slice(first, first + 2000)
        neuron, unit = _draw_fields(
            centre_row[block], centre_column[block], angle[block], peak[block], rng
        )
        sources.append(unit.astype(np.int32))
        targets.append((neuron + first).astype(np.int32))
    source, target = np.concatenate(sources), np.concatenate(targets)
    receptor = _receptor(np.ones(len(source), bool), cells.excitatory[target])
    # Neurons whose field lies half off the grid make up for it with stronger synapses, in part.
    degree = np.bincount(target, minlength=cells.n_neurons)
    degree = np.maximum(degree, 0.4 * wanted[cells.population, 0])
    charge = psc_charge(cells.parameters.tau_syn[0])
    drive = wanted[cells.population, 1] * cells.rheobase / (GREY_PROBABILITY * degree)
    scatter = _LOG_WEIGHT_SCATTER * rng.standard_normal(len(source))
    weight = drive[target] / charge[receptor] * np.exp(scatter - _LOG_WEIGHT_SCATTER**2 / 2)
    return Synapses(
        source=source, target=target, receptor=receptor, weight=weight.astype(np.float32),
        delay=np.zeros(len(source), np.float32),
        n_sources=LGN_ROWS * LGN_COLUMNS, n_targets=cells.n_neurons,
    )  # fmt: skip


def _lgn_input_of(population):
    key = population.layer, population.cell_class
    return _LGN_BY_LAYER_AND_KIND.get(key, _LGN_OF_OTHERS)


def _field_peak(n_synapses):
    """Peak of a Gaussian field, clipped at probability 1, that holds `n_synapses` pixels."""
    area = 2.0 * np.pi * _FIELD_LENGTH_SD * _FIELD_WIDTH_SD
    return np.where(n_synapses < area, n_synapses / area, np.exp(n_synapses / area - 1.0))


def _draw_fields(centre_row, centre_column, angle, peak, rng):
    """(neuron, LGN unit) of every synapse of a block of neurons, ascending."""
    reach = np.arange(-_FIELD_REACH, _FIELD_REACH + 1)
    row = np.rint(centre_row)[:, None, None] + reach[:, None]
    column = np.rint(centre_column)[:, None, None] + reach
    down = (row - centre_row[:, None, None]).astype(np.float32)
    right = (column - centre_column[:, None, None]).astype(np.float32)
    cosine, sine = (f(angle).astype(np.float32)[:, None, None] for f in (np.cos, np.sin))
    along = (right * cosine + down * sine) / np.float32(_FIELD_LENGTH_SD)
    across = (down * cosine - right * sine) / np.float32(_FIELD_WIDTH_SD)
    probability = peak.astype(np.float32)[:, None, None] * np.exp(-0.5 * (along**2 + across**2))
    on_grid = (row >= 0) & (row < LGN_ROWS) & (column >= 0) & (column < LGN_COLUMNS)
    drawn = (rng.random(probability.shape, np.float32) < probability) & on_grid
    neuron, i, j = np.nonzero(drawn)
    unit = row[neuron, i, 0] * LGN_COLUMNS + column[neuron, 0, j]
    return neuron, unit.astype(np.int64)


def shape_of_background(cells, rng):
    """(n, 4) pA: background weights that alone bring each neuron just to threshold on average.

    They scatter by a tenth between neurons, so that not all follow the shared background alike.
    """
    receptor = _receptor(np.ones(cells.n_neurons, bool), cells.excitatory)
    charge = psc_charge(cells.parameters.tau_syn[0])
    # The published background sums to 10 x 0.1 = 1 file weight per ms on average.
    scatter = np.exp(0.1 * rng.standard_normal(cells.n_neurons))
    weights = np.zeros((cells.n_neurons, N_RECEPTORS), np.float32)
    weights[np.arange(cells.n_neurons), receptor] = cells.rheobase / charge[receptor] * scatter
    return weights
