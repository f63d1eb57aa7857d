"""Demo, training and NEST on a SONATA network whose LGN is no grid, as on any other."""

import json

import numpy as np
import pytest
from commands import run
from v1_glif_files import N_LGN, GlifModel, N

from keras_v1_activity import load_activity
from keras_v1_activity.cli.nest.options import NestOptions
from keras_v1_activity.cli.nest.prepare import get_conditions, get_stimuli
from keras_v1_activity.v1.tasks import make_task

SHORT = ["--task", "ori_diff", "--seq_len", 50, "--pre_delay", 0, "--im_slice", 50]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return GlifModel(tmp_path_factory.mktemp("sonata") / "net").write()


@pytest.fixture(scope="module")
def trained(folder):
    """The words of a run of one step."""
    out = folder.parent / "results"
    words = ["train", "--data_dir", folder, "--neurons", 0, *SHORT, "--batch_size", 2]
    words += ["--n_epochs", 1, "--steps_per_epoch", 1, "--val_steps", 0, "--log_every_n_steps", 1]
    return out, [*words, "--verbose", 0, "--out", out]


def test_training_and_what_it_leaves(trained, folder, capsys):
    out, words = trained
    code, _, err = run(words, capsys)
    assert code == 0, err
    result = json.loads((out / "result.json").read_text())
    assert result["ended"] == "all epochs" and result["network"]["neurons"] == N
    with load_activity(out / "activity") as logged:
        look = logged[1]
        assert look.inputs.shape[0] == 50 and look.n_neurons == N
        assert look.neurons.tuning_angles is not None
        assert look.spike_times.size > 5

    # Its weights in the demo.
    demo = ["demo", "--data_dir", folder, "--neurons", 0, *SHORT, "--n_samples", 1]
    code, lines, err = run([*demo, "--checkpoint", out, "--out", folder.parent / "demo"], capsys)
    assert code == 0, err
    assert any(line.startswith("checkpoint") for line in lines)
    assert (folder.parent / "demo/raster_step_1.png").stat().st_size > 5000
    with load_activity(folder.parent / "demo") as logged:
        assert logged[1].inputs.any() and logged[1].spike_times.size > 5


def test_tasks_are_shown_to_the_units_of_the_lgn(folder):
    from keras_v1_activity import v1

    network = v1.load_network(folder)
    for name in ("10class", "evidence"):
        task = make_task(name, network, batch_size=2, n_test=2, current_input=True)
        x, _, _ = next(iter(task.test))
        assert x.shape == (2, task.trial.seq_len, N_LGN)
        # Another thing is shown in front of them than grey.
        assert np.ptp(x.numpy() / 1.3) > 0.01 and x.numpy().min() >= 0
        if name == "10class":
            shown = x.numpy()[0]
    stimuli, _ = get_stimuli(NestOptions(sample=0, network_seed=0), network)
    np.testing.assert_allclose(
        np.repeat(stimuli[0].probability, stimuli[0].durations, axis=0), shown / 1.3, atol=1e-5
    )


def test_nest_takes_the_network_and_its_trained_background(folder, tmp_path):
    from keras_v1_activity import v1

    network = v1.load_network(folder)
    model = v1.create_model(network, 50, 2, readout="linear", train_background=True)
    weights = model.get_layer("input_layer").independent_background_weights
    weights.assign(weights * 1.5)
    prefix = v1.save_checkpoint(model, tmp_path / "ckpt-1")
    options = NestOptions(data_dir=str(folder), neurons=0, checkpoint=str(prefix))
    (condition,) = get_conditions(options, lambda line: None)
    background = condition.source.network.background
    np.testing.assert_allclose(background.weight, network.background.weight * 1.5, rtol=1e-6)


def test_the_command_nest(folder, tmp_path, capsys):
    pytest.importorskip("nest")
    words = ["nest", "--data_dir", folder, "--neurons", 0, "--seq_len", 200, "--no-animation"]
    code, _, err = run([*words, "--voltage-neurons", 2, "--out", tmp_path], capsys)
    assert code == 0, err
    with load_activity(tmp_path) as logged:
        assert logged[1].n_neurons == N and logged[1].spike_times.size > 20
