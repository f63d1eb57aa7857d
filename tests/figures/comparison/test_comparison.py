"""What the comparing figures draw, read back, against computing it another way."""

import dataclasses
import re
import subprocess
import sys
import warnings
from pathlib import Path

import h5py
import matplotlib
import numpy as np
import pytest
from activities import make_activity, placed, trials
from matplotlib.collections import PathCollection
from PIL import Image
from places import DOCS
from scipy.stats import binned_statistic_2d
from sklearn.metrics import confusion_matrix

from keras_v1_activity import v1
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.figures import comparison
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.recorder import Recorder


def without_places(activity):
    return dataclasses.replace(
        activity, neurons=dataclasses.replace(activity.neurons, positions=None)
    )


def hz(activity, first=0, end=600):
    return activity.spikes()[first:end].sum(axis=0) * 1000 / (end - first)


def words(figure):
    found = figure.findobj(matplotlib.text.Text)
    return "\n".join(text.get_text() for text in found if text.get_visible())


def test_spatial_activity_has_each_firing_neuron_where_it_lies_in_the_colour_of_its_rate():
    a = trials()[0]
    figure = comparison.spatial_activity(a, window_ms=(50, 200))
    rates = hz(a, 50, 200)
    dots = figure.handles["plane"].image
    assert isinstance(dots, PathCollection)
    x, _, z = a.neurons.positions.astype(float).T
    drawn = np.column_stack([np.asarray(dots.get_offsets()), np.asarray(dots.get_array())])
    expected = np.column_stack([x, z, rates])[rates > 0]
    np.testing.assert_allclose(drawn[np.lexsort(drawn.T)], expected[np.lexsort(expected.T)])
    readout = a.neurons.readout_neurons
    np.testing.assert_allclose(figure.handles["readout"].get_xydata(), np.c_[x, z][readout])
    axes = figure.handles["plane"].axes
    assert axes.get_aspect() == 1.0 and axes.get_xlabel() == "x (µm)"
    assert "50 to 200 ms" in words(figure) and "true 3" in words(figure)


def test_a_network_brings_the_places_that_its_folder_holds(tmp_path):
    v1.write_synthetic_network(tmp_path / "net", n_neurons=300)
    network = v1.load_network(tmp_path / "net", n_neurons=100)
    with h5py.File(tmp_path / "net/network/v1_nodes.h5") as file:
        stored = np.stack([file[f"nodes/v1/0/{name}"][()] for name in "xyz"], axis=1)
    expected = stored[network.node_ids]
    np.testing.assert_allclose(network.neurons.positions, expected, rtol=1e-6)
    a = Activity.from_dense(np.eye(100), neurons=network.neurons)
    plane = comparison.spatial_activity(a).handles["plane"]
    drawn = np.asarray(plane.image.get_offsets())
    np.testing.assert_allclose(
        np.sort(drawn, axis=0), np.sort(expected[:, [0, 2]], axis=0), rtol=1e-6
    )


def test_many_neurons_are_averaged_in_square_bins():
    a = trials(6000, 1)[0]
    figure = comparison.spatial_activity(a)
    plane = figure.handles["plane"]
    left, right, bottom, top = plane.image.get_extent()
    rows, columns = plane.image.get_array().shape
    assert (right - left) / columns == pytest.approx(plane.bin_um)
    assert (top - bottom) / rows == pytest.approx(plane.bin_um)
    x, _, z = a.neurons.positions.astype(float).T
    expected = binned_statistic_2d(
        z, x, hz(a), bins=[rows, columns], range=[[bottom, top], [left, right]]
    ).statistic
    drawn = np.ma.filled(plane.image.get_array().astype(float), np.nan)
    np.testing.assert_allclose(drawn, expected)


