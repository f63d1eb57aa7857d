"""The network in NEST, against equations solved on paper or in a few lines of numpy."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from oracles import random_network, simulate_glif3, synapse_table

from keras_v1_activity.activity import facts
from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.v1 import nest as v1_nest
from keras_v1_activity.v1.network.v1_network import Glif3Parameters, V1Network

pytest.importorskip("nest")


def fitted_cells():
    """`Glif3Parameters` of the fitted cells that the package ships."""
    rows = facts.table("glif3_cell_models")

    def column(name):
        return np.array([float(row[name]) for row in rows])

    return Glif3Parameters(
        V_th=column("V_th_mV"),
        E_L=column("E_L_mV"),
        V_reset=column("V_reset_mV"),
        g=column("g_nS"),
        C_m=column("C_m_pF"),
        t_ref=column("t_ref_ms"),
        k=np.stack([column("k_0_per_ms"), column("k_1_per_ms")], 1),
        asc_amps=np.stack([column("asc_amp_0_pA"), column("asc_amp_1_pA")], 1),
        tau_syn=np.array([[float(tau) for tau in row["tau_syn_ms"].split()] for row in rows]),
    )


def printed(code):
    """What a fresh interpreter prints that runs `code`."""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return result.stdout


def no_synapses(n_sources, n_targets):
    nothing = np.zeros(0, int)
    return synapse_table(nothing, nothing, nothing, nothing, nothing, n_sources, n_targets)


def network_of(parameters, inputs=None, recurrent=None, background=None):
    n = parameters.n_neurons
    inputs = no_synapses(1, n) if inputs is None else inputs
    return V1Network(
        parameters=parameters,
        populations=Populations.from_names(np.array(["e23Cux2", "i4Pvalb"])[np.arange(n) % 2]),
        x=np.arange(n) * 1.0,
        y=np.full(n, 200.0),
        z=np.zeros(n),
        node_ids=np.arange(n),
        node_types=np.zeros(n, int),
        recurrent=no_synapses(n, n) if recurrent is None else recurrent,
        inputs=inputs,
        background_weights=np.zeros((n, 4), np.float32) if background is None else background,
        input_channel_of=np.arange(inputs.n_sources, dtype=np.int32),
    )


def one_to_each_receptor(parameters, weights):
    """Input synapses: channel neuron * 4 + receptor to that receptor of that neuron."""
    n = parameters.n_neurons
    rows = np.arange(4 * n)
    return synapse_table(rows, rows // 4, rows % 4, np.tile(weights, n), rows * 0.0, 4 * n, n)


def model_currents(network, x):
    """(time, neuron, receptor) normalised current of the LGN input, from its definition."""
    inputs, n = network.inputs, network.n_neurons
    scale = network.parameters.voltage_scale[inputs.target]
    matrix = np.zeros((network.n_input, 4 * n))
    np.add.at(matrix, (inputs.source, inputs.target * 4 + inputs.receptor), inputs.weight / scale)
    return (x @ matrix).reshape(len(x), n, 4)


def alpha_response(p, tau, arrival_ms, weight, times_ms):
    """V - E_L (mV) after one alpha current of peak `weight` pA, by fine numerical integration."""
    h = 0.001
    t = np.arange(0, times_ms[-1] + h, h)
    since = np.clip(t - arrival_ms, 0, None)
    current = weight * np.e / tau * since * np.exp(-since / tau)
    kernel = np.exp(-t * p.g[0] / p.C_m[0]) / p.C_m[0]
    v = np.convolve(current, kernel)[: len(t)] * h
    return np.interp(times_ms, t, v)


def test_one_neuron_of_each_fitted_cell_follows_our_model_to_a_tenth_of_a_millivolt():
    p = fitted_cells()
    rng = np.random.default_rng(0)
    network = network_of(p, one_to_each_receptor(p, [6.0, -4.0, 6.0, 6.0]))
    x = rng.random((1000, network.n_input)) < 0.3
    fired, ours = simulate_glif3(p, network.recurrent, model_currents(network, x), hard_reset=True)
    assert not fired.any() and np.all((ours - p.E_L).mean(axis=0) > 4)

    found = v1_nest.simulate(network, x, resolution=1.0, voltage_neurons=range(5))

    # Our currents are held constant over a step, NEST's are exact: ours lag by half a step.
    half_step_earlier = (found.voltages[1:] + found.voltages[:-1]) / 2
    error = np.sqrt(np.mean((half_step_earlier - ours[1:]) ** 2, axis=0))
    assert np.all(error <= 0.1)
    assert np.all(ours.std(axis=0) > 1)


def test_unconnected_neurons_fire_at_the_rates_of_our_model_with_hard_reset():
    cells = fitted_cells()
    rng = np.random.default_rng(1)
    p = cells.take(rng.integers(0, 5, 200))
    n, n_input, per_neuron, probability = 200, 2000, 40, 0.02
    targets = np.repeat(np.arange(n), per_neuron)
    rheobase = (p.g * p.voltage_scale)[targets]
    charge = np.e * p.tau_syn[targets, 0]
    strength = np.repeat(rng.uniform(0.75, 1.3, n), per_neuron)
    inputs = synapse_table(
        rng.integers(0, n_input, len(targets)), targets, targets * 0,
        strength * rheobase / (per_neuron * probability * charge), targets * 0.0, n_input, n,
    )  # fmt: skip
    network = network_of(p, inputs)
    x = rng.random((2000, n_input)) < probability
    fired, _ = simulate_glif3(p, network.recurrent, model_currents(network, x), hard_reset=True)
    ours = fired.sum(axis=0) / 2.0
    judged = (ours >= 1) & (ours <= 30)
    assert judged.sum() > 100

    found = v1_nest.simulate(network, x, resolution=1.0).rates

    assert np.abs(found - ours)[judged].mean() <= 0.05 * ours[judged].mean()


@pytest.mark.parametrize("receptor", range(4))
def test_an_input_arrives_at_the_end_of_its_step_through_its_receptor(receptor):
    p = fitted_cells().take([0])
    weights = np.zeros(4)
    weights[receptor] = 20.0
    network = network_of(p, one_to_each_receptor(p, weights))
    x = np.zeros((40, 4), bool)
    x[7, receptor] = True
    rest = v1_nest.simulate(network, x * 0, resolution=0.1, voltage_neurons=1)
    found = v1_nest.simulate(network, x, resolution=0.1, voltage_neurons=1)
    ends_ms = np.arange(1, 41.0)  # of each step, from the start of step 0
    expected = alpha_response(p, p.tau_syn[0, receptor], 8.0, 20.0, ends_ms)
    difference = found.voltages[:, 0] - rest.voltages[:, 0]
    np.testing.assert_allclose(difference, expected, atol=2e-3)


def test_a_spike_arrives_after_its_delay_in_whole_steps_of_the_model():
    p = fitted_cells().take([0, 0, 0, 0])
    # Neuron 0 fires and tells 1, 2 and 3: after a rounded, a clipped and a raised delay.
    recurrent = synapse_table(
        np.zeros(3, int), np.array([1, 2, 3]), np.array([0, 1, 3]),
        np.array([30.0, -30.0, 30.0]), np.array([2.4, 9.0, 0.2]), 4, 4,
    )  # fmt: skip
    inputs = synapse_table(*np.zeros((3, 1), int), np.array([500.0]), np.zeros(1), 1, 4)
    network = network_of(p, inputs, recurrent)
    x = np.zeros((50, 1), bool)
    x[4] = True
    found = v1_nest.simulate(network, x, resolution=1.0, voltage_neurons=range(4))
    assert found.spike_neurons.tolist() == [0]
    end_of_spike_step = found.spike_steps[0] + 1.0
    ends_ms = np.arange(1, 51.0)
    for neuron, delay, weight, receptor in ((1, 2, 30, 0), (2, 5, -30, 1), (3, 1, 30, 3)):
        tau = p.tau_syn[0, receptor]
        expected = p.E_L[0] + alpha_response(p, tau, end_of_spike_step + delay, weight, ends_ms)
        np.testing.assert_allclose(found.voltages[:, neuron], expected, atol=2e-3)


def test_real_valued_input_is_a_current_in_proportion():
    p = fitted_cells().take([0])
    network = network_of(p, one_to_each_receptor(p, [20.0, 0, 0, 0]))
    x = np.zeros((30, 4), np.float32)
    x[3, 0], x[9, 0] = 0.5, 1.25
    found = v1_nest.simulate(network, x, resolution=1.0, voltage_neurons=1)
    ends_ms = np.arange(1, 31.0)
    expected = sum(
        alpha_response(p, p.tau_syn[0, 0], at, weight, ends_ms)
        for at, weight in ((4.0, 10.0), (10.0, 25.0))
    )
    np.testing.assert_allclose(found.voltages[:, 0], p.E_L[0] + expected, atol=2e-3)


def test_spikes_and_the_same_spikes_beside_a_stronger_one_are_heard_alike():
    network = random_network(n=30, n_input=40, background=False)
    rng = np.random.default_rng(2)
    x = (rng.random((200, 40)) < 0.1).astype(np.float32)
    # In the last step, after which nothing is kept: what can be heard is the same.
    stronger = x.copy()
    stronger[-1, 0] = 2.0
    runs = [v1_nest.simulate(network, given, voltage_neurons=range(30)) for given in (x, stronger)]
    assert runs[0].n_spikes > 20
    np.testing.assert_array_equal(*(run.spikes() for run in runs))
    np.testing.assert_array_equal(*(run.voltages[:-1] for run in runs))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells")
def test_twenty_thousand_input_channels_take_little_memory():
    """A spike generator takes 30 kB for its synapses, however few: 600 MB in all."""
    code = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "from oracles import random_network\n"
        "from keras_v1_activity.v1.nest import NestSimulation, kernel\n"
        "kernel.import_nest()\n"
        "network = random_network(n=4000, n_input=20_000, n_synapses=20)\n"
        "def kept_mb():\n"
        "    lines = open('/proc/self/status').read().splitlines()\n"
        "    return next(int(x.split()[1]) / 1024 for x in lines if x.startswith('VmRSS'))\n"
        "before = kept_mb()\n"
        "simulation = NestSimulation(network, resolution=1.0, voltage_neurons=0)\n"
        "print(kept_mb() - before)"
    )
    assert float(printed(code)) < 250


def test_the_background_has_the_published_strength():
    p = fitted_cells()
    background = np.zeros((5, 4), np.float32)
    background[:, 0] = 0.4 * p.g * p.voltage_scale / (np.e * p.tau_syn[:, 0])
    network = network_of(p, background=background)
    counts = v1_nest.draw_background(network, 4000, np.random.default_rng(0))
    found = v1_nest.simulate(network, np.zeros((4000, 1)), counts, voltage_neurons=range(5))
    # Ten sources at 100 Hz are one spike per ms, each of charge e tau w.
    expected = p.E_L + 0.4 * p.voltage_scale
    np.testing.assert_allclose(
        found.voltages[500:].mean(axis=0) - p.E_L, expected - p.E_L, rtol=0.04
    )


def test_recorded_noise_is_a_current_for_each_neuron_and_receptor():
    p = fitted_cells().take([0, 1])
    network = replace(network_of(p), noise_samples=np.array([0.01, 0.02]))
    rng = np.random.default_rng(0)
    noise = v1_nest.draw_background(network, 3000, rng)
    # 2 x fast + 2 x slow, each draw one of two values, times V_th - E_L of the neuron.
    unscaled = noise / np.repeat(p.voltage_scale, 4)
    assert set(np.unique(unscaled.round(4))) <= {0.04, 0.06, 0.08}
    found = v1_nest.simulate(network, np.zeros((3000, 1)), noise, voltage_neurons=range(2))
    charge = (noise.reshape(3000, 2, 4).mean(axis=0) * np.e * p.tau_syn).sum(axis=1)
    depolarised = found.voltages[300:].mean(axis=0) - p.E_L
    np.testing.assert_allclose(depolarised, charge / p.g, rtol=0.02)


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


def test_what_comes_back_is_an_activity_that_stores_keep(tmp_path):
    from keras_v1_activity import load_activity
    from keras_v1_activity.plan import RecordPlan
    from keras_v1_activity.recording.recorder import Recorder

    network = random_network()
    rng = np.random.default_rng(0)
    x = rng.random((200, network.n_input)) < 0.05
    noise = v1_nest.draw_background(network, 200, rng)
    found = v1_nest.simulate(
        network, x, noise, label=3, step=1, voltage_neurons=[7, 2], resolution=0.1
    )
    assert found.n_spikes > 20
    steps = found.spike_steps.astype(int)
    assert np.all(np.diff(steps * found.n_neurons + found.spike_neurons) > 0)
    assert found.voltage_neurons.tolist() == [7, 2] and found.voltages.shape == (200, 2)
    assert found.populations.names == network.populations.names
    np.testing.assert_allclose(found.inputs, x, atol=1e-6)

    recorder = Recorder(tmp_path, RecordPlan(figures=()), background=False)
    recorder.open(1)
    recorder.record(found)
    recorder.close()
    with load_activity(tmp_path) as run:
        again = run[1]
    np.testing.assert_array_equal(again.spike_times, found.spike_times)
    np.testing.assert_array_equal(again.voltages, found.voltages)
    assert again.label == 3 and again.population_rates == found.population_rates


def test_voltages_are_of_the_neurons_they_are_said_to_be():
    p = fitted_cells()
    network = network_of(p)
    found = v1_nest.simulate(network, np.zeros((50, 1)), voltage_neurons=[4, 0, 2])
    np.testing.assert_allclose(found.voltages[-1], p.E_L[[4, 0, 2]], atol=0.05)


def test_a_simulation_runs_once_and_only_while_it_is_the_last_built():
    network = random_network(n=10, n_input=5, n_synapses=20)
    x = np.zeros((5, 5))
    first = v1_nest.NestSimulation(network)
    second = v1_nest.NestSimulation(network)
    with pytest.raises(RuntimeError, match="kernel was reset"):
        first.run(x)
    second.run(x)
    with pytest.raises(RuntimeError, match="has run already"):
        second.run(x)


@pytest.mark.parametrize(
    "options, words",
    [
        ({"resolution": 0.3}, "resolution must divide the model's step of 1 ms"),
        ({"resolution": 0}, "resolution must be a number above 0"),
        ({"max_delay": 0}, "max_delay must be a whole number of at least 1"),
        ({"voltage_neurons": [99]}, "voltage_neurons asks for neuron 99"),
    ],
)
def test_wrong_arguments_are_one_sentence(options, words):
    network = random_network(n=10, n_input=5, n_synapses=20)
    with pytest.raises(ValueError, match=words):
        v1_nest.NestSimulation(network, **options)


def test_wrong_input_is_one_sentence():
    network = random_network(n=10, n_input=5, n_synapses=20)
    simulation = v1_nest.NestSimulation(network)
    with pytest.raises(ValueError, match=r"n_input=5; got \(8, 6\)"):
        simulation.run(np.zeros((8, 6)))
    with pytest.raises(ValueError, match=r"background must have shape \(time,\) = \(8,\)"):
        v1_nest.NestSimulation(network).run(np.zeros((8, 5)), np.zeros(7))
    with pytest.raises(ValueError, match="network must be a V1Network"):
        v1_nest.NestSimulation("GLIF_network")


def test_nest_is_imported_when_it_is_needed_and_missed_with_a_way_out(monkeypatch):
    code = (
        "import sys, keras_v1_activity, keras_v1_activity.v1.nest, keras_v1_activity.cli\n"
        "assert 'nest' not in sys.modules and 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    monkeypatch.setitem(sys.modules, "nest", None)
    with pytest.raises(ImportError, match=r"pip install 'keras_v1_activity\[nest\]'"):
        v1_nest.NestSimulation(random_network(n=10, n_input=5, n_synapses=20))


def test_nest_starts_silently():
    code = (
        "import sys; sys.argv += ['--debug']\n"
        "sys.path.insert(0, 'tests')\n"
        "from oracles import random_network\n"
        "from keras_v1_activity.v1.nest import NestSimulation\n"
        "NestSimulation(random_network(n=10, n_input=5, n_synapses=20), resolution=1.0)\n"
        "assert sys.argv[-1] == '--debug'"
    )
    assert printed(code) == ""
