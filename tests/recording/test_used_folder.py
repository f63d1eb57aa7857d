"""The folder of a run that was used before: moved aside, resumed, or damaged."""

import json

import h5py
import numpy as np
import pytest
from looks import make_look
from recorders import RASTER, record, run_json

from keras_v1_activity import load_activity


def test_a_fresh_run_moves_the_earlier_one_aside(tmp_path, caplog):
    (tmp_path / "notes.txt").write_text("mine")
    for count in (2, 3, 4):
        record(tmp_path, range(1, count)).close()
    assert caplog.text.count("held an earlier run, which is now in") == 2
    for name, steps in (("earlier_001", [1]), ("earlier_002", [1, 2]), (".", [1, 2, 3])):
        assert load_activity(tmp_path / name).steps.tolist() == steps
        assert run_json(tmp_path / name)["steps"] == steps
    assert (tmp_path / "notes.txt").read_text() == "mine"
    with h5py.File(tmp_path / "earlier_002" / "activity.h5") as index:
        assert "spikes" in index["steps/000002"]


def test_a_resumed_run_is_appended_to(tmp_path, caplog):
    record(tmp_path, [10, 20]).close()
    record(tmp_path, [30], next_step=21).close()
    assert caplog.text == ""
    assert load_activity(tmp_path).steps.tolist() == [10, 20, 30]
    content = run_json(tmp_path)
    assert content["steps"] == [10, 20, 30] and content["counts"]["looks"] == 3
    assert len(content["resumed"]) == 1
    assert np.load(tmp_path / "activity_summary.npz")["step"].tolist() == [10, 20, 30]


def test_a_look_cut_short_is_taken_again_by_the_resumed_run(tmp_path):
    record(tmp_path, [10, 20]).close()
    (tmp_path / "step_000030").mkdir()
    record(tmp_path, [30], next_step=30).close()
    assert load_activity(tmp_path).steps.tolist() == [10, 20, 30]


def test_a_run_without_data_is_resumed_or_moved_aside_alike(tmp_path):
    record(tmp_path, [10, 20], plan=RASTER, save_data=False)
    record(tmp_path, [30], next_step=21, plan=RASTER, save_data=False).close()
    assert run_json(tmp_path)["steps"] == [10, 20, 30]
    record(tmp_path, [], next_step=30, plan=RASTER, save_data=False).close()
    assert (tmp_path / "earlier_001" / "step_000030" / "raster.png").exists()


def test_a_run_that_goes_back_is_not_mixed_with_the_later_steps(tmp_path, caplog):
    record(tmp_path, [10, 20, 30]).close()
    run_id = run_json(tmp_path)["run_id"]
    record(tmp_path, [20], next_step=15).close()
    assert load_activity(tmp_path).steps.tolist() == [10, 20]
    assert run_json(tmp_path)["steps"] == [10, 20] and run_json(tmp_path)["run_id"] == run_id
    assert load_activity(tmp_path / "earlier_001").steps.tolist() == [20, 30]
    (said,) = [message for message in caplog.messages if "earlier_001" in message]
    assert "training goes on with step 15" in said
    with h5py.File(tmp_path / "activity.h5", "r") as index:
        assert sorted(index["steps"]) == ["000010", "000020"]


def test_the_same_recorder_goes_on_in_a_second_fit(tmp_path):
    recorder = record(tmp_path, [10, 20])
    recorder.close()
    recorder.open(21)
    recorder.record(make_look(30))
    recorder.close()
    assert load_activity(tmp_path).steps.tolist() == recorder.steps == [10, 20, 30]


def test_a_look_before_the_first_fit_belongs_to_the_same_run(tmp_path, caplog):
    recorder = record(tmp_path, [0])
    recorder.close()
    recorder.open(1)
    recorder.record(make_look(10))
    recorder.close()
    assert caplog.text == ""
    assert load_activity(tmp_path).steps.tolist() == [0, 10]
    recorder.open(1)
    recorder.close()
    assert load_activity(tmp_path / "earlier_001").steps.tolist() == [0, 10]


def test_a_lost_run_json_is_written_again_and_figures_go_on(tmp_path):
    recorder = record(tmp_path, [1], plan=RASTER)
    run_id = run_json(tmp_path)["run_id"]
    (tmp_path / "run.json").unlink()
    recorder.record(make_look(2))
    assert run_json(tmp_path)["run_id"] == run_id
    assert (tmp_path / "step_000002" / "raster.png").exists()
    recorder.close()
    record(tmp_path, [3], next_step=3).close()
    assert run_json(tmp_path)["run_id"] == run_id, "a resumed run is the same run"


DAMAGED = """{"steps": 1, "run_id": 2, "counts": [3], "resumed": 4, "intervals": "5",
"first_causes": 6, "started": null}"""


@pytest.mark.parametrize(
    "content", ["{}", '{"steps": [1], "run_id": "mine"}', "noise", "[]", DAMAGED]
)
def test_a_run_json_that_names_no_run_is_taken_over(tmp_path, content):
    """Older versions wrote no id, and people edit files."""
    record(tmp_path, [1]).close()
    (tmp_path / "run.json").write_text(content)
    recorder = record(tmp_path, [2], next_step=2, plan=RASTER)
    assert (tmp_path / "step_000002" / "raster.png").exists()
    recorder.close()
    assert run_json(tmp_path)["steps"] == [1, 2]


def test_the_order_of_a_run_json_does_not_matter(tmp_path):
    recorder = record(tmp_path, [1], plan=RASTER)
    turned = dict(reversed(run_json(tmp_path).items()))
    (tmp_path / "run.json").write_text(json.dumps(turned))
    recorder.record(make_look(2))
    recorder.close()
    assert (tmp_path / "step_000002" / "raster.png").exists()
    assert run_json(tmp_path)["run_id"] == turned["run_id"]
