"""The constants of the GLIF3 equations against their differential equations, solved in time."""

import numpy as np
import pytest
from oracles import random_parameters

from keras_v1_activity.v1.network.glif3_constants import Glif3Constants

PARTS = 20_000  # of a time step, for Euler's method


@pytest.mark.parametrize("dt", [1.0, 0.25])
def test_a_time_step_solves_the_differential_equations(dt):
    p = random_parameters(5, np.random.default_rng(0))
    c = Glif3Constants.of(p, dt)
    v, asc = np.full(5, 0.7), np.full((5, 2), 0.3)
    rise, psc, current = c.psc_initial.copy(), np.zeros((5, 4)), 2.0
    for _ in range(PARTS):
        h = dt / PARTS
        v = v + h * (-p.g * v + current) / p.C_m
        asc = asc - h * p.k * asc
        rise, psc = rise - h * rise / p.tau_syn, psc + h * (rise - psc / p.tau_syn)
    np.testing.assert_allclose(c.decay * 0.7 + c.current_factor * current, v, rtol=1e-4)
    np.testing.assert_allclose(0.3 * c.asc_decay, asc, rtol=1e-4)
    np.testing.assert_allclose(0.3 + 0.3 * c.asc_change, asc, rtol=1e-4)
    np.testing.assert_allclose(c.psc_initial * c.syn_decay, rise, rtol=1e-4)
    np.testing.assert_allclose(dt * c.psc_initial * c.syn_decay, psc, rtol=1e-4)


def test_the_greatest_synaptic_current_of_a_spike_is_the_weight():
    p = random_parameters(5, np.random.default_rng(0))
    slope = Glif3Constants.of(p, 1.0).psc_initial
    t = np.linspace(0, 60, 60_001)
    current = slope[..., None] * t * np.exp(-t / p.tau_syn[..., None])
    np.testing.assert_allclose(current.max(axis=-1), 1.0, rtol=1e-6)


def test_potentials_and_amplitudes_are_in_units_of_threshold_above_rest():
    p = random_parameters(5, np.random.default_rng(0))
    c = Glif3Constants.of(p, 1.0)
    np.testing.assert_allclose(p.E_L + c.v_reset * c.voltage_scale, p.V_reset)
    np.testing.assert_allclose(c.asc_amps * (p.V_th - p.E_L)[:, None], p.asc_amps)


def test_published_constants_are_rounded_to_float32_after_each_operation():
    p = random_parameters(50, np.random.default_rng(0))
    c, usual = Glif3Constants.as_published(p, 1.0), Glif3Constants.of(p, 1.0)
    g, c_m = p.g.astype(np.float32), p.C_m.astype(np.float32)
    tau, one = c_m / g, np.float32(1)
    np.testing.assert_array_equal(c.current_factor, one / c_m * (one - np.exp(-one / tau)) * tau)
    for name, value in vars(c).items():
        assert value.dtype == np.float32, name
        np.testing.assert_allclose(value, getattr(usual, name), rtol=1e-4, atol=1e-7)
