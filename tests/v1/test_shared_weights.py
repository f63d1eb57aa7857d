"""One trained weight a synapse that acts on several receptors, against the plain formulation."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from nest_networks import no_synapses
from oracles import random_network, random_parameters, synapse_table

from keras_v1_activity.state.synapses import describe_synapses
from keras_v1_activity.v1.engine import reference
from keras_v1_activity.v1.layers.input_layer import InputCurrents
from keras_v1_activity.v1.layers.rsnn import RSNN

N = 12
FACTORS = np.array([[1.0, 0.0, 0.4, 0.0], [-0.1, 0.7, 0.5, 0.2]], np.float32)


def with_models(synapses, factors=FACTORS):
    """The same synapses with models in turn, each on receptor 0."""
    rows = (synapses.source, synapses.target, np.zeros(len(synapses), int), synapses.weight,
            synapses.delay)  # fmt: skip
    table = synapse_table(*rows, synapses.n_sources, synapses.n_targets)
    model = (np.arange(len(table)) % len(factors)).astype(np.int16)
    return replace(table, model=model, factors=factors)


@pytest.fixture(scope="module")
def network():
    found = random_network(N, n_input=6, n_synapses=60, background=False)
    return replace(found, recurrent=with_models(found.recurrent), inputs=with_models(found.inputs))


def run(network, lgn):
    """[gradient of the weights], spikes, [variables] of a network whose potentials are the loss."""
    inputs, rsnn = InputCurrents(network, noise=False), RSNN(network)
    with tf.GradientTape() as tape:
        spikes, voltages = rsnn(inputs(lgn))[:2]
        loss = tf.reduce_sum(voltages) * 0.01 + tf.reduce_sum(spikes)
    variables = [rsnn.sparse_recurrent_weights, inputs.sparse_input_weights]
    assert "each on several receptors" in describe_synapses(rsnn)
    return [g.numpy() for g in tape.gradient(loss, variables)], spikes.numpy(), variables


def plain(network, lgn):
    """[gradient of the weights], spikes of the plain formulation with four synapses for each."""
    p, tables = network.parameters, [network.recurrent.by_receptor(), network.inputs.by_receptor()]
    weights = [
        tf.constant(table.weight / p.voltage_scale[table.target], tf.float32) for table in tables
    ]
    with tf.GradientTape() as tape:
        tape.watch(weights)
        sent = tf.gather(tf.constant(lgn), tables[1].source, axis=2) * weights[1]
        rows = tf.math.unsorted_segment_sum(tf.transpose(sent, (2, 0, 1)), tables[1].row, 4 * N)
        spikes, v = reference.run(p, tables[0], weights[0], tf.transpose(rows, (1, 2, 0)))
        voltages = v * tf.constant(p.voltage_scale, tf.float32) + tf.constant(p.E_L, tf.float32)
        loss = tf.reduce_sum(voltages) * 0.01 + tf.reduce_sum(spikes)
    gradients = [tf.convert_to_tensor(g).numpy() for g in tape.gradient(loss, weights)]
    return gradients, spikes.numpy()


def test_one_weight_a_synapse_is_trained_and_keeps_its_sign(network):
    """Its gradient is that of four synapses, added by their factors."""
    lgn = np.random.default_rng(0).random((2, 25, network.n_input), np.float32)
    ours, spikes, variables = run(network, lgn)
    theirs, others = plain(network, lgn)
    assert spikes.sum() > 10
    np.testing.assert_array_equal(spikes, others)
    for synapses, variable, mine, four in zip(
        (network.recurrent, network.inputs), variables, ours, theirs, strict=True
    ):
        assert variable.shape == (len(synapses),) == mine.shape
        expected = (four.reshape(-1, 4) * synapses.factors[synapses.model]).sum(1)
        np.testing.assert_allclose(mine, expected, rtol=1e-5, atol=1e-6 * np.abs(expected).max())
        before = variable.numpy()
        keras.optimizers.SGD(1e4).apply([mine], [variable])
        after = variable.numpy()
        assert (after != before).any() and (after == 0).any() and (after * before >= 0).all()


def test_receptors_of_a_summed_background_are_not_trained_one_by_one(network):
    weights = np.ones((12, 4), np.float32)
    layer = InputCurrents(replace(network, background_weights=weights), train_background=True)
    with pytest.raises(ValueError, match="train the four receptors .* one by one"):
        layer.build((None, 10, network.n_input))


FAST, SLOW, AMP_SLOW, WEIGHT = 1.3, 7.1, 0.37, 55.0


@pytest.fixture(scope="module")
def psc():
    """(100,) synaptic current, pA, after one spike of a double alpha synapse."""
    cell = replace(
        random_parameters(1, np.random.default_rng(0)), tau_syn=np.array([[FAST, SLOW, SLOW, SLOW]])
    )
    spiking = synapse_table(*np.zeros((3, 1), int), np.array([WEIGHT]), np.zeros(1), 1, 1)
    factors = np.array([[1.0, AMP_SLOW, 0.0, 0.0]], np.float32)
    network = replace(
        random_network(n=1, n_input=1, n_synapses=1, background=False), parameters=cell,
        recurrent=no_synapses(1, 1), inputs=with_models(spiking, factors),
    )  # fmt: skip
    lgn = np.zeros((1, 100, 1), np.float32)
    lgn[0, 0] = 1.0
    rsnn = RSNN(network, return_currents=True)
    return rsnn(InputCurrents(network, noise=False)(lgn))[2]["psc"].numpy()[0, :, 0].sum(1)


def test_current_of_one_spike_is_the_sum_of_two_alpha_functions(psc):
    t = np.arange(100.0)  # ms after the spike arrived
    expected = sum(
        a * WEIGHT * t / tau * np.exp(1 - t / tau) for tau, a in ((FAST, 1.0), (SLOW, AMP_SLOW))
    )
    np.testing.assert_allclose(psc, expected, atol=1e-4)


def test_current_of_one_spike_is_that_of_nest(psc):
    nest = pytest.importorskip("nest")
    nest.ResetKernel()
    nest.resolution = 1.0
    ports = {"tau_syn_fast": [FAST], "tau_syn_slow": [SLOW], "amp_slow": [AMP_SLOW]}
    cell = nest.Create("glif_psc_double_alpha", 1, ports)
    spikes = nest.Create("spike_generator", 1, {"spike_times": [1.0]})
    nest.Connect(spikes, cell, syn_spec={"weight": WEIGHT, "delay": 1.0, "receptor_type": 1})
    meter = nest.Create("multimeter", 1, {"record_from": ["I_syn"], "interval": 1.0})
    nest.Connect(meter, cell)
    nest.Simulate(110.0)
    # The spike arrives at 2 ms, and the current is that at the end of a step: 0 at 3 ms.
    np.testing.assert_allclose(psc, meter.events["I_syn"][2:102], atol=1e-4)


def test_background_sources_that_fire_on_their_own():
    rng = np.random.default_rng(1)
    rows = (rng.integers(0, 20, 30), rng.integers(0, 12, 30), rng.integers(0, 4, 30))
    background = synapse_table(*rows, rng.uniform(1, 9, 30), np.zeros(30), 20, 12)
    found = random_network(n=12, n_input=6, n_synapses=60, background=False)
    network = replace(found, background=background, background_rate=250.0)
    layer = InputCurrents(network, train_background=True)
    n_steps = 4000
    currents = layer(np.zeros((1, n_steps, 6), np.float32)).numpy()[0]
    scale = network.parameters.voltage_scale
    mean, variance = np.zeros(48), np.zeros(48)
    sent = {}
    for s, t, r, w in zip(background.source, background.target, background.receptor,
                          background.weight, strict=True):  # fmt: skip
        sent[t * 4 + r, s] = sent.get((t * 4 + r, s), 0.0) + w / scale[t]
    for (row, _), w in sent.items():
        mean[row] += 0.25 * w
        variance[row] += 0.25 * w**2
    reached = np.flatnonzero(mean)
    found = np.zeros((n_steps, 48))
    found[:, layer.rows] = currents
    error = np.sqrt(variance[reached] / n_steps)
    assert (np.abs(found.mean(0)[reached] - mean[reached]) < 5 * error).all()
    np.testing.assert_allclose(found.var(0)[reached], variance[reached], rtol=0.2)
    assert layer.independent_background_weights.shape == (30,)
    assert not found[:, mean == 0].any()
