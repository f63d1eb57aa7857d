"""Runs for the tests of the exports, and what must be read back from them."""

import dataclasses

import numpy as np
from looks import make_look, make_spikes
from stored_runs import write

from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.common.atomic_files import write_bytes
from keras_v1_activity.storage import codec
from keras_v1_activity.storage.further_looks import next_place
from keras_v1_activity.storage.layout import make_layout

ODD_NAMES = ("e23Cux2", "<script>alert(1)</script>", "ä β/γ", "=1+1", 'say "so", twice; a\tb', "i4")


def odd_neurons(n_neurons):
    rng = np.random.default_rng(3)
    return Neurons(
        Populations.from_names(np.array(ODD_NAMES)[np.arange(n_neurons) % len(ODD_NAMES)]),
        thresholds=rng.uniform(-50, -40, n_neurons),
        readout_neurons=[0],
        positions=rng.uniform(-400, 400, (n_neurons, 3)),
    )


def odd_looks(n_neurons=13, dt=0.5):
    """Looks of different length, one silent, one without a time step; potentials that differ."""
    neurons = odd_neurons(n_neurons)

    def look(step, n_steps, probability, recorded):
        spikes = make_spikes(n_steps, n_neurons, probability, seed=step)
        voltages = np.random.default_rng(step).normal(-60, 5, (n_steps, len(recorded)))
        return make_look(
            step, spikes=spikes, neurons=neurons, dt=dt, voltages=voltages, batch=None,
            voltage_neurons=recorded, details={"scalars": {"loss": 1 / step, "id": float(step)}},
        )  # fmt: skip

    looks = [
        look(100, 60, 0.1, [0, n_neurons - 1][:n_neurons]),
        look(200, 40, 0.0, [0]),
        look(300, 0, 0.0, []),
        look(400, 2000, 0.02, [n_neurons - 1, 0][:n_neurons]),
    ]
    looks[1] = dataclasses.replace(looks[1], label=None)
    return looks


def write_odd_run(folder, n_neurons=13, dt=0.5):
    """Writes a run of `odd_looks` and a further look at step 400.

    The looks with a time step, in their order: the others have no place on a time line.
    """
    looks = odd_looks(n_neurons, dt)
    with np.errstate(all="ignore"):  # rates of a look without time
        write(folder, *looks).finish()
    further = dataclasses.replace(looks[0], step=400, source="look")
    place = next_place(make_layout("folders", folder), 400)
    write_bytes(place.data(400), codec.encode(further, with_neurons=False))
    return [*(look for look in looks if look.n_steps), further]


def spikes_of(look):
    """{neuron: its spike times in ms}, also of the silent ones."""
    return {
        neuron: look.spike_times[look.spike_neurons == neuron] for neuron in range(look.n_neurons)
    }
