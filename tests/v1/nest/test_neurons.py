"""The synapses that NEST holds."""

import numpy as np
import pytest
from oracles import random_network

from keras_v1_activity.v1 import nest as v1_nest

pytest.importorskip("nest")


def test_nest_holds_the_synapses_of_the_network():
    import nest

    network = random_network(n=30, n_input=12, n_synapses=300)
    simulation = v1_nest.NestSimulation(network, resolution=1.0)
    first = simulation.cells[0].global_id
    among = nest.GetConnections(simulation.cells, simulation.cells)
    held = among.get(["source", "target", "receptor", "weight", "delay"])
    held = sorted(zip(*(np.asarray(v).tolist() for v in held.values()), strict=True))
    synapses = network.recurrent
    steps = np.clip(np.rint(synapses.delay), 1, 5)
    ours = zip(
        (synapses.source + first).tolist(), (synapses.target + first).tolist(),
        (synapses.receptor + 1).tolist(), synapses.weight.tolist(), steps.tolist(), strict=True,
    )  # fmt: skip
    assert held == sorted(ours)
