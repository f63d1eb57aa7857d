"""The page in a real browser: what it shows is what the run says, and nothing else happens."""

import time

import numpy as np
import pytest
import reported_runs
from browser import CHROMIUM, Browser
from kinds_of_runs import HOSTILE, KINDS, long_run
from looks import wait_until
from report_pages import write_page

from keras_v1_activity.report import write_report
from keras_v1_activity.storage import load_activity

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium")

N, STEPS = 60, 100


@pytest.fixture(scope="module")
def browser():
    with Browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "logs"
    reported_runs.write_run(
        folder, 4, N, n_steps=STEPS, n_spikes=700, n_voltages=4,
        alarms=reported_runs.some_alarms(4),
    )  # fmt: skip
    return folder


@pytest.fixture
def page(browser, folder, tmp_path_factory):
    """The page of a run, freshly opened."""
    path = tmp_path_factory.mktemp("page") / "page.html"
    write_page(folder, path)
    browser.resize(1280, 900)
    browser.open(path)
    return browser


EVERYWHERE = """async (n) => {
  const { app, timeline } = report;
  for (let place = 0; place < n; place += 1) await report.show(place, 'a');
  const sorts = document.querySelector('.tools select').options;
  for (const mode of ['b', 'diff', 'a']) {
    for (const { value } of sorts) await app.set({ mode, sort: value });
  }
  app.sections.forEach((section) => { section.visible = true; });
  app.renew();
  timeline.zoom(0.5);
  timeline.draw();
}"""
SPIKES = """async (place) => {
  const run = report.app.runA, look = await run.look(place), ids = [], times = [];
  for (let row = 0; row < run.n_neurons; row += 1) {
    for (let i = look.offsets[row]; i < look.offsets[row + 1]; i += 1) {
      ids.push(run.ids[row]);
      times.push(look.times[i] * look.dt);
    }
  }
  return [ids, times];
}"""
ZOOM_TO = """async (view, time, row) => {
  const t = report.timeline;
  document.getElementById('raster').scrollIntoView({ behavior: 'instant' });
  t.setView(view);
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)));
  const box = t.canvases.raster.getBoundingClientRect();
  return [box.left + t.timeToX(time + 0.5), box.top + t.lineToY(row + 0.5)];
}"""
RING = """(neuron) => {
  const t = report.timeline, row = report.app.runA.rowOf(neuron);
  document.getElementById('raster').scrollIntoView({ behavior: 'instant' });
  const box = t.canvases.raster.getBoundingClientRect();
  return [box.left + t.left + t.across + 17, box.top + t.lineToY(t.places.get(row) + 0.5)];
}"""
WEIGHTS = """[...document.querySelector('.weights').querySelectorAll('td')]
  .map((e) => e.title.split(': ')).filter(([, text]) => text !== 'no synapses')"""
DRAW_ALL = """report.app.sections.forEach((section) => {
  section.visible = true;
  report.app.refresh(section);
})"""
LABELS = """[...document.querySelectorAll('.population-table svg[role=img]')]
  .map((e) => e.getAttribute('aria-label'))"""
CONFUSION = """[...document.querySelectorAll('.confusion tbody tr')]
  .map((row) => [...row.querySelectorAll('td')].map((e) => e.textContent))"""
COLOUR_AT = """(x, y) => {
  const { raster } = report.timeline.canvases, box = raster.getBoundingClientRect();
  return [...raster.getContext('2d').getImageData(x - box.left, y - box.top, 1, 1).data];
}"""


def read(text):
    """A number as the page writes it; None for the dash of an unknown one."""
    return None if text == "–" else float(text.replace("−", "-").replace(",", ""))


def is_known(value):
    return value is not None and np.isfinite(value)


def test_spikes_are_those_of_the_run(page, folder):
    for place, activity in enumerate(load_activity(folder)):
        ids, times = page.call(SPIKES, place)
        order = np.lexsort((ids, times))
        assert (np.array(ids)[order] == activity.spike_neurons).all()
        assert (np.array(times)[order] == activity.spike_times).all()


