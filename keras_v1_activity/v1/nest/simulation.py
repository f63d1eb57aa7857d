"""A V1 network in NEST: built by arrays, run once, read back as an `Activity`.

`Clock` says how the time steps of the model lie in NEST's time.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.choose_voltage_neurons import choose_voltage_neurons
from keras_v1_activity.activity.inputs import average_channels
from keras_v1_activity.common.checks import real_number, whole_number
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.v1.nest.clock import Clock
from keras_v1_activity.v1.nest.feeding import LgnChannels, feed_background
from keras_v1_activity.v1.nest.kernel import fresh_kernel
from keras_v1_activity.v1.nest.neurons import NestNeurons
from keras_v1_activity.v1.nest.recorders import Recorders
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS, V1Network


class NestSimulation:
    """A network of `glif_psc` neurons in NEST, with the synapses of a `V1Network`.

    After-spike currents are on, adapting thresholds off. Building it resets NEST's kernel, of which
    a process has only one: nodes made before are gone, and only the network built last can run.

    Args:
        network: `V1Network`; its weights are in pA, as NEST wants them.
        dt: ms per time step of the model; delays are whole steps of it, as in the model.
        resolution: NEST's time step, ms; `dt` must be a whole number of them. NEST rounds t_ref up
            to it.
        max_delay: longest synaptic delay, in steps of `dt`; longer ones are clipped.
        voltage_neurons: how many neurons' membrane potentials are recorded, or which ids.
        seed: of NEST's own random numbers. A run draws none: it is set for what you add to it.
        threads: NEST's local threads.

    Attributes:
        network: as given.
        resolution: as given.
        cells: NEST NodeCollection of the neurons, in their order.

    Raises:
        ImportError: NEST is not installed.
        ValueError: an argument out of its range.

    Example:
        >>> from keras_v1_activity.v1 import nest as v1_nest
        >>> rng = np.random.default_rng(0)
        >>> x = rng.random((100, network.n_input)) < 0.02
        >>> simulation = v1_nest.NestSimulation(network, resolution=1.0)
        >>> activity = simulation.run(x, v1_nest.draw_background(network, 100, rng))
        >>> activity.n_steps, activity.n_neurons
        (100, 200)
    """

    def __init__(
        self,
        network: V1Network,
        *,
        dt: float = 1.0,
        resolution: float = 0.1,
        max_delay: int = 5,
        voltage_neurons: int | ArrayLike = 20,
        seed: int = 1,
        threads: int = 1,
    ) -> None:
        _check(network, dt, resolution, max_delay, seed, threads)
        self.network = network
        self.resolution: float = float(resolution)
        self._plan = RecordPlan(voltage_neurons=voltage_neurons, dt=dt)
        self._clock = Clock(float(dt))
        self._nest = fresh_kernel(self.resolution, seed, threads)
        self._neurons = NestNeurons(self._nest, network.parameters, self._clock)
        self.cells: Any = self._neurons.nodes
        self._neurons.connect_each_other(network.recurrent.by_receptor(), max_delay)
        self._lgn = LgnChannels(self._nest, self._neurons, network.inputs.by_receptor())
        recorded = choose_voltage_neurons(self._plan.voltage_neurons, network.populations)
        self._recorders = Recorders(self._nest, self._neurons, recorded)
        self._ran = False

    def run(
        self,
        x: ArrayLike,
        background: ArrayLike | None = None,
        *,
        label: int | None = None,
        step: int = 0,
    ) -> Activity:
        """Runs the network from rest, once.

        Args:
            x: (time, n_input) LGN spikes (0 or 1) or real-valued input, for which NEST holds the
                synapses of the LGN a second time.
            background: as `draw_background` gives it; None for no background.
            label: true class of the stimulus, or None.
            step: number that the activity is stored under.

        Returns:
            `Activity` without readout, its `source` "simulation". A potential is that at the end
            of the time step; in the step of a spike it is the reset potential.

        Raises:
            ValueError: wrong shapes.
            RuntimeError: this simulation ran already, or another was built after it.
        """
        given = _checked_input(x, self.network)
        noise = _checked_background(background, len(given), self.network)
        self._claim_run()
        self._lgn.feed(given)
        if noise is not None:
            feed_background(self._nest, self._neurons, self.network, noise)
        self._simulate(len(given))
        return self._activity(given, label, step)

    def _claim_run(self) -> None:
        if self._ran:
            raise RuntimeError("this simulation has run already: build another for each trial.")
        if not self._neurons.exist:
            raise RuntimeError(
                "NEST's kernel was reset after this simulation was built, so that its neurons are "
                "gone: a process has one kernel, run each simulation before building the next."
            )
        self._ran = True

    def _simulate(self, n_steps: int) -> None:
        self._nest.Simulate(self._clock.lead)
        self._neurons.reset_potentials()
        # One step more than is kept: a recorder gives its last values a step late.
        self._nest.Simulate((n_steps + 1) * self._clock.dt)

    def _activity(self, x: NDArray[Any], label: int | None, step: int) -> Activity:
        n_steps, n_inputs = x.shape
        spike_steps, spike_neurons = self._recorders.spikes(n_steps)
        return Activity(
            spike_steps=spike_steps,
            spike_neurons=spike_neurons,
            n_steps=n_steps,
            n_neurons=self.network.n_neurons,
            dt=self._clock.dt,
            step=step,
            neurons=self.network.neurons,
            voltages=self._recorders.voltages(n_steps),
            voltage_neurons=self._recorders.voltage_neurons,
            inputs=average_channels(x, self._plan.input_group(n_inputs)),
            n_inputs=n_inputs,
            label=label,
            source="simulation",
        )


def simulate(
    network: V1Network,
    x: ArrayLike,
    background: ArrayLike | None = None,
    *,
    label: int | None = None,
    step: int = 0,
    **options: Any,
) -> Activity:
    """Builds a network in NEST and runs it; NEST's kernel is reset.

    Args:
        network: `V1Network`.
        x, background, label, step: see `NestSimulation.run`.
        **options: see `NestSimulation`.

    Returns:
        `Activity`.

    Example:
        >>> from keras_v1_activity.v1 import nest as v1_nest
        >>> x = np.zeros((50, network.n_input))
        >>> v1_nest.simulate(network, x, resolution=1.0).n_spikes
        0
    """
    simulation = NestSimulation(network, **options)
    return simulation.run(x, background, label=label, step=step)


def _check(
    network: object, dt: float, resolution: float, max_delay: int, seed: int, threads: int
) -> None:
    if not isinstance(network, V1Network):
        raise ValueError(
            "network must be a V1Network, as v1.load_network or v1.nest.load_source gives it; got "
            f"a {type(network).__name__}."
        )
    real_number(dt, "dt", 1.0, above=0)
    real_number(resolution, "resolution", 1.0, above=0)
    whole_number(max_delay, "max_delay", 1, 5)
    whole_number(seed, "seed", 1, 1)
    whole_number(threads, "threads", 1, 1)
    per_step = dt / resolution
    if round(per_step) < 1 or abs(per_step - round(per_step)) > 1e-6:
        raise ValueError(
            f"resolution must divide the model's step of {dt:g} ms, e.g. 1.0, 0.5 or 0.1; got "
            f"{resolution!r}."
        )


def _checked_input(x: ArrayLike, network: V1Network) -> NDArray[Any]:
    given = np.asarray(x)
    if given.ndim != 2 or given.shape[1] != network.n_input or not len(given):
        raise ValueError(
            f"x must have shape (time, n_input) with n_input={network.n_input:,}; got "
            f"{given.shape}."
        )
    return given


def _checked_background(
    background: ArrayLike | None, n_steps: int, network: V1Network
) -> NDArray[Any] | None:
    if background is None:
        return None
    given = np.asarray(background)
    shapes = ((n_steps,), (n_steps, N_RECEPTORS * network.n_neurons))
    if given.shape not in shapes:
        raise ValueError(
            f"background must have shape (time,) = {shapes[0]} or (time, n_neurons * 4) = "
            f"{shapes[1]}, as draw_background gives it; got {given.shape}."
        )
    return given
