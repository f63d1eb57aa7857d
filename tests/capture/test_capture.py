"""Settling outputs, reading labels and reducing batches, against plain numpy."""

import numpy as np
import pytest
import tensorflow as tf

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.capture import bits
from keras_v1_activity.capture.assemble import make_activity
from keras_v1_activity.capture.buffer import Buffer
from keras_v1_activity.capture.output import settle_output
from keras_v1_activity.capture.readout import confidence_of, label_of
from keras_v1_activity.capture.reduce import reduce_layer, reduce_loss
from keras_v1_activity.capture.selection import Selection
from keras_v1_activity.plan import RecordPlan

S = np.zeros((2, 5, 4))
V = np.ones((2, 5, 4))
STATE = np.zeros((2, 4))


@pytest.mark.parametrize(
    "output",
    [(S, V), [S, V], [(S, V), STATE, STATE], ((S, V), (STATE,)), (S, V, STATE),
     {"spikes": S, "voltages": V}, [{"spikes": S, "voltages": V}, STATE]],
)  # fmt: skip
def test_usual_structures_give_spikes_and_voltages(output):
    spikes, voltages = settle_output(output, "rsnn")
    assert spikes is S and voltages is V


@pytest.mark.parametrize("output", [S, [S], (S, STATE), [S, STATE, STATE], {"spikes": S}])
def test_spikes_alone_have_no_voltages(output):
    spikes, voltages = settle_output(output, "rsnn")
    assert spikes is S and voltages is None


def test_extract_serves_every_other_structure():
    spikes, voltages = settle_output({"a": [V, S]}, "rsnn", lambda out: (out["a"][1], out["a"][0]))
    assert spikes is S and voltages is V
    assert settle_output({"a": S}, "rsnn", lambda out: (out["a"], None))[1] is None


@pytest.mark.parametrize(
    ("output", "shown"),
    [(STATE, "(2, 4)"), ({"z0": S}, "{z0: (2, 5, 4)}"), ([], "[]"), ((STATE, S), "((2, 4), (2")],
)
def test_unusable_output_says_what_came(output, shown):
    with pytest.raises(ValueError, match="batch, time, neuron") as error:
        settle_output(output, "cortex")
    assert "'cortex'" in str(error.value) and shown in str(error.value)


def test_extract_that_returns_something_else():
    with pytest.raises(ValueError, match=r"extract must return .*\(2, 5, 4\), \(2, 5, 4\), None"):
        settle_output(S, "rsnn", lambda out: (out, out, None))


def test_extract_that_fails_says_on_what():
    with pytest.raises(ValueError, match=r"extract failed .*'rsnn'.*\(2, 5, 4\).*KeyError"):
        settle_output({"z": S}, "rsnn", lambda out: out["spikes"])


def test_probabilities_are_averaged_over_the_scored_chunks():
    outputs = np.array([[0.2, 0.8], [0.9, 0.1], [0.5, 0.5]], np.float32)
    np.testing.assert_allclose(confidence_of(outputs), outputs.mean(0), rtol=1e-6)
    np.testing.assert_allclose(confidence_of(outputs, [0, 3, 1]), [0.8, 0.2], rtol=1e-6)
    # Weights of zero score nothing; then all chunks count alike.
    np.testing.assert_allclose(confidence_of(outputs, [0, 0, 0]), outputs.mean(0), rtol=1e-6)


def test_logits_become_probabilities():
    logits = np.array([[1000.0, 1000.0 + np.log(3.0)]], np.float32)
    np.testing.assert_allclose(confidence_of(logits), [0.25, 0.75], rtol=1e-3)


def test_one_output_is_no_choice_and_nan_stays_nan():
    assert confidence_of(np.array([[0.7]])) is None
    assert confidence_of(None) is None
    assert np.isnan(confidence_of(np.array([[np.nan, 0.5]]))).any()


