"""How closely our model and NEST agree, measured; writes the tables of docs/fidelity.md.

    python benchmarks/fidelity.py

Ours is the Keras layer `rsnn`; NEST is given the same parameters, synapses, LGN spikes and
background. About three minutes on two cores.
"""

import os
import re
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import common
import numpy as np

from keras_v1_activity import v1
from keras_v1_activity.activity import facts
from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.common import units
from keras_v1_activity.v1 import nest as v1_nest
from keras_v1_activity.v1.layers.input_layer import InputCurrents, input_rows
from keras_v1_activity.v1.network.v1_network import (
    N_RECEPTORS,
    Glif3Parameters,
    Synapses,
    V1Network,
)
from keras_v1_activity.v1.synthetic.calibration import image_probability, random_strokes
from keras_v1_activity.v1.synthetic.glif3_numpy import psc_charge

PAGE = Path(__file__).parent.parent / "docs" / "fidelity.md"
GREY_PROBABILITY = 0.02
FAIR_SIZE = 50


class Ours:
    """Our model of a network: spikes and potentials from LGN spikes and a given background."""

    def __init__(self, network, hard_reset=True):
        self._inputs = InputCurrents(network, noise=False)
        self._rsnn = v1.RSNN(network, hard_reset=hard_reset)
        scale = network.parameters.voltage_scale[:, None]
        rows = (network.background_weights / scale).reshape(-1)
        self._background = rows[input_rows(network)].astype(np.float32)

    def run(self, x, background=None, nudge=0.0):
        """(time, neuron) spikes bool and potentials, mV; `nudge` is added to one step's current."""
        currents = self._inputs(x[None].astype(np.float32)).numpy()
        if background is not None:
            currents += background[None, :, None].astype(np.float32) * self._background
        currents[0, 5] += nudge
        spikes, voltages = self._rsnn(currents)[:2]
        return spikes[0].numpy() > 0, voltages[0].numpy()


def synapses(source, target, receptor, weight, n_sources, n_targets, delay=None):
    """`Synapses` from columns in any order."""
    order = np.lexsort((source, receptor, target))
    delay = np.zeros(len(source)) if delay is None else delay
    return Synapses(
        source=source[order].astype(np.int32),
        target=target[order].astype(np.int32),
        receptor=receptor[order].astype(np.int8),
        weight=weight[order].astype(np.float32),
        delay=delay[order].astype(np.float32),
        n_sources=n_sources,
        n_targets=n_targets,
    )


def unconnected(parameters, inputs):
    """A `V1Network` of neurons that nothing but `inputs` reaches."""
    n, nothing = parameters.n_neurons, np.zeros(0)
    return V1Network(
        parameters=parameters,
        populations=Populations.unnamed(n),
        x=np.zeros(n),
        y=np.zeros(n),
        z=np.zeros(n),
        node_ids=np.arange(n),
        node_types=np.arange(n),
        recurrent=synapses(nothing, nothing, nothing, nothing, n, n),
        inputs=inputs,
        background_weights=np.zeros((n, N_RECEPTORS), np.float32),
        input_channel_of=np.arange(inputs.n_sources, dtype=np.int32),
    )


def fitted_cells():
    """`Glif3Parameters` of the fitted cells that the package ships, and their ids."""
    rows = facts.table("glif3_cell_models")

    def column(name):
        return np.array([float(row[name]) for row in rows])

    parameters = Glif3Parameters(
        V_th=column("V_th_mV"),
        E_L=column("E_L_mV"),
        V_reset=column("V_reset_mV"),
        g=column("g_nS"),
        C_m=column("C_m_pF"),
        t_ref=column("t_ref_ms"),
        k=np.stack([column("k_0_per_ms"), column("k_1_per_ms")], 1),
        asc_amps=np.stack([column("asc_amp_0_pA"), column("asc_amp_1_pA")], 1),
        tau_syn=np.array([[float(tau) for tau in row["tau_syn_ms"].split()] for row in rows]),
    )
    return parameters, [row["specimen_id"] for row in rows]


def single_cells():
    """Rows of the table of membrane potentials: one fitted cell each, 1 s below threshold."""
    p, names = fitted_cells()
    n, rng = p.n_neurons, np.random.default_rng(0)
    rows = np.arange(N_RECEPTORS * n)
    inputs = synapses(
        rows, rows // N_RECEPTORS, rows % N_RECEPTORS, np.tile([6.0, -4.0, 6.0, 6.0], n),
        len(rows), n,
    )  # fmt: skip
    network = unconnected(p, inputs)
    x = rng.random((1000, len(rows))) < 0.3
    spikes, ours = Ours(network).run(x)
    found = v1_nest.simulate(network, x, resolution=1.0, voltage_neurons=range(n)).voltages
    assert not spikes.any(), "the input was meant to stay below threshold"

    def rms(difference):
        return np.sqrt(np.square(difference).mean(axis=0))

    aligned = rms((found[1:] + found[:-1]) / 2 - ours[1:])
    same_step = rms(found - ours)
    return [
        {
            "fitted cell": name,
            "mean V - E_L (mV)": f"{(ours - p.E_L).mean(axis=0)[k]:.1f}",
            "sd of V (mV)": f"{ours.std(axis=0)[k]:.2f}",
            "RMS difference, half a step apart (mV)": f"{aligned[k]:.3f}",
            "RMS difference, same step (mV)": f"{same_step[k]:.3f}",
        }
        for k, name in enumerate(names)
    ]


