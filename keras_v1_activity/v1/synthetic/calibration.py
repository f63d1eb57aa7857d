"""Background weights with which a synthetic network fires near the recorded rates, untrained.

The network is simulated under the standard trial and each population's background is turned up or
down, until rates are near their targets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.activity.populations import Population
from keras_v1_activity.common.units import counts_to_hz
from keras_v1_activity.v1.network.v1_network import Synapses
from keras_v1_activity.v1.stimuli.lgn_grid import (
    LGN_COLUMNS,
    LGN_ROWS,
    MEAN_PROBABILITY,
    image_probability,
)
from keras_v1_activity.v1.synthetic.cells import SyntheticCells
from keras_v1_activity.v1.synthetic.drawing import DrawnNetwork
from keras_v1_activity.v1.synthetic.glif3_numpy import Glif3Simulation, psc_charge
from keras_v1_activity.v1.synthetic.trials import SimulatedTrial

# The standard trial: (ms, shows the image).
_TRIAL: Final = ((50, False), (100, True), (450, False))

_TARGET_RANGE_HZ: Final = (1.0, 9.0)
_RATE_WITHOUT_RECORDS_HZ = 4.0

_FEWEST_ROUNDS, _MOST_ROUNDS = 12, 18
_TRIALS_PER_ROUND = 4
# Fraction of rheobase by which the background changes for a rate wrong by a factor of e, in the
# first and in the last rounds.
_FIRST_STEP, _LAST_STEP = 0.2, 0.06
_LARGEST_STEP = 0.15
_BACKGROUND_LIMITS: Final = (0.02, 2.5)
# Rates within this factor of their targets need no more rounds.
_NEAR_ENOUGH = 1.35
_FAIR_SIZE = 50
# Rates this many times their targets, whatever the background, call for less excitation.
_IGNITED = 2.0
_MOST_WEAKENINGS = 4


def target_rates(described: Sequence[Population]) -> NDArray[np.float64]:
    """(n_populations,) Hz to aim at: the recorded mean, at least 1 and at most 9 Hz.

    Args:
        described: a `Population` for each population.

    Example:
        >>> target_rates(network.populations.members)[:3].round(1)
        array([4.2, 1.5, 7.3])
    """
    recorded = [
        _RATE_WITHOUT_RECORDS_HZ if p.recorded_rate_hz is None else p.recorded_rate_hz
        for p in described
    ]
    return np.clip(recorded, *_TARGET_RANGE_HZ)


def standard_trial(image: ArrayLike, *, spiking: bool = False) -> SimulatedTrial:
    """The 600 ms trial of training: 50 ms grey, 100 ms image, 450 ms grey.

    Args:
        image: (height, width) intensities.
        spiking: draw LGN spikes; else their probability enters as a current.

    Example:
        >>> standard_trial(np.eye(100, 174)).n_steps
        600
    """
    shown = image_probability(image)
    grey = np.full(len(shown), MEAN_PROBABILITY, np.float32)
    segments = tuple((duration, shown if image_on else grey) for duration, image_on in _TRIAL)
    return SimulatedTrial(segments, spiking)


def random_strokes(rng: np.random.Generator, n_strokes: int = 4) -> NDArray[np.float32]:
    """An image (100, 174) of a few bright strokes, as sparse as a handwritten digit.

    Args:
        rng: where their places and directions come from.
        n_strokes: how many.

    Example:
        >>> random_strokes(np.random.default_rng(0)).shape
        (100, 174)
    """
    row, column = np.mgrid[:LGN_ROWS, :LGN_COLUMNS].astype(np.float32)
    image = np.zeros((LGN_ROWS, LGN_COLUMNS), np.float32)
    for _ in range(n_strokes):
        angle = np.pi * rng.random()
        down = row - LGN_ROWS * rng.uniform(0.2, 0.8)
        right = column - LGN_COLUMNS * rng.uniform(0.2, 0.8)
        along = (right * np.cos(angle) + down * np.sin(angle)) / 25.0
        across = (down * np.cos(angle) - right * np.sin(angle)) / 5.0
        image = np.maximum(image, np.exp(-0.5 * (along**4 + across**4)))
    return image


@dataclass(frozen=True, eq=False, kw_only=True)
class Calibration:
    """What a calibration found.

    Attributes:
        network: the network that it holds for; its excitation may have been weakened.
        background_weights: (n, 4) float32, pA.
        rates: (n_populations,) Hz in a last simulation, on trials not used before.
        rounds: simulations that it took.

    Example:
        >>> weights, rates = drawn.unit_background, np.full(22, 4.0)
        >>> Calibration(network=drawn, background_weights=weights, rates=rates, rounds=12).rounds
        12
    """

    network: DrawnNetwork
    background_weights: NDArray[np.float32]
    rates: NDArray[np.float64]
    rounds: int


def calibrate(
    network: DrawnNetwork,
    targets: NDArray[np.float64],
    seed: int,
    progress: Callable[[str], object],
) -> Calibration:
    """Finds each population's background by simulating, with less excitation if a network ignites.

    In a small network of unlucky wiring, excitatory cells keep each other firing at any background;
    their synapses are then weakened by a third, up to four times.

    Args:
        network: as it was drawn.
        targets: (n_populations,) Hz.
        seed: of images and noise; the same seed gives the same weights.
        progress: called with a line of text now and then.

    Example:
        >>> targets = target_rates(drawn.cells.described)
        >>> calibrate(drawn, targets, seed=0, progress=str).background_weights.shape
        (200, 4)
    """
    fair = np.diff(network.cells.population_start) >= _FAIR_SIZE
    for weakened in range(_MOST_WEAKENINGS + 1):
        found = _set_background(network, targets, seed, progress)
        excess = (found.rates + 0.2) / (targets + 0.2)
        if excess[fair].max(initial=0.0) < _IGNITED or weakened == _MOST_WEAKENINGS:
            break
        progress("the network ignites: weakening its recurrent excitation by a third")
        weight = network.recurrent.weight
        weight = np.where(weight > 0, weight * (2 / 3), weight).astype(np.float32)
        network = replace(network, recurrent=replace(network.recurrent, weight=weight))
    return found


def _set_background(
    network: DrawnNetwork,
    targets: NDArray[np.float64],
    seed: int,
    progress: Callable[[str], object],
) -> Calibration:
    """Finds each population's background by simulating and correcting."""
    cells, unit = network.cells, network.unit_background
    level = _first_guess(cells, network.inputs)
    simulation = Glif3Simulation(cells.parameters, network.recurrent, network.inputs, unit)
    fair = np.diff(cells.population_start) >= _FAIR_SIZE
    previous = np.zeros(len(level))
    settled = 0
    for done in range(_MOST_ROUNDS):
        rates = _simulated_rates(simulation, cells, unit, level, (seed, done))
        error = np.log((targets + 0.2) / (rates + 0.2))
        worst = float(np.exp(np.abs(error[fair]).max(initial=0.0)))
        progress(f"calibrating, round {done + 1}: rates within a factor of {worst:.1f}")
        settled = settled + 1 if worst < _NEAR_ENOUGH else 0
        if done + 1 >= _FEWEST_ROUNDS and settled >= 2:
            break
        late = min(1.0, done / _FEWEST_ROUNDS)
        step = _FIRST_STEP * (_LAST_STEP / _FIRST_STEP) ** late
        # A correction that turns back has gone too far: halve it.
        step = np.where(error * previous < 0, 0.5 * step, step)
        previous = error
        level = level + np.clip(step * error, -_LARGEST_STEP, _LARGEST_STEP)
        level = np.clip(level, *_BACKGROUND_LIMITS)
    rates = _simulated_rates(simulation, cells, unit, level, (seed, _MOST_ROUNDS))
    return Calibration(
        network=network,
        background_weights=_scaled(cells, unit, level),
        rates=rates,
        rounds=done + 1,
    )