@pytest.mark.parametrize(
    ("target", "chunks", "weights", "label"),
    [(2, 1, None, 2), ([2], 4, None, 2), ([0, 0, 1], 1, None, 2), ([1, 2, 2, 0], 4, None, 2),
     ([1, 2, 2, 0], 4, [1, 0, 0, 0], 1), ([[1], [2], [2], [0]], 4, [0, 0, 0, 2], 0),
     ([[0, 1, 0], [0, 0, 1]], 2, [1, 3], 2), (0.37, 1, None, None), (np.nan, 1, None, None),
     ([0.5, 2.0, 7.0, 1.0, 1.0], 1, None, None), (None, 1, None, None), (-1, 1, None, None)],
)  # fmt: skip
def test_label_in_every_shape(target, chunks, weights, label):
    target = None if target is None else np.array(target, np.float32)
    assert label_of(target, chunks, 3, weights) == label


@pytest.fixture(scope="module")
def batch():
    rng = np.random.default_rng(1)
    return {
        "spikes": (rng.random((3, 6, 11)) < 0.3),
        "voltages": rng.normal(-60, 5, (3, 6, 11)).astype(np.float32),
        "x": rng.normal(size=(3, 6, 10)).astype(np.float32),
        "y": np.array([2, 0, 1]),
        "y_pred": rng.dirichlet(np.ones(4), (3, 5)).astype(np.float32),
        "weights": np.array([[0, 1, 0, 0, 0]] * 3, np.float32),
    }


