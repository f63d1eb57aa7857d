"""From options to a network and a model: the published ones of each task on request."""

import numpy as np
import pytest
from oracles import random_network
from published_folders import write_folder
from published_tasks import PUBLISHED

from keras_v1_activity import v1
from keras_v1_activity.experiments.arguments import parse
from keras_v1_activity.experiments.options import DemoOptions, TrainingOptions
from keras_v1_activity.experiments.prepare import get_model, get_network
from keras_v1_activity.v1.tasks import make_task


@pytest.fixture(scope="module")
def network():
    return random_network()


def trials_of(task, folder):
    images = folder / "images.npy"
    np.save(images, np.random.default_rng(0).random((4, 20, 30)))
    return make_task(task, images=images)


@pytest.mark.parametrize("kind", [DemoOptions, TrainingOptions])
def test_one_word_on_a_command_line_gives_the_published_network(kind, tmp_path):
    folder = write_folder(tmp_path / "GLIF_network")
    words = [f"--data_dir={folder}", "--neurons=0", "--nocore_only"]
    for more, expected in (([], False), (["--as_published"], True), (["--as-published"], True)):
        options = parse(kind, "d", [*words, *more])
        network = get_network(options, tmp_path, say=lambda text: None)
        assert network.settings["as_published"] is expected is options.as_published
        truth = v1.load_network(folder, core_only=False, as_published=expected)
        np.testing.assert_array_equal(network.recurrent.delay, truth.recurrent.delay)


@pytest.mark.parametrize("task", PUBLISHED)
def test_each_task_has_its_published_readout(task, network, tmp_path):
    groups, constant, outputs = PUBLISHED[task]
    trials, n_output = trials_of(task, tmp_path), outputs[1] - outputs[0]
    expected = np.stack([network.readout_groups[group] for group in groups])
    for as_published in (False, True):
        by_groups, linear = (
            get_model(
                TrainingOptions(task=task, neuron_output=readout), network, trials,
                as_published=as_published,
            )
            for readout in (True, False)
        )  # fmt: skip
        assert by_groups.output_shape == linear.output_shape == (None, 12, n_output)
        kernel = linear.get_layer("projection").kernel
        assert kernel.shape == (50, 18 if as_published else n_output)
        readout = by_groups.get_layer("readout")
        np.testing.assert_array_equal(readout.groups, expected)
        assert readout.threshold == constant
        assert bool(readout.variables) is not as_published  # its scale
