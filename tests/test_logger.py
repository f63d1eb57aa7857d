"""The logger of custom loops: what it leaves, what it accepts, and that it agrees with fit."""

import subprocess
import sys

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf
from activities import v1_names
from PIL import Image
from spiking_models import make_data, make_model

import keras_v1_activity
from keras_v1_activity import V1ActivityCallback, load_activity
from keras_v1_activity.capture.handed import HandedBatch, select
from keras_v1_activity.plan import FIGURES, RecordPlan
from keras_v1_activity.visualize_training import (
    NetworkActivityLogger,
    create_logging_callback,
    visualize_batch_predictions,
)

T, N, CLASSES = 40, 30, 4


def batch(size=3, seed=0):
    rng = np.random.default_rng(seed)
    outputs = rng.dirichlet(np.ones(CLASSES), (size, 5)).astype(np.float32)
    return {
        "inputs": rng.random((size, T, 11), dtype=np.float32),
        "spikes": (rng.random((size, T, N)) < 0.1).astype(np.float32),
        "voltages": rng.normal(-60, 5, (size, T, N)).astype(np.float32),
        "outputs": outputs,
        "labels": rng.integers(0, CLASSES, size),
    }


def look_of(tmp_path, *, settings=None, **handed):
    """The one look that `log_step(**handed)` leaves."""
    with NetworkActivityLogger(
        tmp_path, 1, figures=("predictions",), background=False, **settings or {}
    ) as logger:
        assert logger.log_step(**handed)
    return load_activity(tmp_path)[1]


def read_of(**handed):
    """The same look as `look_of`, not stored and not drawn."""
    handed_batch = HandedBatch(**handed)
    return handed_batch.activity(select(RecordPlan(), None, handed_batch.n_neurons), 1)


def assert_picture(path):
    pixels = np.asarray(Image.open(path).convert("L"))
    assert min(pixels.shape) >= 600 and pixels.std() > 5, path


def test_a_run_leaves_the_documented_files(tmp_path):
    handed = [batch(seed=seed) for seed in range(1, 5)]
    names = v1_names(N)
    with NetworkActivityLogger(
        tmp_path, log_every_n_steps=2, populations=names, voltage_neurons=[3, 7], background=False
    ) as logger:
        logged = [logger.log_step(**each) for each in handed]
    assert logged == [False, True, False, True] and logger.step == 4
    for figure in FIGURES:
        for step in (2, 4):
            assert_picture(tmp_path / f"{figure}_step_{step}.png")
    assert not list(tmp_path.glob("*_step_1.png"))
    with np.load(tmp_path / "activity_summary.npz") as arrays:
        assert arrays["step"].tolist() == [2, 4]
        assert arrays["label_history"].tolist() == [handed[i]["labels"][0] for i in (1, 3)]
        means = [handed[i]["outputs"][0].mean(0).argmax() for i in (1, 3)]
        assert arrays["prediction_history"].tolist() == means
        for row, i in enumerate((1, 3)):
            spikes, voltages = handed[i]["spikes"][0], handed[i]["voltages"][0]
            np.testing.assert_array_equal(arrays["spike_history"][row], spikes)
            np.testing.assert_array_equal(arrays["voltage_history"][row], voltages[:, [3, 7]])
            np.testing.assert_array_equal(arrays["input_history"][row], handed[i]["inputs"][0])
            np.testing.assert_array_equal(arrays["output_history"][row], handed[i]["outputs"][0])
    with load_activity(tmp_path) as run:
        assert run[4].populations.names_per_neuron().tolist() == names.tolist()
        assert run[4].batch.labels.tolist() == handed[3]["labels"].tolist()


def test_a_step_that_is_not_logged_touches_nothing(tmp_path):
    class Untouchable:
        def __getattribute__(self, name):
            raise AssertionError(f"{name} was asked for")

    logger = NetworkActivityLogger(tmp_path, 100, background=False)
    assert not any(logger.log_step(spikes=Untouchable(), inputs=Untouchable()) for _ in range(99))
    with pytest.warns(RuntimeWarning, match="nothing was logged.*last step was 99"):
        assert logger.save_summary() is None


SCRIPT = """
import sys
import numpy as np
from keras_v1_activity import NetworkActivityLogger
logger = NetworkActivityLogger(sys.argv[1], 1, figures=("raster",), trace_neurons=[2])
logger.log_step(spikes=np.eye(20), voltages=np.full((20, 20), -60.0), labels=1, predictions=[2])
heavy = {"tensorflow", "keras", "matplotlib.pyplot", "torch", "jax"} & set(sys.modules)
assert not heavy, heavy
"""