def test_trials_summary_has_mean_and_standard_deviation_over_trials():
    several = trials()
    handles = comparison.trials_summary(several, window_ms=(50, 200)).handles
    rates = np.array([hz(a, 50, 200) for a in several])
    np.testing.assert_allclose(handles["neuron_mean"], rates.mean(axis=0))
    np.testing.assert_allclose(handles["neuron_sd"], np.std(rates, axis=0, ddof=1))
    names = several[0].populations.names_per_neuron()
    for i, name in enumerate(several[0].populations.names):
        by_trial = rates[:, names == name].mean(axis=1)
        assert handles["population_mean"][i] == pytest.approx(by_trial.mean())
        assert handles["population_sd"][i] == pytest.approx(by_trial.std(ddof=1))
    over_time = np.array([a.spikes().reshape(120, 5, 200).sum(axis=(1, 2)) for a in several])
    over_time = over_time * 1000 / (5 * 200)
    np.testing.assert_allclose(handles["mean_rate"], over_time.mean(axis=0))
    np.testing.assert_allclose(handles["sd_rate"], over_time.std(axis=0, ddof=1))
    assert handles["n_spikes"].tolist() == [a.spikes().sum() for a in several]


def test_one_trial_has_no_standard_deviation_and_the_figure_says_so():
    figure = comparison.trials_summary(trials()[:1])
    assert np.isnan(figure.handles["neuron_sd"]).all()
    assert "no standard deviation of one trial" in words(figure)


def test_trials_of_another_length_are_refused():
    a = trials()[0]
    short = Activity.from_dense(a.spikes()[:300], neurons=a.neurons)
    with pytest.raises(ValueError, match="trial 2 lasts 300 ms .* trial 1 600 ms"):
        comparison.trials_summary([a, short])


@pytest.mark.parametrize("n_neurons", [200, 6000])
def test_difference_is_drawn_in_every_panel(n_neurons):
    a, b = trials(n_neurons, 2)
    figure = comparison.difference(a, b, ("Keras", "NEST"), window_ms=(100, 300))
    delta = hz(b, 100, 300) - hz(a, 100, 300)
    np.testing.assert_allclose(figure.handles["difference"], delta)
    counts, edges = figure.handles["histogram"]
    assert counts.sum() == n_neurons
    # The bin around 0 holds the neurons that do not differ.
    middle = np.searchsorted(edges, 0.0) - 1
    assert np.count_nonzero(np.abs(delta) < edges[middle + 1]) == counts[middle]
    metrics = figure.handles["metrics"]
    correlation = np.corrcoef(hz(a, 100, 300), hz(b, 100, 300))[0, 1]
    assert metrics["rate_correlation"] == pytest.approx(correlation)
    said = words(figure)
    assert f"{correlation:.3f}".replace("-", "−") in said and "NEST (Hz)" in said
    low, high = figure.handles["plane"].image.get_clim()
    assert low == -high, "no difference must be the middle of the colours"


def test_difference_without_positions_says_so():
    a, b = (without_places(t) for t in trials()[:2])
    figure = comparison.difference(a, b)
    assert figure.handles["plane"] is None and "is not known" in words(figure)


@pytest.mark.parametrize("draw", [comparison.spatial_activity, comparison.animate])
def test_a_plane_without_positions_is_refused_in_one_sentence(draw, tmp_path):
    given = (without_places(trials()[0]), tmp_path / "a.gif")
    with pytest.raises(ValueError, match="the positions of the neurons are not known: log with"):
        draw(*given[: 2 if draw is comparison.animate else 1])


def test_response_similarity_draws_what_it_gives():
    several = trials(n=4)
    figure = comparison.response_similarity({"left": several[:2], "right": several[2:]})
    x, y = hz(several[0]), hz(several[1])
    assert figure.handles["correlation"][0, 0] == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert figure.handles["error"][0, 0] == pytest.approx(np.abs(x - y).mean())
    for image, name in zip(figure.handles["images"], ("correlation", "error"), strict=True):
        np.testing.assert_array_equal(image.get_array(), figure.handles[name])
    assert "left" in words(figure)


def classified(n_classes, n, seed=0):
    rng = np.random.default_rng(seed)
    true = rng.integers(0, n_classes, n)
    scores = rng.random((n, n_classes))
    scores[np.arange(n), true] += 0.4
    return true, scores.argmax(axis=1), scores / scores.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("n_classes", [2, 10])
