"""A V1 network in NEST: built by arrays, run once, read back as an `Activity`.

Time. The Keras model counts steps of `dt`; step t is here the interval of NEST time from
``lead + t dt`` to ``lead + (t + 1) dt``, and its state is NEST's at the end of it. ``lead`` is one
step, because NEST's generators cannot fire at time 0; the cells are set to their reset potential
after it. An input x(t) is a spike, sent a step earlier, that arrives at the end of step t, and so
raises the synaptic current at the state of step t, as ``psc_rise`` of the model. A spike of step t
arrives d steps later at the end of step t + d, also as in the model.
"""

import numpy as np

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.common import units
from keras_v1_activity.common.checks import real_number, whole_number
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.v1.nest.kernel import fresh_kernel
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS, V1Network

_MODEL = "glif_psc"


class NestSimulation:
    """A network of `glif_psc` neurons in NEST, with the synapses of a `V1Network`.

    After-spike currents are on, adapting thresholds off. Building it resets NEST's kernel, which a
    process has only one of: nodes made before are gone, and only the network built last can run.

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
        cells: NEST NodeCollection of the neurons, in their order.

    Raises:
        ImportError: NEST is not installed.
        ValueError: an argument out of its range.

    Example:
        >>> simulation = NestSimulation(network)                    # doctest: +SKIP
        >>> activity = simulation.run(x, draw_background(network, len(x), rng))  # doctest: +SKIP
    """

    def __init__(
        self,
        network,
        *,
        dt=1.0,
        resolution=0.1,
        max_delay=5,
        voltage_neurons=20,
        seed=1,
        threads=1,
    ):
        _check(network, dt, resolution, max_delay, seed, threads)
        self.network = network
        self._plan = RecordPlan(voltage_neurons=voltage_neurons, dt=dt)
        self.resolution = float(resolution)
        self._dt = self._lead = float(dt)
        self._nest = fresh_kernel(self.resolution, seed, threads)
        self.cells = self._nest.Create(
            _MODEL, network.n_neurons, params=cell_parameters(network.parameters)
        )
        self._first = self.cells[0].global_id
        self._connect_recurrent(max_delay)
        self._channels = np.unique(network.inputs.source)
        self._injectors = self._connect_inputs("spike_train_injector")
        self._recorder, self._multimeter = self._connect_recorders()
        self._ran = False

    def _connect_recurrent(self, max_delay):
        synapses = self.network.recurrent
        steps = np.clip(units.ms_to_steps(synapses.delay, self._dt), 1, max_delay)
        sources = synapses.source.astype(np.int64) + self._first
        self._connect(
            sources, synapses.target, synapses.receptor, synapses.weight, steps * self._dt
        )

    def _connect_inputs(self, model):
        """Nodes of a model that fires when told, one for each channel that has a synapse."""
        if not len(self._channels):
            return None
        synapses = self.network.inputs
        nodes = self._nest.Create(model, len(self._channels))
        sources = nodes[0].global_id + np.searchsorted(self._channels, synapses.source)
        self._connect(sources, synapses.target, synapses.receptor, synapses.weight, self._dt)
        return nodes

    def _connect(self, sources, targets, receptors, weights, delays):
        """One call for all synapses: NEST's ids of the sources, ours of targets and receptors."""
        n = len(sources)
        if not n:
            return
        self._nest.Connect(
            sources.astype(np.int64),
            targets.astype(np.int64) + self._first,
            conn_spec="one_to_one",
            syn_spec={
                "synapse_model": "static_synapse",
                "weight": weights.astype(np.float64),
                "delay": np.broadcast_to(np.float64(delays), n).copy(),
                "receptor_type": receptors.astype(np.int64) + 1,
            },
        )

    def _connect_recorders(self):
        spikes = self._nest.Create("spike_recorder")
        self._nest.Connect(self.cells, spikes)
        chosen = np.sort(self._plan.choose_voltage_neurons(self.network.populations))
        if not len(chosen):
            return spikes, None
        voltages = self._nest.Create(
            "multimeter", params={"record_from": ["V_m"], "interval": self._dt}
        )
        self._nest.Connect(voltages, self.cells[chosen.tolist()])
        return spikes, voltages

    def run(self, x, background=None, *, label=None, step=0):
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
        x = _checked_input(x, self.network)
        self._claim_run()
        n_steps = len(x)
        self._feed_inputs(x)
        if background is not None:
            self._feed_background(_checked_background(background, n_steps, self.network))
        self._nest.Simulate(self._lead)
        self.cells.V_m = self.network.parameters.V_reset.tolist()
        # One step more than is kept: a recorder hands its last values over a step late.
        self._nest.Simulate((n_steps + 1) * self._dt)
        steps, neurons = self._spikes(n_steps)
        voltages, chosen = self._voltages(n_steps)
        rows, n_inputs = _grouped(x, self._plan)
        return Activity(
            spike_steps=steps,
            spike_neurons=neurons,
            n_steps=n_steps,
            n_neurons=self.network.n_neurons,
            dt=self._dt,
            step=step,
            neurons=self.network.neurons,
            voltages=voltages,
            voltage_neurons=chosen,
            inputs=rows,
            n_inputs=n_inputs,
            label=label,
            source="simulation",
        )

    def _claim_run(self):
        if self._ran:
            raise RuntimeError("this simulation has run already: build another for each trial.")
        try:
            self.cells[0].get("V_m")
        except self._nest.NESTError:
            raise RuntimeError(
                "NEST's kernel was reset after this simulation was built, so that its neurons are "
                "gone: a process has one kernel, run each simulation before building the next."
            ) from None
        self._ran = True

    def _feed_inputs(self, x):
        """Tells the node of each channel when it fires, and how much where that is not 1."""
        if not len(self._channels):
            return
        channels, steps = np.nonzero(x[:, self._channels].T)
        strengths = x[steps, self._channels[channels]]
        nodes = self._injectors
        if (strengths != 1).any():
            # Injectors cannot weight their spikes. Generators can, but each takes 30 kB for its
            # synapses, however few: half a gigabyte for the LGN.
            nodes = self._connect_inputs("spike_generator")
        self._fire(nodes, channels, steps, strengths)

    def _feed_background(self, background):
        if background.ndim == 1:
            self._feed_shared_background(background)
            return
        rows = np.flatnonzero(background.any(axis=0))
        generators = self._nest.Create("spike_generator", len(rows))
        targets, receptors = np.divmod(rows, N_RECEPTORS)
        sources = generators[0].global_id + np.arange(len(rows))
        self._connect(sources, targets, receptors, np.ones(len(rows)), self._dt)
        places, steps = np.nonzero(background[:, rows].T)
        self._fire(generators, places, steps, background[steps, rows[places]])

    def _feed_shared_background(self, counts):
        weights = self.network.background_weights
        targets, receptors = np.nonzero(weights)
        if not len(targets):
            return
        generator = self._nest.Create("spike_generator")
        sources = np.full(len(targets), generator[0].global_id)
        self._connect(sources, targets, receptors, weights[targets, receptors], self._dt)
        steps = np.flatnonzero(counts)
        self._fire(generator, np.zeros(len(steps), int), steps, counts[steps])

    def _fire(self, nodes, which, steps, strengths):
        """Has node ``which[i]``, ascending, fire with ``strengths[i]`` at ``steps[i]``."""
        # With a delay of dt this arrives at the end of the step; see the module's head.
        times = np.round(self._lead + steps * self._dt, 6)
        ends = np.cumsum(np.bincount(which, minlength=len(nodes)))[:-1]
        fields = {"spike_times": np.split(times, ends)}
        if (strengths != 1).any():
            fields["spike_weights"] = np.split(strengths.astype(np.float64), ends)
        rows = zip(*fields.values(), strict=True)
        nodes.set([dict(zip(fields, row, strict=True)) for row in rows])

    def _spikes(self, n_steps):
        """(step, neuron) of each spike, in the order of `Activity`."""
        events = self._recorder.events
        steps = self._steps_of(events["times"])
        neurons = np.asarray(events["senders"]).astype(np.int64) - self._first
        kept = (steps >= 0) & (steps < n_steps)
        order = np.lexsort((neurons[kept], steps[kept]))
        return steps[kept][order].astype(np.int32), neurons[kept][order].astype(np.int32)

    def _steps_of(self, times_ms):
        """Our time step that holds each time of NEST, whose intervals are closed at the end."""
        elapsed = (np.asarray(times_ms, np.float64) - self._lead) / self._dt
        return np.ceil(elapsed - 1e-6).astype(np.int64) - 1

    def _voltages(self, n_steps):
        """(time, k) float32 mV and the (k,) ids of the neurons."""
        if self._multimeter is None:
            return None, np.zeros(0, np.int64)
        events = self._multimeter.events
        steps = self._steps_of(events["times"])
        senders = np.asarray(events["senders"]).astype(np.int64) - self._first
        chosen = self._plan.choose_voltage_neurons(self.network.populations)
        kept = (steps >= 0) & (steps < n_steps)
        dense = np.empty((n_steps, len(chosen)), np.float32)
        place = np.argsort(chosen)[np.searchsorted(np.sort(chosen), senders[kept])]
        dense[steps[kept], place] = events["V_m"][kept]
        return dense, chosen