def test_words_are_those_of_the_run(page, folder):
    run = load_activity(folder)
    row = run.history[-1]
    facts = page.value("document.querySelector('.facts').textContent")
    assert "A: step 400" in facts and f"{row['mean_rate_hz']:.3g} Hz" in facts
    tiles = page.value("document.querySelector('.tiles').textContent")
    assert f"{row['statistics']['similarity']:.2f}" in tiles
    assert f"{row['scalars']['accuracy'] * 100:.3g} %" in tiles
    alarms = page.value("[...document.querySelectorAll('.alarms li')].map((e) => e.textContent)")
    assert len(alarms) == len(run.alarms) and "silent population i1Htr3a" in alarms[0]


def test_tables_say_the_numbers_of_the_run(page, folder):
    page.value(DRAW_ALL)
    run = load_activity(folder)
    row = run.history[-1]
    statistics = row["statistics"]["populations"]
    expected = {
        "rate, Hz": row["population_rates_hz"],
        "silent neurons": {n: 100 * x for n, x in row["silent_fractions"].items()},
        "similarity": {n: each.get("similarity") for n, each in statistics.items()},
        "LV of intervals": {n: each.get("lv") for n, each in statistics.items()},
        "correlation, 10 ms": {n: each.get("correlation_10ms") for n, each in statistics.items()},
    }
    shown = dict(label.split(": ", 1) for label in page.value(LABELS))
    # Nothing is told of numbers that no population has.
    assert shown.keys() == {
        name for name, of in expected.items() if any(map(is_known, of.values()))
    }
    for title, said in shown.items():
        numbers = dict(each.rsplit(" ", 1) for each in said.replace(" %", "").split("; "))
        for name, text in numbers.items():
            value = expected[title].get(name)
            assert read(text) == (pytest.approx(value, rel=6e-3) if is_known(value) else None), name


def test_the_readout_says_the_numbers_of_the_run(page, folder):
    page.value(DRAW_ALL)
    looks = list(load_activity(folder))
    shown = page.value("[...document.querySelectorAll('.confidence b')].map((e) => e.title)")
    assert [read(text) for text in shown] == pytest.approx(looks[-1].confidence.tolist(), rel=6e-3)
    rounded = page.value("[...document.querySelectorAll('.confidence b')].map((e) => e.innerText)")
    assert [read(text) for text in rounded] == pytest.approx(
        looks[-1].confidence.tolist(), rel=6e-3, abs=5.1e-4
    )
    cells = page.value(CONFUSION)
    counts = np.zeros((len(cells), len(cells)))
    for look in looks:
        counts[look.label, look.prediction] += 1
    assert [[float(text or 0) for text in row] for row in cells] == counts.tolist()


def test_weights_are_those_of_the_run(page, folder):
    page.value(DRAW_ALL)
    table = load_activity(folder).history[-1]["health"]["weights"]
    shown = {name.replace("→", "->"): read(text) for name, text in page.value(WEIGHTS)}
    expected = {name: numbers["mean"] for name, numbers in table.items()}
    assert shown == pytest.approx(expected, rel=6e-3)


def test_the_pointer_finds_a_single_spike(page, folder):
    activity = load_activity(folder)[400]
    time_step, neuron = int(activity.spike_steps[40]), int(activity.spike_neurons[40])
    row = int(activity.populations.row[neuron])
    view = {"from": time_step - 5, "to": time_step + 6, "first": row - 3, "end": row + 4}
    x, y = page.call(ZOOM_TO, view, time_step, row)
    page.mouse("mouseMoved", x, y)
    words = page.value("document.querySelector('.tip').innerText")
    assert words.splitlines()[0] == f"neuron {neuron} · {activity.populations.name_of(neuron)}"
    assert f"{activity.rates[neuron]:.3g} Hz" in words
    assert f"spike at {time_step} ms" in words
    # The spike is painted there, and nothing beside it.
    colour, beside = page.call(COLOUR_AT, x, y), page.call(COLOUR_AT, x - 40, y)
    assert np.abs(np.subtract(colour, beside)).max() > 50


def test_a_click_shows_a_potential(page, folder):
    activity = load_activity(folder)[400]
    neuron = int(activity.voltage_neurons[1])
    page.click(*page.call(RING, neuron))
    wait_until(lambda: page.value("report.app.state.neuron") == neuron)
    values = page.value("Array.from(report.timeline.potential.values)")
    spread = np.ptp(activity.voltages[:, 1])
    np.testing.assert_allclose(values, activity.voltages[:, 1], atol=spread / 94 / 2 + 1e-3)
    card = page.value("document.querySelector('.neuron').textContent")
    assert f"Neuron {neuron}" in card and f"{activity.rates[neuron]:.3g} Hz" in card


