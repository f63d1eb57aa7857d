"""The whole slice: a V1 network trained by fit under the callback, read back from disk."""

import importlib.util

import keras
import numpy as np
import pytest
from looks import wait_for_file
from oracles import random_network
from places import EXAMPLES
from recorders import record
from v1_glif_files import GlifModel

from keras_v1_activity import V1ActivityCallback, load_activity, measures, probes
from keras_v1_activity.v1.model import create_model

T = 50


@pytest.fixture(scope="module")
def network():
    return random_network()


def make_model(network, noise, **options):
    keras.utils.set_random_seed(1)
    model = create_model(network, T, n_output=3, readout="linear", noise=noise, seed=4, **options)
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


class WeightsBefore(keras.callbacks.Callback):
    """Keeps the weights that each training step starts with."""

    def __init__(self):
        super().__init__()
        self.weights = []

    def on_train_batch_begin(self, batch, logs=None):
        self.weights.append(self.model.get_weights())


def test_logged_steps_equal_a_forward_pass_with_the_same_weights(network, tmp_path):
    """Batches of 3 and a ragged last one of 2; every stored value; default XLA."""
    x, y, data = make_data(network, 8, 3)
    model, before = make_model(network, noise=False), WeightsBefore()
    watch = V1ActivityCallback(
        tmp_path, 1, sample_index=1, voltage_neurons=[7, 3, 49], figures=["raster"], health=True
    )
    model.fit(data, epochs=2, verbose=0, shuffle=False, callbacks=[watch, before])
    twin = make_model(network, noise=False)
    rsnn = keras.Model(twin.input, twin.get_layer("rsnn").output)
    # Compiled for one size of a batch, of which the ragged one is the beginning.
    whole = np.concatenate([x, x[:1]])
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [1, 2, 3, 4, 5, 6]
        # First of all: the rate loss draws random numbers, here as in the first step.
        twin.set_weights(before.weights[0])
        check_gradients(run[1].details["health"], network, twin, x[:3], y[:3])
        for step in run.steps:
            batch = (step - 1) % 3
            shown = slice(3 * batch, 3 * batch + 3)
            twin.set_weights(before.weights[step - 1])
            spikes, voltages = (part.numpy() for part in rsnn(whole[shown]))
            stored = run[step]
            assert spikes[1].sum() > 20
            np.testing.assert_array_equal(stored.spikes(), spikes[1] > 0)
            np.testing.assert_array_equal(stored.voltages, voltages[1][:, [7, 3, 49]])
            assert stored.label == y[shown][1, 0]
            np.testing.assert_allclose(
                stored.confidence, twin(whole[shown]).numpy()[1, 0], atol=1e-6
            )
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


def test_watching_does_not_change_training(network, tmp_path):
    """The same seed gives the same weights after two epochs, background noise included."""
    x, _, data = make_data(network, 6, 2)
    plain, watched = make_model(network, noise=True), make_model(network, noise=True)
    names = [variable.path for variable in watched.variables]
    plain.fit(data, epochs=2, verbose=0, shuffle=False)
    watch = V1ActivityCallback(
        tmp_path, 2, figures=["raster", "voltages"], background=False, health=True
    )
    probe = probes.Batch(x[:3], directions_deg=[0, 120, 240])
    show = V1ActivityCallback(tmp_path / "probe", 1, figures=[], background=False, probe_data=probe)
    watched.fit(data, epochs=2, verbose=0, shuffle=False, callbacks=[watch, show])
    assert [variable.path for variable in watched.variables] == names
    # With the states of the random numbers.
    for a, b in zip(plain.variables, watched.variables, strict=True):
        np.testing.assert_array_equal(a, b)
    with load_activity(tmp_path / "probe") as run:
        assert run.tuning_steps.tolist() == [3, 6] and run.tuning().counts.sum() > 0


def test_the_currents_output_is_understood(network, tmp_path):
    x, y, data = make_data(network, 2, 2)
    model = create_model(
        network, T, n_output=3, readout="linear", noise=False, return_currents=True
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.optimizer.build(model.trainable_variables)
    watch = V1ActivityCallback(tmp_path, 1, figures=[])
    watch.set_model(model)
    looked = watch.look(x, y)
    model.fit(data, verbose=0, callbacks=[watch])
    with load_activity(tmp_path) as run:
        np.testing.assert_array_equal(run[1].spikes(), looked.spikes())
        np.testing.assert_allclose(run[1].voltages, looked.voltages, atol=1e-4)


def test_the_demo_writes_its_network_once_and_leaves_pictures(tmp_path, capsys):
    path = EXAMPLES / "train_digits.py"
    spec = importlib.util.spec_from_file_location("train_digits", path)
    demo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(demo)
    arguments = ["--out", str(tmp_path), "--neurons", "200", "--batch_size", "2"]
    arguments += ["--log_every", "2", "--n_test", "4", "--post_delay", "0"]
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


def test_segments_change_neither_what_is_trained_nor_what_is_recorded(network, tmp_path):
    _, _, data = make_data(network, 4, 2)
    runs = []
    for segment_ms in (None, 25):
        model = make_model(network, noise=False, segment_ms=segment_ms)
        folder = tmp_path / str(segment_ms)
        watch = V1ActivityCallback(folder, 1, figures=["raster"])
        model.fit(data, verbose=0, shuffle=False, callbacks=[watch])
        with load_activity(folder) as run:
            runs.append((model.get_weights(), [run[step].spikes() for step in run.steps]))
    (weights, spikes), (in_segments, spikes_in_segments) = runs
    assert sum(x.sum() for x in spikes) > 20
    np.testing.assert_array_equal(spikes, spikes_in_segments)
    for a, b in zip(in_segments, weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-5 * np.abs(b).max())