def test_a_script_without_tensorflow_and_without_save_summary_loses_nothing(tmp_path):
    subprocess.run([sys.executable, "-c", SCRIPT, str(tmp_path)], check=True, timeout=120)
    assert_picture(tmp_path / "raster_step_1.png")
    assert_picture(tmp_path / "trace_neuron_2_step_1.png")
    assert (tmp_path / "trace_step_1.csv").is_file() and (
        tmp_path / "activity_summary.npz"
    ).is_file()
    look = load_activity(tmp_path)[1]
    assert (look.label, look.prediction, look.n_spikes) == (1, 2, 20)


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


def test_confidence_is_weighted_as_the_loss_is(tmp_path):
    handed = batch()
    weights = np.zeros((3, 5))
    weights[:, 3] = 1
    look = look_of(tmp_path, **handed, sample_weight=weights)
    np.testing.assert_allclose(look.confidence, handed["outputs"][0, 3], rtol=1e-6)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"spikes": None}, r"spikes must have shape .*got None"),
        ({"spikes": np.zeros(7)}, r"spikes must have shape .*got \(7,\)"),
        ({"voltages": np.zeros((3, T, 5))}, r"voltages must have the shape of spikes, \(3, 40, 30"),
        ({"labels": [1, 2]}, r"labels must have one entry for each of the 3 samples.*\(2,\)"),
        ({"outputs": np.zeros((3, 1, 1, 2))}, r"outputs must have shape \(batch, chunks, classes"),
        ({"inputs": np.zeros((3, 9, 4))}, r"inputs must have shape .* 40 time steps"),
        ({"labels": ["a", "b", "c"]}, "labels must hold numbers"),
        ({"spikes": "many"}, "spikes must hold numbers; got str"),
        (
            {"spikes": tf.ragged.constant([[[1.0]], [[1.0], [0.0]]])},
            "spikes must hold numbers|array",
        ),
        ({"traces": {"psc_1": np.zeros((3, T, 9))}}, r"traces\['psc_1'\] must have shape .*1\)"),
        ({"step": "two"}, "step must be the number of a step.*'two'"),
    ],
)
def test_what_does_not_fit_is_one_sentence(tmp_path, wrong, sentence):
    logger = NetworkActivityLogger(tmp_path, 1, figures=(), background=False, trace_neurons=[1])
    with pytest.raises(ValueError, match=sentence):
        logger.log_step(**{**batch(), **wrong})


def test_a_tensor_without_values_and_a_sample_beyond_the_batch(tmp_path):
    logger = NetworkActivityLogger(tmp_path, 1, figures=(), background=False, sample_index=3)
    with pytest.raises(ValueError, match="sample_index is 3, but the batch has 3 samples"):
        logger.log_step(**batch())
    logger = NetworkActivityLogger(tmp_path / "b", 1, figures=(), background=False)

    @tf.function
    def step(spikes):
        logger.log_step(spikes=spikes)

    with pytest.raises(ValueError, match="spikes must be an array with values.*log it outside"):
        step(tf.zeros((1, T, N)))


def test_arrays_may_be_used_again_for_the_next_step(tmp_path):
    """What is stored beside the loop is what was handed over, not what came into its place."""
    buffers = batch(seed=1)
    buffers["traces"] = {"calcium": np.zeros((len(buffers["spikes"]), T, 2), np.float32)}
    kept = {}
    with NetworkActivityLogger(tmp_path, 1, figures=(), trace_neurons=[1, 2]) as logger:
        for step in range(1, 7):
            for name, value in batch(seed=step).items():
                buffers[name][...] = value
            buffers["traces"]["calcium"][...] = step
            kept[step] = (buffers["spikes"][0] > 0, buffers["inputs"][0].copy())
            logger.log_step(**buffers)
    with load_activity(tmp_path) as run:
        for step, (spikes, inputs) in kept.items():
            np.testing.assert_array_equal(run[step].spikes(), spikes)
            np.testing.assert_allclose(run[step].inputs, inputs, rtol=1e-6)
            assert (run[step].traces.values["calcium"] == step).all()


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


def test_an_earlier_run_is_kept_and_a_continued_one_goes_on(tmp_path):
    quiet = {"figures": ("raster",), "background": False}
    for _ in range(2):
        with NetworkActivityLogger(tmp_path, 1, trace_neurons=[0], **quiet) as logger:
            logger.log_step(**batch())
    old = tmp_path / "earlier_001"
    assert {p.name for p in old.glob("*_1.*")} == {p.name for p in tmp_path.glob("*_1.*")} >= {
        "raster_step_1.png", "trace_neuron_0_step_1.png", "trace_step_1.csv",
    }  # fmt: skip
    with NetworkActivityLogger(tmp_path, 2, start_step=1, **quiet) as logger:
        assert logger.log_step(**batch())
        assert logger.log_step(**batch(), step=10) and not logger.log_step(**batch())
    assert load_activity(tmp_path).steps.tolist() == [1, 2, 10]
    assert not (tmp_path / "earlier_002").exists()


