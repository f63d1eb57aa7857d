"""What the figures draw, read back from the artists, against computing it another way."""

import dataclasses
import functools
import os
import subprocess
import sys
import warnings

import matplotlib
import numpy as np
import pytest
from activities import make_activity
from matplotlib.colors import to_hex, to_rgb
from PIL import Image

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.figures import draw_figure, save_figure
from keras_v1_activity.figures import input as input_figure
from keras_v1_activity.figures.kit.parts import printable, spread_labels, verdict
from keras_v1_activity.figures.kit.scale import Scale
from keras_v1_activity.figures.kit.style import artist_module, own_style
from keras_v1_activity.figures.raster import bands, bin_to_pixels
from keras_v1_activity.plan import FIGURES


def draw(name, activity):
    """The handles of a figure, drawn as `draw_figure` does."""
    from matplotlib.figure import Figure

    with own_style():
        figure = Figure(figsize=(10, 6), dpi=100)
        return artist_module(name).draw(activity, figure)


def words(name, activity):
    """All text in a figure, in one string."""
    figure = draw_figure(name, activity)
    texts = figure.findobj(matplotlib.text.Text)
    return "\n".join(t.get_text() for t in texts if t.get_visible())


def with_nan(activity):
    voltages, outputs, inputs = (
        a.copy() for a in (activity.voltages, activity.outputs, activity.inputs)
    )
    voltages[300:], voltages[:, 0], outputs[5:], inputs[200:, 3] = [np.nan] * 4
    voltages[10, 1] = np.inf
    confidence = np.full(activity.outputs.shape[1], np.nan, np.float32)
    return dataclasses.replace(
        activity, voltages=voltages, outputs=outputs, inputs=inputs, confidence=confidence
    )


def all_nan():
    a = make_activity(20)
    arrays = {n: np.full_like(getattr(a, n), np.nan) for n in ("voltages", "inputs", "outputs")}
    return dataclasses.replace(a, **arrays)


def long_names():
    kinds = ["WWWW population with a long name", "$x_1", "\u795e\u7d93", "two\nlines", "", "%s{}"]
    return [kinds[i % len(kinds)] for i in range(120)]


CASES = {
    "50 neurons": lambda: make_activity(50, batch=4),
    "2,000 neurons": lambda: make_activity(2000, n_voltages=20, n_inputs=17400, batch=4),
    "51,978 neurons": lambda: make_activity(51978, n_voltages=50, n_inputs=17400, batch=4),
    "unnamed": lambda: make_activity(300, named=False),
    "silent": lambda: make_activity(2000, rate_hz=0, n_inputs=100),
    "all fire": lambda: make_activity(500, spikes=np.ones((600, 500), bool)),
    "1 neuron": lambda: make_activity(1, n_voltages=1, n_outputs=1, label=0, n_inputs=1),
    "1 time step": lambda: make_activity(50, n_steps=1, n_chunks=1, batch=2),
    "1 step, fires": lambda: make_activity(50, spikes=np.ones((1, 50), bool), n_chunks=1),
    "5,000 steps": lambda: make_activity(1000, n_steps=5000, n_voltages=20, n_chunks=100),
    "NaN": lambda: with_nan(make_activity(100)),
    "all NaN": all_nan,
    "1,000 classes": lambda: make_activity(100, n_outputs=1000, n_chunks=60, label=700, batch=12),
    "111 populations": lambda: make_activity(3000, names=[f"pop{i % 111}" for i in range(3000)]),
    "odd names": lambda: make_activity(120, names=long_names()),
    "nothing known": lambda: make_activity(
        100, n_voltages=0, n_inputs=0, n_outputs=0, label=None, named=False, step=0
    ),
    "label beyond the classes": lambda: dataclasses.replace(
        make_activity(30, n_outputs=4), label=9
    ),
    "dt 0.1": lambda: make_activity(100, n_steps=1000, dt=0.1),
    "dt 5": lambda: make_activity(100, n_steps=120, dt=5.0),
    "runaway": lambda: runaway(),
    "numbers beyond reason": lambda: huge(),
    "constant input": lambda: constant_input(0.02),
    "no input at all": lambda: constant_input(0.0),
    "negative input": lambda: constant_input(-1.5),
}


