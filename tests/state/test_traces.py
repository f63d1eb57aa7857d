"""Traces of chosen neurons: against the equations, in a real fit, and as they are shown."""

import csv
import re

import keras
import numpy as np
import pytest
import tensorflow as tf
from kits import needs_v1_network
from oracles import random_network
from PIL import Image
from spiking_models import make_data, make_model, prepare, truth

from keras_v1_activity import V1ActivityCallback, load_activity, v1
from keras_v1_activity.activity.traces import Traces
from keras_v1_activity.capture.selection import Selection
from keras_v1_activity.capture.traces import reduce_traces
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.storage.codec import decode, encode

IDS = [17, 3, 44]


@pytest.fixture(scope="module")
def network():
    return random_network()


def input_rows(network):
    # Not at the top: an older Keras has the tests below that need no network.
    from keras_v1_activity.v1.layers import input_layer

    return input_layer.input_rows(network)


def expected_traces(network, neuron, currents, spikes, max_delay=5):
    """One neuron's variables after each step, from the published equations; dt is 1 ms.

    `currents` (time, rows) normalised, `spikes` (time, neuron).
    """
    p, synapses, rows = network.parameters, network.recurrent, input_rows(network)
    s = p.V_th[neuron] - p.E_L[neuron]
    from_input, from_neurons = np.zeros((len(spikes), 4)), np.zeros((len(spikes), 4))
    for i, row in enumerate(rows):
        if row // 4 == neuron:
            from_input[:, row % 4] = currents[:, i]
    for k in np.flatnonzero(synapses.target == neuron):
        delay = int(np.clip(np.rint(synapses.delay[k]), 1, max_delay))
        w = synapses.weight[k] / s
        from_neurons[delay:, synapses.receptor[k]] += w * spikes[:-delay, synapses.source[k]]
    tau = p.tau_syn[neuron]
    rise, psc, a, r = np.zeros(4), np.zeros(4), np.zeros(2), 0.0
    out = {name: [] for name in ("psc", "asc", "refractory")}
    for t in range(len(spikes)):
        z = spikes[t - 1, neuron] if t else 0.0
        psc = psc * np.exp(-1 / tau) + np.exp(-1 / tau) * rise
        rise = rise * np.exp(-1 / tau) + (from_input[t] + from_neurons[t]) * np.e / tau
        a = a * np.exp(-p.k[neuron]) + z * p.asc_amps[neuron] / s
        r = max(r + z * p.t_ref[neuron] - 1, 0)
        for name, value in (("psc", psc), ("asc", a), ("refractory", r)):
            out[name].append(value)
    traced = {f"psc_{j + 1}": np.array(out["psc"])[:, j] * s for j in range(4)}
    traced |= {f"asc_{j + 1}": np.array(out["asc"])[:, j] * s for j in range(2)}
    traced["input_current"] = from_input.sum(1) * s
    traced["recurrent_current"] = from_neurons.sum(1) * s
    return {**traced, "refractory": np.array(out["refractory"])}


def potential_from(network, neuron, traced):
    """Membrane potential (mV) that the traced currents (pA) and spikes make, soft reset."""
    p = network.parameters
    decay = np.exp(-p.g[neuron] / p.C_m[neuron])
    drive = sum(traced[f"psc_{j}"] for j in range(1, 5)) + traced["asc_1"] + traced["asc_2"]
    v, out = p.V_reset[neuron] - p.E_L[neuron], []
    for t in range(len(drive)):
        before, z = (drive[t - 1], traced["spike"][t - 1]) if t else (0.0, 0.0)
        v = v * decay + (1 - decay) / p.g[neuron] * before
        v += z * (p.V_reset[neuron] - p.V_th[neuron])
        out.append(v + p.E_L[neuron])
    return np.array(out)


