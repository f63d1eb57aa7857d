"""`as_published=True`: spikes equal to a float32 simulation of the equations in published order."""

from dataclasses import replace
from functools import cache

import keras
import numpy as np
import pytest
from oracles import random_network, synapse_table

from keras_v1_activity.v1.engine.cell_options import CellOptions
from keras_v1_activity.v1.engine.table_order import ranks_of_doubles
from keras_v1_activity.v1.layers.dale import KeepSign
from keras_v1_activity.v1.model import create_model

STEPS, TRIALS = 600, 30


@cache
def network():
    """Fifty neurons, a fifth of their synapses doubled, with delays in any order."""
    drawn = random_network()
    table = drawn.recurrent
    again = np.arange(0, len(table), 5)
    kept = np.concatenate([np.arange(len(table)), again, again])
    rng = np.random.default_rng(0)
    recurrent = synapse_table(
        table.source[kept], table.target[kept], table.receptor[kept].astype(int),
        rng.normal(0, 30, len(kept)), rng.uniform(0.5, 6.4, len(kept)), 50, 50,
    )  # fmt: skip
    return replace(drawn, recurrent=recurrent, settings={"seed": 3000, "as_published": True})


def published_model():
    """Spikes and potentials of the network."""
    model = create_model(network(), STEPS, noise=False, as_published=True, readout="linear")
    return keras.Model(model.input, model.get_layer("rsnn").output)


def float32_constants(p):
    """The constants of the published cell, rounded to float32 after each operation."""
    one = np.float32(1)
    v_th, e_l, v_reset, g, c_m, t_ref, k, amps, tau_syn = (
        getattr(p, name).astype(np.float32)
        for name in ("V_th", "E_L", "V_reset", "g", "C_m", "t_ref", "k", "asc_amps", "tau_syn")
    )
    s, tau = v_th - e_l, c_m / g
    decay = np.exp(-one / tau)
    return {
        "s": s,
        "e_l": e_l,
        "v_reset": (v_reset - e_l) / s,
        "decay": decay,
        "factor": one / c_m * (one - decay) * tau,
        "t_ref": t_ref,
        "k": k,
        "amps": amps / s[:, None],
        "syn_decay": np.exp(-one / tau_syn),
        "rise": np.float32(np.e) / tau_syn,
    }


def simulate_float32(network, x, max_delay=5):
    """(spikes, normalised potentials) of samples, (time, neuron, sample): own code, no package's.

    Operation by operation in float32, synapse by synapse in the order of the tables; what is done
    to one sample is done to all, which stand side by side.
    """
    batch, n_steps, _ = x.shape
    c = {name: value[..., None] for name, value in float32_constants(network.parameters).items()}
    n = network.n_neurons
    tables = []
    for table in (network.recurrent, network.inputs):
        weight = table.weight.astype(np.float32) / c["s"][table.target, 0]
        row = table.target.astype(int) * 4 + table.receptor
        tables.append(
            ((row[:, None] * batch + range(batch)).ravel(), table.source, weight[:, None])
        )
    delay = np.clip(np.rint(network.recurrent.delay), 1, max_delay).astype(int)
    v, r = np.repeat(c["v_reset"], batch, axis=1), np.zeros((n, batch), np.float32)
    a1, a2 = np.zeros_like(r), np.zeros_like(r)
    rise, psc = np.zeros((n, 4, batch), np.float32), np.zeros((n, 4, batch), np.float32)
    z_at = np.zeros((n_steps + max_delay, n, batch), np.float32)
    potentials = np.zeros((n_steps, n, batch), np.float32)
    dt = np.float32(1)
    for t in range(n_steps):
        z = z_at[t + max_delay - 1]
        (rows, sources, weights), (in_rows, channels, in_weights) = tables
        arriving, given = np.zeros(rise.size, np.float32), np.zeros(rise.size, np.float32)
        np.add.at(arriving, rows, (weights * z_at[t + max_delay - delay, sources]).ravel())
        np.add.at(given, in_rows, (in_weights * x[:, t, channels].T).ravel())
        i = (arriving + given).reshape(rise.shape)
        new_rise = c["syn_decay"] * rise + i * c["rise"]
        new_psc = psc * c["syn_decay"] + dt * c["syn_decay"] * rise
        new_r = np.maximum(r + z * c["t_ref"] - dt, 0)
        received = ((psc[:, 0] + psc[:, 1]) + psc[:, 2]) + psc[:, 3]
        v = c["decay"] * v + c["factor"] * (received + a1 + a2) + z * (c["v_reset"] - dt)
        a1 = np.exp(-dt * c["k"][:, 0]) * a1 + z * c["amps"][:, 0]
        a2 = np.exp(-dt * c["k"][:, 1]) * a2 + z * c["amps"][:, 1]
        rise, psc, r = new_rise, new_psc, new_r
        z_at[t + max_delay] = (v > 1) & ~(r > 0)
        potentials[t] = v
    assert v.dtype == rise.dtype == a1.dtype == np.float32
    return z_at[max_delay:], potentials


