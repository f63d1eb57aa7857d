"""The layer `rsnn` against the plain formulation: spikes equal bit for bit, equal gradients."""

from dataclasses import replace
from functools import cache, partial

import numpy as np
import pytest
import tangents
import tensorflow as tf
from oracles import random_network, synapse_table
from tangents import assert_same

from keras_v1_activity.v1.engine import reference
from keras_v1_activity.v1.engine.cell_options import CellOptions
from keras_v1_activity.v1.layers.losses import (
    rate_distribution_loss,
    target_rate_quantiles,
    voltage_loss,
)
from keras_v1_activity.v1.layers.rsnn import RSNN

N = 40
LONELY, DOUBLED = 7, 200
FEW = 20  # time steps; up to them, an eager loop is quicker than tracing the plain formulation
NORMAL = 0.3  # strength of currents at which neurons fire at some tens of Hz


@cache
def network():
    """Every receptor of every neuron gets input; one neuron has no synapse, some have doubles."""
    drawn = random_network(N, n_input=10, n_synapses=900, seed=11)
    table = drawn.recurrent
    kept = np.flatnonzero((table.source != LONELY) & (table.target != LONELY))
    # Doubles of the same delay, and of another, shorter or longer.
    kept = np.concatenate([kept, kept[:DOUBLED], kept[:DOUBLED]])
    delay = table.delay[kept]
    delay[-DOUBLED:] = 6.5 - delay[-DOUBLED:]
    columns = (table.source, table.target, table.receptor.astype(int), table.weight)
    recurrent = synapse_table(*(column[kept] for column in columns), delay, N, N)
    return replace(drawn, recurrent=recurrent, noise_samples=np.zeros(1, np.float32))


def layer(**options):
    """The layer of these options; what is compiled for one size of the currents is used again."""
    return built(**{"hard_reset": False, **options})


@cache
def built(**options):
    rsnn = RSNN(network(), **options, return_state=True)
    rsnn.build((None, None, 4 * N))
    return rsnn


def plain(weights, currents, **options):
    """(spikes, potentials in mV) of the plain formulation."""
    options = {"hard_reset": False, **options}
    # That of many tests is traced once for them all.
    traced = currents.shape[1] > FEW and options.keys() == {"hard_reset"}
    run = graph(**options) if traced else partial(eager, **options)
    return run(tf.convert_to_tensor(weights), tf.convert_to_tensor(currents))


@cache
def graph(**options):
    """It is plain TensorFlow: nothing in it has to be converted."""
    return tf.function(partial(eager, **options), autograph=False)


def eager(weights, currents, **options):
    p = network().parameters
    spikes, v = reference.run(p, network().recurrent, weights, currents, CellOptions(**options))
    return spikes, v * p.voltage_scale.astype("f4") + p.E_L.astype("f4")


def draw_currents(batch, n_steps, strength, seed=0):
    """Real-valued currents, gamma-distributed, one for each receptor and step."""
    rng = np.random.default_rng(seed)
    return rng.gamma(1.0, 1.0, (batch, n_steps, 4 * N)).astype(np.float32) * strength


def differentiate(run, loss, *variables):
    """(spikes, loss, gradients) as numpy arrays."""
    variables = [tf.convert_to_tensor(x) for x in variables]
    with tf.GradientTape() as tape:
        tape.watch(variables)
        spikes, mv = run(*variables)[:2]
        value = loss(spikes, mv)
    gradients = tape.gradient(value, variables, unconnected_gradients="zero")
    return spikes.numpy(), value.numpy(), [tf.convert_to_tensor(g).numpy() for g in gradients]


def compare(currents, loss, weights=None, **options):
    """Compares spikes, loss and gradients; returns the spikes and the gradient of the weights."""
    rsnn = layer(**options)
    rsnn.sparse_recurrent_weights.assign(start_weights() if weights is None else weights)
    # The layer's weights are a variable: watched through it, not passed.
    with tf.GradientTape() as tape:
        currents = tf.convert_to_tensor(currents)
        tape.watch(currents)
        spikes, mv = rsnn(currents)[:2]
        value = loss(spikes, mv)
    watched = [rsnn.sparse_recurrent_weights.value, currents]
    ours = [tf.convert_to_tensor(g).numpy() for g in tape.gradient(value, watched)]
    weights = rsnn.sparse_recurrent_weights.numpy()
    run = partial(plain, **options)
    true_spikes, true_value, truth = differentiate(run, loss, weights, currents)
    np.testing.assert_array_equal(spikes, true_spikes)
    np.testing.assert_allclose(value, true_value, rtol=1e-5)
    for a, b in zip(ours, truth, strict=True):
        assert_same(a, b)
    return true_spikes, truth[0]


