"""What a notebook shows of a look: well-formed, true to its numbers, safe, and readable."""

import io
import re
import subprocess
import sys
from base64 import b64decode
from xml.etree import ElementTree

import numpy as np
import pytest
from activities import make_activity
from PIL import Image

from keras_v1_activity.activity import Activity, Neurons, Population, Populations

SVG = "{http://www.w3.org/2000/svg}"


def parsed(activity):
    return ElementTree.fromstring(activity._repr_html_())


def words(element):
    return [text.strip() for text in element.itertext() if text.strip()]


def picture(activity):
    """The embedded PNG as (rows, columns, 4) of red, green, blue, opacity."""
    (image,) = parsed(activity).iter(f"{SVG}image")
    kind, _, data = image.get("href").partition(",")
    assert kind == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(b64decode(data))).convert("RGBA"))


def facts(activity):
    table = next(parsed(activity).iter("table"))
    names, values = (words(row) for row in table.iter("tr"))
    return dict(zip(names, values, strict=True))


def test_the_table_holds_the_numbers_of_the_look():
    a = make_activity(300, 500, dt=0.5, source="probe")
    shown = facts(a)
    assert shown["step"] == "200" and shown["source"] == "probe"
    assert shown["duration"] == "250 ms" and shown["neurons"] == "300"
    assert int(shown["spikes"].replace(",", "")) == a.spikes().sum()
    assert float(shown["mean rate"].split()[0]) == pytest.approx(
        a.spikes().mean() * 2000, abs=0.005
    )
    assert shown["label"] == "3" and shown["prediction"] == str(int(a.confidence.argmax()))


def test_each_population_is_shown_with_its_colour_its_size_and_its_rate():
    a = make_activity(300, 500)
    html = a._repr_html_()
    names = a.populations.names_per_neuron()
    text = " ".join(words(parsed(a)))
    for member in a.populations.members:
        mine = a.spikes()[:, names == member.name]
        assert f"{member.name} {mine.shape[1]} {mine.mean() * 1000:.2f} Hz" in text
        assert html.count(f'background:{member.colour}"') and html.count(f'fill="{member.colour}"')


@pytest.mark.parametrize("n_neurons, n_steps", [(1, 20), (50, 600), (200, 300)])
def test_a_small_network_has_a_pixel_for_each_neuron_and_time_step(n_neurons, n_steps):
    a = make_activity(n_neurons, n_steps, rate_hz=100)
    lit = picture(a)[..., 3] > 0
    np.testing.assert_array_equal(lit, a.spikes()[:, a.populations.order].T)


def test_spikes_have_the_colour_of_their_population():
    a = make_activity(100, 200, rate_hz=50, names=["e4Rorb"] * 60 + ["i4Pvalb"] * 40)
    pixels = picture(a)
    for population, rows in zip(a.populations.members, (slice(0, 60), slice(60, 100)), strict=True):
        mine = pixels[rows]
        colours = {"#{:02X}{:02X}{:02X}".format(*c) for c in mine[mine[..., 3] > 0][:, :3]}
        assert colours == {population.colour.upper()}


def test_a_pixel_is_lit_if_and_only_if_a_spike_falls_into_it():
    a = make_activity(1280, 1300, rate_hz=0.5, n_voltages=0, n_inputs=0)
    lit = picture(a)[..., 3] > 0
    rows, columns = lit.shape
    assert rows <= 320 and columns <= 640
    expected = np.zeros_like(lit)
    for step, neuron in zip(a.spike_steps, a.populations.row[a.spike_neurons], strict=True):
        expected[neuron * rows // 1280, step * columns // 1300] = True
    np.testing.assert_array_equal(lit, expected)


def test_the_whole_model_of_52000_neurons_stays_small():
    rng = np.random.default_rng(0)
    neurons = make_activity(51_978, 1, n_voltages=0, n_inputs=0).neurons
    place = np.unique(rng.integers(0, 600 * 51_978, 219_000))
    steps, ids = np.divmod(place, 51_978)
    a = Activity(
        spike_steps=steps, spike_neurons=ids, n_steps=600, n_neurons=51_978, neurons=neurons
    )
    assert len(a._repr_html_()) < 200_000


def test_thirty_populations_are_all_listed():
    names = [f"type {i // 20:02}" for i in range(600)]
    a = make_activity(600, 300, names=names)
    shown = words(parsed(a))
    assert all(f"type {i:02}" in shown for i in range(30))


def test_a_silent_network_says_so_and_is_drawn():
    a = make_activity(120, 200, rate_hz=0)
    assert "no spikes" in words(parsed(a))
    assert not list(parsed(a).iter(f"{SVG}image"))
    assert facts(a)["mean rate"] == "0.00 Hz"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("shape", [(0, 0), (5, 0), (0, 5), (1, 1)])
def test_odd_sizes_are_drawn(shape):
    assert facts(Activity.from_dense(np.zeros(shape)))["spikes"] == "0"


def test_hostile_texts_are_text():
    evil = '<script>alert("1")</script>&\x00'
    colour = 'red" onload="alert(1)'
    populations = Populations([Population(evil, "", "", colour, None)], np.zeros(9, int))
    a = Activity.from_dense(np.eye(9), neurons=Neurons(populations), source=evil)
    page = parsed(a)
    assert not list(page.iter("script")) and not list(page.iter(f"{SVG}script"))
    assert "onload" not in a._repr_html_()
    assert facts(a)["source"].startswith('<script>alert("1")</script>&')


def test_text_and_lines_take_the_colour_of_the_page():
    html = make_activity(50)._repr_html_()
    svg_texts = re.findall(r"<text [^>]*>", html)
    assert svg_texts and all('fill="currentColor"' in text for text in svg_texts)
    assert "color:#" not in html and "background:#fff" not in html


def test_the_time_axis_is_in_ms():
    a = make_activity(50, 400, dt=0.5)
    texts = ["".join(text.itertext()) for text in parsed(a).iter(f"{SVG}text")]
    assert "time (ms)" in texts and "200" in texts and "400" not in texts


def test_showing_a_look_loads_neither_matplotlib_nor_tensorflow():
    code = (
        "import sys, numpy as np\n"
        "from keras_v1_activity.activity import Activity\n"
        "assert 'PIL' not in sys.modules\n"
        "Activity.from_dense(np.eye(9))._repr_html_()\n"
        "print([m for m in ('matplotlib', 'tensorflow', 'keras') if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