def test_spikes_and_potentials_equal_a_float32_simulation_bit_for_bit():
    net, shown = network(), published_model()
    rng = np.random.default_rng(0)
    x = (rng.random((TRIALS, STEPS, net.n_input)) < 0.12).astype(np.float32)
    spikes, potentials = shown(x)
    c = float32_constants(net.parameters)
    truth, v = simulate_float32(net, x)
    assert (truth.sum((0, 1)) > 300).all()
    np.testing.assert_array_equal(spikes, truth.transpose(2, 0, 1))
    np.testing.assert_array_equal(potentials, v.transpose(2, 0, 1) * c["s"] + c["e_l"])


def test_the_default_is_not_rounded_as_published():
    """The constants differ where float32 loses digits; the equations are the same."""
    net = network()
    usual, published = (
        CellOptions(as_published=flag).constants(net.parameters) for flag in (False, True)
    )
    for name in vars(usual):
        ours, theirs = getattr(usual, name), getattr(published, name)
        np.testing.assert_allclose(theirs, ours, rtol=1e-4, atol=1e-7, err_msg=name)
    difference = np.abs(published.current_factor / usual.current_factor - 1).max()
    assert 1e-8 < difference < 1e-5


def test_the_constants_are_those_of_float32_arithmetic_bit_for_bit():
    p = network().parameters
    truth = float32_constants(p)
    ours = CellOptions(as_published=True).constants(p)
    names = {
        "s": "voltage_scale", "v_reset": "v_reset", "decay": "decay", "factor": "current_factor",
        "t_ref": "t_ref", "amps": "asc_amps", "syn_decay": "syn_decay", "rise": "psc_initial",
    }  # fmt: skip
    for theirs, name in names.items():
        assert getattr(ours, name).dtype == np.float32
        np.testing.assert_array_equal(getattr(ours, name), truth[theirs], err_msg=name)
    np.testing.assert_array_equal(ours.asc_decay, np.exp(-np.float32(1) * truth["k"]))


def published_sign(start, moved):
    """The published constraint: what starts at 0 or more stays so, what starts below stays so."""
    return np.where(start >= 0, np.maximum(moved, 0), -np.maximum(-moved, 0))


def test_a_weight_of_0_may_become_positive_as_published_and_stays_0_otherwise():
    start = np.array([-2.0, 0.0, 0.0, 3.0, -0.0, 1.0], np.float32)
    moved = np.array([1.0, 0.5, -0.5, -1.0, 0.5, 2.0], np.float32)
    kept = KeepSign(start, zero_excites=True)
    np.testing.assert_array_equal(kept(moved), published_sign(start, moved))
    np.testing.assert_array_equal(kept(moved), [0, 0.5, 0, 0, 0.5, 2])
    np.testing.assert_array_equal(KeepSign(start)(moved), [0, 0, 0, 0, 0, 2])
    again = KeepSign(**kept.get_config())
    np.testing.assert_array_equal(again(moved), kept(moved))


@pytest.mark.parametrize("as_published", [False, True])
def test_all_weights_of_a_model_keep_their_signs_so(as_published):
    net = network()
    table = net.recurrent
    some = np.where(np.arange(len(table)) % 4, table.weight, 0).astype(np.float32)
    net = replace(net, recurrent=replace(table, weight=some))
    model = create_model(net, 50, train_background=True, as_published=as_published)
    variables = [v for v in model.trainable_variables if "weights" in v.name]
    assert len(variables) == 3
    for variable in variables:
        start = variable.numpy()
        moved = np.random.default_rng(1).normal(0, 9, start.shape).astype(np.float32)
        truth = published_sign(start, moved)
        if not as_published:
            truth[start == 0] = 0
        np.testing.assert_array_equal(variable.constraint(moved), truth, err_msg=variable.name)


def test_doubled_synapses_are_ranked_in_the_order_of_the_table():
    rng = np.random.default_rng(2)
    rows, sources = rng.integers(0, 5, 200), rng.integers(0, 4, 200)
    seen, truth = {}, []
    for pair in zip(rows.tolist(), sources.tolist(), strict=True):
        truth.append(seen.get(pair, 0))
        seen[pair] = truth[-1] + 1
    np.testing.assert_array_equal(ranks_of_doubles(rows, sources), truth)
    assert ranks_of_doubles(rows[:0], sources[:0]).size == 0


def test_the_buffer_is_as_long_as_the_greatest_delay():
    net = network()
    short = replace(net.recurrent, delay=np.minimum(net.recurrent.delay, 2.8))
    model = create_model(replace(net, recurrent=short), 50, as_published=True)
    assert model.get_layer("rsnn").cell.max_delay == 3
    assert create_model(net, 50, as_published=True).get_layer("rsnn").cell.max_delay == 5


def test_a_network_loaded_otherwise_is_said_to_be(caplog):
    other = replace(network(), settings={"as_published": False})
    create_model(other, 50, as_published=True)
    assert "load it with as_published=True" in caplog.text
