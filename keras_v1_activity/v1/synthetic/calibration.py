"""Background weights with which a synthetic network fires near the recorded rates, untrained.

The network is simulated under the standard trial and each population's background is turned up or
down, until rates are near their targets.
"""

from dataclasses import dataclass, replace

import numpy as np

from keras_v1_activity.common.units import counts_to_hz
from keras_v1_activity.v1.synthetic.glif3_numpy import Glif3Simulation, Trial, psc_charge
from keras_v1_activity.v1.synthetic.wiring import GREY_PROBABILITY, LGN_COLUMNS, LGN_ROWS

# LGN spike probability per ms of standardised image intensity.
IMAGE_PROBABILITY_SD = 0.02082
# The standard trial: (ms, shows the image).
_TRIAL = ((50, False), (100, True), (450, False))

_TARGET_RANGE_HZ = (1.0, 9.0)
_RATE_WITHOUT_RECORDS_HZ = 4.0

_FEWEST_ROUNDS, _MOST_ROUNDS = 12, 18
_TRIALS_PER_ROUND = 4
# Fraction of rheobase by which the background changes for a rate wrong by a factor of e, in the
# first and in the last rounds.
_FIRST_STEP, _LAST_STEP = 0.2, 0.06
_LARGEST_STEP = 0.15
_BACKGROUND_LIMITS = (0.02, 2.5)
# Rates within this factor of their targets need no more rounds.
_NEAR_ENOUGH = 1.35
_FAIR_SIZE = 50
# Rates this many times their targets, whatever the background, call for less excitation.
_IGNITED = 2.0
_MOST_WEAKENINGS = 4


def target_rates(described):
    """(n_populations,) Hz to aim at: the recorded mean, at least 1 and at most 9 Hz.

    Args:
        described: a `Population` for each population.
    """
    recorded = [
        _RATE_WITHOUT_RECORDS_HZ if p.recorded_rate_hz is None else p.recorded_rate_hz
        for p in described
    ]
    return np.clip(recorded, *_TARGET_RANGE_HZ)


def image_probability(image):
    """(17400,) float32 LGN spike probability per ms of an image of 100 x 174 intensities."""
    image = np.asarray(image, np.float64).reshape(-1)
    standardised = (image - image.mean()) / max(image.std(), 1e-12)
    probability = GREY_PROBABILITY + IMAGE_PROBABILITY_SD * standardised
    return np.clip(probability, 0.0, 1.0).astype(np.float32)


def standard_trial(image, *, spiking=False):
    """The 600 ms `Trial` of training: 50 ms grey, 100 ms image, 450 ms grey."""
    shown = image_probability(image)
    grey = np.full(len(shown), GREY_PROBABILITY, np.float32)
    segments = tuple((duration, shown if image_on else grey) for duration, image_on in _TRIAL)
    return Trial(segments, spiking)


def random_strokes(rng, n_strokes=4):
    """An image (100, 174) of a few bright strokes, as sparse as a handwritten digit."""
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


@dataclass(frozen=True, eq=False)
class Calibration:
    """What a calibration found.

    Attributes:
        background_weights: (n, 4) float32, pA.
        rates: (n_populations,) Hz in a last simulation, on trials not used before.
        rounds: simulations that it took.
    """

    background_weights: np.ndarray
    rates: np.ndarray
    rounds: int


def calibrate_background(cells, recurrent, inputs, unit_background, targets, seed, progress):
    """Finds each population's background by simulating and correcting.

    Args:
        cells: `SyntheticCells`.
        recurrent, inputs: `Synapses`, pA.
        unit_background: (n, 4) pA, background that alone brings each neuron to threshold.
        targets: (n_populations,) Hz.
        seed: of images and noise; the same seed gives the same weights.
        progress: called with a line of text now and then.

    Returns:
        `Calibration`.
    """
    level = _first_guess(cells, inputs)
    simulation = Glif3Simulation(cells.parameters, recurrent, inputs, unit_background)
    fair = np.diff(cells.population_start) >= _FAIR_SIZE
    previous = np.zeros(len(level))
    settled = 0
    for done in range(_MOST_ROUNDS):
        rates = _simulated_rates(simulation, cells, unit_background, level, (seed, done))
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
    rates = _simulated_rates(simulation, cells, unit_background, level, (seed, _MOST_ROUNDS))
    return Calibration(_scaled(cells, unit_background, level), rates, done + 1)


def calibrate(cells, recurrent, inputs, unit_background, targets, seed, progress):
    """`calibrate_background`, with less recurrent excitation where a network ignites.

    In a small network of unlucky wiring, excitatory cells keep each other firing at any background;
    their synapses are then weakened by a third, up to four times.

    Returns:
        `Calibration`, and the recurrent `Synapses` that it holds for.
    """
    for weakened in range(_MOST_WEAKENINGS + 1):
        found = calibrate_background(
            cells, recurrent, inputs, unit_background, targets, seed, progress
        )
        fair = np.diff(cells.population_start) >= _FAIR_SIZE
        excess = (found.rates + 0.2) / (targets + 0.2)
        if excess[fair].max(initial=0.0) < _IGNITED or weakened == _MOST_WEAKENINGS:
            break
        progress("the network ignites: weakening its recurrent excitation by a third")
        weights = np.where(recurrent.weight > 0, recurrent.weight * (2 / 3), recurrent.weight)
        recurrent = replace(recurrent, weight=weights.astype(np.float32))
    return found, recurrent


def _scaled(cells, unit_background, level):
    return unit_background * level.astype(np.float32)[cells.population, None]


def _first_guess(cells, inputs):
    """Background that with the LGN's drive at grey stays just below threshold.

    Starting from below matters: a network that starts far above its rates can stay there.
    """
    charge = psc_charge(cells.parameters.tau_syn[0])
    current = GREY_PROBABILITY * charge[inputs.receptor] * inputs.weight
    relative = current / cells.rheobase[inputs.target]
    per_population = np.bincount(
        cells.population[inputs.target], relative, minlength=len(cells.population_names)
    )
    lgn_drive = per_population / np.diff(cells.population_start)
    return np.clip(0.9 - lgn_drive, *_BACKGROUND_LIMITS)


def _simulated_rates(simulation, cells, unit_background, level, seed):
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