def simulate(network, x, background=None, *, label=None, step=0, **options):
    """Builds a network in NEST and runs it; NEST's kernel is reset.

    Args:
        network: `V1Network`.
        x, background, label, step: see `NestSimulation.run`.
        **options: see `NestSimulation`.

    Returns:
        `Activity`.

    Example:
        >>> simulate(network, x, resolution=0.1).population_rates   # doctest: +SKIP
    """
    simulation = NestSimulation(network, **options)
    return simulation.run(x, background, label=label, step=step)


def cell_parameters(parameters):
    """Parameters of `glif_psc`, a dict a neuron.

    Args:
        parameters: `Glif3Parameters`, whose names and units are NEST's already, k excepted.
    """
    p = parameters
    shared = {
        "spike_dependent_threshold": False,
        "after_spike_currents": True,
        "adapting_threshold": False,
        "asc_init": [0.0, 0.0],
        "asc_r": [1.0, 1.0],
    }
    columns = {
        "V_th": p.V_th,
        "E_L": p.E_L,
        "V_reset": p.V_reset,
        "V_m": p.V_reset,
        "g": p.g,
        "C_m": p.C_m,
        "t_ref": p.t_ref,
        "asc_decay": p.k,
        "asc_amps": p.asc_amps,
        "tau_syn": p.tau_syn,
    }
    rows = zip(*(values.tolist() for values in columns.values()), strict=True)
    return [shared | dict(zip(columns, row, strict=True)) for row in rows]


def _grouped(x, plan):
    """Mean over groups of neighbouring channels, as capture keeps an input, and their number."""
    n_channels = x.shape[1]
    starts = np.arange(0, n_channels, plan.input_group(n_channels))
    sizes = np.diff(np.append(starts, n_channels)).astype(np.float32)
    return np.add.reduceat(x.astype(np.float32), starts, axis=1) / sizes, n_channels


def _check(network, dt, resolution, max_delay, seed, threads):
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


def _checked_input(x, network):
    x = np.asarray(x)
    if x.ndim != 2 or x.shape[1] != network.n_input or not len(x):
        raise ValueError(
            f"x must have shape (time, n_input) with n_input={network.n_input:,}; got {x.shape}."
        )
    return x


def _checked_background(background, n_steps, network):
    background = np.asarray(background)
    shapes = ((n_steps,), (n_steps, N_RECEPTORS * network.n_neurons))
    if background.shape not in shapes:
        raise ValueError(
            f"background must have shape (time,) = {shapes[0]} or (time, n_neurons * 4) = "
            f"{shapes[1]}, as draw_background gives it; got {background.shape}."
        )
    return background