def unconnected_rates(network):
    """Rows of the table of rates: 200 cells of a network, each driven by spikes alone, 2 s."""
    n, per_cell, n_input, n_steps = 200, 40, 4000, 2000
    rng = np.random.default_rng(1)
    p = network.parameters.take(np.sort(rng.choice(network.n_neurons, n, replace=False)))
    target = np.repeat(np.arange(n), per_cell)
    rheobase = (p.g * p.voltage_scale)[target]
    weight = np.repeat(rng.uniform(0.75, 1.5, n), per_cell) * rheobase
    weight = weight / (per_cell * GREY_PROBABILITY * np.e * p.tau_syn[target, 0])
    source = rng.integers(0, n_input, len(target))
    driven = unconnected(p, synapses(source, target, 0 * target, weight, n_input, n))
    x = rng.random((n_steps, n_input)) < GREY_PROBABILITY
    nest_rates = {
        resolution: v1_nest.simulate(driven, x, resolution=resolution).rates
        for resolution in (1.0, 0.1)
    }
    rows = []
    for reset in ("hard", "soft"):
        spikes, _ = Ours(driven, hard_reset=reset == "hard").run(x)
        ours = units.counts_to_hz(spikes.sum(axis=0), n_steps)
        judged = (ours >= 1) & (ours <= 30)
        for resolution, rates in nest_rates.items():
            difference = np.abs(rates - ours)[judged].mean()
            rows.append(
                {
                    "our reset": reset,
                    "NEST's resolution (ms)": f"{resolution:g}",
                    "neurons at 1 to 30 Hz": int(judged.sum()),
                    "mean rate, ours (Hz)": f"{ours[judged].mean():.2f}",
                    "NEST (Hz)": f"{rates[judged].mean():.2f}",
                    "mean absolute difference": f"{difference / ours[judged].mean():.1%}",
                }
            )
    return rows


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
    heard = synapses(source, **columns, n_sources=network.n_input + 5 * n, n_targets=n)
    nothing = np.zeros(0)
    return replace(
        network, inputs=heard, recurrent=synapses(nothing, nothing, nothing, nothing, n, n)
    )


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


def connected_rates(network, n_trials):
    """The two tables of the connected network."""
    case = Connected(network, n_trials)
    fine = case.nest(resolution=0.1)
    rows = [
        case.row("NEST, 0.1 ms", fine),
        case.row("NEST, 1 ms", case.nest(resolution=1.0)),
        case.row("NEST, 0.1 ms, hearing our spikes", case.open_loop(resolution=0.1)),
        case.row("NEST, 1 ms, hearing our spikes", case.open_loop(resolution=1.0)),
        case.row("NEST, 1 ms, hearing our spikes, with our charge and hold",
                 case.open_loop(with_our_rules(network), resolution=1.0)),
        case.row("our model, soft reset", case.soft()),
        case.row("our model, nudged once by 0.001 (V_th - E_L)", case.nudged()),
    ]  # fmt: skip
    return rows, case.population_rows(fine)


def markdown(rows):
    """Rows (dicts with the same keys) as a table."""
    lines = [list(rows[0]), ["---"] * len(rows[0]), *([str(v) for v in r.values()] for r in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write_tables(page, tables):
    """Puts each table between its marks in the page, ``<!-- name -->`` and ``<!-- end -->``."""
    text = page.read_text(encoding="utf-8")
    for name, table in tables.items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- end -->)"
        text, found = re.subn(pattern, rf"\g<1>{table}\n\g<2>", text, flags=re.S)
        if not found:
            raise ValueError(f"{page} has no place for the table {name}.")
    page.write_text(text, encoding="utf-8")


def main():
    """Runs the benchmark from the command line."""
    parser = common.parser(__doc__)
    parser.add_argument("--neurons", type=int, default=2000, help="of the connected network")
    parser.add_argument("--trials", type=int, default=8, help="of the connected network")
    parser.add_argument("--page", type=Path, default=PAGE, help="page whose tables are replaced")
    options = parser.parse_args()
    network = v1.load_network(common.synthetic_folder(options.neurons), n_neurons=options.neurons)
    tables = {"cells": markdown(single_cells()), "rates": markdown(unconnected_rates(network))}
    rows, populations = connected_rates(network, options.trials)
    tables |= {"connected": markdown(rows), "populations": markdown(populations)}
    tables["network"] = (
        f"{network.n_neurons:,} neurons, {len(network.recurrent):,} recurrent and "
        f"{len(network.inputs):,} LGN synapses, {options.trials} trials of 1 s."
    )
    print("\n\n".join(tables.values()))
    write_tables(options.page, tables)


if __name__ == "__main__":
    main()