def test_a_loop_that_fails_keeps_its_summary(tmp_path):
    with pytest.raises(KeyError):
        with NetworkActivityLogger(tmp_path, 1, figures=(), background=False) as logger:
            logger.log_step(**batch())
            raise KeyError("the user's own error")
    with np.load(tmp_path / "activity_summary.npz") as arrays:
        assert arrays["step"].tolist() == [1]


def datasets(log_dir, step):
    """Every dataset of a stored step, by path in the index file."""
    found = {}
    with h5py.File(log_dir / "activity.h5", "r") as file:
        group = file["steps"][f"{step:06d}"]
        group.visititems(
            lambda name, x: found.update({name: x[()]}) if isinstance(x, h5py.Dataset) else None
        )
    return found


def test_logger_callback_and_look_store_the_same(tmp_path):
    x, y = make_data(4)
    model = make_model(keras, per_step=True, optimizer=keras.optimizers.SGD(0.0))
    settings = {"figures": ("predictions",), "background": False, "trace_neurons": [2]}
    callback = V1ActivityCallback(tmp_path / "fit", 1, **settings)
    per_step = np.repeat(y[:, None], 12, axis=1)
    with pytest.warns(RuntimeWarning, match="no method trace"):
        model.fit(
            x, per_step, batch_size=4, shuffle=False, callbacks=[callback], verbose=0
        )  # fmt: skip
    probed = V1ActivityCallback(tmp_path / "probe", 1, probe_data=(x, per_step), **settings)
    probed.set_model(model)
    probed.look(x, per_step)
    (spikes, voltages), outputs = callback.intermediate_model(x)
    with NetworkActivityLogger(tmp_path / "loop", 1, **settings) as logger:
        logger.log_step(x, spikes, voltages, outputs, None, per_step)
    live, probe, loop = (datasets(tmp_path / name, 1) for name in ("fit", "probe", "loop"))
    assert set(live) == set(probe) == set(loop) >= {"spikes/v1/timestamps", "batch/spikes"}
    for name, array in loop.items():
        for other in (live[name], probe[name]):
            if array.dtype.kind == "f":
                np.testing.assert_allclose(array, other, rtol=1e-5, atol=1e-5, err_msg=name)
            else:
                np.testing.assert_array_equal(array, other, err_msg=name)


def test_the_logging_callback_logs_into_the_loggers_run(tmp_path):
    x, y = make_data(8)
    logger = NetworkActivityLogger(tmp_path, 2, figures=("raster",), background=False)
    model = make_model(keras)
    for _ in range(2):
        logger.log_step(spikes=np.zeros((1, 12, 9)), labels=[0])
    model.fit(x, y, batch_size=2, epochs=1, callbacks=[create_logging_callback(logger)], verbose=0)
    assert logger.step == 6
    logger.log_step(spikes=np.zeros((1, 12, 9)))
    logger.log_step(spikes=np.zeros((1, 12, 9)))
    logger.save_summary()
    for step in (2, 4, 6, 8):
        assert_picture(tmp_path / f"raster_step_{step}.png")
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [2, 4, 6, 8]
        assert [run[s].source for s in run.steps] == ["logger", "live", "live", "logger"]
        assert run[4].n_spikes > 0 and run[4].label is not None
    with np.load(tmp_path / "activity_summary.npz") as arrays:
        assert arrays["step"].tolist() == [2, 4, 6, 8]
    assert "ThresholdLayer" in (tmp_path / "network_state.txt").read_text()
    with pytest.raises(ValueError, match="logger must be a NetworkActivityLogger; got str"):
        create_logging_callback("my_logs")


def test_batch_predictions_are_drawn_together_and_alone(tmp_path):
    handed = batch(3)
    predictions = handed["outputs"].mean(1)
    paths = visualize_batch_predictions(
        spikes=handed["spikes"], labels=handed["labels"], predictions=predictions,
        output_dir=tmp_path / "all",
    )  # fmt: skip
    expected = ["batch_predictions.png", *(f"sample_{i}/batch_predictions.png" for i in range(3))]
    assert [str(p.relative_to(tmp_path / "all")) for p in paths] == expected
    for path in paths:
        assert_picture(path)
    one = visualize_batch_predictions(handed["spikes"][:1], [1], [2], str(tmp_path / "sample_7"))
    assert len(one) == 1 and one[0] == tmp_path / "sample_7/batch_predictions.png"
    many = visualize_batch_predictions(
        batch(12)["spikes"], output_dir=tmp_path / "m", max_samples=2
    )
    assert len(many) == 3


def test_every_documented_name_is_there():
    for name in (
        "NetworkActivityLogger", "visualize_batch_predictions", "log_network_state",
        "create_logging_callback", "V1ActivityCallback", "load_activity",
    ):  # fmt: skip
        assert callable(getattr(keras_v1_activity, name))
    module = keras_v1_activity.visualize_training
    assert module.NetworkActivityLogger is keras_v1_activity.NetworkActivityLogger
    assert module.log_network_state is keras_v1_activity.log_network_state
