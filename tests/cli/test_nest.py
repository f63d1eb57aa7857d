"""The command `nest`, as a user types it."""

import contextlib
import io
import json
import os

import numpy as np
import pytest
from written_networks import copy_of_network

from keras_v1_activity import load_activity, v1
from keras_v1_activity.cli.main import main
from keras_v1_activity.cli.nest.pictures import Pictures, picture
from keras_v1_activity.v1.nest.processes import Processes

pytest.importorskip("nest")

SHORT = "--seq_len 200 --no-animation --voltage-neurons 3"
N = 200  # neurons


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return copy_of_network(tmp_path_factory.mktemp("nest") / "net", N)


@pytest.fixture(scope="module")
def groups():
    return np.random.default_rng(0).permutation(N)[:150].reshape(10, 15)


@pytest.fixture(scope="module")
def exported(folder, groups):
    network = v1.load_network(folder, n_input=500)
    return v1.export_network(network, folder.parent / "network.h5", groups=groups)


def nest(words, out):
    return main(["nest", *(str(word) for word in words), "--output-dir", str(out), *SHORT.split()])


def results(out):
    return json.loads((out / "results.json").read_text())


SEVERAL = ("--sample", 2, "--sample2", 5, "--trials", 2, "--seed", 7, "--window", 50, 150)


@pytest.fixture(scope="module")
def several(exported, tmp_path_factory):
    """(folder, what was printed) of two trials of each of two samples, two at a time."""
    out, printed = tmp_path_factory.mktemp("several"), io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert nest(["--checkpoint", exported, *SEVERAL, "--jobs", 2], out) == 0
    return out, printed.getvalue()


def test_trials_are_stored_counted_and_drawn(several, groups):
    out, printed = several
    rows = results(out)["trials"]
    assert [(row["sample"], row["trial"]) for row in rows] == [(2, 1), (2, 2), (5, 1), (5, 2)]

    with load_activity(out) as run:
        assert run.steps.tolist() == [1, 2, 3, 4]
        for row in rows:
            found = run[row["step"]]
            spikes = found.spikes()
            assert spikes.shape == (200, N) and spikes.any()
            counts = spikes[50:150][:, groups].sum(axis=(0, 2))
            assert row["output_spikes"] == counts.tolist()
            assert row["prediction"] == found.prediction == int(counts.argmax())
            assert row["confidence"] == pytest.approx(counts.max() / counts.sum())
            assert row["label"] == found.label and row["n_spikes"] == spikes.sum()
            assert row["active_neurons"] == spikes.any(axis=0).sum()
            rates = spikes.sum(axis=0) / 0.2
            assert row["mean_rate_hz"] == pytest.approx(rates.mean())
            assert row["sparseness"] == pytest.approx(rates.mean() ** 2 / (rates**2).mean())
            names = found.populations.names_per_neuron()
            for name, rate in row["population_rates_hz"].items():
                assert rate == pytest.approx(rates[names == name].mean())
                assert f"  {name} " in printed
            assert f"{row['n_spikes']:,}" in printed
            assert found.voltages.shape == (200, 3)

    for name in ("raster", "voltages", "input", "population", "output", "spatial"):
        assert (out / "step_000001" / f"{name}.png").is_file()
        assert (out / "step_000003" / f"{name}.png").is_file()
        assert not (out / "step_000002" / f"{name}.png").exists()
    for name in ("trials_sample_2", "trials_sample_5", "difference_samples"):
        assert (out / f"{name}.png").is_file()
    assert not list(out.glob("animation*"))
    assert "could not be drawn" not in printed


class Deadly:
    """Ends the process that it is sent to."""

    def __reduce__(self):
        return os._exit, (3,)


def test_a_process_that_dies_while_it_draws_costs_one_picture():
    said = []
    with Processes(1) as processes:
        pictures = Pictures(processes, said.append)
        pictures.begin([picture("first", "trials", Deadly())])
        pictures.begin([picture("second", "trials"), picture("third", "nothing")])
        pictures.finish()
    assert ["could not be drawn" in line for line in said] == [True] * 3
    assert "exit code 3" in said[0] and said[1].startswith("second") and "nothing" in said[2]


