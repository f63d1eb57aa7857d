"""The command line as a user types it."""

import pickle
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from activities import make_activity
from commands import loaded_by, run
from PIL import Image
from places import DOCS
from written_networks import calibrate_once

from keras_v1_activity.cli.main import COMMANDS, main, make_parser
from keras_v1_activity.cli.nest.options import NestOptions
from keras_v1_activity.common.command_line import ArgumentParser
from keras_v1_activity.experiments.arguments import from_namespace
from keras_v1_activity.experiments.options import DemoOptions, TrainingOptions
from keras_v1_activity.plan import FIGURES, RecordPlan, figures_of
from keras_v1_activity.recording.recorder import Recorder

NAMES = [module.__name__.rpartition(".")[2] for module in COMMANDS]


def commands_in(text, marker=""):
    """Words of the commands in the fenced blocks of a page; a marker chooses some blocks."""
    blocks = re.findall(rf"```console{marker}[^\n]*\n(.*?)```", text, re.S)
    lines = [line for block in blocks for line in block.splitlines() if line.strip()]
    assert lines and all(line.startswith("keras-v1-activity ") for line in lines)
    return [shlex.split(line)[1:] for line in lines]


@pytest.fixture(scope="module")
def log_dir(tmp_path_factory):
    """A run of two looks, as a recorder leaves it."""
    folder = tmp_path_factory.mktemp("run") / "logs"
    recorder = Recorder(folder, RecordPlan(figures=()), settings={"layer_name": "rsnn"})
    for step in (100, 200):
        recorder.record(make_activity(120, 100, step=step, seed=step))
    recorder.close()
    return folder


@pytest.fixture(scope="module")
def network_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("synthesized") / "net"
    words = ["synthesize", folder, "--neurons", "200", "--seed", "1", "--quiet"]
    assert loaded_by(words) == "loaded [] 0"
    return folder


@pytest.mark.parametrize(
    "name", ["inspect run", "inspect network", "inspect weights", "figures", "help"]
)
def test_quick_commands_load_neither_tensorflow_nor_keras(name, log_dir, network_folder, tmp_path):
    with h5py.File(tmp_path / "last.weights.h5", "w") as file:
        file["layers/rsnn/vars/0"] = np.zeros(7)
    words = {
        "inspect weights": ["inspect", tmp_path],
        "inspect run": ["inspect", log_dir],
        "inspect network": ["inspect", network_folder],
        "figures": ["figures", log_dir, "--figures", "raster"],
        "help": ["train", "--help"],
    }[name]
    assert loaded_by(words) == "loaded [] 0"


@pytest.mark.parametrize("name", NAMES)
def test_every_command_teaches(name, capsys):
    with pytest.raises(SystemExit) as end:
        main([name, "--help"])
    text = capsys.readouterr().out
    assert end.value.code == 0
    examples = [line.strip() for line in text.split("examples:")[1].splitlines() if line.strip()]
    assert len(examples) >= 2
    for line in examples:
        accept(shlex.split(line)[1:])
    parser = ArgumentParser()
    COMMANDS[NAMES.index(name)].add_arguments(parser)
    assert all(action.help for action in parser.arguments)


