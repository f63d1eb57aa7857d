"""A connected network in our model and in NEST: rows of two tables."""

from dataclasses import replace

import numpy as np
from common import GREY_PROBABILITY
from nest_networks import no_synapses
from oracles import synapse_table
from our_model import Ours

from keras_v1_activity.common import units
from keras_v1_activity.v1 import nest as v1_nest
from keras_v1_activity.v1.stimuli.lgn_grid import image_probability
from keras_v1_activity.v1.synthetic.calibration import random_strokes
from keras_v1_activity.v1.synthetic.glif3_numpy import psc_charge

# Populations of fewer neurons are not compared.
FAIR_SIZE = 50


class Connected:
    """A connected network on trials of 1 s, ours and NEST's: grey, an image from 50 ms, grey.

    Args:
        network: `V1Network`.
        n_trials: trials, each with its own LGN spikes and background.
    """

    N_STEPS = 1000

    def __init__(self, network, n_trials):
        self.network = network
        rng = np.random.default_rng(2)
        self.trials = [
            (self._show(rng), v1_nest.draw_background(network, self.N_STEPS, rng))
            for _ in range(n_trials)
        ]
        self.model = Ours(network)
        self.spikes = [self.model.run(*trial)[0] for trial in self.trials]
        self.ours = self._rates(self.spikes)
        self.fair = network.populations.counts >= FAIR_SIZE

    def _show(self, rng):
        """(time, n_input) LGN spikes: the standard trial with an image of its own."""
        probability = np.full((3, self.network.n_input), GREY_PROBABILITY, np.float32)
        probability[1] = image_probability(random_strokes(rng))
        durations = np.array([50, 100, self.N_STEPS - 150])
        return v1_nest.Stimulus(probability, durations).draw(rng)

    def _rates(self, spikes):
        """(trials, populations) Hz."""
        populations = self.network.populations
        counts = [
            np.bincount(populations.index, z.sum(axis=0), minlength=len(populations.members))
            for z in spikes
        ]
        return units.counts_to_hz(counts, self.N_STEPS, np.maximum(populations.counts, 1))

    def soft(self):
        """Rates of our model with soft reset."""
        model = Ours(self.network, hard_reset=False)
        return self._rates([model.run(*trial)[0] for trial in self.trials])

    def nudged(self):
        """Rates of the very same model after a tiny nudge of every neuron at one step."""
        return self._rates([self.model.run(*trial, nudge=1e-3)[0] for trial in self.trials])

    def nest(self, network=None, **options):
        """Rates in NEST, of the network or of another in its place."""
        network = network or self.network
        runs = (v1_nest.simulate(network, x, noise, **options) for x, noise in self.trials)
        return self._rates([run.spikes() for run in runs])

    def open_loop(self, network=None, **options):
        """Rates in NEST where every neuron hears our spikes in place of NEST's."""
        listening = _unrolled(network or self.network)
        rates = []
        for (x, noise), spikes in zip(self.trials, self.spikes, strict=True):
            heard = np.concatenate([x, *(_shifted(spikes, d) for d in range(1, 6))], axis=1)
            rates.append(v1_nest.simulate(listening, heard, noise, **options).spikes())
        return self._rates(rates)

    def row(self, name, rates):
        """A row of the table: `rates` against ours."""
        ours, found = self.ours[:, self.fair], rates[:, self.fair]
        relative = np.abs(found - ours) / ours
        mean = found.mean(axis=0) / ours.mean(axis=0) - 1
        singly = [np.corrcoef(a, b)[0, 1] for a, b in zip(ours, found, strict=True)]
        return {
            "against our model with hard reset": name,
            "correlation": f"{np.corrcoef(found.mean(axis=0), ours.mean(axis=0))[0, 1]:.4f}",
            "greatest difference": f"{np.abs(mean).max():.1%}",
            "mean difference": f"{mean.mean():+.1%}",
            "single trial: correlation, median": f"{np.median(singly):.3f}",
            "single trial: greatest difference, median": f"{np.median(relative.max(axis=1)):.0%}",
        }

    def population_rows(self, rates):
        """A row for each population of a fair size."""
        populations, ours, found = self.network.populations, self.ours.mean(0), rates.mean(0)
        return [
            {
                "population": populations.names[k],
                "neurons": int(populations.counts[k]),
                "ours (Hz)": f"{ours[k]:.2f}",
                "NEST (Hz)": f"{found[k]:.2f}",
                "difference": f"{found[k] / ours[k] - 1:+.1%}",
                "sd over trials, ours (Hz)": f"{self.ours[:, k].std():.2f}",
            }
            for k in np.flatnonzero(self.fair)
        ]


def _unrolled(network):
    """The network without recurrence: its spikes are further input channels, one set a delay."""
    own, n = network.recurrent, network.n_neurons
    delay = np.clip(units.ms_to_steps(own.delay, 1.0), 1, 5)
    columns = {
        name: np.concatenate([getattr(network.inputs, name), getattr(own, name)])
        for name in ("target", "receptor", "weight")
    }
    source = np.concatenate([network.inputs.source, network.n_input + (delay - 1) * n + own.source])
    n_sources = network.n_input + 5 * n
    heard = synapse_table(source, **columns, delay=0.0 * source, n_sources=n_sources, n_targets=n)
    return replace(network, inputs=heard, recurrent=no_synapses(n, n))


def _shifted(spikes, steps):
    return np.concatenate([np.zeros_like(spikes[:steps]), spikes[:-steps]])


def with_our_rules(network):
    """The network for a NEST at 1 ms that acts as our model does, but for half a step.

    Our charge a spike; and the potential held for one step after a spike, not for t_ref.
    """
    p = network.parameters
    charge = psc_charge(p.tau_syn) / (np.e * p.tau_syn)

    def scaled(table):
        weight = table.weight * charge[table.target, table.receptor]
        return replace(table, weight=weight.astype(np.float32))

    return replace(
        network,
        parameters=replace(p, t_ref=np.ones_like(p.t_ref)),
        recurrent=scaled(network.recurrent),
        inputs=scaled(network.inputs),
        background_weights=(network.background_weights * charge).astype(np.float32),
    )


def connected_rates(case):
    """The two tables of a `Connected` network."""
    fine = case.nest(resolution=0.1)
    rows = [
        case.row("NEST, 0.1 ms", fine),
        case.row("NEST, 1 ms", case.nest(resolution=1.0)),
        case.row("NEST, 0.1 ms, hearing our spikes", case.open_loop(resolution=0.1)),
        case.row("NEST, 1 ms, hearing our spikes", case.open_loop(resolution=1.0)),
        case.row("NEST, 1 ms, hearing our spikes, with our charge and hold",
                 case.open_loop(with_our_rules(case.network), resolution=1.0)),
        case.row("our model, soft reset", case.soft()),
        case.row("our model, nudged once by 0.001 (V_th - E_L)", case.nudged()),
    ]  # fmt: skip
    return rows, case.population_rows(fine)
