"""The recurrent sequence by loops against the plain formulation, differentiated by TensorFlow."""

from dataclasses import replace
from functools import cache

import keras
import numpy as np
import pytest
import tensorflow as tf
from oracles import (
    input_currents,
    random_network,
    random_parameters,
    random_synapses,
    simulate_glif3,
    synapse_table,
)

from keras_v1_activity import V1ActivityCallback, load_activity
from keras_v1_activity.v1.engine import reference
from keras_v1_activity.v1.engine.cell_options import CellOptions
from keras_v1_activity.v1.engine.cells import make_cell
from keras_v1_activity.v1.kernels.sequence import LoopSequence
from keras_v1_activity.v1.layers.input_layer import input_rows
from keras_v1_activity.v1.layers.rsnn import RSNN
from keras_v1_activity.v1.model import create_model

# Two threads share them; their synapses end in several groups of targets.
N, SYNAPSES, THREADS, NEAR_BYTES = 130, 2600, 2, 4096
DYNAMICS = {
    "published": {},
    "hard reset": {"hard_reset": True},
    "nest": {"dynamics": "nest"},
    "v1_glif_model": {"dynamics": "v1_glif_model"},
    "held": {"dynamics": "v1_glif_model", "hard_reset": True},
    "dpointnet": {"dynamics": "dpointnet"},
}


@cache
def build(name, seed=3):
    rng = np.random.default_rng(seed)
    parameters = random_parameters(N, rng)
    synapses = random_synapses(SYNAPSES, N, N, rng)
    cell = make_cell(parameters, options=CellOptions(**DYNAMICS[name]))
    rows = np.sort(rng.choice(4 * N, 2 * N, replace=False))
    weights = tf.constant(synapses.weight / parameters.voltage_scale[synapses.target], tf.float32)
    return cell, synapses, rows, weights


def loops(cell, synapses, rows):
    return LoopSequence(cell, synapses, rows, threads=THREADS, near_bytes=NEAR_BYTES)


def draw(n_steps, batch, rows, strength=1.2, seed=0):
    rng = np.random.default_rng(seed)
    currents = rng.gamma(1.0, strength, (batch, n_steps, len(rows))).astype(np.float32)
    return tf.constant(currents), rng.normal(size=(2, batch, n_steps, N)).astype(np.float32)


def differentiated(run, weights, currents, directions):
    with tf.GradientTape() as tape:
        tape.watch([weights, currents])
        spikes, v = run(weights, currents)
        loss = tf.reduce_sum(spikes * directions[0]) + tf.reduce_sum(v * directions[1])
    return spikes, v, tape.gradient(loss, [weights, currents], unconnected_gradients="zero")


def plainly(cell, synapses, rows, weights, currents, directions):
    def plain(weights, currents):
        dense = tf.scatter_nd(
            rows[:, None], tf.transpose(currents, (2, 0, 1)), (4 * N, *currents.shape[:2])
        )
        dense = tf.transpose(dense, (1, 2, 0))
        return reference.run(cell.parameters, synapses, weights, dense, cell.options)

    return differentiated(plain, weights, currents, directions)


def assert_equal(found, true, to_the_last_bit=True):
    """The plain formulation takes some sums of NEST's rules and of synapse models otherwise."""
    np.testing.assert_array_equal(found[0], true[0])
    np.testing.assert_allclose(found[1], true[1], atol=0 if to_the_last_bit else 1e-5, rtol=0)
    for a, b in zip(found[2], true[2], strict=True):
        a, b = (tf.convert_to_tensor(x).numpy() for x in (a, b))
        np.testing.assert_allclose(a, b, atol=1e-5 * np.abs(b).max() + 1e-12)


def without_state(sequence):
    def run(weights, currents):
        state = sequence.cell.initial_state(currents.shape[0])
        return sequence(weights, currents, state)[:2]

    return run


