"""Every number in the page is that of the run."""

import numpy as np
import pytest
import reported_runs
from report_pages import blocks_of, ids_of, spikes_of, write_page

from keras_v1_activity.report.packing import read_varints
from keras_v1_activity.storage import load_activity

N, STEPS = 60, 50


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "logs"
    reported_runs.write_run(folder, 3, N, n_steps=STEPS, n_spikes=300, n_voltages=4)
    return folder


@pytest.fixture(scope="module")
def whole(folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "whole.html"
    assert write_page(folder, path).n_whole == 3
    return blocks_of(path)


@pytest.fixture(scope="module")
def thinned(folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "thinned.html"
    written = write_page(folder, path, limit_bytes=6_000)
    assert (written.n_looks, written.n_whole) == (3, 0) and len(written.left_out) == 1
    return blocks_of(path)


def test_every_spike_is_there(folder, whole):
    ids = ids_of(whole)
    for place, activity in enumerate(load_activity(folder)):
        rows, steps = spikes_of(whole[f"a-{place}"][1])
        order = np.lexsort((ids[rows], steps))
        assert (ids[rows][order] == activity.spike_neurons).all()
        assert (steps[order] == activity.spike_steps).all()


def test_rows_stand_as_in_the_raster_figure(folder, whole):
    assert (ids_of(whole) == load_activity(folder).neurons.populations.order).all()


def test_counts_in_bins_add_up(folder, thinned):
    populations = load_activity(folder).neurons.populations
    starts = np.append(0, np.cumsum(populations.counts))
    for place, activity in enumerate(load_activity(folder)):
        content, arrays = thinned[f"a-{place}"]
        density = arrays["density"].reshape(-1, content["columns"])
        edges = arrays["edges"].astype(int)
        # No bin holds neurons of two populations.
        assert set(starts) <= set(edges)
        row = populations.row[activity.spike_neurons]
        column = activity.spike_steps * content["columns"] // STEPS
        times = np.arange(content["columns"] + 1)
        expected, _, _ = np.histogram2d(row, column, bins=(edges, times))
        assert (density == expected).all()


def test_chosen_neurons_keep_their_spikes(folder, thinned):
    ids = ids_of(thinned)
    for place, activity in enumerate(load_activity(folder)):
        chosen = np.cumsum(read_varints(thinned[f"a-{place}"][1]["chosen"]))
        assert set(activity.voltage_neurons) <= set(ids[chosen])
        rows, _ = spikes_of(thinned[f"a-{place}"][1], chosen)
        counts = np.bincount(ids[rows], minlength=N)
        assert (counts[ids[chosen]] == activity.spike_counts[ids[chosen]]).all()


@pytest.mark.parametrize(
    "path",
    [
        ("mean_rate_hz",), ("scalars", "loss"), ("population_rates_hz", "e23Cux2"),
        ("statistics", "all", "lv"), ("statistics", "populations", "e4Rorb", "correlation_10ms"),
        ("health", "gradient_norm", "i4Pvalb"), ("label",),
    ],
    ids=".".join,
)  # fmt: skip
def test_columns_are_those_of_the_history(folder, whole, path):
    content, arrays = whole["a-run"]
    (name,) = [each["array"] for each in content["series"] if each["path"] == list(path)]
    expected = load_activity(folder).history.series(*path)
    assert np.isfinite(expected).any()
    np.testing.assert_allclose(arrays[name], expected, rtol=1e-6)


def test_curves_weights_and_readout(folder, whole):
    run = load_activity(folder)
    for place, (row, activity) in enumerate(zip(run.history, run, strict=True)):
        content, arrays = whole[f"a-{place}"]
        for name in ("population_fano", "spectrum"):
            assert content["row"]["statistics"][name] == row["statistics"][name]
        assert (arrays["confidence"] == activity.confidence).all()
        assert (arrays["outputs"].reshape(activity.outputs.shape) == activity.outputs).all()
        table = content["weights"]
        values = arrays["weight_values"].view(np.float16).astype(float).reshape(3, -1)
        for k, measure in enumerate(table["measures"]):
            for i, (pre, post) in enumerate(
                zip(arrays["weight_pre"], arrays["weight_post"], strict=True)
            ):
                pair = f"{table['names'][pre]} -> {table['names'][post]}"
                expected = row["health"]["weights"][pair][measure]
                assert values[k, i] * table["scales"][k] == pytest.approx(expected, rel=1e-3)


def test_potentials_and_input_are_right_to_a_level(folder, whole):
    for place, activity in enumerate(load_activity(folder)):
        content, arrays = whole[f"a-{place}"]
        assert content["potential_neurons"] == activity.voltage_neurons.tolist()
        steps = arrays["potentials"].reshape(len(activity.voltage_neurons), STEPS)
        levels = np.cumsum(np.cumsum(steps, axis=1) % 256, axis=1) % 256
        low, high = (arrays[f"potential_{end}"][:, None] for end in ("low", "high"))
        level = (high - low) / (content["potential_levels"] - 1)
        read = low + (levels - 1) * level
        assert (np.abs(read - activity.voltages.T) <= level / 2 + 1e-4).all()
        shown = content["input"]
        picture = arrays["input"].reshape(shown["rows"], shown["columns"])
        level = (shown["high"] - shown["low"]) / (shown["levels"] - 1)
        read = shown["low"] + (picture.mean() - 1) * level
        assert read == pytest.approx(activity.inputs.mean(), abs=level / 2)


def test_classes_of_all_looks(folder, whole):
    _, arrays = whole["a-run"]
    looks = list(load_activity(folder))
    assert arrays["pair_label"].tolist() == [look.label for look in looks]
    assert arrays["pair_class"].tolist() == [look.prediction for look in looks]


def test_full_keeps_what_would_not_fit(folder, tmp_path):
    written = write_page(folder, tmp_path / "full.html", full=True, limit_bytes=1_000)
    assert written.n_whole == 3 and written.left_out == ()
