"""The surrogate derivative against its equation, and where the engine takes it from."""

import numpy as np
import tensorflow as tf
from oracles import random_parameters

from keras_v1_activity.v1.engine.cell_options import CellOptions
from keras_v1_activity.v1.engine.glif3 import Glif3Equations
from keras_v1_activity.v1.engine.surrogate import surrogate_derivative


def test_it_is_the_gaussian_of_chen_et_al_2022():
    v = np.linspace(-2, 4, 601)
    truth = 0.5 * np.exp(-((v - 1.0) ** 2) / 0.28**2)
    np.testing.assert_allclose(surrogate_derivative(tf.constant(v), 0.5, 0.28), truth, rtol=1e-12)


def test_the_cell_uses_it_and_refractory_neurons_have_none():
    parameters = random_parameters(5, np.random.default_rng(0))
    equations = Glif3Equations(parameters, options=CellOptions(dampening_factor=0.4, gauss_std=0.3))
    v = tf.random.stateless_normal((5, 3), (1, 2)) + 1.0
    refractory = tf.constant(np.arange(15).reshape(5, 3) % 4 == 0)
    slope = equations.surrogate(v, refractory)
    expected = np.where(refractory, np.float32(0), surrogate_derivative(v, 0.4, 0.3))
    np.testing.assert_array_equal(slope, expected)
