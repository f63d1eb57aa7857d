"""The examples, run through their main() with tiny settings."""

import importlib.util
import json
import re

import numpy as np
import pytest
from looks import wait_for_file
from matplotlib.image import imread
from places import EXAMPLES
from written_networks import calibrate_once

from keras_v1_activity import load_activity, v1
from keras_v1_activity.experiments.prepare import get_model, get_network, get_task

FIGURES = ("raster", "voltages", "input", "population", "output")


def example(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def is_picture(path):
    """Whether a PNG shows more than one colour."""
    pixels = imread(wait_for_file(path))
    return pixels.std() > 0.01 and min(pixels.shape[:2]) > 100


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


WORDS = "--neurons 200 --seed 0 --seq_len 100 --pre_delay 0 --im_slice 50".split()


@pytest.fixture(scope="module")
def demo(home):
    """A network that a checkpoint makes say "7" to everything, shown three digits."""
    inference = example("demo_visualization").inference
    words = [*WORDS, "--n_samples=3", "--batch_size=2", f"--log_dir={home / 'demo'}"]
    options = inference.parse_options([*words, f"--checkpoint={home / 'seven.weights.h5'}"])
    said = []
    with pytest.MonkeyPatch.context() as patch:
        calibrate_once(patch)
        network = get_network(options, home, said.append)
    model = get_model(options, network, get_task(options, network, n_test=2))
    model.get_layer("projection").bias.assign(20.0 * np.eye(10)[7])
    model.save_weights(options.checkpoint)
    return home / "demo", inference.run_demo(options, say=said.append), "\n".join(said)


def test_the_demo_leaves_every_file_that_its_users_know(demo):
    folder, samples, _ = demo
    for number in (1, 2, 3):
        for figure in FIGURES:
            assert is_picture(folder / f"{figure}_step_{number}.png"), figure
        assert is_picture(folder / f"sample_{number}" / "batch_predictions.png")
    assert not (folder / "raster_step_4.png").exists()
    assert "rsnn" in (folder / "network_state.txt").read_text()
    assert "<title>demo</title>" in (folder / "report.html").read_text(encoding="utf-8")
    with np.load(folder / "activity_summary.npz") as arrays:
        np.testing.assert_array_equal(arrays["step"], [1, 2, 3])
        np.testing.assert_array_equal(arrays["label_history"], [s["label"] for s in samples])
        np.testing.assert_array_equal(
            arrays["prediction_history"], [s["prediction"] for s in samples]
        )
        assert arrays["spike_history"].shape == (3, 100, 200)
        counts = arrays["spike_history"].sum((1, 2))
    np.testing.assert_array_equal(counts, [s["n_spikes"] for s in samples])


def test_the_demo_prints_class_prediction_confidence_spikes_and_rate(demo):
    folder, samples, said = demo
    assert [sample["prediction"] for sample in samples] == [7, 7, 7]
    for sample in samples:
        # Spikes of 200 neurons in 0.1 s.
        assert sample["mean_rate_hz"] == pytest.approx(sample["n_spikes"] / 200 / 0.1)
        assert 0.1 <= sample["confidence"] <= 1.0 and 0 <= sample["label"] < 10
        line = [
            line.split() for line in said.splitlines() if line.strip()[:2] == f"{sample['sample']} "
        ]
        assert line[0] == [
            str(sample["sample"]), str(sample["label"]), str(sample["prediction"]),
            f"{sample['confidence']:.3f}", f"{sample['n_spikes']:,}",
            f"{sample['mean_rate_hz']:.2f}",
        ]  # fmt: skip
    with load_activity(folder) as run:
        assert run[2].n_spikes == samples[1]["n_spikes"] and run[2].label == samples[1]["label"]
        assert run[2].confidence[samples[1]["prediction"]] == pytest.approx(
            samples[1]["confidence"], abs=1e-6
        )


def test_the_demo_writes_its_network_beside_its_logs_once(demo, home):
    assert (home / "GLIF_network_200_0" / "network_dat.pkl").is_file()
    assert sum(path.name.startswith("GLIF_network") for path in home.iterdir()) == 1
    # Written once, then used by the demo.
    assert demo[2].count("writing a synthetic V1 network of 200 neurons") == 1
    assert demo[2].count("network: ") == 2


DEMO_FLAGS = (
    "data_dir checkpoint batch_size n_samples log_dir neurons n_input n_output seq_len seed "
    "core_only connected_selection neurons_per_output neuron_output max_delay dampening_factor "
    "gauss_std input_weight_scale use_dale_law current_input nocurrent_input pre_delay im_slice "
    "post_delay"
).split()


def test_the_demo_has_every_documented_flag(capsys):
    with pytest.raises(SystemExit):
        example("demo_visualization").main(["--help"])
    text = capsys.readouterr().out
    words = text.replace(",", " ").split()
    assert [flag for flag in DEMO_FLAGS if f"--{flag}" not in words] == []


def test_multi_training_trains_two_epochs_and_validates(demo, home):
    """As published: without the losses on activity, its loss is the cross-entropy over the batch.

    The published class loss is divided by the batch, here of two trials, once more.
    """
    result = example("multi_training").main(
        ["--neurons=200", "--seed=0", f"--data_dir={home / 'GLIF_network_200_0'}",
         "--task=evidence", "--seq_len=150", "--pre_delay=0", "--im_slice=10", "--n_epochs=2",
         "--steps_per_epoch=2", "--val_steps=1", "--batch_size=2", "--log_every_n_steps=4",
         "--verbose=0", f"--results_dir={home / 'results'}", "--as_published", "--rate_cost=0",
         "--voltage_cost=0"]
    )  # fmt: skip
    assert result["settings"]["as_published"]
    for part in ("training", "validation"):
        loss, cross_entropy = (result[part][name] for name in ("loss", "cross_entropy"))
        assert cross_entropy > 0 and loss == pytest.approx(cross_entropy / 2, rel=1e-4)
    assert result["steps"] == {"first": 1, "last": 4} and len(result["history"]) == 2
    assert result["validation"]["accuracy"] in (0.0, 0.5, 1.0)
    assert is_picture(home / "results" / "activity" / "step_000004" / "raster.png")


def test_the_custom_loop_logs_its_steps(demo, home):
    losses = example("custom_loop").main(
        [f"--data_dir={home / 'GLIF_network_200_0'}", "--neurons=200", "--steps=2",
         "--batch_size=2", "--seq_len=150", "--log_every=2", f"--log_dir={home / 'loop'}"]
    )  # fmt: skip
    assert len(losses) == 2 and np.isfinite(losses).all()
    assert all(is_picture(home / "loop" / f"{figure}_step_2.png") for figure in FIGURES)
    with load_activity(home / "loop") as run:
        assert list(run.steps) == [2] and run[2].n_spikes > 0


def test_the_published_loop_is_watched(demo, home):
    losses = example("published_loops").main(
        ["--loop=published", f"--data_dir={home / 'GLIF_network_200_0'}", "--neurons=200",
         "--steps=2", "--batch_size=2", "--seq_len=150", "--log_every=2", f"--out={home / 'first'}"]
    )  # fmt: skip
    assert len(losses) == 2 and np.isfinite(losses).all()
    assert all(is_picture(home / "first" / f"{figure}_step_2.png") for figure in FIGURES)
    with load_activity(home / "first") as run:
        assert list(run.steps) == [2]
        look = run[2]
    assert look.n_spikes > 0 and look.label in (0, 1) and look.prediction in (0, 1)
    summary = json.loads((home / "first" / "activity" / "step_000002.json").read_text())
    assert summary["scalars"] == {"loss": pytest.approx(losses[1])}


def test_the_loop_of_v1_glif_model_is_watched_in_mv(demo, home):
    folder = home / "GLIF_network_200_0"
    losses = example("published_loops").main(
        ["--loop=v1_glif_model", f"--data_dir={folder}", "--neurons=200", "--steps=2",
         "--batch_size=2", "--seq_len=100", "--log_every=1", f"--out={home / 'second'}"]
    )  # fmt: skip
    assert len(losses) == 2 and np.isfinite(losses).all()
    parameters = v1.load_network(folder, n_neurons=200).parameters
    with load_activity(home / "second") as run:
        assert list(run.steps) == [1, 2]
        for look in (run[1], run[2]):
            # Each starts at rest, and has fired only above its threshold.
            mv, ids = look.voltages, look.voltage_neurons
            fired = look.spikes()[:, ids] > 0
            assert ((mv > parameters.V_th[ids] - 1e-3) >= fired).all() and fired.sum() > 0
            np.testing.assert_allclose(mv[0], parameters.E_L[ids], atol=5)


def test_a_network_without_inhibition_is_said_to_run_away_within_three_looks(demo, home, capsys):
    """Twelve healthy looks without an alarm, then four at a network without inhibition."""
    words = ["--quick", f"--out={home}", "--cases", "inhibition"]
    found = example("goes_wrong").main(words)["inhibition"]
    assert re.search(r"step +\d+   look   \+[123]   red    runaway", capsys.readouterr().out)
    assert all(alarm.step > 12 for alarm in found)
    assert any(a.step <= 15 and (a.name, a.level) == ("runaway", "red") for a in found)
    with load_activity(home / "inhibition") as run:
        assert run.alarms == found and list(run.steps) == list(range(1, 17))
        rates = run.history.series("mean_rate_hz")
        # It is really so.
        assert rates[12:].min() > 5 * rates[:12].max()
    for picture in ("history", "look_before", "look_after"):
        assert is_picture(home / "inhibition" / f"{picture}.png")


def test_the_other_networks_that_go_wrong_are_driven_as_the_script_says(demo, home):
    script = example("goes_wrong")
    lab = script.make_lab(script.parse_arguments(["--quick", f"--out={home}", "--factor=10"]))
    silent, shown = (list(script.digits(lab, after).take(3)) for after in (2, None))
    for k, ((x, y, _), (x_shown, y_shown, _)) in enumerate(zip(silent, shown, strict=True)):
        np.testing.assert_array_equal(x, x_shown if k < 2 else np.zeros_like(x_shown))
        np.testing.assert_array_equal(y, y_shown)
        assert np.any(x_shown)
    before = float(lab.model.optimizer.learning_rate)
    script.changes(lab)["learning_rate"](lab.model)
    assert float(lab.model.optimizer.learning_rate) == pytest.approx(10 * before)
