"""`keras-v1-activity compare` as a user types it."""

import dataclasses
import json
import shlex

import numpy as np
import pytest
from activities import make_activity, poisson_spikes
from commands import loaded_by, run
from PIL import Image
from sklearn.metrics import confusion_matrix
from written_networks import copy_of_network

from keras_v1_activity import load_activity, v1
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.recorder import Recorder
from keras_v1_activity.v1.checkpoints.exporting import export_network

BOTH = ("difference.png", "spatial_a.png", "spatial_b.png", "metrics.json")
OF_TRIALS = ("trials", "similarity", "confusion")
N = 90


def write_run(folder, steps=(100, 200, 300, 400), rate_hz=12.0, n_neurons=N, places=True, batch=0):
    """A run as a callback leaves it."""
    base = make_activity(n_neurons, n_steps=300, seed=5)
    positions = np.random.default_rng(0).uniform(-400, 400, (n_neurons, 3)).astype(np.float32)
    neurons = dataclasses.replace(base.neurons, positions=positions if places else None)
    recorder = Recorder(folder, RecordPlan(figures=()), settings={}, background=False)
    for i, step in enumerate(steps):
        spikes = poisson_spikes(300, n_neurons, rate_hz, 1.0, np.random.default_rng(step))
        look = make_activity(
            n_neurons, spikes=spikes, step=step, seed=step, label=i % 2, batch=batch
        )
        recorder.record(dataclasses.replace(look, neurons=neurons))
    recorder.close()
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return {
        "before": write_run(folder / "before"),
        "after": write_run(folder / "after", rate_hz=20.0),
        "larger": write_run(folder / "larger", steps=(1,), n_neurons=120),
        "no places": write_run(folder / "no_places", places=False),
    }


def hz(activity, first=0, end=300):
    return activity.spikes()[first:end].sum(axis=0) * 1000 / (end - first)


def compare(words, capsys):
    code, lines, errors = run(["compare", *words], capsys)
    assert code == 0, errors
    return lines


def files_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_two_steps_of_one_run(runs, tmp_path, capsys):
    words = [runs["before"], "--steps", 100, 300, "--window", 50, 200, "--output-dir", tmp_path]
    lines = compare(words, capsys)
    assert files_in(tmp_path) == sorted([*BOTH, "animation_a.gif", "animation_b.gif"])
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    with load_activity(runs["before"]) as stored:
        x, y = (hz(stored[step], 50, 200) for step in (100, 300))
    assert metrics["rate_correlation"] == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert metrics["rate_mae_hz"] == pytest.approx(np.abs(x - y).mean())
    assert metrics["labels"] == ["step 100", "step 300"]
    table = {line[:26].strip(): line[26:].split() for line in lines}
    assert table["mean rate (Hz)"] == [f"{x.mean():.3f}", f"{y.mean():.3f}"]
    assert table["correlation of rates"] == [f"{np.corrcoef(x, y)[0, 1]:.4f}"]
    assert table["difference of mean rates"] == [f"{y.mean() / x.mean() - 1:+.1%}"]
    assert {line for line in lines if line.startswith(str(tmp_path))} == {
        str(path) for path in tmp_path.iterdir()
    }


def test_of_one_run_the_first_step_is_compared_with_the_last(runs, capsys):
    lines = compare([runs["before"], "--no-animation"], capsys)
    assert lines[0].split() == ["step", "100", "step", "400"]
    assert files_in(runs["before"] / "comparison") == sorted(BOTH)
    with load_activity(runs["before"]) as stored:
        assert stored.steps.tolist() == [100, 200, 300, 400], "a comparison is no look"


def test_several_steps_of_two_runs_are_trials(runs, tmp_path, capsys):
    words = [runs["before"], runs["after"], "--step", "all", "--no_animation"]
    compare([*words, "--labels", "plain", "driven", "--output_dir", tmp_path], capsys)
    expected = [*BOTH, *(f"{name}_{side}.png" for name in OF_TRIALS for side in "ab")]
    assert files_in(tmp_path) == sorted(expected)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    for name, side in (("before", "side_a"), ("after", "side_b")):
        with load_activity(runs[name]) as stored:
            looks = list(stored)
        found = metrics[side]
        assert found["steps"] == [100, 200, 300, 400]
        true, predicted = zip(*((a.label, a.prediction) for a in looks), strict=True)
        expected = confusion_matrix(true, predicted, labels=range(10))
        assert found["confusion"]["counts"] == expected.tolist()
        assert found["similarity"]["names"] == ["0", "1"]
        rates = [hz(a) for a in looks]
        own = np.corrcoef(rates[0], rates[2])[0, 1]
        assert found["similarity"]["correlation"][0][0] == pytest.approx(own)
    assert metrics["labels"] == ["plain", "driven"]
    for path in tmp_path.glob("*.png"):
        assert path.stat().st_size <= 300_000
        with Image.open(path) as image:
            assert image.size in [(1200, 675), (1600, 600)]


