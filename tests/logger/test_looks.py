"""Arrays of every framework and in every usual shape give the look that they describe."""

import numpy as np
import pytest
import tensorflow as tf
from batches import CLASSES, T, batch, look_of, read_of


class TorchLike:
    """What of a PyTorch tensor is relied on: no numpy before detach and cpu, no bfloat16 in it."""

    def __init__(self, array, dtype="torch.float32", ready=False):
        self.array, self.dtype, self.shape, self.ready = array, dtype, array.shape, ready

    def __getitem__(self, at):
        return TorchLike(self.array[at], self.dtype, self.ready)

    def detach(self):
        return TorchLike(self.array, self.dtype, True)

    cpu = detach

    def float(self):
        return TorchLike(self.array, "torch.float32", self.ready)

    def numpy(self):
        assert self.ready and self.dtype != "torch.bfloat16"
        return self.array

    __array__ = None


class JaxLike:
    """What of a JAX array is relied on."""

    def __init__(self, array):
        self.array, self.shape, self.dtype = array, array.shape, array.dtype

    def __getitem__(self, at):
        return JaxLike(self.array[at])

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.array, dtype)


@pytest.mark.parametrize(
    "convert",
    [tf.constant, tf.Variable, TorchLike, lambda a: TorchLike(a, "torch.bfloat16"), JaxLike,
     lambda a: a.tolist(), lambda a: a.astype(np.float64)],
    ids=["tensor", "variable", "torch", "torch-bfloat16", "jax", "list", "float64"],
)  # fmt: skip
def test_arrays_of_every_framework_give_the_same_look(tmp_path, convert):
    handed = batch()
    plain = look_of(tmp_path / "plain", **handed)
    look = look_of(tmp_path / "other", **{name: convert(x) for name, x in handed.items()})
    for name in ("spike_steps", "spike_neurons", "voltages", "inputs", "outputs", "confidence"):
        np.testing.assert_array_equal(getattr(look, name), getattr(plain, name), err_msg=name)
    np.testing.assert_array_equal(look.batch.spikes, handed["spikes"] > 0)
    assert look.label == handed["labels"][0]


@pytest.mark.parametrize("kind", [tf.bfloat16, tf.float16, tf.bool])
def test_half_precision_and_boolean_spikes(tmp_path, kind):
    handed = batch()
    handed["spikes"] = tf.cast(handed["spikes"], kind)
    handed["voltages"] = tf.cast(handed["voltages"], tf.bfloat16)
    look = look_of(tmp_path, **handed)
    np.testing.assert_array_equal(look.spikes(), batch()["spikes"][0] > 0)
    np.testing.assert_allclose(
        look.voltages, batch()["voltages"][0][:, look.voltage_neurons], rtol=1e-2
    )


def test_nan_is_recorded_and_is_no_spike(tmp_path):
    handed = batch()
    for array in (handed["spikes"], handed["voltages"], handed["outputs"]):
        array[0, 1] = np.nan
    look = look_of(tmp_path, **handed)
    assert not look.spikes()[1].any() and np.isnan(look.voltages[1]).all()
    assert look.prediction is None


def test_one_sample_may_come_without_its_batch_axis(tmp_path):
    handed = batch(1)
    look = look_of(tmp_path / "a", **{name: x[0] for name, x in handed.items()})
    whole = look_of(tmp_path / "b", **handed)
    for name in ("spike_steps", "voltages", "inputs", "outputs", "confidence"):
        np.testing.assert_array_equal(getattr(look, name), getattr(whole, name))
    assert look.label == whole.label == handed["labels"][0]


ONE_HOT = np.eye(CLASSES, dtype=np.float32)[[2, 0, 1]]


@pytest.mark.parametrize(
    "labels",
    [[2, 0, 1], np.array([[2], [0], [1]]), np.repeat([[2], [0], [1]], 5, axis=1), ONE_HOT,
     np.repeat(ONE_HOT[:, None], 5, axis=1), np.array([2.0, 0.0, 1.0])],
    ids=["ids", "column", "per-chunk", "one-hot", "one-hot-chunks", "floats"],
)  # fmt: skip
@pytest.mark.parametrize("outputs", [True, False])
def test_labels_in_every_usual_shape(labels, outputs):
    handed = {**batch(), "labels": labels}
    if not outputs:
        del handed["outputs"]
    look = read_of(**handed)
    assert look.label == 2 and look.batch.labels.tolist() == [2, 0, 1]


@pytest.mark.parametrize(
    "predictions",
    [[3, 0, 1], np.array([[3], [0], [1]]), np.repeat([[3], [0], [1]], 5, axis=1),
     np.eye(CLASSES)[[3, 0, 1]] * 0.6 + 0.1, np.eye(CLASSES)[[3, 0, 1]] * 9 - 4,
     np.repeat((np.eye(CLASSES)[[3, 0, 1]] * 0.6 + 0.1)[:, None], 5, axis=1),
     np.eye(CLASSES, dtype=int)[[3, 0, 1]]],
    ids=["ids", "column", "per-chunk", "probabilities", "logits", "chunks", "one-hot"],
)  # fmt: skip
@pytest.mark.parametrize("outputs", [True, False])
def test_predictions_in_every_usual_shape(predictions, outputs):
    handed = {**batch(), "predictions": predictions}
    if not outputs:
        del handed["outputs"]
    look = read_of(**handed)
    assert look.prediction == 3 and look.batch.predictions.tolist() == [3, 0, 1]
    if outputs:
        np.testing.assert_array_equal(look.outputs, handed["outputs"][0])


def test_predictions_of_a_network_with_one_output_are_two_classes():
    """A sigmoid says no class by itself; what is predicted is told by `predictions`."""
    handed = {**batch(), "outputs": np.full((3, 5, 1), 0.8), "labels": [1, 0, 1]}
    assert read_of(**handed).prediction is None
    look = read_of(**handed, predictions=[1, 1, 0])
    assert (look.prediction, look.label) == (1, 1)
    assert look.batch.predictions.tolist() == [1, 1, 0] and look.outputs.shape == (5, 1)


def test_confidence_is_weighted_as_the_loss_is(tmp_path):
    handed = batch()
    weights = np.zeros((3, 5))
    weights[:, 3] = 1
    look = look_of(tmp_path, **handed, sample_weight=weights)
    np.testing.assert_allclose(look.confidence, handed["outputs"][0, 3], rtol=1e-6)


def test_given_traces_are_kept_beside_spikes_and_potentials(tmp_path):
    handed = batch()
    psc = np.random.default_rng(0).normal(size=(3, T, 2)).astype(np.float32)
    look = look_of(
        tmp_path, settings={"trace_neurons": [5, 1], "sample_index": 2}, **handed,
        traces={"psc_1": tf.constant(psc)},
    )  # fmt: skip
    assert list(look.traces.values) == ["spike", "voltage", "psc_1"]
    np.testing.assert_array_equal(look.traces.values["psc_1"], psc[2])
    np.testing.assert_array_equal(look.traces.values["spike"], handed["spikes"][2][:, [5, 1]])
