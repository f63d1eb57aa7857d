"""Where neither TensorFlow nor Keras is installed: what works, and what the rest says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from batches import batch
from places import ROOT, TESTS
from written_networks import copy_of_network

from keras_v1_activity import load_activity

# As if they were not installed. Python runs this file first, in the drawing process too.
SITECUSTOMIZE = """
import sys

class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("tensorflow", "keras", "tf_keras"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NotInstalled())
"""

WORKS = """
from batches import batch
from keras_v1_activity import (
    NetworkActivityLogger, figures, load_activity, measures, similarity, v1, visualize_training,
)
from keras_v1_activity.cli import main

names = ["e23Cux2"] * 20 + ["i4Pvalb"] * 10
for folder, seed in (("run", 0), ("other", 10)):
    with NetworkActivityLogger(
        folder, 1, populations=names, trace_neurons=[3], figures=["raster", "predictions"],
    ) as logger:
        for step in (1, 2):
            handed = batch(seed=seed + step)
            logger.log_step(**handed)
with load_activity("run") as run, load_activity("other") as other:
    figures.save_figure("voltages", run[2], "again.png")
    scores = similarity.compare(run[1], other[1])
    assert scores and measures.summarise(run[1])
visualize_training.visualize_batch_predictions(handed["spikes"], handed["labels"])
assert callable(v1.write_synthetic_network)
assert v1.load_network("net", n_neurons=200).n_neurons == 200
for words in ("inspect run", "inspect net", "figures run --step 2", "figures run --missing",
              "compare run other --no_animation"):
    assert main(words.split()) == 0, words
"""

NEEDS = """
import keras_v1_activity
from keras_v1_activity import NetworkActivityLogger, create_logging_callback, v1
from keras_v1_activity.cli import main
from keras_v1_activity.v1.tasks import make_task

def said(call):
    try:
        call()
    except ImportError as error:
        print(error)

said(lambda: keras_v1_activity.V1ActivityCallback)
said(lambda: create_logging_callback(NetworkActivityLogger("empty", figures=())))
for name in v1.__all__:
    said(lambda: getattr(v1, name))
said(lambda: make_task("evidence"))
said(lambda: v1.Trial().targets([7]))
said(lambda: __import__("keras_v1_activity.integrations.dpointnet"))
open("ckpt-1.index", "wb").close()
said(lambda: v1.describe_checkpoint("ckpt-1"))
for words in ("train --out a", "demo --out b", "convert a b --data_dir c", "inspect ckpt-1"):
    assert main(words.split()) == 2
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("without")
    (folder / "sitecustomize.py").write_text(SITECUSTOMIZE)
    return folder


def run(folder, script):
    """Runs a script as if TensorFlow and Keras were not installed."""
    path = os.pathsep.join([str(folder), str(ROOT), str(TESTS)])
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(
        [sys.executable, "-c", script], cwd=folder, env=environment, capture_output=True, text=True
    )


def test_logger_reading_figures_measures_comparison_and_command_line_work(folder):
    copy_of_network(folder / "net")
    done = run(folder, WORKS)
    assert done.returncode == 0, done.stderr
    assert "failed" not in done.stderr and "lost" not in done.stderr
    with load_activity(folder / "run") as stored:
        assert stored.steps.tolist() == [1, 2]
        assert (stored[2].spikes() == (batch(seed=2)["spikes"][0] > 0)).all()
    pictures = {path.relative_to(folder).as_posix() for path in folder.rglob("*.png")}
    assert pictures >= {
        "again.png", "predictions/batch_predictions.png", "run/comparison/difference.png",
        "run/raster_step_1.png", "run/trace_neuron_3_step_2.png", "other/predictions_step_2.png",
    }  # fmt: skip


def test_what_needs_them_says_so_in_one_sentence(folder):
    done = run(folder, NEEDS)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() + done.stderr.splitlines() if line]
    assert [line.partition(" needs ")[0].removeprefix("keras-v1-activity ") for line in lines] == [
        "V1ActivityCallback", "create_logging_callback", "v1.RSNN", "v1.ClassLoss",
        "v1.create_model", "v1.digits", "make_task", "Trial.targets",
        "integrations.dpointnet", "a TensorFlow checkpoint",
        "train: this command", "demo: this command", "convert: this command",
        "inspect: this command",
    ]  # fmt: skip
    for line in lines:
        assert "is not installed here: pip install tensorflow keras." in line


def test_the_list_for_an_install_without_them_is_that_of_the_package_less_the_two():
    from project import listed, setup_cfg

    wanted = listed(setup_cfg()["options"]["install_requires"])
    text = Path(ROOT / "requirements" / "without-tensorflow.txt").read_text()
    given = {line for line in listed(text) if not line.startswith("#")}
    assert {line for line in wanted if not line.startswith(("tensorflow", "keras"))} == given
