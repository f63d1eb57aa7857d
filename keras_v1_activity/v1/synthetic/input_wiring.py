"""What reaches a synthetic network from outside: synapses from the LGN, and the background.

Their weights are set in units of the target cell, as those of the recurrent synapses are.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.populations import Population
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS, Synapses
from keras_v1_activity.v1.stimuli.lgn_grid import LGN_COLUMNS, LGN_ROWS, MEAN_PROBABILITY, N_LGN
from keras_v1_activity.v1.synthetic.cells import SyntheticCells
from keras_v1_activity.v1.synthetic.glif3_numpy import psc_charge
from keras_v1_activity.v1.synthetic.wiring import LOG_WEIGHT_SCATTER, receptor_of

# Of each class: mean number of LGN synapses, and their drive at grey as a fraction of rheobase.
_LGN_BY_LAYER_AND_KIND: Final = {
    ("1", "Htr3a"): (30, 0.12),
    ("2/3", "Exc"): (75, 0.30), ("2/3", "PV"): (80, 0.35),
    ("4", "Exc"): (150, 0.70), ("4", "PV"): (150, 0.70),
    ("5", "Exc"): (115, 0.45), ("5", "PV"): (120, 0.45),
    ("6", "Exc"): (125, 0.45), ("6", "PV"): (130, 0.45),
}  # fmt: skip
_LGN_OF_OTHERS: Final = (10, 0.05)
# Receptive field: one elongated subfield of random orientation, in pixels.
_FIELD_LENGTH_SD, _FIELD_WIDTH_SD, _FIELD_REACH = 7.0, 2.5, 17
_BLOCK = 2000  # neurons handled at once


def connect_lgn(cells: SyntheticCells, rng: np.random.Generator) -> Synapses:
    """Draws the `Synapses` from the 17,400 LGN units, which lie on a grid of 100 x 174 pixels.

    The column covers the grid: x runs along its columns, z along its rows. A neuron listens to one
    elongated field of random orientation around its place.

    Args:
        cells: the neurons.
        rng: numpy Generator.

    Example:
        >>> connect_lgn(drawn.cells, np.random.default_rng(1)).n_sources
        17400
    """
    wanted = np.array([_lgn_input_of(population) for population in cells.described])
    centre_row = (cells.z / cells.radius_um + 1.0) * 0.5 * (LGN_ROWS - 1)
    centre_column = (cells.x / cells.radius_um + 1.0) * 0.5 * (LGN_COLUMNS - 1)
    angle = np.pi * rng.random(cells.n_neurons)
    peak = _field_peak(wanted[:, 0])[cells.population]
    sources: list[NDArray[np.int32]] = []
    targets: list[NDArray[np.int32]] = []
    for first in range(0, cells.n_neurons, _BLOCK):
        block = slice(first, first + _BLOCK)
        neuron, unit = _draw_fields(
            centre_row[block], centre_column[block], angle[block], peak[block], rng
        )
        sources.append(unit.astype(np.int32))
        targets.append((neuron + first).astype(np.int32))
    source, target = np.concatenate(sources), np.concatenate(targets)
    receptor = receptor_of(np.ones(len(source), bool), cells.excitatory[target])
    # Neurons whose field lies half off the grid make up for it with stronger synapses, in part.
    degree = np.bincount(target, minlength=cells.n_neurons)
    degree = np.maximum(degree, 0.4 * wanted[cells.population, 0])
    charge = psc_charge(cells.parameters.tau_syn[0])
    drive = wanted[cells.population, 1] * cells.rheobase / (MEAN_PROBABILITY * degree)
    scatter = LOG_WEIGHT_SCATTER * rng.standard_normal(len(source))
    weight = drive[target] / charge[receptor] * np.exp(scatter - LOG_WEIGHT_SCATTER**2 / 2)
    return Synapses(
        source=source, target=target, receptor=receptor, weight=weight.astype(np.float32),
        delay=np.zeros(len(source), np.float32),
        n_sources=N_LGN, n_targets=cells.n_neurons,
    )  # fmt: skip


def _lgn_input_of(population: Population) -> tuple[int, float]:
    key = population.layer, population.cell_class
    return _LGN_BY_LAYER_AND_KIND.get(key, _LGN_OF_OTHERS)


def _field_peak(n_synapses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Peak of a Gaussian field, clipped at probability 1, that holds `n_synapses` pixels."""
    area = 2.0 * np.pi * _FIELD_LENGTH_SD * _FIELD_WIDTH_SD
    return np.where(n_synapses < area, n_synapses / area, np.exp(n_synapses / area - 1.0))


def _draw_fields(
    centre_row: NDArray[np.float64],
    centre_column: NDArray[np.float64],
    angle: NDArray[np.float64],
    peak: NDArray[np.float64],
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
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


def shape_of_background(cells: SyntheticCells, rng: np.random.Generator) -> NDArray[np.float32]:
    """(n, 4) pA: background weights that alone bring each neuron just to threshold on average.

    They scatter by a tenth between neurons, so that not all follow the shared background alike.

    Args:
        cells: the neurons.
        rng: numpy Generator.

    Example:
        >>> shape_of_background(drawn.cells, np.random.default_rng(1)).shape
        (200, 4)
    """
    receptor = receptor_of(np.ones(cells.n_neurons, bool), cells.excitatory)
    charge = psc_charge(cells.parameters.tau_syn[0])
    # The published background sums to 10 x 0.1 = 1 file weight per ms on average.
    scatter = np.exp(0.1 * rng.standard_normal(cells.n_neurons))
    weights = np.zeros((cells.n_neurons, N_RECEPTORS), np.float32)
    weights[np.arange(cells.n_neurons), receptor] = cells.rheobase / charge[receptor] * scatter
    return weights