def runaway():
    a = make_activity(60, n_voltages=8)
    voltages = a.voltages.copy()
    voltages[100:, 3] = 1e9
    return dataclasses.replace(a, voltages=voltages)


def huge():
    a = make_activity(60, n_voltages=4)
    arrays = {n: getattr(a, n).copy() for n in ("voltages", "inputs", "outputs", "confidence")}
    for array in arrays.values():
        array[3:7] = 3e38
        array[8:9] = -3e38
    return dataclasses.replace(a, **arrays)


def constant_input(value):
    return make_activity(30, inputs=np.full((600, 50), value, np.float32), n_inputs=50)


@pytest.fixture(scope="module")
def made():
    """Each case is built once."""
    return functools.cache(lambda case: CASES[case]())


@pytest.mark.parametrize("case", CASES)
def test_every_figure_of_every_case_is_a_small_picture_without_warnings(case, tmp_path, made):
    activity = made(case)
    for name in FIGURES:
        path = tmp_path / f"{name}.png"
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert save_figure(name, activity, path) == path
        assert path.stat().st_size <= 300_000
        pixels = np.asarray(Image.open(path).convert("RGB"))
        assert pixels.shape == (600, 1000, 3)
        assert (pixels < 250).any(axis=2).mean() > 0.005, f"{name} is blank"
    assert sorted(os.listdir(tmp_path)) == sorted(f"{name}.png" for name in FIGURES)


def shown(text):
    return text.get_text() and text.get_visible()


def overlaps(texts, renderer):
    return overlapping([t.get_window_extent(renderer) for t in texts if shown(t)])


def overlapping(boxes):
    """Pairs of boxes that share more than a pixel."""
    return [
        (i, j) for i in range(len(boxes)) for j in range(i)
        if boxes[i].padded(-1).overlaps(boxes[j])
    ]  # fmt: skip


# Cases whose words stand elsewhere than in the others.
LAYOUTS = (
    "50 neurons", "2,000 neurons", "51,978 neurons", "1 neuron", "1 time step", "5,000 steps",
    "NaN", "1,000 classes", "111 populations", "odd names", "nothing known", "runaway",
    "numbers beyond reason",
)  # fmt: skip


@pytest.mark.parametrize("case", LAYOUTS)
def test_labels_neither_overlap_nor_leave_the_picture(case, made):
    activity = made(case)
    for name in FIGURES:
        figure = draw_figure(name, activity)
        figure.canvas.draw()
        renderer = figure.canvas.get_renderer()
        free = list(figure.texts)
        for axes in figure.axes:
            free += axes.texts + [axes.title]
        assert not overlaps(free, renderer), f"texts of {name}"
        boxes = {}
        for scale in figure.findobj(Scale):
            named = scale.label_boxes(renderer)
            assert not overlapping([*named.values()]), f"labels of an axis of {name}"
            boxes |= named
            free.append(scale.name)
        boxes |= {t.get_text(): t.get_window_extent(renderer) for t in free if shown(t)}
        for text, box in boxes.items():
            inside = box.x0 >= -2 and box.y0 >= -2 and box.x1 <= 1002 and box.y1 <= 602
            assert inside, f"{text!r} of {name} leaves the picture: {box}"


