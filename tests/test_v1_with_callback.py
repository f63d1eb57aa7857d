"""The whole slice: a V1 network trained by fit under the callback, read back from disk."""

import importlib.util
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import pytest
from looks import wait_for_file
from oracles import random_network
from places import EXAMPLES
from recorders import record
from v1_glif_files import GlifModel
from written_networks import calibrate_once

from keras_v1_activity import V1ActivityCallback, load_activity, measures, probes
from keras_v1_activity.v1.model import create_model

T = 50


@pytest.fixture(scope="module")
def network():
    return random_network()


def make_model(network, **options):
    keras.utils.set_random_seed(1)
    model = create_model(network, T, n_output=3, readout="linear", seed=4, **options)
    model.compile("adam", "sparse_categorical_crossentropy")
    # If the first batch had to make its variables, the training step would be traced twice.
    model.optimizer.build(model.trainable_variables)
    return model


def make_data(network, n, batch_size):
    import tensorflow as tf

    rng = np.random.default_rng(2)
    x = (rng.random((n, T, network.n_input)) < 0.2).astype(np.float32)
    y = rng.integers(0, 3, (n, 1)).astype(np.int32)
    return x, y, tf.data.Dataset.from_tensor_slices((x, y)).batch(batch_size)


class Before(keras.callbacks.Callback):
    """Keeps what each training step starts with: weights, and the states of random numbers."""

    def __init__(self):
        super().__init__()
        self.weights, self.random = [], []

    def on_train_batch_begin(self, batch, logs=None):
        self.weights.append(self.model.get_weights())
        self.random.append([v.numpy() for v in random_states(self.model)])

    def give_back(self, step):
        """The model is again as it was before a step: its next run draws the same noise."""
        self.model.set_weights(self.weights[step - 1])
        for variable, value in zip(random_states(self.model), self.random[step - 1], strict=True):
            variable.assign(value)


def random_states(model):
    found = [v for v in model.variables if "seed" in v.path]
    assert found
    return found


RECORDED = {"sample_index": 1, "voltage_neurons": [7, 3, 49]}


@pytest.fixture(scope="module")
def logged(network, tmp_path_factory):
    """A training of two epochs, with background noise, that is recorded at every step."""
    folder = tmp_path_factory.mktemp("logged")
    x, _, data = make_data(network, 8, 3)
    model, before = make_model(network), Before()
    # With the states of the random numbers and of the optimizer.
    variables = [*model.variables, *model.optimizer.variables]
    start, paths = [v.numpy() for v in variables], [v.path for v in model.variables]
    watch = V1ActivityCallback(folder, 1, figures=["raster", "voltages"], health=True, **RECORDED)
    probe = probes.Batch(x[:3], directions_deg=[0, 120, 240])
    show = V1ActivityCallback(folder / "probe", 1, figures=[], background=False, probe_data=probe)
    model.fit(data, epochs=2, verbose=0, shuffle=False, callbacks=[watch, show, before])
    trained = [v.numpy() for v in variables]
    assert [v.path for v in model.variables] == paths
    return Logged(folder, model, before, variables, start, trained)


class Logged(NamedTuple):
    """Its folder and model, what `Before` kept, and all variables before and after it."""

    folder: Path
    model: keras.Model
    before: Before
    variables: list
    start: list
    trained: list


def test_logged_steps_equal_a_forward_pass_with_the_same_weights(network, logged):
    """Batches of 3 and a ragged last one of 2; every stored value; default XLA."""
    model, before = logged.model, logged.before
    x, y, _ = make_data(network, 8, 3)
    # The model itself, no longer watched: what training compiled is used again.
    rsnn = keras.Model(model.input, model.get_layer("rsnn").output)
    with load_activity(logged.folder) as run:
        assert run.steps.tolist() == [1, 2, 3, 4, 5, 6]
        before.give_back(1)
        check_gradients(run[1].details["health"], network, model, x[:3], y[:3])
        for step in run.steps:
            batch = (step - 1) % 3
            shown = slice(3 * batch, 3 * batch + 3)
            before.give_back(step)
            spikes, voltages = (part.numpy() for part in rsnn(x[shown]))
            stored = run[step]
            assert spikes[1].sum() > 20
            np.testing.assert_array_equal(stored.spikes(), spikes[1] > 0)
            np.testing.assert_array_equal(
                stored.voltages, voltages[1][:, RECORDED["voltage_neurons"]]
            )
            assert stored.label == y[shown][1, 0]
            before.give_back(step)
            np.testing.assert_allclose(stored.confidence, model(x[shown]).numpy()[1, 0], atol=1e-6)
            assert stored.populations.names == ("e23Cux2", "i4Pvalb", "e5IT", "i6Sst")
            check_occupancy(stored.details["health"], network, voltages[1])
        check_weights(run[2].details["health"], network, *before.weights[:3])


def check_occupancy(health, network, voltages):
    """Of the recorded sample, all neurons, from the potentials alone."""
    p, names = network.parameters, network.populations.names_per_neuron()
    for name, part in health["surrogate_occupancy"].items():
        mine = np.ones(len(names), bool) if name == "all" else names == name
        occupied = measures.surrogate_occupancy(voltages[:, mine], p.V_th[mine], p.E_L[mine])
        assert part == pytest.approx(occupied, rel=1e-5)


def norms(network, arrays):
    """Norm by population of the target, of input and recurrent weights together."""
    targets = np.concatenate([network.inputs.target, network.recurrent.target])
    return measures.norms_by_population(np.concatenate(arrays), targets, network.populations)


