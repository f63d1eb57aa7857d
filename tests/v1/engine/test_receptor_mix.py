"""Synapses of one model onto one neuron are summed before their factors: against plain numpy."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from oracles import random_parameters, random_synapses, simulate_glif3

from keras_v1_activity.v1.engine.glif3_cell import Glif3Cell
from keras_v1_activity.v1.engine.receptor_mix import ReceptorMix
from keras_v1_activity.v1.engine.sequence import RecurrentSequence

N, N_MODELS = 30, 5


def with_models(n_synapses=400, seed=0):
    """Synapses of five models, some of which no neuron or only one has."""
    rng = np.random.default_rng(seed)
    drawn = random_synapses(n_synapses, N, N, rng, receptors=1)
    model = rng.choice([0, 1, 3], n_synapses).astype(np.int16)
    model[7] = 4
    factors = rng.normal(size=(N_MODELS, 4)).astype(np.float32)
    return replace(drawn, model=model, factors=factors), rng


def dense(synapses):
    """(4 n, synapses): what each synapse's weight adds to each current."""
    matrix = np.zeros((4 * N, len(synapses)))
    for k, (target, model) in enumerate(zip(synapses.target, synapses.model, strict=True)):
        matrix[4 * target : 4 * target + 4, k] = synapses.factors[model]
    return matrix


def test_currents_and_their_adjoint_are_those_of_a_dense_matrix():
    synapses, rng = with_models()
    mix = ReceptorMix(synapses)
    weights = rng.normal(size=(len(synapses), 3))
    sums = np.zeros((mix.n_rows, 3))
    np.add.at(sums, mix.row, weights)
    currents = mix.currents(tf.constant(sums, tf.float32))
    np.testing.assert_allclose(currents, dense(synapses) @ weights, atol=1e-5)
    gradient = rng.normal(size=(4 * N, 3))
    of_sums = mix.adjoint(tf.constant(gradient, tf.float32)).numpy()
    np.testing.assert_allclose(of_sums[mix.row], dense(synapses).T @ gradient, atol=1e-5)


@pytest.mark.parametrize("way", ["events", "all"])
def test_a_network_spikes_as_its_equations_with_each_synapse_on_four_receptors(way):
    synapses, rng = with_models()
    parameters = random_parameters(N, rng)
    cell, rows = Glif3Cell(parameters), np.arange(4 * N)
    weights = tf.constant(synapses.weight / parameters.voltage_scale[synapses.target], tf.float32)
    currents = rng.gamma(1.0, 0.8, (150, 1, len(rows))).astype(np.float32)
    run = RecurrentSequence(cell, synapses, rows, way=way)
    spikes, v, _ = run(weights, currents, cell.initial_state(1))
    truth, mv = simulate_glif3(
        parameters, synapses.by_receptor(), currents[:, 0].reshape(150, N, 4)
    )
    assert truth.sum() > 50
    np.testing.assert_array_equal(spikes.numpy()[:, :, 0] > 0, truth)
    found = v.numpy()[:, :, 0] * parameters.voltage_scale + parameters.E_L
    np.testing.assert_allclose(found, mv, atol=1e-3)


def test_no_synapses_at_all():
    synapses, _ = with_models()
    none = replace(
        synapses,
        **{
            name: getattr(synapses, name)[:0]
            for name in ("source", "target", "receptor", "weight", "delay", "model")
        },
    )
    mix = ReceptorMix(none)
    assert mix.n_rows == 0 and not mix.currents(tf.zeros((0, 2))).numpy().any()
    assert mix.currents(tf.zeros((0, 2))).shape == (4 * N, 2)
