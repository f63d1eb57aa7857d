"""The logger of custom loops: what a run leaves, and how it goes on."""

import re
import subprocess
import sys

import numpy as np
import pytest
from activities import v1_names
from batches import N, T, assert_picture, batch

import keras_v1_activity
from keras_v1_activity import NetworkActivityLogger, load_activity
from keras_v1_activity.plan import LOOK_FIGURES, figures_of


def test_a_run_leaves_the_documented_files(tmp_path):
    handed = [batch(seed=seed) for seed in range(1, 5)]
    names = v1_names(N)
    with NetworkActivityLogger(
        tmp_path, log_every_n_steps=2, populations=names, voltage_neurons=[3, 7], background=False
    ) as logger:
        logged = [logger.log_step(**each) for each in handed]
    assert logged == [False, True, False, True] and logger.step == 4
    for figure in figures_of(LOOK_FIGURES, {}):
        for step in (2, 4):
            assert_picture(tmp_path / f"{figure}_step_{step}.png")
    assert_picture(tmp_path / "history.png")
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


def test_a_step_that_is_not_logged_touches_nothing(tmp_path, caplog):
    class Untouchable:
        def __getattribute__(self, name):
            raise AssertionError(f"{name} was asked for")

    logger = NetworkActivityLogger(tmp_path, 100, background=False)
    assert not any(logger.log_step(spikes=Untouchable(), inputs=Untouchable()) for _ in range(99))
    assert logger.save_summary() is None
    assert re.search("nothing was logged.*last step was 99", caplog.text)


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


def test_every_documented_name_is_there():
    for name in (
        "NetworkActivityLogger", "visualize_batch_predictions", "log_network_state",
        "create_logging_callback", "V1ActivityCallback", "load_activity",
    ):  # fmt: skip
        assert callable(getattr(keras_v1_activity, name))
    module = keras_v1_activity.visualize_training
    assert module.NetworkActivityLogger is keras_v1_activity.NetworkActivityLogger
    assert module.log_network_state is keras_v1_activity.log_network_state
