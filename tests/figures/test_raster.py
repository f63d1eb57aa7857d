"""What the raster draws, read back from its artists, against computing it another way."""

from dataclasses import replace

import numpy as np
import pytest
from activities import make_activity
from drawn import handles_of, words_of
from matplotlib.colors import to_hex, to_rgb
from PIL import Image

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.figures import save_figure
from keras_v1_activity.figures.kit.raster_rows import bands
from keras_v1_activity.figures.raster import bin_to_pixels


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
    handles = handles_of("raster", a)
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


def test_in_a_population_rows_stand_by_preferred_direction_if_it_is_known():
    a = make_activity(40, n_steps=60, rate_hz=40, n_voltages=0, seed=1)
    angles = np.random.default_rng(0).uniform(-90, 400, 40).astype(np.float32)
    tuned = replace(a, neurons=replace(a.neurons, tuning_angles=angles))
    assert "rows of each population by preferred direction" in words_of("raster", tuned)
    assert "by preferred direction" not in words_of("raster", a)
    dots = handles_of("raster", tuned)["dots"].values()
    rows = np.concatenate([line.get_ydata() for line in dots]) - 0.5
    order = sorted(range(40), key=lambda i: (a.populations.index[i], angles[i] % 360))
    spikes = np.bincount(a.spike_neurons, minlength=40)
    assert np.bincount(rows.astype(int), minlength=40).tolist() == spikes[order].tolist()


def test_dots_stand_at_spike_times_in_rows_and_colours_of_their_populations():
    a = make_activity(60, dt=0.5, rate_hz=30)
    handles = handles_of("raster", a)
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
    handles = handles_of("raster", a)
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
    text = words_of("raster", a)
    rate = a.spikes().mean() * 1000
    for part in ("step 200", "true 3, predicted 5", f"mean rate {rate:.1f} Hz"):
        assert part in text
