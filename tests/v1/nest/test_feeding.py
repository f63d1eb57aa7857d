"""What drives the neurons in NEST: the same for injectors and generators, and small."""

from pathlib import Path

import numpy as np
import pytest
from nest_networks import printed
from oracles import random_network

from keras_v1_activity.v1 import nest as v1_nest

pytest.importorskip("nest")


def test_spikes_and_the_same_spikes_beside_a_stronger_one_are_heard_alike():
    network = random_network(n=30, n_input=40, background=False)
    rng = np.random.default_rng(2)
    x = (rng.random((200, 40)) < 0.1).astype(np.float32)
    # In the last step, after which nothing is kept: what can be heard is the same.
    stronger = x.copy()
    stronger[-1, 0] = 2.0
    runs = [v1_nest.simulate(network, given, voltage_neurons=range(30)) for given in (x, stronger)]
    assert runs[0].n_spikes > 20
    np.testing.assert_array_equal(*(run.spikes() for run in runs))
    np.testing.assert_array_equal(*(run.voltages[:-1] for run in runs))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells")
def test_twenty_thousand_input_channels_take_little_memory():
    """A spike generator takes 30 kB for its synapses, however few: 600 MB in all."""
    code = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "from oracles import random_network\n"
        "from keras_v1_activity.v1.nest import NestSimulation, kernel\n"
        "kernel.import_nest()\n"
        "network = random_network(n=4000, n_input=20_000, n_synapses=20)\n"
        "def kept_mb():\n"
        "    lines = open('/proc/self/status').read().splitlines()\n"
        "    return next(int(x.split()[1]) / 1024 for x in lines if x.startswith('VmRSS'))\n"
        "before = kept_mb()\n"
        "simulation = NestSimulation(network, resolution=1.0, voltage_neurons=0)\n"
        "print(kept_mb() - before)"
    )
    assert float(printed(code)) < 250