def reduced(batch, plan, dtype=np.float32, n_samples=3, **changed):
    """The Activity of a batch by eager reduction."""
    batch = {name: value[:n_samples] for name, value in batch.items()} | changed
    selection = Selection.of(plan, Neurons.unnamed(11))
    spikes = tf.constant(batch["spikes"].astype(dtype))
    taken = reduce_layer(spikes, tf.constant(batch["voltages"]), selection)
    taken |= reduce_loss(
        batch["x"], batch["y"], batch["y_pred"], batch["weights"], selection, 6
    )  # fmt: skip
    return make_activity(
        {name: np.asarray(tensor) for name, tensor in taken.items()},
        selection, step=7, source="live",
    )  # fmt: skip


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int32, np.float16, np.float32])
def test_reduction_keeps_one_sample_value_for_value(batch, dtype):
    plan = RecordPlan(sample_index=1, voltage_neurons=(10, 0), max_input_rows=4)
    a = reduced(batch, plan, dtype)
    assert isinstance(a, Activity)
    np.testing.assert_array_equal(a.spikes(), batch["spikes"][1])
    np.testing.assert_array_equal(a.voltages, batch["voltages"][1][:, [10, 0]])
    groups = [batch["x"][1][:, i : i + 3].mean(1) for i in (0, 3, 6, 9)]
    np.testing.assert_allclose(a.inputs, np.stack(groups, 1), rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(a.outputs, batch["y_pred"][1])
    np.testing.assert_allclose(a.confidence, batch["y_pred"][1, 1], rtol=1e-6)
    assert (a.step, a.sample_index, a.label, a.n_inputs) == (7, 1, 0, 10)


def test_batch_view_shows_the_first_samples_thinned(batch):
    a = reduced(batch, RecordPlan(batch_samples=4, batch_neurons=5))
    assert a.batch.samples.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(a.batch.spikes, batch["spikes"][:, :, a.batch.neurons])
    assert len(a.batch.neurons) == 5 and a.batch.labels.tolist() == [2, 0, 1]
    np.testing.assert_allclose(a.batch.confidences, batch["y_pred"][:, 1], rtol=1e-6)
    assert reduced(batch, RecordPlan(figures=("raster",))).batch is None


def test_shorter_batch_gives_its_last_sample(batch):
    a = reduced(batch, RecordPlan(sample_index=2, voltage_neurons=3), n_samples=2)
    assert a.sample_index == 1 and a.label == 0
    np.testing.assert_array_equal(a.spikes(), batch["spikes"][1])
    assert a.batch.spikes.shape[0] == 2


def test_several_inputs_and_outputs(batch):
    x = {"flag": np.zeros((3, 2)), "movie": batch["x"].reshape(3, 6, 5, 2)}
    outputs = {"aux": np.zeros((3, 2), np.float32), "prediction": batch["y_pred"]}
    labels = {"aux": np.zeros(3), "prediction": batch["y"]}
    a = reduced(batch, RecordPlan(), x=x, y=labels, y_pred=outputs, weights=None)
    np.testing.assert_array_equal(a.inputs, batch["x"][0])
    np.testing.assert_array_equal(a.outputs, batch["y_pred"][0])
    assert a.label == 2


def test_input_without_the_layers_time_is_not_drawn(batch):
    a = reduced(batch, RecordPlan(), x=batch["x"][:, :4])
    assert a.inputs is None and a.n_inputs == 0
    a = reduced(batch, RecordPlan(), x=batch["x"][:, 0], y=None, y_pred=None, weights=None)
    assert a.inputs is None and a.outputs is None and a.label is None and a.confidence is None


# Spikes as bits.


def packed_in(spikes, where):
    """The bits as they leave a step compiled in one way or another."""
    static = tf.TensorSpec(spikes.shape, spikes.dtype)
    unknown = tf.TensorSpec((None, spikes.shape[1]), spikes.dtype)
    if where == "eager":
        return bits.pack(tf.constant(spikes)).numpy()
    step = tf.function(
        lambda x: tf.cond(tf.size(x) > 0, lambda: bits.pack(x), lambda: tf.zeros(0, tf.uint8)),
        input_signature=[unknown if where == "unknown length" else static],
        jit_compile=where == "xla",
        autograph=False,
    )
    return step(spikes).numpy()


@pytest.mark.parametrize("where", ["eager", "graph", "xla", "unknown length"])
@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32", "float16", "bfloat16", "float32"])
def test_bits_are_those_of_packbits_wherever_they_are_packed(where, dtype):
    rng = np.random.default_rng(4)
    for shape in ((16, 10), (9, 7), (1, 3)):
        fired = rng.random(shape) < 0.3
        spikes = tf.cast(fired, dtype).numpy()
        np.testing.assert_array_equal(packed_in(spikes, where), np.packbits(fired))


@pytest.mark.parametrize("where", ["eager", "graph", "xla", "unknown length"])
def test_only_what_is_above_zero_is_a_spike(where):
    spikes = np.array([[np.nan, -1.0, 0.0, 0.1, 1.0, np.inf, -np.inf, 1e-30]], np.float32)
    assert packed_in(spikes, where).tolist() == [0b00011101]


@pytest.mark.parametrize("probability", [0.0, 0.01, 0.5, 1.0])
def test_events_of_bits_are_the_places_of_the_spikes(probability):
    for shape in ((50, 13), (8, 8), (0, 5), (1, 1)):
        fired = np.random.default_rng(5).random(shape) < probability
        a = Activity.from_bits(np.packbits(fired), *shape)
        steps, neurons = np.nonzero(fired)
        np.testing.assert_array_equal(a.spike_steps, steps)
        np.testing.assert_array_equal(a.spike_neurons, neurons)
        assert a.spike_steps.dtype == a.spike_neurons.dtype == np.int32
        assert a.spikes().shape == shape


def test_bits_of_another_size_are_refused():
    with pytest.raises(ValueError, match=r"3 time steps of 5 neurons.*\(3,\)"):
        Activity.from_bits(np.zeros(3, np.uint8), 3, 5)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_only_a_look_leaves_the_compiled_step(jit_compile):
    """What is written is small beside the (time, neuron) tensors of the layer."""
    n_steps, n_neurons = 64, 4000
    plan = RecordPlan(voltage_neurons=3, batch_neurons=10, batch_samples=2)
    selection, buffer = Selection.of(plan, Neurons.unnamed(n_neurons)), Buffer()
    spikes = np.random.default_rng(6).random((2, n_steps, n_neurons)) < 0.01

    @tf.function(jit_compile=jit_compile, autograph=False)
    def step(s, v):
        buffer.write(reduce_layer(s, v, selection), tf.constant(1, tf.int64))

    step(tf.cast(spikes, tf.float32), tf.zeros(spikes.shape))
    taken, _ = buffer.read()
    sizes = {name: array.nbytes for name, array in taken.items()}
    assert sizes["spike_bits"] == n_steps * n_neurons // 8
    assert sum(sizes.values()) < n_steps * n_neurons // 8 + 64 * (2 * 10 + 3 * 4) + 100
    np.testing.assert_array_equal(taken["spike_bits"], np.packbits(spikes[0]))
