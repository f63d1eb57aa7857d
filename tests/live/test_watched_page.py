"""The page of a run that trains, in a real browser: it grows, and stays where its reader is."""

import shutil

import numpy as np
import pytest
from browser import CHROMIUM, Browser
from kinds_of_runs import KINDS
from looks import wait_until
from reported_runs import some_alarms
from watched_runs import STEPS, GrowingRun

from keras_v1_activity import NetworkActivityLogger, load_activity
from keras_v1_activity.live import WatchServer
from keras_v1_activity.storage.run_folder import RunFolder

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium")

STEP = "report.app.runA.steps[report.app.state.a]"
SEEN = "document.querySelector('.facts').textContent"
SIGN = "document.querySelector('.lamp').textContent"
SPIKES = "[report.app.lookA.n_spikes, report.app.lookA.times.length]"


@pytest.fixture(scope="module")
def browser():
    with Browser() as browser:
        yield browser


@pytest.fixture
def page(browser):
    browser.resize(1280, 900)
    browser.complaints.clear()
    browser.requests.clear()
    yield browser
    # What the network says of a server that has ended is no error of the page.
    errors = [text for text in browser.complaints if "ERR_CONNECTION_REFUSED" not in text]
    browser.value("location.href = 'about:blank'")
    assert errors == []


@pytest.fixture
def run(tmp_path):
    run = GrowingRun(tmp_path / "logs")
    run.add(100)
    run.add(200)
    run.write_info()
    return run


@pytest.fixture
def watched(run, page):
    with WatchServer(RunFolder(run.places.log_dir)) as server:
        page.open(server.address)
        yield server


def is_shown(page, step):
    return page.value(f"{SEEN}.includes('step {step} ')")


def test_a_run_that_does_not_exist_yet_is_waited_for(page, tmp_path):
    with WatchServer(RunFolder(tmp_path / "logs")) as server:
        waiting = "document.querySelector('.loading').textContent"
        page.open(server.address, until=f"{waiting}.includes('Waiting')")
        assert page.value(waiting) == f"Waiting for the first step of {tmp_path.name}/logs …"
        GrowingRun(tmp_path / "logs").add(100)
        wait_until(lambda: page.value("window.report !== undefined"))
        assert is_shown(page, 100)


def test_a_step_appears_on_the_open_page(run, watched, page):
    page.value("window.mark = 1")
    look = run.add(300, numbers=False)
    wait_until(lambda: is_shown(page, 300))
    assert page.value(SPIKES) == [look.n_spikes, look.n_spikes]
    # The numbers, which come later, and the alarms.
    run.write_numbers(300, scalars={"loss": 0.123456})
    run.write_info(some_alarms(3))
    wait_until(lambda: page.value(f"{SEEN}.includes('loss 0.123')"))
    alarms = "[...document.querySelectorAll('.alarms li')].map((e) => e.textContent)"
    wait_until(lambda: len(page.value(alarms)) == 2)
    assert "silent population i1Htr3a" in page.value(alarms)[0]
    tiles = page.value("document.querySelector('.tiles').textContent")
    assert f"{load_activity(run.places.log_dir).history[-1]['mean_rate_hz']:.3g} Hz" in tiles
    # It was never loaded again, and asked nobody else.
    assert page.value("window.mark") == 1
    assert all(address.startswith(watched.address) for address in page.requests)
    looks = [address.partition("look?step=")[2] for address in page.requests if "look?" in address]
    assert {"100", "200"} & set(looks[2:]) == set(), "known looks were sent again"


def test_the_page_stays_where_its_reader_is(run, watched, page):
    page.value("""(async () => {
      const { app, timeline } = report;
      await app.go(0, 'a');
      const hidden = new Set([app.runA.populations[0].name]);
      await app.set({ sort: 'rate', hidden, neuron: app.lookA.potential_neurons[0] });
      timeline.setView({ from: 20, to: 40, first: 5, end: 9 });
      document.querySelector('.neuron select').focus();
      scrollTo(0, 300);
    })()""")
    state = """({
      view: report.timeline.view, step: report.app.runA.steps[report.app.state.a],
      b: report.app.runA.steps[report.app.state.b], sort: report.app.state.sort,
      hidden: [...report.app.state.hidden], neuron: report.app.state.neuron, y: scrollY,
      focus: document.activeElement.getAttribute('aria-label'),
    })"""
    wait_until(lambda: page.value("scrollY") == 300)
    before = page.value(state)
    assert before["step"] == 100 and before["focus"] == "potential of a recorded neuron"
    run.add(300)
    run.add(50)  # also one before all others
    newest = "document.querySelector('.newest').textContent"
    wait_until(lambda: page.value("report.app.runA.n") == 4)
    wait_until(lambda: page.value(newest) == "newest: 300")
    # B stood on the first step, and still does.
    assert page.value(state) == {**before, "b": 50}
    page.value("document.querySelector('.newest').click()")
    wait_until(lambda: is_shown(page, 300))
    assert page.value("document.querySelector('.newest').hidden")


