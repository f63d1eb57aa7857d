"""Every Python block of every page runs as it stands there, or says why not."""

import dataclasses
import importlib.util
import logging
import re
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from activities import trials
from comparison_cases import hz
from looks import wait_for_file
from oracles import random_network
from PIL import Image
from places import DOCS
from snippets import run_page, snippets_of
from spiking_models import make_data, make_model
from written_networks import copy_of_network

from keras_v1_activity import NetworkActivityLogger, V1ActivityCallback, load_activity, v1
from keras_v1_activity.common import notices
from keras_v1_activity.history import History
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.recorder import Recorder

PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))


def smaller(code):
    """The same code with a network of 200 neurons: less to wait for."""
    return re.sub(r"\b(2000|51978)\b", "200", code)


def record(folder, looks):
    recorder = Recorder(folder, RecordPlan(figures=()), settings={}, background=False)
    for look in looks:
        recorder.record(look)
    recorder.close()


def custom_loops(tmp_path, capsys):
    names = run_page("custom-loops.md")
    assert names["logger"].step == 4
    for path in (
        "my_logs/raster_step_3.png", "my_logs/raster_step_12.png", "my_logs/activity_summary.npz",
        "trace_logs/trace_neuron_17_step_1.png", "fit_logs/raster_step_4.png",
        "predictions/batch_predictions.png", "predictions/sample_3/batch_predictions.png",
    ):  # fmt: skip
        assert wait_for_file(tmp_path / path).stat().st_size > 3000, path
    assert "Units" in (tmp_path / "network_state.txt").read_text()
    assert "input_current_pA" in (tmp_path / "trace_logs/trace_step_1.csv").read_text()


def output_files(tmp_path, capsys):
    callback = V1ActivityCallback("logs", 2, trace_neurons=[4], figures=(), background=False)
    make_model(keras).fit(*make_data(4), batch_size=1, callbacks=[callback], verbose=0)
    try:
        import libsonata  # noqa: F401
    except ImportError:
        run_page("output-files.md", without=["needs libsonata"])
    else:
        run_page("output-files.md")
    assert "[2 4]" in capsys.readouterr().out
    assert (tmp_path / "raster_large.png").stat().st_size > 3000


def export(tmp_path, capsys):
    callback = V1ActivityCallback("logs", 2, figures=(), background=False)
    make_model(keras).fit(*make_data(4), batch_size=1, callbacks=[callback], verbose=0)
    libraries = ("pynwb", "libsonata", "pandas", "neo", "pynapple")
    missing = [name for name in libraries if importlib.util.find_spec(name) is None]
    names = run_page("export.md", without=[f"needs {name}" for name in missing])
    assert names["exported"].n_looks == 2 and not names["exported"].left_out
    assert (tmp_path / "tables/spikes.csv").exists()


def your_own_model(tmp_path, capsys):
    run_page("your-own-model.md")
    with load_activity("own_logs") as stored:
        assert stored.steps.tolist() == [5, 10]
        look = stored[10]
    assert look.n_spikes > 0 and look.populations.names == ("e23Cux2", "i23Pvalb")
    assert look.voltages.min() > -300
    wait_for_file(tmp_path / "own_logs/step_000010/raster.png")


def published_network(tmp_path, capsys):
    copy_of_network("GLIF_network")
    names = run_page("published-network.md", change=smaller)
    assert "sparse_recurrent_weights" in capsys.readouterr().out
    assert names["exported"].n_neurons == 200 and names["exported"].weight_unit == "V_th - E_L"
    for written in ("w.weights.h5", "ckpt-1.index", "network.h5", "again.h5", "untrained.h5"):
        assert Path(written).stat().st_size > 0


def sonata(tmp_path, capsys):
    copy_of_network("GLIF_network")
    names = run_page("sonata.md", change=smaller)
    for name in ("recurrent", "inputs"):
        weights = [getattr(names[n], name).weight for n in ("published", "network", "trained")]
        np.testing.assert_array_equal(weights[0], weights[1])
        np.testing.assert_array_equal(weights[1], weights[2])


def quick_start(tmp_path, capsys):
    with NetworkActivityLogger("visualization_logs", 1, figures=()) as logger:
        logger.log_step(spikes=np.eye(20)[None], labels=[3])
    x, y = make_data(100)
    model = make_model(keras)
    data = tf.data.Dataset.from_tensor_slices((x, y)).batch(1)
    run_page("quick-start.md", {"model": model, "data": data})
    assert "3 None 20 {" in capsys.readouterr().out
    with load_activity("logs") as run:
        assert run.steps.tolist() == [100]


def comparing(tmp_path, capsys):
    record("logs", trials(60))
    run_page("comparing.md")
    for name in ("difference.png", "trials.png", "spatial.png"):
        assert Path(name).stat().st_size > 3000
    first, last = trials(60)[0], trials(60)[-1]
    expected = np.corrcoef(hz(first, 50, 200), hz(last, 50, 200))[0, 1]
    printed = capsys.readouterr().out.split()
    assert float(printed[0]) == pytest.approx(expected)
    assert Path(printed[1]).stat().st_size > 0
    with Image.open("difference.png") as image:
        assert image.size == (2400, 1350)


def nest(tmp_path, capsys):
    pytest.importorskip("nest")
    v1.export_network(random_network(n=60, n_input=30, n_synapses=600), "trained.h5")
    names = run_page("nest.md")
    assert names["activity"].n_steps == 600 and names["activity"].n_neurons == 60


def measures(tmp_path, capsys):
    record("logs", trials(200))
    names = run_page("measures.md")
    assert np.isfinite(names["factors"]).any() and len(names["hz"]) == len(names["density"])
    assert "e4Rorb" in capsys.readouterr().out