# --- raster ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "n_neurons, n_steps, width, height", [(700, 900, 300, 200), (40, 50, 300, 200), (1, 1, 5, 5)]
)
def test_a_pixel_lights_if_and_only_if_a_spike_falls_into_it(n_neurons, n_steps, width, height):
    a = make_activity(n_neurons, n_steps=n_steps, rate_hz=20, n_voltages=0, seed=3)
    image = bin_to_pixels(a, width, height)
    rows, columns = image.shape[:2]
    assert rows == min(n_neurons, height) and columns == min(n_steps, width)
    row_of = {neuron: row for row, neuron in enumerate(a.populations.order)}
    lit = {}
    for t, neuron in zip(*np.nonzero(a.spikes()), strict=True):
        pixel = (row_of[neuron] * rows // n_neurons, t * columns // n_steps)
        lit.setdefault(pixel, set()).add(a.populations.index[neuron])
    drawn = set(zip(*np.nonzero((image != 255).any(axis=2)), strict=True))
    assert drawn == set(lit)
    for (row, column), members in lit.items():
        rarest = min(members, key=lambda i: (a.populations.counts[i], -i))
        ink = 255.0 - image[row, column]
        full = 255 * (1 - np.array(to_rgb(a.populations.members[rarest].colour)))
        strength = ink.sum() / full.sum()
        assert 0.45 < strength < 1.01
        np.testing.assert_allclose(ink, strength * full, atol=1.5)


def test_a_large_raster_on_the_picture_holds_every_spike(tmp_path):
    """Of one neuron in 10,000 that fires once, the spike is on the PNG, where it belongs."""
    spikes = np.zeros((2000, 10_000), bool)
    spikes[:, 0] = True  # many spikes: the raster is binned
    spikes[::2, 1::900] = True
    spikes[1500, 7000] = True
    a = Activity.from_dense(spikes)
    handles = draw("raster", a)
    assert "image" in handles
    image = np.asarray(handles["image"].get_array())
    row, column = 7000 * image.shape[0] // 10_000, 1500 * image.shape[1] // 2000
    assert (image[row, column] != 255).any()
    save_figure("raster", a, tmp_path / "r.png")
    pixels = np.asarray(Image.open(tmp_path / "r.png").convert("RGB")).astype(int)
    x = 1000 * (0.115 + 0.845 * (1500.5 / 2000))
    y = 600 * (1 - 0.285 - 0.595 * (1 - 7000.5 / 10_000))
    near = pixels[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3]
    assert (near.min(axis=2) < 200).any()


def test_dots_stand_at_spike_times_in_rows_and_colours_of_their_populations():
    a = make_activity(60, dt=0.5, rate_hz=30)
    handles = draw("raster", a)
    names = a.populations.names_per_neuron()
    drawn = set()
    for name, line in handles["dots"].items():
        population = a.populations.members[a.populations.names.index(name)]
        assert to_hex(line.get_color()).lower() == population.colour.lower()
        x, y = line.get_data()
        for time, row in zip(x, y, strict=True):
            neuron = a.populations.order[int(row)]
            assert names[neuron] == name
            drawn.add((time, int(neuron)))
    t, neuron = np.nonzero(a.spikes())
    assert drawn == set(zip(t * 0.5, neuron.tolist(), strict=True))


def test_raster_names_layers_from_the_pia_down_and_counts_the_rate():
    a = make_activity(2000, rate_hz=20)
    handles = draw("raster", a)
    assert [t.get_text() for t in handles["labels"]] == ["L1", "L2/3", "L4", "L5", "L6"]
    layers = np.array([m.layer for m in a.populations.members])[a.populations.index]
    for label, _, start, end in bands(a):
        assert set(layers[a.populations.order[start:end]]) == {label[1:]}
        assert end - start == (layers == label[1:]).sum()
    rates = handles["rate"].get_data().values
    by_hand = a.spikes().reshape(120, 5, 2000).mean(axis=(1, 2)) * 1000
    np.testing.assert_allclose(rates, by_hand)
    marks = a.populations.order[np.floor(handles["readout"].get_ydata()).astype(int)]
    assert set(marks) == set(a.neurons.readout_neurons)


def test_raster_says_step_label_prediction_and_rate():
    a = make_activity(100, label=3, confidence=np.eye(10, dtype=np.float32)[5])
    text = words("raster", a)
    rate = a.spikes().mean() * 1000
    for part in ("step 200", "true 3, predicted 5", f"mean rate {rate:.1f} Hz"):
        assert part in text


# --- voltages -------------------------------------------------------------------------------


def test_traces_are_the_potentials_and_dots_stand_on_them_at_spikes():
    a = make_activity(80, n_voltages=12, rate_hz=15, dt=0.5)
    handles = draw("voltages", a)
    segments = handles["traces"].get_segments()
    for i, segment in enumerate(segments):
        np.testing.assert_allclose(segment[:, 0], np.arange(600) * 0.5)
        drawn = segment[:, 1] - handles["offsets"][i]
        np.testing.assert_allclose(drawn, a.voltages[:, i], atol=1e-3)
    t, column = np.nonzero(a.spikes()[:, a.voltage_neurons])
    stacked = a.voltages[t, column] + handles["offsets"][column]
    expected = sorted(zip(t * 0.5, stacked.round(2), strict=True))
    x, y = handles["dots"].get_data()
    np.testing.assert_allclose(sorted(zip(x, np.round(y, 2), strict=True)), expected, atol=0.02)
    assert len(t) > 20


def test_one_trace_has_an_axis_in_mv_and_a_line_at_its_threshold():
    a = make_activity(40, n_voltages=1)
    handles = draw("voltages", a)
    assert handles["offsets"].tolist() == [0.0]
    assert "(mV)" in handles["axes"].get_ylabel()
    level = a.neurons.thresholds[a.voltage_neurons[0]]
    lines = [s for c in handles["axes"].collections for s in c.get_segments() if len(s) == 2]
    assert any(np.allclose(line[:, 1], level) for line in lines)


def test_every_trace_carries_its_id_and_population():
    a = make_activity(500, n_voltages=20)
    texts = [t.get_text() for t in draw("voltages", a)["labels"]]
    names = a.populations.names_per_neuron()
    assert texts == [f"{names[n]}  {n}" for n in a.voltage_neurons]


def test_nan_potentials_are_a_gap_and_are_said():
    a = make_activity(50)
    voltages = a.voltages.copy()
    voltages[250:, 2] = np.nan
    a = dataclasses.replace(a, voltages=voltages)
    handles = draw("voltages", a)
    assert np.isnan(handles["traces"].get_segments()[2][250:, 1]).all()
    assert "NaN from 250 ms on in 1 trace" in handles["note"].get_text()
    cut = draw("voltages", runaway())
    assert "1 runaway trace cut" in cut["note"].get_text()
    drawn = [segment[:, 1] - o for segment, o in zip(
        cut["traces"].get_segments(), cut["offsets"], strict=True)]  # fmt: skip
    np.testing.assert_allclose(drawn[2], runaway().voltages[:, 2], atol=1e-3)
    assert np.ptp(drawn[3]) < 100
    assert "no potentials recorded" in words("voltages", make_activity(9, n_voltages=0))


# --- input ----------------------------------------------------------------------------------


def test_input_heatmap_holds_the_input_in_channel_numbers():
    a = make_activity(20, n_inputs=17_400)
    handles = draw("input", a)
    np.testing.assert_array_equal(handles["image"].get_array(), a.inputs.T)
    assert handles["image"].get_extent() == [0, 600, 17_400, 0]
    assert handles["axes"].get_ylim() == (17_400, 0)
    np.testing.assert_allclose(handles["mean"].get_ydata(), a.inputs.mean(axis=1), rtol=1e-4)


def test_a_long_input_is_averaged_in_time_and_sparse_spikes_stay_visible():
    inputs = np.zeros((5000, 100), np.float32)
    inputs[1234, 7] = 1
    a = make_activity(20, n_steps=5000, inputs=inputs, n_inputs=100, n_voltages=0)
    image = draw("input", a)["image"]
    shown = np.asarray(image.get_array())
    assert shown.shape[0] == 100 and shown.shape[1] < 1000
    assert np.argwhere(shown > 0).tolist() == [[7, 1234 // (-(-5000 // 755))]]
    assert shown.sum() == pytest.approx(inputs.sum() / (-(-5000 // 755)))


def test_averaging_columns_ignores_nan_unless_all_are():
    values = np.array([[1.0], [np.nan], [np.nan], [np.nan], [5.0]])
    mean = input_figure.average_columns(values, 3)
    np.testing.assert_array_equal(mean, [[1.0], [np.nan], [5.0]])


def test_input_says_when_it_is_zero_constant_or_missing():
    assert "zero throughout" in words("input", constant_input(0.0))
    assert "0.02 throughout" in words("input", constant_input(0.02))
    assert "no input recorded" in words("input", make_activity(9, n_inputs=0))
    assert "NaN" in words("input", with_nan(make_activity(50)))


# --- population -----------------------------------------------------------------------------


def test_bars_are_rates_and_counts_in_drawing_order_and_diamonds_recorded_rates():
    a = make_activity(2000, rate_hz=12)
    handles = draw("population", a)
    dense, names = a.spikes(), a.populations.names_per_neuron()
    for i, (name, rate_bar, spike_bar) in enumerate(
        zip(a.populations.names, handles["rate_bars"], handles["spike_bars"], strict=True)
    ):
        mine = dense[:, names == name]
        assert rate_bar.get_width() == pytest.approx(mine.mean() * 1000)
        assert spike_bar.get_width() == mine.sum()
        assert rate_bar.get_y() + rate_bar.get_height() / 2 == pytest.approx(i)
        assert to_hex(rate_bar.get_facecolor()).lower() == a.populations.members[i].colour.lower()
    x, y = handles["recorded"].get_data()
    recorded = {a.populations.names[row]: rate for rate, row in zip(x, y, strict=True)}
    assert recorded["e23Cux2"] == pytest.approx(1.458, abs=0.01)
    assert recorded["i6Pvalb"] == pytest.approx(17.38, abs=0.01)
    by_hand = dense[:, names == "e5IT"].reshape(60, 10, -1).mean(axis=(1, 2)) * 1000
    shown = handles["image"].get_array()[a.populations.names.index("e5IT")]
    np.testing.assert_allclose(shown, by_hand)


# --- output and predictions -----------------------------------------------------------------


def test_readout_steps_and_confidence_bars_are_the_values_given():
    a = make_activity(20, label=3, confidence=np.linspace(0, 0.2, 10, dtype=np.float32))
    handles = draw("output", a)
    for segment, column in zip(handles["lines"].get_segments(), a.outputs.T, strict=True):
        np.testing.assert_allclose(segment[::2, 1], column)
        np.testing.assert_allclose(segment[1::2, 1], column)
        np.testing.assert_allclose(segment[::2, 0], np.arange(12) * 50)
    heights = [bar.get_height() for bar in handles["bars"]]
    np.testing.assert_allclose(heights, a.confidence)
    red = {i for i, b in enumerate(handles["bars"]) if to_hex(b.get_facecolor()) == "#d7191c"}
    assert red == {3}
    assert {m.get_text(): m.xy[0] for m in handles["marks"]} == {"true": 3, "predicted": 9}


def test_output_says_what_is_missing():
    assert "no readout recorded" in words("output", make_activity(9, n_outputs=0))
    text = words("output", with_nan(make_activity(50)))
    assert "NaN from 250 ms on" in text and "confidence is NaN" in text


def test_each_sample_of_a_batch_has_its_spikes_bars_and_verdict():
    a = make_activity(50, batch=4, dt=2.0)
    samples = draw("predictions", a)["samples"]
    assert len(samples) == 4
    for i, sample in enumerate(samples):
        drawn = set()
        for line in sample["dots"].values():
            x, y = line.get_data()
            drawn |= set(zip((x / 2).astype(int).tolist(), y.astype(int).tolist(), strict=True))
        assert drawn == set(map(tuple, np.argwhere(a.batch.spikes[i]).tolist()))
        heights = [bar.get_height() for bar in sample["bars"]]
        np.testing.assert_allclose(heights, a.batch.confidences[i])
        true, best = a.batch.labels[i], int(a.batch.confidences[i].argmax())
        mark = "✓" if true == best else "✗"
        assert sample["title"].get_text() == f"true {true}, predicted {best} {mark}"


def test_without_a_batch_the_one_sample_is_shown():
    a = make_activity(900)
    (sample,) = draw("predictions", a)["samples"]
    drawn = sum(len(line.get_xdata()) for line in sample["dots"].values())
    assert drawn == a.spikes()[:, a.populations.spread(400)].sum()
    nothing = make_activity(9, n_outputs=0, label=None)
    assert "neither labels nor predictions" in words("predictions", nothing)


def test_verdict_says_right_wrong_and_unknown_in_words_and_colour():
    assert verdict(3, 3)[0] == "true 3, predicted 3 ✓"
    assert verdict(3, 5)[0] == "true 3, predicted 5 ✗"
    assert verdict(3, 3)[1] != verdict(3, 5)[1]
    assert "unknown" in verdict(None, 5)[0] and "unknown" in verdict(-1, -1)[0]


# --- all ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FIGURES)
def test_silence_is_said_in_words(name):
    if name in ("raster", "population", "predictions"):
        assert "no spikes" in words(name, make_activity(100, rate_hz=0))


def test_matplotlib_is_left_as_it_was_found(tmp_path):
    with matplotlib.rc_context({"font.size": 33, "text.usetex": True, "axes.grid": True}):
        before = dict(matplotlib.rcParams)
        for name in FIGURES:
            save_figure(name, make_activity(30, batch=2), tmp_path / "f.png")
        assert dict(matplotlib.rcParams) == before
    plain = save_figure("output", make_activity(30), tmp_path / "plain.png").read_bytes()
    with matplotlib.rc_context({"font.size": 33, "axes.grid": True}):
        again = save_figure("output", make_activity(30), tmp_path / "again.png").read_bytes()
    assert again == plain


def test_drawing_loads_neither_pyplot_nor_tensorflow(tmp_path):
    code = (
        "import sys, numpy as np\n"
        "from keras_v1_activity.activity.activity import Activity\n"
        "import matplotlib; backend = matplotlib.get_backend(auto_select=False)\n"
        "from keras_v1_activity.figures import save_figure\n"
        "from keras_v1_activity.plan import FIGURES\n"
        "for n in FIGURES: save_figure(n, Activity.from_dense(np.eye(20)), sys.argv[1])\n"
        "bad = {'matplotlib.pyplot', 'tensorflow', 'keras'} & set(sys.modules)\n"
        "assert not bad, bad\n"
        "assert matplotlib.get_backend(auto_select=False) == backend\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "f.png")], check=True)


def test_a_failed_save_leaves_the_old_file_and_no_rest(tmp_path, monkeypatch):
    path = tmp_path / "raster.png"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save_figure("raster", make_activity(9), path)
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["raster.png"]


def test_an_unknown_figure_is_one_clear_sentence(tmp_path):
    with pytest.raises(ValueError, match="no figure 'spectrum'.*raster"):
        draw_figure("spectrum", make_activity(9))
    with pytest.raises(ValueError, match="no figure 'spectrum'"):
        save_figure("spectrum", make_activity(9), tmp_path / "x.png")


def test_dpi_scales_the_picture(tmp_path):
    save_figure("raster", make_activity(3000), tmp_path / "r.png", dpi=150)
    assert Image.open(tmp_path / "r.png").size == (1500, 900)


def test_names_are_made_printable():
    assert printable("a\n b") == "a b"
    assert printable("\u795e") == "\N{REPLACEMENT CHARACTER}"
    assert len(printable("x" * 50, 12)) == 12


def test_labels_are_spread_no_farther_than_needed():
    placed = spread_labels([1.0, 1.5, 9.0, 9.9], gap=1.0, low=0.0, high=10.0)
    assert np.all(np.diff(placed) >= 1 - 1e-9)
    assert placed.min() >= 0 and placed.max() <= 10
    np.testing.assert_allclose(spread_labels([2.0, 5.0], 1.0, 0.0, 10.0), [2.0, 5.0])