def test_results_are_the_same_however_many_run_at_a_time(exported, several, tmp_path):
    out, _ = several
    assert nest(["--checkpoint", exported, *SEVERAL, "--jobs", 1], tmp_path / "one") == 0
    assert results(tmp_path / "one") == results(out)
    with load_activity(tmp_path / "one") as one, load_activity(out) as two:
        for step in (1, 2, 3, 4):
            np.testing.assert_array_equal(one[step].spike_times, two[step].spike_times)
            np.testing.assert_array_equal(one[step].spike_neurons, two[step].spike_neurons)
            np.testing.assert_array_equal(one[step].voltages, two[step].voltages)
    counts = [row["n_spikes"] for row in results(out)["trials"]]
    assert len(set(counts)) > 1
    other = ["--checkpoint", exported, "--sample", 2, "--seed", 8]
    assert nest(other, tmp_path / "other") == 0
    assert results(tmp_path / "other")["trials"][0]["n_spikes"] != counts[0]


def test_a_picture_that_cannot_be_drawn_is_said_and_the_first_trial_is_animated(
    exported, tmp_path, capsys
):
    (tmp_path / "trials_sample_0.png" / "in_the_way").mkdir(parents=True)
    words = ["--checkpoint", exported, "--trials", 2, "--output-dir", tmp_path, "--seq_len", 150]
    assert main(["nest", *map(str, words)]) == 0
    printed = capsys.readouterr().out
    assert printed.count("could not be drawn") == 1
    assert "trials_sample_0 could not be drawn" in printed
    assert (tmp_path / "step_000001" / "raster.png").is_file()
    assert len(results(tmp_path)["trials"]) == 2
    (animation,) = tmp_path.glob("animation.*")
    assert animation.stat().st_size > 10_000


def test_auto_shows_each_class_once(exported, tmp_path):
    assert nest(["--checkpoint", exported, "--auto"], tmp_path) == 0
    rows = results(tmp_path)["trials"]
    assert [row["label"] for row in rows] == list(range(10))
    right = sum(row["label"] == row["prediction"] for row in rows)
    assert results(tmp_path)["conditions"]["trained"]["right"] == right
    assert (tmp_path / "confusion.png").is_file() and (tmp_path / "similarity.png").is_file()


def test_trained_and_untrained_hear_the_same_and_are_told_apart(folder, tmp_path):
    """A checkpoint without recurrent weights: what differs is what recurrence does."""
    network = v1.load_network(folder, n_input=500)
    model = v1.create_model(network, 50, 10, readout="linear")
    weights = model.get_layer("rsnn").sparse_recurrent_weights
    weights.assign(np.zeros(weights.shape))
    checkpoint = v1.save_checkpoint(model, tmp_path / "silent.weights.h5")
    words = ["--checkpoint", checkpoint, "--data_dir", folder, "--n_input", 500, "--neurons", N]
    assert nest([*words, "--compare-untrained"], tmp_path / "both") == 0
    assert nest([*words, "--untrained"], tmp_path / "one") == 0

    trained, untrained = results(tmp_path / "both")["trials"]
    assert [trained["condition"], untrained["condition"]] == ["trained", "untrained"]
    (alone,) = results(tmp_path / "one")["trials"]
    assert alone["population_rates_hz"] == untrained["population_rates_hz"]
    assert alone["n_spikes"] != trained["n_spikes"]
    assert trained["confidence"] is not None  # the linear readout came with the checkpoint
    with load_activity(tmp_path / "both") as a, load_activity(tmp_path / "both/untrained") as b:
        np.testing.assert_array_equal(a[1].inputs, b[1].inputs)
        assert a[1].n_spikes == trained["n_spikes"] and b[1].n_spikes == untrained["n_spikes"]
    for name in ("difference_untrained", "weights"):
        assert (tmp_path / "both" / f"{name}.png").is_file()


@pytest.mark.parametrize(
    "words, sentence",
    [
        (["--compare-untrained"], "compare_untrained needs a checkpoint"),
        (["--auto", "--sample2", "1"], "give auto or sample2, not both"),
        (["--resolution", "0"], "resolution must be a number above 0"),
    ],
)
def test_options_that_do_not_go_together_are_refused(words, sentence, tmp_path, capsys):
    with pytest.raises(SystemExit):
        nest(words, tmp_path)
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    "words, sentence",
    [
        (["--untrained"], "give data_dir, the GLIF_network folder"),
        (["--sample", "100000"], "held-out samples, numbered from 0; got sample 100000"),
        (["--window", "150", "50"], "window must be two times in ms"),
        (["--resolution", "0.3"], "resolution must divide the model's step"),
    ],
)
def test_what_cannot_be_run_is_one_sentence(exported, words, sentence, tmp_path, capsys):
    assert nest(["--checkpoint", exported, *words], tmp_path) == 2
    err = capsys.readouterr().err.strip()
    assert sentence in err and len(err.splitlines()) == 1