@pytest.mark.parametrize("name", DYNAMICS)
def test_spikes_and_gradients_equal_those_of_automatic_differentiation(name):
    cell, synapses, rows, weights = build(name)
    currents, directions = draw(40, 3, rows)
    run = without_state(loops(cell, synapses, rows))
    true = plainly(cell, synapses, rows, weights, currents, directions)
    assert 200 < tf.reduce_sum(true[0]) < 8000
    # Each thread takes samples, and in a graph.
    found = differentiated(tf.function(run), weights, currents, directions)
    assert_equal(found, true, to_the_last_bit=name != "nest")
    # One sample: each thread takes a share of the neurons.
    alone = slice(1, 2)
    found = differentiated(run, weights, currents[alone], directions[:, alone])
    np.testing.assert_array_equal(found[0], true[0][alone])
    by_input = true[2][1][alone]
    np.testing.assert_allclose(found[2][1], by_input, atol=1e-5 * np.abs(by_input).max())


# Vectors of 8 and of 16 numbers, and two of 16; blocks of synapses with longer delays are longer
# than the others, or with 5 samples as long.
@pytest.mark.parametrize("batch", [2, 5, 8])
def test_any_number_of_samples(batch):
    cell, synapses, rows, weights = build("published")
    currents, directions = draw(29, batch, rows)
    found = differentiated(
        without_state(loops(cell, synapses, rows)), weights, currents, directions
    )
    assert_equal(found, plainly(cell, synapses, rows, weights, currents, directions))


def test_all_delays_of_one_time_step():
    cell, synapses, rows, weights = build("published")
    near = replace(synapses, delay=np.ones(SYNAPSES, np.float32))
    cell = make_cell(cell.parameters, options=CellOptions(max_delay=1))
    currents, directions = draw(40, 1, rows)
    found = differentiated(without_state(loops(cell, near, rows)), weights, currents, directions)
    assert_equal(found, plainly(cell, near, rows, weights, currents, directions))


@pytest.mark.parametrize("n_steps, strength", [(1, 1.2), (2, 80.0), (7, 0.0)])
def test_short_silent_and_saturated_runs(n_steps, strength):
    cell, synapses, rows, weights = build("published")
    currents, directions = draw(n_steps, 2, rows, strength)
    found = differentiated(
        without_state(loops(cell, synapses, rows)), weights, currents, directions
    )
    assert_equal(found, plainly(cell, synapses, rows, weights, currents, directions))


def test_a_run_of_two_seconds_follows_the_equations():
    cell, synapses, rows, weights = build("published")
    currents, _ = draw(2000, 1, rows)
    spikes, v, _ = loops(cell, synapses, rows)(weights, currents, cell.initial_state(1))
    dense = np.zeros((2000, 4 * N))
    dense[:, rows] = currents[0]
    p = cell.parameters
    true_spikes, true_mv = simulate_glif3(p, synapses, dense.reshape(2000, N, 4))
    assert true_spikes.sum() > 5000
    # The recurrent network is chaotic: after the first rounded spike it goes its own way.
    np.testing.assert_array_equal(spikes.numpy()[0, :300] > 0, true_spikes[:300])
    mv = v.numpy()[0, :300] * p.voltage_scale + p.E_L
    np.testing.assert_allclose(mv, true_mv[:300], atol=1e-3)


def test_a_run_in_two_parts_is_the_run():
    """The state is passed on, and the gradients through each part of it."""
    cell, synapses, rows, weights = build("published")
    currents, directions = draw(23, 2, rows)
    sequence = loops(cell, synapses, rows)

    def in_two(weights, currents):
        state = cell.initial_state(2)
        first = sequence(weights, currents[:, :11], state)
        second = sequence(weights, currents[:, 11:], first[2])
        return tuple(tf.concat(pair, 1) for pair in zip(first[:2], second[:2], strict=True))

    found = differentiated(in_two, weights, currents, directions)
    assert_equal(found, differentiated(without_state(sequence), weights, currents, directions))


