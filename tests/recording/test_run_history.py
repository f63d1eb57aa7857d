"""history.png of a run: drawn while it grows and at its end, never over a file of others."""

import json

import pytest
from looks import make_look
from PIL import Image
from recorders import pictures, record, run_json

from keras_v1_activity import load_activity
from keras_v1_activity.cli.main import main
from keras_v1_activity.figures import save_history
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.recorder import Recorder

HISTORY = RecordPlan(figures=("history",), statistics=False)


def is_of_all_looks(folder, n_looks, scratch):
    """Whether history.png shows the numbers of the run as they are in the end."""
    history = load_activity(folder).history
    assert len(history) == n_looks
    drawn = save_history(history, scratch).read_bytes()
    return (folder / "history.png").read_bytes() == drawn


def test_it_is_drawn_again_as_the_run_grows_and_at_the_end_but_seldom(tmp_path):
    recorder = record(tmp_path / "run", range(1, 41), plan=HISTORY)
    before = recorder.counts["figures_drawn"]
    # Each of the first looks, then when there are a tenth more: 1, ..., 11, 13, 15, 17, 19, ...
    assert 15 < before < 25
    recorder.close()
    assert recorder.counts["figures_drawn"] == before + 1
    assert pictures(tmp_path / "run") == ["history.png"]
    assert is_of_all_looks(tmp_path / "run", 40, tmp_path / "again.png")


def test_the_drawing_process_draws_it_after_the_numbers_of_the_last_look(tmp_path):
    plan = RecordPlan(figures=("history",))
    with_numbers = Recorder(tmp_path / "run", plan, settings=plan.settings())
    with_numbers.open(1)
    for step in (1, 2, 3):
        with_numbers.record(make_look(step))
    with_numbers.close(wait_s=120)
    history = load_activity(tmp_path / "run").history
    assert all("statistics" in row for row in history)
    assert is_of_all_looks(tmp_path / "run", 3, tmp_path / "again.png")
    counts = run_json(tmp_path / "run")["counts"]
    assert counts["figures_missing"] == counts["figures_failed"] == 0


def test_a_picture_of_another_program_stays_and_that_is_said_once(tmp_path, caplog):
    Image.new("RGB", (9, 9), "red").save(tmp_path / "history.png")
    mine = (tmp_path / "history.png").read_bytes()
    recorder = record(tmp_path, [1, 2], plan=HISTORY)
    recorder.close()
    assert main(["figures", str(tmp_path), "--missing"]) == 0
    assert (tmp_path / "history.png").read_bytes() == mine
    assert load_activity(tmp_path).steps.tolist() == [1, 2]
    (said,) = [r.getMessage() for r in caplog.records if "history.png" in r.getMessage()]
    assert "another program" in said and "stays as it is" in said


def test_it_moves_aside_with_an_earlier_run(tmp_path):
    record(tmp_path, [1], plan=HISTORY).close()
    first = (tmp_path / "history.png").read_bytes()
    record(tmp_path, [7, 8], plan=HISTORY).close()
    assert pictures(tmp_path) == ["earlier_001/history.png", "history.png"]
    assert (tmp_path / "earlier_001" / "history.png").read_bytes() == first


def test_it_needs_no_data_and_is_not_drawn_where_it_is_not_asked_for(tmp_path):
    record(tmp_path / "a", [1, 2], plan=HISTORY, save_data=False).close()
    assert pictures(tmp_path / "a") == ["history.png"]
    raster = RecordPlan(figures=("raster",), statistics=False)
    record(tmp_path / "b", [1], plan=raster).close()
    assert pictures(tmp_path / "b") == ["step_000001/raster.png"]


@pytest.mark.parametrize("layout", ["folders", "flat"])
def test_the_command_draws_it(tmp_path, capsys, layout):
    run = tmp_path / "run"
    plan = RecordPlan(figures=("history",), statistics=False)
    settings = plan.settings()
    record(run, [1, 2], plan=plan, settings=settings, layout=layout).close()
    drawn = (run / "history.png").read_bytes()
    out = ["--out", str(tmp_path)]
    assert main(["figures", str(run), "--figures", "history", *out]) == 0
    assert (tmp_path / "history.png").read_bytes() == drawn
    (run / "history.png").unlink()
    capsys.readouterr()
    assert main(["figures", str(run), "--missing"]) == 0
    assert "1 figure was drawn" in capsys.readouterr().out
    assert (run / "history.png").read_bytes() == drawn


def test_damaged_summaries_leave_gaps(tmp_path):
    record(tmp_path, [1, 2, 3], plan=RecordPlan(figures=(), statistics=False)).close()
    (tmp_path / "step_000001" / "summary.json").write_text("{")
    damaged = json.dumps({"step": 2, "population_rates_hz": 7, "scalars": [], "statistics": 1})
    (tmp_path / "step_000002" / "summary.json").write_text(damaged)
    assert main(["figures", str(tmp_path), "--figures", "history"]) == 0
    assert (tmp_path / "redrawn" / "history.png").stat().st_size > 5_000