@needs_v1_network
def test_the_layer_traces_what_the_equations_say(network):
    rng = np.random.default_rng(0)
    currents = rng.gamma(1.0, 1.2, (2, 120, len(input_rows(network)))).astype(np.float32)
    layer = v1.RSNN(network)
    spikes, voltages = layer(currents)
    assert spikes.numpy()[:, :, IDS].sum((0, 1)).min() > 3
    traced = {name: x.numpy() for name, x in layer.trace(currents, spikes, IDS).items()}
    for sample in range(2):
        for i, neuron in enumerate(IDS):
            mine = {name: x[sample, :, i] for name, x in traced.items()}
            expected = expected_traces(network, neuron, currents[sample], spikes.numpy()[sample])
            assert set(mine) == set(expected)
            for name, values in expected.items():
                scale = np.abs(values).max()
                assert scale > 0, name
                np.testing.assert_allclose(mine[name], values, atol=1e-5 * scale, err_msg=name)
            mine["spike"] = spikes.numpy()[sample, :, neuron]
            mv = potential_from(network, neuron, mine)
            np.testing.assert_allclose(voltages.numpy()[sample, :, neuron], mv, atol=5e-3)


@needs_v1_network
def test_a_fit_traces_stores_prints_and_draws(tmp_path, capsys):
    ids = [8, 3, 5]
    network = random_network(12, n_input=10, n_synapses=60)
    model = v1.create_model(network, 50, train_input=False, rate_cost=0, voltage_cost=0)
    model.compile(keras.optimizers.SGD(1e-3), "sparse_categorical_crossentropy")
    prepare(keras, model)
    x = (np.random.default_rng(1).random((4, 50, 10)) < 0.2).astype(np.float32)
    callback = V1ActivityCallback(
        tmp_path, 2, trace_neurons=ids, voltage_neurons=ids, figures=(), background=False,
        sample_index=1,
    )  # fmt: skip
    model.fit(x, np.zeros((4, 1)), batch_size=2, callbacks=[callback], verbose=0)
    looked = callback.look(x)
    with load_activity(tmp_path) as run:
        activity = run[2]
    for look in (activity, looked):
        assert look.traces.neurons.tolist() == ids and look.n_spikes > 20
        for i, neuron in enumerate(ids):
            traced = look.traces.of_neuron(neuron)
            np.testing.assert_array_equal(traced["spike"], look.spikes()[:, neuron])
            np.testing.assert_array_equal(traced["voltage"], look.voltages[:, i])
            # The noise of the training step is in the traced currents, or this would not hold.
            mv = potential_from(network, neuron, traced)
            np.testing.assert_allclose(traced["voltage"], mv, atol=5e-3)
    printed = capsys.readouterr().out
    assert "step 2, sample 1: traced neurons" in printed and "psc_4 pA" in printed
    assert any(line.split()[:2] == ["8", "e23Cux2"] for line in printed.splitlines())
    check_files(tmp_path / "step_000002", activity, ids)
    check_files(tmp_path / "step_000002_look_2", looked, ids)