def start_weights():
    table = network().recurrent
    return (table.weight / network().parameters.voltage_scale[table.target]).astype(np.float32)


def random_direction(batch, n_steps):
    """A loss that asks something else of every spike and potential."""
    toward = np.random.default_rng(5).normal(size=(2, batch, n_steps, N)).astype(np.float32)
    return lambda spikes, mv: tf.reduce_sum(spikes * toward[0] + mv * toward[1])


def training_loss(spikes, mv):
    """The published losses on rates and voltages."""
    p = network().parameters
    v = (mv - p.E_L.astype("f4")) / p.voltage_scale.astype("f4")
    targets = target_rate_quantiles(network().target_rates, N).astype(np.float32)
    ranking = np.random.default_rng(6).random(N)
    return rate_distribution_loss(spikes, targets, ranking) + voltage_loss(v, -1.0)


@pytest.mark.parametrize("hard_reset", [False, True])
@pytest.mark.parametrize("batch, n_steps", [(1, 1), (4, 2), (4, 50), (1, 600)])
def test_spikes_and_gradients_at_every_length(batch, n_steps, hard_reset):
    currents = draw_currents(batch, n_steps, NORMAL, seed=n_steps)
    spikes, _ = compare(currents, random_direction(batch, n_steps), hard_reset=hard_reset)
    if n_steps >= 50:
        assert 0.005 < spikes.mean() < 0.1


@pytest.mark.parametrize("strength", [NORMAL, 60.0])
@pytest.mark.parametrize(
    "options",
    [
        dict(dynamics="nest"),
        dict(dynamics="v1_glif_model"),
        dict(dynamics="v1_glif_model", hard_reset=True),
    ],
)
def test_the_dynamics_of_other_simulators(options, strength):
    """Also where neurons are refractory most of the time."""
    currents = draw_currents(4, 50, strength, seed=50)
    spikes, gradient = compare(currents, random_direction(4, 50), **options)
    assert spikes.mean() > 0.005 and np.count_nonzero(gradient) > 0.1 * gradient.size


@pytest.mark.parametrize("max_delay", [1, 3])
def test_shorter_delay_buffers(max_delay):
    compare(draw_currents(4, 50, NORMAL), random_direction(4, 50), max_delay=max_delay)


@pytest.mark.parametrize("hard_reset", [False, True])
def test_the_losses_of_training(hard_reset):
    spikes, _ = compare(draw_currents(4, 50, NORMAL, seed=8), training_loss, hard_reset=hard_reset)
    assert spikes.any()


def test_no_spike_at_all():
    spikes, gradient = compare(draw_currents(4, 50, 0.0), random_direction(4, 50))
    assert not spikes.any() and not gradient.any()


@pytest.mark.parametrize("hard_reset", [False, True])
def test_every_neuron_spikes_as_often_as_it_can(hard_reset):
    currents = draw_currents(4, 50, 60.0)
    spikes, gradient = compare(currents, random_direction(4, 50), hard_reset=hard_reset)
    assert spikes.any(1).all() and spikes.mean() > 0.15
    assert np.count_nonzero(gradient) > 0.9 * gradient.size


def test_a_single_spike_reaches_exactly_its_own_synapses():
    """Of weights that all are 0, only those behind the one spike have a gradient."""
    currents = np.zeros((1, 50, 4 * N), np.float32)
    source = int(network().recurrent.source[0])
    currents[0, 3, 4 * source] = 60.0
    weights = np.zeros(len(network().recurrent), np.float32)
    spikes, gradient = compare(np.repeat(currents, 4, 0), random_direction(4, 50), weights)
    assert set(np.flatnonzero(spikes.any((0, 1)))) == {source}
    behind = network().recurrent.source == source
    assert gradient[behind].all() and not gradient[~behind].any()


def test_doubled_synapses_share_one_gradient_and_a_lonely_neuron_follows_its_input_alone():
    table = network().recurrent
    spikes, gradient = compare(draw_currents(4, 50, NORMAL), random_direction(4, 50))
    delay = np.clip(np.rint(table.delay), 1, 5)
    _, first, count = np.unique(
        np.stack([table.row, table.source, delay]), axis=1, return_index=True, return_counts=True
    )
    assert (count > 1).sum() >= DOUBLED // 2
    for k in first[count > 1]:
        same = (table.row == table.row[k]) & (table.source == table.source[k])
        np.testing.assert_allclose(gradient[same & (delay == delay[k])], gradient[k], rtol=1e-6)
    assert spikes[:, :, LONELY].any()


