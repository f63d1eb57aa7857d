"""Our model with the dynamics of NEST gives NEST's spikes; and so does bmtk's PointNet."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from nest_networks import driven_by_spikes, fitted_cells
from oracles import random_network
from pointnet import run_pointnet
from same_spikes import share_within_a_step

from keras_v1_activity import v1
from keras_v1_activity.v1 import nest as v1_nest
from keras_v1_activity.v1.layers.input_layer import InputCurrents

pytest.importorskip("nest")


def ours(network, x):
    """(time, neuron) spikes and potentials (mV) of our model."""
    currents = InputCurrents(network, noise=False)(x[None].astype(np.float32))
    spikes, mv = v1.RSNN(network, dynamics="nest")(currents)
    return spikes[0].numpy() > 0, mv[0].numpy()


@cache
def connected():
    """60 cells that excite and inhibit each other, their input, and what NEST makes of both."""
    drawn = random_network(60, n_input=40, n_synapses=900, seed=3, background=False)
    delay = np.clip(np.rint(drawn.recurrent.delay), 1, 5).astype(np.float32)
    # PointNet begins a step earlier: at V_reset, which is rest in all fitted cells.
    parameters = replace(drawn.parameters, V_reset=drawn.parameters.E_L.copy())
    recurrent = replace(drawn.recurrent, delay=delay)
    network = replace(drawn, parameters=parameters, recurrent=recurrent)
    x = np.random.default_rng(0).random((500, network.n_input)) < 0.15
    return network, x, v1_nest.simulate(network, x, resolution=1.0, voltage_neurons=range(60))


def test_unconnected_cells_spike_and_rest_as_in_nest():
    rng = np.random.default_rng(1)
    p = fitted_cells().take(rng.integers(0, 5, 200))
    network = driven_by_spikes(p, rng, n_input=2000, probability=0.02, receptors=4)
    x = rng.random((2000, network.n_input)) < 0.02
    found = v1_nest.simulate(network, x, resolution=1.0, voltage_neurons=range(200))
    spikes, mv = ours(network, x)
    assert found.n_spikes > 2000
    assert share_within_a_step(spikes, found.spikes()) >= 0.995
    # NEST reports V_reset for the step of a spike, where ours is above threshold.
    alike = (spikes == (found.spikes() > 0)).all(axis=0)
    mv = np.where(spikes, p.V_reset, mv)[:, alike]
    assert alike.mean() > 0.9
    np.testing.assert_allclose(mv, found.voltages[:, alike], atol=0.01)


def test_a_connected_network_spikes_as_in_nest():
    network, x, found = connected()
    spikes, _ = ours(network, x)
    assert found.n_spikes > 2000 and len(np.unique(found.spike_neurons)) > 50
    assert share_within_a_step(spikes, found.spikes()) >= 0.995


@pytest.mark.filterwarnings("ignore")  # bmtk's
def test_the_network_written_as_sonata_spikes_in_pointnet_as_in_our_room(tmp_path):
    pytest.importorskip("bmtk.simulator.pointnet")
    network, x, found = connected()
    v1.write_sonata(network, tmp_path / "network")
    theirs = run_pointnet(tmp_path / "network", x)
    np.testing.assert_array_equal(theirs, found.spikes() > 0)


@pytest.mark.filterwarnings("ignore")  # bmtk's
def test_double_alpha_synapses_act_as_those_of_pointnet(tmp_path):
    """`glif_psc_double_alpha` there, four receptors with factors here."""
    pytest.importorskip("bmtk.simulator.pointnet")
    network, x, _ = connected()
    table = network.recurrent
    slow = replace(
        table, receptor=table.receptor * 0, model=(table.receptor >= 2).astype(np.int16),
        factors=np.array([[1.0, 0.4, 0.0, 0.0], [0.0, 0.0, 1.0, 0.3]], np.float32),
    )  # fmt: skip
    network = replace(network, recurrent=slow)
    v1.write_sonata(network, tmp_path / "network")
    theirs = run_pointnet(tmp_path / "network", x)[:200]
    spikes, _ = ours(network, x)
    assert theirs.sum() > 1000
    assert share_within_a_step(spikes[:200], theirs) >= 0.995
