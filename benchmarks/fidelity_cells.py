"""Single cells, and cells without connections, in our model and in NEST: rows of two tables."""

import numpy as np
from common import GREY_PROBABILITY
from nest_networks import driven_by_spikes, fitted_cells, network_of, one_to_each_receptor
from our_model import Ours

from keras_v1_activity.activity import facts
from keras_v1_activity.common import units
from keras_v1_activity.v1 import nest as v1_nest
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS


def single_cells():
    """Rows of the table of membrane potentials: one fitted cell each, 1 s below threshold."""
    p = fitted_cells()
    names = [row["specimen_id"] for row in facts.table("glif3_cell_models")]
    n, rng = p.n_neurons, np.random.default_rng(0)
    rows = np.arange(N_RECEPTORS * n)
    inputs = one_to_each_receptor(p, [6.0, -4.0, 6.0, 6.0])
    network = network_of(p, inputs)
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


def driven_cells(network):
    """200 cells of a network, each driven by spikes alone, and their input of 2 s."""
    n, n_input, n_steps = 200, 4000, 2000
    rng = np.random.default_rng(1)
    p = network.parameters.take(np.sort(rng.choice(network.n_neurons, n, replace=False)))
    driven = driven_by_spikes(p, rng, n_input, GREY_PROBABILITY)
    return driven, rng.random((n_steps, n_input)) < GREY_PROBABILITY


def unconnected_rates(network):
    """Rows of the table of rates: 200 cells of a network, each driven by spikes alone, 2 s."""
    driven, x = driven_cells(network)
    n_steps = len(x)
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