def probes(tmp_path, capsys):
    copy_of_network("GLIF_network")
    names = run_page("probes.md", change=smaller)
    assert len(names["gratings"]) == 16 and len(names["network"].populations.index) == 200
    assert "[8]" in capsys.readouterr().out and names["tuning"].counts.shape == (8, 1, 4)
    # 40 + 30 cos 2 theta: half of 30 / 40, up to one spike in forty.
    found = names["measures"].osi(names["tuning"].rates, names["directions"])
    np.testing.assert_allclose(found, 0.375, atol=0.02)


def alarms(tmp_path, capsys):
    record("logs", trials(60))
    model = make_model(keras)
    names = run_page("alarms.md", {"model": model})
    found = names["high_loss"](History([{"step": 7, "scalars": {"loss": 5.0}}]))
    assert (found.value, found.threshold, found.step) == (5.0, 3.0, 7)
    names["at_red"](dataclasses.replace(found, level="red"))
    assert model.stop_training


def health(tmp_path, capsys):
    x, y = make_data(8)
    run_page("health.md", {"model": make_model(keras), "x": x, "y": y})
    first, ratios = capsys.readouterr().out.strip().splitlines()[-2:]
    assert float(first.strip("[]")) > 0 and "readout" in ratios
    assert (tmp_path / "logs/step_000002/health.png").stat().st_size > 3000


def options(tmp_path, capsys):
    names = run_page("options.md")
    assert isinstance(names["callback"], V1ActivityCallback)


def gallery(tmp_path, capsys):
    labels = (3, 3, 8)
    looks = zip(trials(60), labels, strict=True)
    record("logs", [dataclasses.replace(look, label=label) for look, label in looks])
    names = run_page("gallery.md")
    for name in ("raster.png", "difference.png", "spatial.png", "trials.png", "similarity.png"):
        assert Path(name).stat().st_size > 3000
    assert names["figure"].handles["counts"].sum() == 3


def troubleshooting(tmp_path, capsys):
    logger = logging.getLogger("keras_v1_activity")
    level, handlers = logger.level, list(logger.handlers)
    try:
        run_page("troubleshooting.md")
        notices.tell("news")
        notices.warn("a figure could not be drawn")
        said = Path("notices.log").read_text()
        assert "a figure could not be drawn" in said and "news" not in said
    finally:
        logger.setLevel(level)
        for handler in set(logger.handlers) - set(handlers):
            logger.removeHandler(handler)
            handler.close()


def report(tmp_path, capsys):
    with NetworkActivityLogger("logs", 1, figures=()) as logger:
        logger.log_step(spikes=np.eye(20)[None])
    run_page("report.md")
    for written in ("logs/report.html", "talk/run_12.html"):
        assert f"<title>{Path.cwd().name}/logs</title>" in Path(written).read_text(encoding="utf-8")


def sinks(tmp_path, capsys):
    missing = [] if importlib.util.find_spec("tensorboard") else ["needs tensorboard"]
    x, y = make_data(8)
    run_page("sinks.md", {"model": make_model(keras), "x": x, "y": y}, without=missing)
    assert missing or len(list(Path("board/run_1").iterdir())) == 1
    lines = Path("own_logs/lines.txt").read_text().splitlines()
    assert "1 50.0" in lines and any(line.startswith("1 raster ") for line in lines)


def training(tmp_path, capsys):
    def short(code):
        return code.replace(
            "n_epochs=2, steps_per_epoch=10",
            "data_dir='net', neurons=200, seq_len=150, pre_delay=0, im_slice=10, batch_size=2, "
            "n_epochs=1, steps_per_epoch=1, val_steps=1",
        )

    copy_of_network("net")
    names = run_page("training.md", change=short)
    assert 0 <= names["result"]["validation"]["accuracy"] <= 1
    assert Path("results/training.csv").exists()


RUNS = {
    "alarms.md": alarms,
    "comparing.md": comparing,
    "custom-loops.md": custom_loops,
    "export.md": export,
    "gallery.md": gallery,
    "health.md": health,
    "measures.md": measures,
    "nest.md": nest,
    "options.md": options,
    "output-files.md": output_files,
    "probes.md": probes,
    "published-network.md": published_network,
    "quick-start.md": quick_start,
    "report.md": report,
    "sinks.md": sinks,
    "sonata.md": sonata,
    "training.md": training,
    "troubleshooting.md": troubleshooting,
    "your-own-model.md": your_own_model,
}


@pytest.mark.filterwarnings("ignore:`shuffle=True` was passed")
@pytest.mark.parametrize("page", RUNS)
def test_the_python_of_a_page_runs(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    RUNS[page](tmp_path, capsys)


def test_every_block_is_run_or_says_why_not():
    run = {page for page in PAGES if any(not s.not_run for s in snippets_of(page))}
    # These need libraries that may not be installed: test_other_frameworks.py.
    assert run == {*RUNS, "other-frameworks.md"}
    left_out = {page: s.not_run for page in PAGES for s in snippets_of(page) if s.not_run}
    assert all(len(reason.split()) > 3 for reason in left_out.values())
    # Outside of these blocks no Python stands in a page, not even indented.
    for page in PAGES:
        text = (DOCS / page).read_text(encoding="utf-8")
        assert len(re.findall(r"^```(?:py|python)\b", text, re.M)) == len(snippets_of(page)), page
        assert not re.search(r"\n\n    (?:import |from \w+ import |\w+ = )", text), page


def test_how_many_blocks_there_are():
    blocks = [s for page in PAGES for s in snippets_of(page)]
    assert len(blocks) == 59 and sum(bool(s.not_run) for s in blocks) == 6