def _scaled(
    cells: SyntheticCells, unit_background: NDArray[np.float32], level: NDArray[np.float64]
) -> NDArray[np.float32]:
    return unit_background * level.astype(np.float32)[cells.population, None]


def _first_guess(cells: SyntheticCells, inputs: Synapses) -> NDArray[np.float64]:
    """Background that with the LGN's drive at grey stays just below threshold.

    Starting from below matters: a network that starts far above its rates can stay there.
    """
    charge = psc_charge(cells.parameters.tau_syn[0])
    current = MEAN_PROBABILITY * charge[inputs.receptor] * inputs.weight
    relative = current / cells.rheobase[inputs.target]
    per_population = np.bincount(
        cells.population[inputs.target], relative, minlength=len(cells.population_names)
    )
    lgn_drive = per_population / np.diff(cells.population_start)
    return np.clip(0.9 - lgn_drive, *_BACKGROUND_LIMITS)


def _simulated_rates(
    simulation: Glif3Simulation,
    cells: SyntheticCells,
    unit_background: NDArray[np.float32],
    level: NDArray[np.float64],
    seed: Sequence[int],
) -> NDArray[np.float64]:
    """(n_populations,) Hz over standard trials, half with current and half with spike input."""
    rng = np.random.default_rng(seed)
    simulation.background_weights = _scaled(cells, unit_background, level)
    trials = [
        standard_trial(random_strokes(rng), spiking=bool(number % 2))
        for number in range(_TRIALS_PER_ROUND)
    ]
    spikes = simulation.run(trials, seed=int(rng.integers(2**31)))
    counts = spikes.counts().mean(0)
    n_populations = len(cells.population_names)
    summed = np.bincount(cells.population, counts, minlength=n_populations)
    return counts_to_hz(summed, spikes.n_steps, np.diff(cells.population_start))
