"""GLIF3 networks in plain numpy, driven by events: for calibration, and without TensorFlow.

The equations are those of the Keras cell (Chen et al. 2022, soft reset, time steps of 1 ms).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.v1.network.glif3_constants import (
    Glif3Constants,
    synaptic_decay,
    synaptic_slope,
)
from keras_v1_activity.v1.network.noise import (
    BACKGROUND_FACTOR,
    BACKGROUND_PROBABILITY,
    CURRENT_PER_PROBABILITY,
    N_BACKGROUND_SOURCES,
)
from keras_v1_activity.v1.network.v1_network import (
    N_RECEPTORS,
    Floats,
    Glif3Parameters,
    Synapses,
)
from keras_v1_activity.v1.synthetic.trials import SimulatedSpikes, SimulatedTrial

MAX_DELAY_STEPS = 5


def psc_charge(tau_syn: ArrayLike) -> NDArray[np.float64]:
    """Summed synaptic current (pA ms) of one spike over a synapse of 1 pA, at time steps of 1 ms.

    Args:
        tau_syn: synaptic time constants, ms.

    Example:
        >>> psc_charge([5.5, 8.5]).round(2)
        array([14.91, 23.08])
    """
    decay = synaptic_decay(np.asarray(tau_syn, np.float64), dt=1.0)
    return synaptic_slope(tau_syn) * decay / (1.0 - decay) ** 2


class _Fanout:
    """Synapses by source, and the row (receptor * n + target) of the current each one feeds."""

    def __init__(self, synapses: Synapses, voltage_scale: Floats) -> None:
        order = np.argsort(synapses.source, kind="stable")
        target = synapses.target[order]
        n = synapses.n_targets
        self.row = synapses.receptor[order].astype(np.int64) * n + target
        self.weight = (synapses.weight[order] / voltage_scale[target]).astype(np.float32)
        self.delay = np.clip(np.rint(synapses.delay[order]), 1, MAX_DELAY_STEPS).astype(np.int64)
        counts = np.bincount(synapses.source, minlength=synapses.n_sources)
        self.start = np.concatenate(([0], np.cumsum(counts)))
        self.source = synapses.source[order]
        self.n_rows = n * N_RECEPTORS

    def reached(self, sources: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Synapses of `sources`, and for each the position of its source in `sources`."""
        degree = self.start[sources + 1] - self.start[sources]
        position = np.repeat(np.arange(len(sources)), degree)
        offset = np.repeat(self.start[sources] - np.cumsum(degree) + degree, degree)
        return offset + np.arange(len(position)), position

    def drive(self, values: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
        """(n_rows,) float32 summed current of sources that each send `values`."""
        weighted = self.weight * values[self.source]
        return np.bincount(self.row, weighted, minlength=self.n_rows).astype(np.float32)


class Glif3Simulation:
    """A network that can be run on several trials at once.

    Args:
        parameters: of the n neurons.
        recurrent: `Synapses` among them, pA.
        inputs: `Synapses` from the LGN channels, pA.
        background_weights: (n, 4) float32, pA.

    Attributes:
        parameters: of the n neurons.
        background_weights: (n, 4) float32, pA; may be set again between runs.

    Example:
        >>> simulation = Glif3Simulation(
        ...     network.parameters, network.recurrent, network.inputs, network.background_weights
        ... )
        >>> grey = np.full(17_400, 0.02, np.float32)
        >>> simulation.run([SimulatedTrial(((50, grey),))]).counts().shape
        (1, 200)
    """

    def __init__(
        self,
        parameters: Glif3Parameters,
        recurrent: Synapses,
        inputs: Synapses,
        background_weights: NDArray[np.float32],
    ) -> None:
        self.parameters: Glif3Parameters = parameters
        self.background_weights: NDArray[np.float32] = background_weights
        self._recurrent = _Fanout(recurrent, parameters.voltage_scale)
        self._inputs = _Fanout(inputs, parameters.voltage_scale)

    def run(self, trials: Sequence[SimulatedTrial], seed: int = 0) -> SimulatedSpikes:
        """Runs all trials side by side, from rest.

        Args:
            trials: `SimulatedTrial` objects of equal length.
            seed: of the background and the LGN spikes.
        """
        n_steps = trials[0].n_steps
        run = _Run(self, trials, np.random.default_rng(seed))
        fired = [np.flatnonzero(run.step(step)) for step in range(n_steps)]
        steps = np.repeat(np.arange(n_steps), [len(f) for f in fired])
        n = self.parameters.n_neurons
        trial, neuron = np.divmod(np.concatenate(fired), n)
        return SimulatedSpikes(steps, trial, neuron, n_steps, len(trials), n)

    def background_drive(self) -> NDArray[np.float32]:
        """(4, n) float32 normalised background at n(t) = 1: 10 x file weight / (V_th - E_L)."""
        scale = self.parameters.voltage_scale[:, None]
        weights = BACKGROUND_FACTOR * self.background_weights / scale
        return np.ascontiguousarray(weights.T, np.float32)


class _Run:
    """State of all trials; arrays are (trials, n) or (trials, 4, n), normalised units."""

    def __init__(
        self,
        simulation: Glif3Simulation,
        trials: Sequence[SimulatedTrial],
        rng: np.random.Generator,
    ) -> None:
        self.rng, self.trials = rng, trials
        self.recurrent, self.inputs = simulation._recurrent, simulation._inputs
        self.background = simulation.background_drive()
        self._set_constants(simulation.parameters)
        self._set_drives()
        shape = (len(trials), simulation.parameters.n_neurons)
        self.v = np.tile(self.v_reset, (shape[0], 1))
        self.z = np.zeros(shape, bool)
        self.r = np.zeros(shape, np.float32)
        self.asc = np.zeros((2, *shape), np.float32)
        self.rise = np.zeros((shape[0], N_RECEPTORS, shape[1]), np.float32)
        self.psc = np.zeros_like(self.rise)
        # Current that has been sent and not yet arrived, one row for each coming time step.
        self.pending = np.zeros((MAX_DELAY_STEPS, self.rise.size), np.float32)

    def _set_constants(self, p: Glif3Parameters) -> None:
        def single(values: Floats) -> NDArray[np.float32]:
            return np.asarray(values, np.float32)

        constants = Glif3Constants.of(p, dt=1.0)
        self.leak, self.gain = single(constants.decay), single(constants.current_factor)
        self.v_reset, self.t_ref = single(constants.v_reset), single(constants.t_ref)
        self.reset_step = self.v_reset - np.float32(1.0)
        self.asc_decay = single(constants.asc_decay).T[:, None]
        self.asc_amps = single(constants.asc_amps).T[:, None]
        self.psc_decay = single(constants.syn_decay).T.copy()
        self.psc_initial = single(constants.psc_initial).T.copy()

    def _set_drives(self) -> None:
        """Current drive of every segment of trials without LGN spikes; equal images share one."""
        known: dict[int, NDArray[np.float32]] = {}

        def drive(probability: NDArray[np.float32]) -> NDArray[np.float32]:
            if id(probability) not in known:
                current = CURRENT_PER_PROBABILITY * probability
                known[id(probability)] = self.inputs.drive(current).reshape(N_RECEPTORS, -1)
            return known[id(probability)]

        self.drives = [
            None if trial.spiking else [drive(p) for _, p in trial.segments]
            for trial in self.trials
        ]

    def step(self, step: int) -> NDArray[np.bool_]:
        """Advances by 1 ms and returns the spikes, bool (trials, n)."""
        arriving = self._arriving(step)
        total = self.psc.sum(1)
        total += self.asc[0]
        total += self.asc[1]
        self.v *= self.leak
        total *= self.gain
        self.v += total
        self.asc *= self.asc_decay
        self._apply_spikes()
        self.psc += self.rise
        self.psc *= self.psc_decay
        self.rise *= self.psc_decay
        arriving *= self.psc_initial
        self.rise += arriving
        self.z = (self.v > 1.0) & (self.r <= 0.0)
        self._send_spikes(step)
        return self.z

    def _apply_spikes(self) -> None:
        """After-spike currents, refractoriness and reset of the spikes of the time step before."""
        trial, neuron = np.nonzero(self.z)
        self.v[trial, neuron] += self.reset_step[neuron]
        self.asc[:, trial, neuron] += self.asc_amps[:, 0, neuron]
        self.r[trial, neuron] += self.t_ref[neuron]
        self.r -= 1.0
        np.maximum(self.r, 0.0, out=self.r)

    def _arriving(self, step: int) -> NDArray[np.float32]:
        """Synaptic input of this time step, (trials, 4, n)."""
        slot = self.pending[step % MAX_DELAY_STEPS]
        arriving = slot.reshape(self.rise.shape).copy()
        slot[:] = 0.0
        draws = self.rng.binomial(N_BACKGROUND_SOURCES, BACKGROUND_PROBABILITY, len(self.trials))
        for number, trial in enumerate(self.trials):
            active = draws[number] / N_BACKGROUND_SOURCES
            if active:
                arriving[number] += self.background * np.float32(active)
            segment = trial.segment_at(step)
            if trial.spiking:
                self._add_lgn_spikes(arriving[number], trial.segments[segment][1])
            else:
                arriving[number] += self.drives[number][segment]
        return arriving

    def _add_lgn_spikes(
        self, arriving: NDArray[np.float32], probability: NDArray[np.float32]
    ) -> None:
        channels = np.flatnonzero(self.rng.random(len(probability), np.float32) < probability)
        synapse, _ = self.inputs.reached(channels)
        np.add.at(arriving.reshape(-1), self.inputs.row[synapse], self.inputs.weight[synapse])

    def _send_spikes(self, step: int) -> None:
        trial, neuron = np.nonzero(self.z)
        synapse, position = self.recurrent.reached(neuron)
        slot = (step + self.recurrent.delay[synapse]) % MAX_DELAY_STEPS
        place = (slot * len(self.trials) + trial[position]) * self.recurrent.n_rows
        place += self.recurrent.row[synapse]
        np.add.at(self.pending.reshape(-1), place, self.recurrent.weight[synapse])
