"""Batches reduced to a look, against plain numpy."""

import numpy as np
import pytest
import tensorflow as tf

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.capture.assemble import make_activity
from keras_v1_activity.capture.buffer import Buffer
from keras_v1_activity.capture.output_choice import OutputChoice
from keras_v1_activity.capture.reduce import reduce_layer, reduce_loss
from keras_v1_activity.capture.selection import Selection
from keras_v1_activity.plan import RecordPlan


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


def test_labels_that_cannot_be_told_apart_are_not_guessed_and_said_so(batch, caplog):
    """As with a `compute_loss` of one's own that takes one of them."""
    selection = Selection.of(RecordPlan(figures=()), Neurons.unnamed(11))
    y_pred, label = tf.constant(batch["y_pred"]), tf.constant(batch["y"])
    choice = OutputChoice()
    told = [label, {"cls": label}, {"cls": label, "name": tf.constant(["a", "b", "c"])}]
    for y in (*told, {"animal": label + 7, "cls": label}, (label + 7, label)):
        head = choice.head(None, y_pred, y)
        taken = reduce_loss(batch["x"], y, y_pred, None, selection, 6, head)
        if any(y is one for one in told):
            assert float(taken["targets"][0]) == 2 and not caplog.messages
        else:
            assert "targets" not in taken and "outputs" in taken
    (said,) = caplog.messages
    assert "which of the labels 'animal' and 'cls' belongs to the output 0 cannot be told" in said
