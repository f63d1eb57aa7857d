"""The Python of the documentation runs as it stands there."""

import inspect
import re

import keras
import pytest
from looks import wait_for_file
from places import DOCS
from spiking_models import make_data, make_model

from keras_v1_activity import NetworkActivityLogger, V1ActivityCallback


def run_blocks(name, *, skip=()):
    """Runs the Python blocks of a page, one after the other, in one namespace."""
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / name).read_text(encoding="utf-8"), re.S)
    assert len(blocks) > 3
    space = {}
    for block in blocks:
        if not any(word in block for word in skip):
            exec(compile(block, name, "exec"), space)
    return space


def test_custom_loops_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    space = run_blocks("custom-loops.md")
    assert space["logger"].step == 4
    for path in (
        "my_logs/raster_step_3.png", "my_logs/raster_step_12.png", "my_logs/activity_summary.npz",
        "trace_logs/trace_neuron_17_step_1.png", "fit_logs/raster_step_4.png",
        "predictions/batch_predictions.png", "predictions/sample_3/batch_predictions.png",
    ):  # fmt: skip
        assert wait_for_file(tmp_path / path).stat().st_size > 3000, path
    assert "Units" in (tmp_path / "network_state.txt").read_text()
    assert "input_current_pA" in (tmp_path / "trace_logs/trace_step_1.csv").read_text()


@pytest.mark.filterwarnings("ignore:trace_neurons. layer")
def test_output_files_page(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    callback = V1ActivityCallback("logs", 2, trace_neurons=[4], figures=(), background=False)
    make_model(keras).fit(*make_data(4), batch_size=1, callbacks=[callback], verbose=0)
    try:
        import libsonata  # noqa: F401
    except ImportError:
        run_blocks("output-files.md", skip=["libsonata"])
    else:
        run_blocks("output-files.md")
    assert "[2 4]" in capsys.readouterr().out
    assert (tmp_path / "raster_large.png").stat().st_size > 3000


@pytest.mark.parametrize("owner", [V1ActivityCallback, NetworkActivityLogger])
def test_options_page_names_every_option_and_its_default(owner):
    rows = {}
    for line in (DOCS / "options.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == 5 and cells[0].startswith("`"):
            rows[cells[0].strip("`")] = cells
    column = 2 if owner is V1ActivityCallback else 3
    described = {name for name, cells in rows.items() if cells[column] == "x"}
    options = inspect.signature(owner).parameters
    assert described == set(options)
    for name, option in options.items():
        if name not in ("log_dir", "figures"):
            assert rows[name][1].strip("`").strip('"') == str(option.default), name
