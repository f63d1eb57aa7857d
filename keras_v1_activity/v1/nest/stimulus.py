"""What a trial feeds to the network: LGN spikes or currents, and the background noise."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.common.units import MS_PER_S
from keras_v1_activity.v1.network.noise import (
    BACKGROUND_PROBABILITY,
    CURRENT_PER_PROBABILITY,
    FAST_NOISE_SCALE,
    N_BACKGROUND_SOURCES,
    SLOW_NOISE_SCALE,
)
from keras_v1_activity.v1.network.v1_network import V1Network


@dataclass(frozen=True, eq=False)
class Stimulus:
    """What the LGN is shown in one trial, before any spike is drawn.

    Attributes:
        probability: (parts, n_input) float32, probability of a spike per time step.
        durations: (parts,) int, length of each part in time steps.
        label: true class, or None.
        current_input: False draws spikes, Bernoulli(p); True gives the current 1.3 p.

    Example:
        >>> Stimulus(np.array([[0.0], [1.0]]), np.array([1, 2])).draw(np.random.default_rng(0))
        array([[False],
               [ True],
               [ True]])
    """

    probability: NDArray[np.floating[Any]]
    durations: NDArray[np.integer[Any]]
    label: int | None = None
    current_input: bool = False

    @classmethod
    def from_currents(
        cls, currents: ArrayLike, label: int | None = None, *, current_input: bool = False
    ) -> "Stimulus":
        """From the input that a task gives with `current_input`: 1.3 p at each step.

        Args:
            currents: (time, n_input).
            label: true class, or None.
            current_input: see the class.

        Example:
            >>> Stimulus.from_currents([[0.0], [1.3], [1.3]]).durations
            array([1, 2])
        """
        given = np.asarray(currents, np.float32)
        changes = np.flatnonzero((given[1:] != given[:-1]).any(axis=1)) + 1
        starts = np.concatenate(([0], changes))
        durations = np.diff(np.append(starts, len(given)))
        return cls(given[starts] / CURRENT_PER_PROBABILITY, durations, label, current_input)

    @property
    def n_steps(self) -> int:
        """Length in time steps."""
        return int(self.durations.sum())

    def draw(self, rng: np.random.Generator) -> NDArray[np.bool_] | NDArray[np.float32]:
        """The input of one trial, (time, n_input): bool spikes, or float32 currents.

        Args:
            rng: numpy.random.Generator.
        """
        if self.current_input:
            parts = CURRENT_PER_PROBABILITY * self.probability.astype(np.float32)
            return np.repeat(parts, self.durations, axis=0)
        shown = [
            rng.random((duration, len(p)), np.float32) < p
            for p, duration in zip(self.probability, self.durations, strict=True)
        ]
        return np.concatenate(shown)


def draw_background(
    network: V1Network, n_steps: int, rng: np.random.Generator
) -> NDArray[np.int64] | NDArray[np.float32]:
    """The background noise of one trial, at the published strength.

    Args:
        network: `V1Network`.
        n_steps: number of time steps.
        rng: numpy.random.Generator.

    Returns:
        (n_steps,) int: the spikes of the ten background sources at each step, shared by all
        neurons, 0.1 per source and step (100 Hz each at steps of 1 ms). If the network's folder has
        additive_noise.mat: (n_steps, n_neurons * 4) float32, the current from its samples for each
        neuron and receptor, pA. If there are background sources that fire on their own: as much, of
        these and the shared ones, at steps of 1 ms.

    Example:
        >>> counts = draw_background(network, 600, np.random.default_rng(0))
        >>> counts.shape, bool(0.8 < counts.mean() < 1.2)
        ((600,), True)
    """
    if network.noise_samples is None:
        shared = rng.binomial(N_BACKGROUND_SOURCES, BACKGROUND_PROBABILITY, n_steps)
        return shared if network.background is None else _with_own_sources(network, shared, rng)
    samples = np.asarray(network.noise_samples, np.float32).reshape(-1)
    scale = np.repeat(network.parameters.voltage_scale, network.background_weights.shape[1])
    fast = FAST_NOISE_SCALE * rng.choice(samples, (n_steps, len(scale)))
    slow = SLOW_NOISE_SCALE * rng.choice(samples, len(scale))
    return ((fast + slow) * scale).astype(np.float32)


def _with_own_sources(
    network: V1Network, shared: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.float32]:
    """(n_steps, n_neurons * 4) current, pA, of shared and of independent sources."""
    assert network.background is not None
    synapses = network.background.by_receptor()
    flat = network.background_weights.reshape(-1)
    mean = network.background_rate / MS_PER_S
    currents = shared[:, None].astype(np.float32) * flat
    for step in range(len(shared)):
        counts = rng.poisson(mean, synapses.n_sources)
        arriving = counts[synapses.source] * synapses.weight
        currents[step] += np.bincount(synapses.row, arriving, len(flat)).astype(np.float32)
    return currents