def test_confusion_agrees_with_scikit_learn(n_classes):
    true, predicted, confidence = classified(n_classes, 200)
    handles = comparison.confusion(true, predicted, confidence).handles
    matrix = confusion_matrix(true, predicted, labels=range(n_classes))
    np.testing.assert_array_equal(handles["counts"], matrix)
    share = matrix / matrix.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(handles["image"].get_array(), share)
    sure = confidence.max(axis=1)
    assert sorted(handles["confidence_right"]) == sorted(sure[true == predicted])
    assert sorted(handles["confidence_wrong"]) == sorted(sure[true != predicted])
    assert handles["accuracy"] == np.mean(true == predicted)
    for k in range(n_classes):
        expected = confidence[true == k, k].mean()
        assert handles["mean_true_confidence"][k] == pytest.approx(expected)


def test_confusion_leaves_out_the_unlabelled_and_counts_the_unpredicted():
    figure = comparison.confusion([0, 1, None, 1], [0, -1, 1, 1])
    assert figure.handles["counts"].tolist() == [[1, 0], [0, 1]]
    assert (figure.handles["n_samples"], figure.handles["without_prediction"]) == (3, 1)
    assert figure.handles["accuracy"] == pytest.approx(2 / 3)
    assert "1 without a prediction" in words(figure)


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (([0, 1], [0]), "must be of the same samples"),
        (([0, 1], [0, 1], np.zeros((3, 2))), "must be of the same samples"),
        (([-1, None], [0, 1]), "true holds no known class"),
        ((["a"], [0]), "true must be one class number a sample"),
        (([0, 2], [0, 1], None, ["x", "y"]), "class_names must name 3 classes; got 2"),
    ],
)
def test_confusion_refuses_what_does_not_fit(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        comparison.confusion(*arguments)


def test_weight_distributions_are_shares_on_shared_bins():
    rng = np.random.default_rng(0)
    before = {"Exc to Exc": rng.lognormal(0, 1, 5000), "Inh to Exc": -rng.lognormal(0, 1, 3000)}
    after = {
        name: weights * rng.lognormal(0, 0.3, weights.size) for name, weights in before.items()
    }
    after["Exc to Exc"][:500] = 0.0
    figure = comparison.weight_distributions({"untrained": before, "trained": after})
    for name, panel in figure.handles["panels"].items():
        for label, weights in (("untrained", before[name]), ("trained", after[name])):
            expected = np.histogram(weights, panel["edges"])[0] / weights.size
            np.testing.assert_allclose(panel["share"][label], expected)
            assert expected.sum() > 0.995
            numbers = figure.handles["numbers"][name][label]
            assert numbers["median"] == np.median(weights) and numbers["n"] == weights.size
            assert numbers["share_zero"] == np.mean(weights == 0)
    assert "untrained" in words(figure) and "weight (pA)" in words(figure)


def test_weight_distributions_refuse_nothing_and_too_many():
    with pytest.raises(ValueError, match="at least one of each; got none"):
        comparison.weight_distributions({})
    with pytest.raises(ValueError, match="at most 6 networks can be told apart; got 7"):
        comparison.weight_distributions({str(i): {"E": np.ones(3)} for i in range(7)})


def silent(n_neurons=2000):
    base = trials(n_neurons, 1)[0]
    return Activity.from_dense(np.zeros((600, n_neurons)), neurons=base.neurons)


def pairs():
    """Two activities each, of every kind a user may have."""
    yield "50 neurons", trials(50, 2)
    yield "2,000 neurons", trials(2000, 2)
    yield "51,978 neurons", trials(51978, 2)
    yield "silent", (silent(), silent())
    yield "one of two silent", (silent(), trials(2000, 2)[0])
    yield "unnamed", trials(300, 2, named=False)
    yield "1 neuron", trials(1, 2)
    one_step = placed(make_activity(50, n_steps=1, n_chunks=1))
    yield "1 time step", (one_step, one_step)
    kinds = placed(make_activity(1500, names=[f"pop{i % 111}" for i in range(1500)]))
    yield "111 populations", (kinds, kinds)
    names = placed(make_activity(90, names=["$x_1 long name", "\u795e\u7d93", "two\nlines"] * 30))
    yield "odd names", (names, names)


def tick_labels(axis):
    """Texts that are drawn at the ticks of an axis."""
    low, high = sorted(axis.get_view_interval())
    ticks = axis.get_major_ticks() if axis.get_visible() else []
    return [tick.label1 for tick in ticks if low <= tick.get_loc() <= high]


def free_texts(figure):
    """Headings, labels of axes, words in panels."""
    found = [text for part in (figure, *figure.subfigs) for text in part.texts]
    for axes in figure.axes:
        found += [*axes.texts, axes.title, axes._left_title]
        found += [axis.label for axis in (axes.xaxis, axes.yaxis)]
    return found


def boxes_of(texts):
    shown = [t for t in texts if t.get_visible() and t.get_text().strip()]
    return {(i, t.get_text()): t.get_window_extent() for i, t in enumerate(shown)}


def overlapping(boxes):
    named = list(boxes.items())
    return [
        (one, other) for i, (one, box) in enumerate(named) for other, second in named[:i]
        if box.padded(-1).overlaps(second)
    ]  # fmt: skip


@pytest.mark.parametrize("case", [name for name, _ in pairs()])
def test_every_figure_of_every_case_is_small_and_no_words_overlap_or_leave_it(case, tmp_path):
    a, b = dict(pairs())[case]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figures = {
            "space": comparison.spatial_activity(a),
            "trials": comparison.trials_summary([a, b]),
            "one trial": comparison.trials_summary(a),
            "difference": comparison.difference(a, b, ("step 100", "a label that is too long")),
            "classes": comparison.response_similarity({"0": [a, b], "1": b}),
        }
        for name, figure in figures.items():
            assert comparison.save(figure, tmp_path / name) == tmp_path / name
    for name, figure in figures.items():
        size = (1600, 600) if name == "space" else (1200, 675)
        with Image.open(tmp_path / name) as image:
            assert image.size == size and image.format == "PNG"
        assert (tmp_path / name).stat().st_size <= 300_000, name
        boxes = boxes_of(free_texts(figure))
        assert not overlapping(boxes), name
        for axes in figure.axes:
            for axis in (axes.xaxis, axes.yaxis):
                labels = boxes_of(tick_labels(axis))
                assert not overlapping(labels), (name, axes.get_title(loc="left"))
                boxes |= labels
        for text, box in boxes.items():
            inside = min(box.x0, box.y0) > -2 and box.x1 < size[0] + 2 and box.y1 < size[1] + 2
            assert inside, f"{text} leaves {name}: {box}"


def test_neither_the_users_style_nor_pyplot_is_touched(tmp_path):
    script = (
        "import matplotlib; matplotlib.rcParams['font.size'] = 33\n"
        "from keras_v1_activity.figures import comparison\n"
        "before = matplotlib.rcParams.copy()\n"
        "figure = comparison.confusion([0, 1], [0, 1]); comparison.save(figure, 'c.png')\n"
        "assert matplotlib.rcParams.copy() == before\n"
        "assert figure.handles['title'].get_fontsize() == 15\n"
        "import sys; assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, cwd=tmp_path)


def test_the_snippet_in_the_docs_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    recorder = Recorder("logs", RecordPlan(figures=()), settings={}, background=False)
    for look in trials(60):
        recorder.record(look)
    recorder.close()
    page = (DOCS / "comparing.md").read_text()
    code = re.search(r"<!-- test: comparing -->\n```python\n(.*?)```", page, re.S)[1]
    exec(compile(code, "comparing.md", "exec"), {})
    first, last = trials(60)[0], trials(60)[-1]
    expected = np.corrcoef(hz(first, 50, 200), hz(last, 50, 200))[0, 1]
    printed = capsys.readouterr().out.split()
    assert float(printed[0]) == pytest.approx(expected)
    assert Path(printed[1]).stat().st_size > 0
    with Image.open("difference.png") as image:
        assert image.size == (2400, 1350)