@pytest.mark.parametrize("words", [[], *([name] for name in NAMES)])
def test_help_fits_into_80_columns(words, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main([*words, "--help"])
    assert max(len(line) for line in capsys.readouterr().out.splitlines()) <= 80


def accept(words):
    """Parses one command and checks its options, without running it."""
    options = make_parser().parse_args(words)
    kinds = {"demo": DemoOptions, "train": TrainingOptions, "nest": NestOptions}
    if options.command in kinds:
        from_namespace(kinds[options.command], options, options.error)
    return options


def test_every_command_in_the_docs_is_accepted():
    seen = {accept(words).command for words in commands_in((DOCS / "command-line.md").read_text())}
    assert seen == set(NAMES)
    for page in DOCS.glob("*.md"):
        for line in re.findall(r"^(?:\$ )?keras-v1-activity (.*)$", page.read_text(), re.M):
            accept(shlex.split(line.split("  #")[0]))


def test_the_tour_in_the_docs_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    calibrate_once(monkeypatch)
    printed = {}
    for words in commands_in((DOCS / "command-line.md").read_text(), " tour"):
        code, out, err = run(words, capsys)
        assert code == 0, err
        printed[" ".join(words)] = "\n".join(out)
    code, out, _ = run("inspect results/checkpoints", capsys)
    assert code == 0 and out[0].endswith("last.weights.h5, form keras")
    assert "200 neurons of" in printed["inspect GLIF_network"]
    assert re.search(r"checkpoint results/checkpoints/last.weights.h5", printed["inspect results"])
    assert "steps stored: 2, from 1 to 2" in printed["inspect results"]
    assert re.search(r"n_neurons 200\n", printed["inspect trained.h5"])
    for name in ("raster", "voltages"):
        with Image.open(f"results/activity/redrawn/{name}_step_2.png") as picture:
            assert picture.size == (1500, 900)
    with (
        h5py.File("trained.h5") as exported,
        h5py.File("results/checkpoints/last.weights.h5") as trained,
    ):
        kept = trained["layers/rsnn/vars/0"][:]
        np.testing.assert_array_equal(exported["recurrent/weights"][:], kept)
    assert Path("demo/sample_1/batch_predictions.png").stat().st_size > 5_000


def test_inspect_counts_what_the_network_folder_holds(network_folder, tmp_path, capsys):
    folder = shutil.copytree(network_folder, tmp_path / "net")
    nodes, edges = pickle.loads((folder / "network_dat.pkl").read_bytes()).values()
    code, out, _ = run(["inspect", folder], capsys)
    text = "\n".join(out)
    assert code == 0 and "synthetic, seed 1" in out[0]
    assert out[1].startswith(f"200 neurons of {len(nodes)} types, 200 within 400 um")
    assert f"{sum(len(group['source']) for group in edges):,} recurrent synapses" in text
    by_population = {line.split()[0]: int(line.split()[-1]) for line in out[3:] if line[:2] == "  "}
    assert sum(by_population.values()) == 200 and by_population["e23Cux2"] > 20
    (folder / "input_dat.pkl").unlink()
    code, _, err = run(["inspect", folder], capsys)
    assert code == 2 and "input_dat.pkl is missing" in err


def test_inspect_tells_the_rates_and_failures_of_a_run(log_dir, capsys):
    code, out, _ = run(["inspect", log_dir], capsys)
    text = "\n".join(out)
    assert code == 0 and "layer_name rsnn" in text
    for step in (100, 200):
        truth = make_activity(120, 100, step=step, seed=step)
        rate = truth.spikes().sum() / 120 / 0.1
        assert re.search(rf"^ +{step} +{truth.n_spikes} +{rate:.2f} ", text, re.M)
    assert "looks 2" in text and "saves_failed 0" in text
    assert re.search(r"^  e23Cux2 +\d+\.\d\d +1\.46$", text, re.M)
    assert run(["inspect", log_dir / "activity.h5"], capsys)[1] == out


def test_figures_redraws_what_is_stored(log_dir, tmp_path, capsys):
    code, out, _ = run(["figures", log_dir, "--out", tmp_path / "a"], capsys)
    names = figures_of(FIGURES, {})
    assert code == 0 and len(out) == len(names)
    for name in names:
        file = "history.png" if name == "history" else f"{name}_step_200.png"
        with Image.open(tmp_path / "a" / file) as picture:
            assert picture.size == (1000, 600) and np.unique(picture.convert("L")).size > 5
    activity = make_activity(120, 100, step=100, seed=100)
    two = [str(neuron) for neuron in activity.voltage_neurons[:2]]
    words = ["figures", log_dir, "--step", "100", "--figures", "voltages", "--dpi", "50"]
    for folder, chosen in (("b", ["--neurons", *two]), ("c", [])):
        assert run([*words, *chosen, "--out", tmp_path / folder], capsys)[0] == 0
    pictures = [(tmp_path / x / "voltages_step_100.png").read_bytes() for x in "bc"]
    assert pictures[0] != pictures[1]


@pytest.mark.parametrize(
    "words, sentence",
    [
        ("inspect nowhere", "there is no checkpoint nowhere"),
        ("inspect .", r"the folder . holds neither a network .* nor a run"),
        ("figures nowhere", "there is no folder .*nowhere"),
        ("figures LOGS --step 150", "step 150 was not logged: the nearest logged steps are 100"),
        ("figures LOGS --dpi 2", "dpi must be at least 20"),
        ("figures LOGS --figures voltages --neurons 119 5000", "was not recorded at step 200"),
        ("synthesize net --neurons 20", "n_neurons must be a whole number of at least 200"),
        ("convert LOGS w.h5", "give data_dir"),
        ("demo --data_dir nowhere", "network_dat.pkl is missing"),
        ("train --data_dir nowhere", "network_dat.pkl is missing"),
    ],
)
def test_errors_are_one_sentence(words, sentence, log_dir, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code, _, err = run(words.replace("LOGS", str(log_dir)), capsys)
    assert code == 2
    assert re.search(rf"^keras-v1-activity {words.split()[0]}: .*{sentence}", err, re.M), err
    assert "Traceback" not in err and len(err.splitlines()) == 1


def test_debug_shows_the_traceback(tmp_path, capsys):
    with pytest.raises(FileNotFoundError):
        main(["inspect", str(tmp_path / "nowhere"), "--debug"])


@pytest.mark.parametrize(
    "words",
    ["", "paint", "train --n_epochs 0", "figures logs --figures pie", "train --task_name x"],
)
def test_wrong_words_end_with_code_2(words, capsys):
    with pytest.raises(SystemExit) as end:
        main([*shlex.split(words)])
    assert end.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_python_m_runs_it_too():
    words = [sys.executable, "-m", "keras_v1_activity", "--version"]
    shown = subprocess.run(words, capture_output=True, text=True)
    assert shown.returncode == 0 and re.match(r"keras-v1-activity \d", shown.stdout)