def test_synapses_that_act_on_four_receptors():
    cell, synapses, rows, weights = build("published")
    rng = np.random.default_rng(8)
    factors = rng.normal(size=(3, 4)).astype(np.float32)
    models = replace(
        synapses,
        receptor=np.zeros(SYNAPSES, np.int8),
        model=rng.integers(0, 3, SYNAPSES).astype(np.int16),
        factors=factors,
    )
    currents, directions = draw(30, 2, rows)
    found = differentiated(without_state(loops(cell, models, rows)), weights, currents, directions)

    def plain(weights, currents):
        four = tf.reshape(weights[:, None] * factors[models.model], (-1,))
        dense = np.zeros((2, 30, 4 * N), np.float32)
        dense = tf.tensor_scatter_nd_add(
            tf.transpose(dense, (2, 0, 1)), rows[:, None], tf.transpose(currents, (2, 0, 1))
        )
        dense = tf.transpose(dense, (1, 2, 0))
        return reference.run(cell.parameters, models.by_receptor(), four, dense)

    assert_equal(found, differentiated(plain, weights, currents, directions), False)


def test_no_synapses_and_two_of_one_pair():
    n, rng = 6, np.random.default_rng(5)
    parameters = random_parameters(n, rng)
    twice = synapse_table(
        np.array([0, 0, 1]), np.array([2, 2, 0]), np.array([1, 1, 3]),
        np.array([300.0, 300.0, -50.0]), np.array([2.0, 2.0, 1.0]), n, n,
    )  # fmt: skip
    none = synapse_table(*(np.zeros(0, int) for _ in range(3)), *(np.zeros(0),) * 2, n, n)
    currents = rng.gamma(1.0, 2.0, (1, 80, 4 * n)).astype(np.float32)
    cell = make_cell(parameters)
    models = replace(none, model=np.zeros(0, np.int16), factors=np.ones((2, 4), np.float32))
    for synapses in (none, models, twice):
        weights = (synapses.weight / parameters.voltage_scale[synapses.target]).astype(np.float32)
        run = LoopSequence(cell, synapses, np.arange(4 * n))
        spikes, _, _ = run(tf.constant(weights), tf.constant(currents), cell.initial_state(1))
        true, _ = simulate_glif3(parameters, synapses, currents[0].reshape(80, n, 4))
        np.testing.assert_array_equal(spikes.numpy()[0] > 0, true)


def test_a_model_fits_under_the_callback_as_any_other(tmp_path):
    """Keras compiles no step of it as a whole; a look holds what the model gives."""
    network = random_network()
    model = create_model(network, 100, noise=False, engine="numba")
    optimizer = keras.optimizers.Adam(0.0)
    optimizer.build(model.trainable_variables)
    model.compile(optimizer, "sparse_categorical_crossentropy")
    assert not model.jit_compile
    x = (np.random.default_rng(0).random((4, 100, 40)) < 0.15).astype(np.float32)
    callback = V1ActivityCallback(tmp_path, 2, figures=(), alarms=False)
    model.fit(x, np.zeros((4, 2)), batch_size=2, shuffle=False, callbacks=[callback], verbose=0)
    true, _ = simulate_glif3(network.parameters, network.recurrent, input_currents(network, x[2]))
    assert true.sum() > 50
    with load_activity(tmp_path) as run:
        np.testing.assert_array_equal(run[2].spikes(), true)


def test_currents_of_a_layer():
    network = random_network()
    x = np.random.default_rng(1).gamma(1.0, 1.2, (1, 30, len(input_rows(network))))
    found, others = (
        RSNN(network, engine=engine, return_currents=True)(x.astype(np.float32))
        for engine in ("numba", "xla")
    )
    for name in ("asc", "psc_rise", "psc"):
        np.testing.assert_allclose(found[2][name], others[2][name], rtol=1e-5)


@pytest.mark.parametrize(
    "options, said",
    [
        ({"engine": "gpu"}, r"engine must be one of \['xla', 'numba'\]; got 'gpu'"),
        ({"engine": "numba", "sums_dtype": "float16"}, "sums_dtype='float16'"),
        ({"engine": "numba", "segment_ms": 10}, "segment_ms=10"),
        ({"engine": "numba", "as_published": True}, "as_published=True"),
    ],
)
def test_what_the_loops_do_not_know_is_refused(options, said):
    with pytest.raises(ValueError, match=said):
        CellOptions(**options)