def check_files(folder, looked, ids):
    """The CSV holds the last look at the step, and each neuron has a picture with content."""
    with open(folder / "trace.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 50 * len(ids)
    third = [row for row in rows if row["neuron"] == "3"]
    assert [float(row["time_ms"]) for row in third] == list(range(50))
    for column, name in (("voltage_mV", "voltage"), ("asc_2_pA", "asc_2"), ("spike", "spike")):
        values = looked.traces.of_neuron(3)[name]
        np.testing.assert_allclose([float(row[column]) for row in third], values, rtol=1e-5)
    for neuron in ids:
        picture = np.asarray(Image.open(folder / f"trace_neuron_{neuron}.png").convert("L"))
        assert picture.shape == (600, 1000) and picture.std() > 5


def test_a_layer_without_trace_is_said_and_gives_spikes_and_potentials(tmp_path, caplog):
    model = make_model(keras)
    x, y = make_data(4)
    callback = V1ActivityCallback(tmp_path, 1, trace_neurons=[4, 1], figures=(), background=False)
    model.fit(x, y, batch_size=4, shuffle=False, callbacks=[callback], verbose=0)
    assert "'rsnn' (ThresholdLayer) has no method trace" in caplog.text
    traces = load_activity(tmp_path)[1].traces
    model = make_model(keras)
    spikes, voltages = truth(model.get_layer("rsnn").kernel.numpy(), x[0])
    assert list(traces.values) == ["spike", "voltage"]
    np.testing.assert_array_equal(traces.values["spike"], spikes[:, [4, 1]])
    np.testing.assert_allclose(traces.values["voltage"], voltages[:, [4, 1]], rtol=1e-4)


def test_a_layers_own_trace_and_one_that_fails(tmp_path, caplog):
    x, y = make_data(4)

    def trace(inputs, spikes, neurons):
        assert inputs.shape[0] == spikes.shape[0] == 1
        return {"calcium": tf.cumsum(tf.gather(spikes, neurons, axis=2), axis=1)}

    def fail(inputs, spikes, neurons):
        raise RuntimeError("no calcium today")

    for name, function in (("good", trace), ("bad", fail)):
        model = make_model(keras)
        object.__setattr__(model.get_layer("rsnn"), "trace", function)
        callback = V1ActivityCallback(
            tmp_path / name, 1, trace_neurons=[2], figures=(), background=False
        )
        if name == "good":
            model.fit(x, y, batch_size=4, callbacks=[callback], verbose=0)
        else:
            model.fit(x, y, batch_size=4, callbacks=[callback], verbose=0)
            assert re.search("traced neurons.*no calcium today", caplog.text)
    good, bad = (load_activity(tmp_path / name)[1].traces.values for name in ("good", "bad"))
    np.testing.assert_array_equal(good["calcium"], np.cumsum(good["spike"], axis=0))
    assert (tmp_path / "good/step_000001/trace_neuron_2.png").stat().st_size > 5000
    assert list(bad) == ["spike", "voltage"]


@needs_v1_network
def test_a_layer_called_from_a_state_gives_its_output_and_says_why(network):
    layer = v1.RSNN(network)
    currents = np.zeros((1, 5, len(input_rows(network))), np.float32)
    call = ((currents,), {"initial_state": layer.cell.initial_state(1)})
    spikes = tf.zeros((1, 5, network.n_neurons))
    selection = Selection.of(RecordPlan(trace_neurons=IDS), network.neurons)
    with pytest.raises(ValueError, match="called with an initial state.*only from rest"):
        reduce_traces(layer, call, spikes, None, selection)


def test_traces_survive_storage_in_their_order():
    from looks import make_look

    values = {"psc_1": np.arange(6.0).reshape(3, 2), "odd": np.full((3, 2), np.nan)}
    traces = Traces.of([8, 2], {**values, "spike": np.eye(3, 2), "voltage": None})
    look = make_look(4, spikes=np.zeros((3, 10), bool), traces=traces)
    back = decode(encode(look)).traces
    assert list(back.values) == ["spike", "psc_1", "odd"] and back.neurons.tolist() == [8, 2]
    for name in back.values:
        np.testing.assert_array_equal(back.values[name], traces.values[name])
    assert decode(encode(make_look(4))).traces is None


def test_wrong_trace_neurons_are_refused(tmp_path):
    with pytest.raises(ValueError, match="trace_neurons must be a list of neuron ids.*got 7"):
        V1ActivityCallback(tmp_path, trace_neurons=7)
    callback = V1ActivityCallback(tmp_path, trace_neurons=[9], background=False)
    with pytest.raises(ValueError, match="trace_neurons asks for neuron 9, but .* 9 neurons"):
        make_model(keras).fit(*make_data(4), callbacks=[callback], verbose=0)
    with pytest.raises(ValueError, match="neuron 5 is not traced; traced are"):
        Traces.of([8], {"spike": np.zeros((3, 1))}).of_neuron(5)