def test_confusion_counts_every_sample_that_was_recorded(tmp_path, capsys):
    folder = write_run(tmp_path / "run", batch=4)
    compare([folder, folder, "--step", 100, 200, "--no-animation"], capsys)
    metrics = json.loads((folder / "comparison/metrics.json").read_text())
    assert metrics["side_a"]["confusion"]["n_samples"] == 8


def test_without_positions_the_plane_is_left_out_with_one_sentence(runs, tmp_path, capsys):
    lines = compare([runs["no places"], "--steps", 100, 200, "--output-dir", tmp_path], capsys)
    assert files_in(tmp_path) == ["difference.png", "metrics.json"]
    assert sum("the positions of the neurons were not recorded" in line for line in lines) == 2


def test_weights_of_networks(tmp_path, capsys):
    copy_of_network(tmp_path / "net")
    network = v1.load_network(tmp_path / "net")
    export_network(network, tmp_path / "plain.h5")
    stronger = dataclasses.replace(network.recurrent, weight=network.recurrent.weight * 2)
    export_network(dataclasses.replace(network, recurrent=stronger), tmp_path / "stronger.h5")
    names = [tmp_path / "plain.h5", tmp_path / "stronger.h5"]
    compare(["--weights", *names, "--output-dir", tmp_path / "out"], capsys)
    assert files_in(tmp_path / "out") == ["metrics.json", "weights.png"]
    weights = json.loads((tmp_path / "out/metrics.json").read_text())["weights"]
    inhibitory = np.array([name[0] == "i" for name in network.populations.names_per_neuron()])
    for source, target in [(0, 0), (0, 1), (1, 0), (1, 1)]:
        of = (inhibitory[network.recurrent.source] == source) & (
            inhibitory[network.recurrent.target] == target
        )
        kinds = ("Exc", "Inh")
        found = weights[f"{kinds[source]} to {kinds[target]}"]
        expected = network.recurrent.weight[of].mean()
        assert found["plain"]["mean"] == pytest.approx(expected, rel=1e-4)
        assert found["stronger"]["mean"] == pytest.approx(2 * expected, rel=1e-4)
        assert found["plain"]["n"] == of.sum()
    lgn = sum(weights[f"LGN to {kind}"]["plain"]["n"] for kind in ("Exc", "Inh"))
    assert lgn == len(network.inputs)


def test_neither_tensorflow_nor_keras_is_loaded(runs, tmp_path):
    words = ["compare", runs["before"], "--no-animation", "--output-dir", tmp_path]
    assert loaded_by(words) == "loaded [] 0"


@pytest.mark.parametrize(
    "words, sentence",
    [
        ("{before} {larger}", "before has 90 neurons, larger 120: only responses of the same"),
        ("{before} --steps 100 150", "step 150 was not logged: the nearest logged steps are 100"),
        ("{larger}", "both sides would be step 1 of"),
        ("{before} --steps 100 200 --window 200 50", "window must be two times in ms"),
        ("{before} --steps 100 200 --window 400 500", "window begins at 400 ms"),
        ("{before}/nothing", "there is no folder"),
        ("--weights {before} --output-dir {before}/w", "neither a GLIF_network folder nor"),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_sentence(words, sentence, runs, capsys):
    words = shlex.split(words.format(**{name.replace(" ", "_"): p for name, p in runs.items()}))
    code, lines, errors = run(["compare", *words], capsys)
    assert code == 2 and sentence in errors
    assert len(errors.splitlines()) == 1 and errors.startswith("keras-v1-activity compare: ")
    assert not lines


@pytest.mark.parametrize(
    "words, sentence",
    [
        ("", "name a run, two runs, or networks with --weights"),
        ("a b c", "at most two runs can be compared; got 3"),
        ("a --steps 1 2 --step 3", "give one or the other"),
        ("--weights a.h5 b.h5", "needs --out"),
        ("a --step one", "invalid"),
    ],
)
def test_words_that_do_not_go_together_are_refused(words, sentence, capsys):
    with pytest.raises(SystemExit) as end:
        run(["compare", *words.split()], capsys)
    assert end.value.code == 2 and sentence in capsys.readouterr().err