def test_keys_move_through_the_steps(page):
    def step(handle):
        return page.call("(h) => document.querySelector(h).getAttribute('aria-valuenow')", handle)

    assert (step(".handle.a"), step(".handle.b")) == ("400", "100")
    page.key("ArrowLeft", 37)
    wait_until(lambda: step(".handle.a") == "300")
    page.value("document.querySelector('.handle.b').focus()")
    page.key("End", 35)
    wait_until(lambda: step(".handle.b") == "400")
    assert step(".handle.a") == "300"


def test_keys_zoom_the_raster(page):
    def width():
        return page.value("report.timeline.view.to - report.timeline.view.from")

    page.value("report.timeline.canvases.raster.focus()")
    assert width() == STEPS
    page.key("+", 187)
    wait_until(lambda: width() < STEPS)
    page.key("0", 48)
    wait_until(lambda: width() == STEPS)


def test_an_alarm_leads_to_its_step_and_population(page, folder):
    page.value("document.querySelector('.alarms li.red button').click()")
    populations = load_activity(folder).neurons.populations
    size = populations.counts[populations.names.index("i1Htr3a")]
    wait_until(lambda: page.value("report.timeline.lines.rows.length") == size)
    assert page.value("report.app.runA.steps[report.app.state.a]") == 300


def test_the_colour_scheme_is_followed(page):
    light = page.value("getComputedStyle(document.body).backgroundColor")
    page.resize(390, 800, dark=True)
    assert page.value("getComputedStyle(document.body).backgroundColor") != light
    # Nothing is wider than a telephone.
    assert page.value("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_run_is_shown(kind, browser, tmp_path):
    write_page(KINDS[kind](tmp_path), tmp_path / "page.html")
    browser.complaints.clear()
    browser.requests.clear()
    browser.open(tmp_path / "page.html")
    browser.call(EVERYWHERE, browser.value("report.app.runA.n"))
    time.sleep(0.1)
    assert (browser.complaints, browser.requests) == ([], [])
    if kind == "hostile names":
        assert browser.value("window.hacked === undefined")
        assert browser.value("document.querySelectorAll('img').length") == 0
        chips = browser.value("[...document.querySelectorAll('.chip')].map((e) => e.title)")
        # Marks that turn what follows are written out.
        names = [name.replace("\u202e", "\\u202e") for name in HOSTILE]
        assert all(any(name in chip for chip in chips) for name in names)
        assert browser.value("document.documentElement.scrollWidth <= innerWidth")


def test_each_of_3000_steps_is_reached(browser, tmp_path):
    write_report(tmp_path / "page.html", [long_run()], limit_bytes=300_000)
    browser.complaints.clear()
    browser.open(tmp_path / "page.html")
    for place in (0, 1234, 1235, 2999):
        browser.call("(place) => report.show(place, 'a')", place)
        facts = browser.value("document.querySelector('.facts').textContent")
        assert f"step {place + 1:,} · {(place + 1) / 7:.3g} Hz" in facts
    assert browser.complaints == []


def test_two_runs_and_thinned_looks_are_shown(browser, folder, tmp_path):
    other = tmp_path / "other"
    reported_runs.write_run(other, 2, N, n_steps=STEPS, n_spikes=700, seed=1)
    browser.complaints.clear()
    for limit in (1e7, 9_000):
        write_page(folder, tmp_path / "page.html", other, limit_bytes=limit)
        browser.open(tmp_path / "page.html")
        browser.call(EVERYWHERE, 4)
    assert browser.complaints == []


def test_what_only_the_other_run_has_is_shown_with_it(browser, folder, tmp_path):
    write_page(KINDS["bare"](tmp_path), tmp_path / "page.html", folder)
    browser.open(tmp_path / "page.html")
    browser.value("document.getElementById('origin').scrollIntoView({ behavior: 'instant' })")
    plane = "report.app.sections.find((section) => section.element.id === 'plane')"
    wait_until(lambda: browser.value(f"{plane}.element.hidden && {plane}.visible === false"))
    browser.value("report.app.set({ mode: 'b' })")
    assert not browser.value(f"{plane}.element.hidden || {plane}.link.hidden")