def check_weights(health, network, start, before, after):
    """`start`, `before`, `after`: input, recurrent and all other weights, as Keras has them."""
    places = [0, 2]
    assert len(before[1]) and before[0].shape == (len(network.inputs),)
    assert before[2].shape == (len(network.recurrent),)
    update = [after[i].astype(np.float64) - before[i] for i in places]
    for name, number in norms(network, update).items():
        assert health["update_norm"][name] == pytest.approx(number, rel=1e-5)
    for name, number in norms(network, [before[i] for i in places]).items():
        assert health["weight_norm"][name] == pytest.approx(number, rel=1e-5)
    for role, place in (("input", 0), ("recurrent", 2)):
        found = np.linalg.norm(after[place].astype(np.float64) - before[place])
        assert health["update_norm"][role] == pytest.approx(found, rel=1e-5)
    synapses = network.recurrent
    by_pair = measures.weights_by_population(
        after[2], synapses.source, synapses.target, network.populations, start=start[2]
    )
    for (pre, post), numbers in by_pair.items():
        for name in ("mean", "log_sd", "kl", "wasserstein"):
            if np.isfinite(numbers[name]):
                found = health["weights"][f"{pre} -> {post}"][name]
                assert found == pytest.approx(numbers[name], rel=1e-5, abs=1e-9)
    assert health["dale_violations"]["all"] == 0
    assert {"e23Cux2", "i4Pvalb", "input"} < set(health["dale_violations"])


def check_gradients(health, network, model, x, y):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = model.compute_loss(x, y, model(x, training=True))
    variables = [v.value for v in model.trainable_variables]
    found = [tf.convert_to_tensor(g).numpy() for g in tape.gradient(loss, variables)]
    assert health["gradient_norm"]["all"] == pytest.approx(
        np.sqrt(sum(np.linalg.norm(g.astype(np.float64)) ** 2 for g in found)), rel=1e-5
    )
    for name, number in norms(network, found[:2]).items():
        assert health["gradient_norm"][name] == pytest.approx(number, rel=1e-5, abs=1e-12)


def test_watching_does_not_change_training(network, logged):
    """The same start gives the same weights after two epochs, background noise included."""
    _, _, data = make_data(network, 8, 3)
    for variable, value in zip(logged.variables, logged.start, strict=True):
        variable.assign(value)
    logged.model.fit(data, epochs=2, verbose=0, shuffle=False)
    for variable, value in zip(logged.variables, logged.trained, strict=True):
        np.testing.assert_array_equal(variable, value)
    assert any((a != b).any() for a, b in zip(logged.start, logged.trained, strict=True))
    with load_activity(logged.folder / "probe") as run:
        assert run.tuning_steps.tolist() == [3, 6] and run.tuning().counts.sum() > 0


def test_the_demo_writes_its_network_once_and_leaves_pictures(tmp_path, capsys, monkeypatch):
    path = EXAMPLES / "train_digits.py"
    spec = importlib.util.spec_from_file_location("train_digits", path)
    demo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(demo)
    arguments = ["--out", str(tmp_path), "--neurons", "200", "--batch_size", "2"]
    arguments += ["--log_every", "2", "--n_test", "4", "--post_delay", "0"]
    calibrate_once(monkeypatch)
    demo.get_network(demo.parse_arguments(arguments))
    assert "writing a synthetic V1 network" in capsys.readouterr().out
    # A run of before, as the callback leaves it; training for one would take as long again.
    record(tmp_path / "logs", [1, 2]).close()
    # On a SONATA network, whose LGN has 24 units with places in the visual field.
    sonata = str(GlifModel(tmp_path / "net").write())
    arguments += ["--data_dir", sonata, "--neurons", "0"]
    before, after = demo.main([*arguments, "--steps", "2"])
    assert 0 <= before <= 1 and 0 <= after <= 1
    printed = capsys.readouterr().out
    assert "using the network in" in printed and "before training" in printed
    assert str(tmp_path) in printed
    assert str(tmp_path / "logs" / "report.html") in printed
    for step in ("step_000000", "step_000002"):
        for name in ("raster", "voltages", "input", "population", "output", "predictions"):
            assert wait_for_file(tmp_path / "logs" / step / f"{name}.png").stat().st_size > 5000
    assert (tmp_path / "logs" / "earlier_001" / "run.json").exists()
    assert (tmp_path / "logs" / "report.html").stat().st_size > 5000
    assert (tmp_path / "before_after.png").stat().st_size > 5000


def test_segments_and_currents_change_neither_what_is_trained_nor_what_is_recorded(
    network, logged, tmp_path
):
    """Against the model without; the output that has a third part, the currents, is understood."""
    before = logged.before
    x, y, data = make_data(network, 8, 3)
    model = make_model(network, segment_ms=25, return_currents=True)
    random = [(v, v.numpy()) for v in random_states(model)]
    watch = V1ActivityCallback(tmp_path, 1, figures=[], **RECORDED)
    model.fit(data.take(2), verbose=0, shuffle=False, callbacks=[watch])
    with load_activity(logged.folder) as plain, load_activity(tmp_path) as run:
        assert run.steps.tolist() == [1, 2]
        for step in run.steps:
            assert run[step].n_spikes > 20
            np.testing.assert_array_equal(run[step].spikes(), plain[step].spikes())
            np.testing.assert_allclose(run[step].voltages, plain[step].voltages, atol=1e-4)
        trained, first = model.get_weights(), run[1]
        model.set_weights(before.weights[0])
        for variable, value in random:
            variable.assign(value)
        looked = watch.look(x[:3], y[:3])
        np.testing.assert_array_equal(first.spikes(), looked.spikes())
        np.testing.assert_allclose(first.voltages, looked.voltages, atol=1e-4)
    for a, b in zip(trained, before.weights[2], strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-5 * np.abs(b).max())