def test_the_whole_page_grows(run, watched, page):
    everything = """(async () => {
      report.app.sections.forEach((section) => { section.visible = true; });
      report.app.renew();
    })()"""
    page.value(everything)
    run.add(300)
    wait_until(lambda: is_shown(page, 300))
    wait_until(lambda: page.value("report.app.runA.values('scalars', 'loss')?.length") == 3)
    says = "[...document.querySelectorAll('#populations svg')].map((e) => e.ariaLabel).join()"
    loss = run.rows[300]["scalars"]["loss"]
    assert f"to {loss:.3g}" in page.value(says)
    trials = "document.querySelector('#readout').textContent"
    wait_until(lambda: "3 trials" in page.value(trials))


def test_training_ends_while_it_is_watched(page, tmp_path):
    folder = tmp_path / "logs"
    spikes = np.random.default_rng(0).random((1, STEPS, 9)) < 0.1
    with WatchServer(RunFolder(folder)) as server:
        with NetworkActivityLogger(folder, 1, figures=()) as logger:
            logger.log_step(spikes=spikes, scalars={"loss": 2.0})
            page.open(server.address)
            wait_until(lambda: page.value(SIGN) == "live")
            logger.log_step(spikes=spikes, scalars={"loss": 1.5})
            wait_until(lambda: is_shown(page, 2))
        wait_until(lambda: page.value(SIGN) == "ended")
        wait_until(lambda: page.value(f"{SEEN}.includes('loss 1.5')"))


def test_the_run_is_deleted_while_it_is_watched(run, watched, page):
    page.value("report.show(0, 'a')")
    wait_until(lambda: is_shown(page, 100))
    shutil.rmtree(run.places.log_dir)
    wait_until(lambda: page.value(SIGN) == "run is gone")
    # What it had can still be looked at: every number, and the looks that it has seen.
    assert page.value("report.app.runA.n") == 2
    page.value("report.show(1, 'a')")
    wait_until(lambda: is_shown(page, 200))


def test_another_run_takes_the_folder(run, watched, page):
    shutil.rmtree(run.places.log_dir)
    other = GrowingRun(run.places.log_dir, seed=5)
    other.add(7)
    other.write_info(run_id="2" * 32)
    wait_until(lambda: page.value("window.report && report.app.runA.steps.length") == 1)
    wait_until(lambda: page.value(f"window.report ? {STEP} : 0") == 7)


def test_the_server_ends_while_it_is_watched(run, watched, page):
    watched.close()
    wait_until(lambda: page.value(SIGN) == "no contact")
    page.value("report.show(0, 'a')")
    wait_until(lambda: is_shown(page, 100))
    page.resize(390, 800)
    wait_until(lambda: page.value("document.documentElement.scrollWidth") == 390)


def test_names_are_text_and_nothing_breaks_the_page(page, tmp_path):
    everything = """async () => {
      report.app.sections.forEach((section) => { section.visible = true; });
      report.app.renew();
      for (const mode of ['b', 'diff', 'a']) await report.app.set({ mode });
    }"""
    for kind in ("hostile names", "NaN", "flat"):
        folder = KINDS[kind](tmp_path / kind)
        with WatchServer(RunFolder(folder)) as server:
            page.open(server.address)
            wait_until(lambda: page.value("report.app.runA.n") > 1)
            page.call(everything)
            assert page.value("document.title") == page.value("report.app.runA.name")
            page.value("location.href = 'about:blank'")
    assert page.value("window.hacked === undefined")


def test_a_run_without_data_gets_data(run, page):
    folder = run.places.log_dir
    for path in folder.rglob("*.h5"):
        path.unlink()
    with WatchServer(RunFolder(folder)) as server:
        page.open(server.address)
        assert "save_data=False" in page.value("document.querySelector('.said').textContent")
        look = run.add(300)
        wait_until(lambda: page.value("window.report?.app.runA.has_neurons"))
        wait_until(lambda: page.value(f"window.report && {SPIKES}[0]") == look.n_spikes)