@pytest.mark.parametrize("hard_reset", [False, True])
def test_an_initial_state_and_gradients_to_and_from_states(hard_reset):
    """Against derivatives of the equations taken forward, in float64."""
    n_steps, p, rng = 12, network().parameters, np.random.default_rng(3)
    state = {
        "v": rng.normal(0.5, 0.5, N),
        "r": rng.choice([0.0, 1.0, 2.5], N),
        "asc": rng.normal(0, 0.5, (N, 2)),
        "psc_rise": rng.gamma(1.0, 0.5, (N, 4)),
        "psc": rng.gamma(1.0, 0.5, (N, 4)),
        "z_buffer": (rng.random((5, N)) < 0.1).astype(float),
    }
    currents = draw_currents(1, n_steps, NORMAL)
    toward = rng.normal(size=(2, n_steps, N)).astype(np.float32)
    toward_final = {name: rng.normal(size=value.shape) for name, value in state.items()}

    rsnn = layer(hard_reset=hard_reset)
    rsnn.sparse_recurrent_weights.assign(start_weights())
    given = [as_layer_state(name, value) for name, value in state.items()]
    with tf.GradientTape() as tape:
        tape.watch(given)
        spikes, mv, final = rsnn(tf.constant(currents), initial_state=given)
        loss = tf.reduce_sum(spikes[0] * toward[0] + mv[0] * toward[1])
        for name, value in zip(state, final, strict=True):
            if name != "r":
                loss += tf.reduce_sum(value * as_layer_state(name, toward_final[name]))
    watched = {"weights": rsnn.sparse_recurrent_weights.value}
    watched |= {name: x for name, x in zip(state, given, strict=True) if name != "r"}
    ours = dict(zip(watched, tape.gradient(loss, list(watched.values())), strict=True))

    weights = rsnn.sparse_recurrent_weights.numpy().astype(float)
    changing = {name: value for name, value in state.items() if name != "r"}
    directions = tangents.unit_directions(weights=weights, **changing)
    out, (d_spikes, d_v, d_final) = tangents.simulate(
        p, network().recurrent, weights, currents[0].reshape(n_steps, N, 4), state, directions,
        hard_reset=hard_reset,
    )  # fmt: skip
    np.testing.assert_array_equal(spikes[0], out[0])
    expected = (d_spikes * toward[0] + d_v * p.voltage_scale * toward[1]).sum((1, 2))
    for name in changing:
        np.testing.assert_allclose(
            final[list(state).index(name)], as_layer_state(name, out[2][name]), atol=1e-4
        )
        expected += (d_final[name] * toward_final[name]).reshape(len(expected), -1).sum(1)
    for name, gradient in ours.items():
        own = np.abs(directions[name].reshape(len(expected), -1)).sum(1) > 0
        truth = expected[own].reshape(directions[name].shape[1:])
        truth = truth if name == "weights" else as_layer_state(name, truth).numpy()
        assert_same(gradient.numpy(), truth)


def as_layer_state(name, x):
    """An array of `tangents` as the layer holds it: sample last, receptors flat."""
    x = x.T if name == "asc" else x.reshape(-1) if name.startswith("psc") else x
    return tf.constant(x[..., None], tf.float32)


def test_eager_graph_and_xla_runs_are_equal():
    """Keras may run the layer either way; another path through the engine may hide in each."""
    rsnn, loss = layer(), random_direction(4, 50)
    currents = tf.constant(draw_currents(4, 50, NORMAL))

    def step():
        with tf.GradientTape() as tape:
            tape.watch(currents)
            spikes, mv = rsnn(currents)[:2]
            value = loss(spikes, mv)
        return spikes, *tape.gradient(value, [rsnn.sparse_recurrent_weights.value, currents])

    rsnn.sparse_recurrent_weights.assign(start_weights())
    eager = step()
    for jit_compile in (False, True):
        spikes, *gradients = tf.function(step, jit_compile=jit_compile)()
        np.testing.assert_array_equal(spikes, eager[0])
        for a, b in zip(gradients, eager[1:], strict=True):
            assert_same(a.numpy(), b.numpy())
