"""Folders in any state: files of other programs, and a run.json of any content."""

import os

import h5py
import numpy as np
import pytest
from looks import make_look
from recorders import RASTER, SILENT, everything, record, run_json, warnings_in

from keras_v1_activity import load_activity
from keras_v1_activity.recording.recorder import Recorder
from keras_v1_activity.storage import summary_arrays

CONTENTS = {
    "steps null": b'{"steps": null}',
    "steps a number": b'{"steps": 5}',
    "counts a list": b'{"counts": [1]}',
    "resumed a number": b'{"resumed": 5}',
    "intervals null": b'{"intervals": null}',
    "deep": b"[" * 200_000,
    "deep within": b'{"settings": ' + b"[" * 900 + b"]" * 900 + b"}",
    "huge": b'{"counts": {"looks": 1' + b"0" * 4000 + b'}, "steps": [1' + b"0" * 4000 + b"]}",
    "too huge": b'{"steps": [1' + b"0" * 5000 + b"]}",
    "no unicode": b'{"settings": "\xff\xfe"}',
    "cut short": b'{"run_id": "0123',
    "causes": b'{"first_causes": {"save": [[1]]}, "started": {"a": [1]}, "settings": 7}',
    "empty": b"",
}


@pytest.mark.parametrize("with_steps", [True, False])
@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_a_run_json_of_any_content_is_taken_over_or_kept_aside(tmp_path, content, with_steps):
    if with_steps:
        record(tmp_path, [1]).close()
    (tmp_path / "run.json").write_bytes(content)
    assert isinstance(load_activity(tmp_path).settings, dict)
    recorder = record(tmp_path, [3], next_step=3)
    recorder.close()
    assert run_json(tmp_path)["steps"][-1] == 3 and recorder.counts["saves_failed"] == 0
    assert load_activity(tmp_path).steps.tolist() == ([1, 3] if with_steps else [3])
    aside = tmp_path / "earlier_001" / "run.json"
    assert not aside.exists() or aside.read_bytes() == content


@pytest.mark.parametrize("background", [True, False])
def test_a_run_json_damaged_while_training_stops_nothing(tmp_path, background):
    recorder = Recorder(tmp_path, SILENT, background=background)
    recorder.open(1)
    for step in range(1, 12):
        recorder.record(make_look(step))
        if step == 4:
            recorder.wait_for_figures()
            (tmp_path / "run.json").write_text("[" * 200_000)
    recorder.close()
    assert run_json(tmp_path)["steps"] == load_activity(tmp_path).steps.tolist()
    assert len(recorder.steps) == 11


@pytest.mark.parametrize("next_step", [1, 3])
def test_files_of_other_programs_stay_and_the_run_is_recorded_beside_them(
    tmp_path, next_step, caplog
):
    (tmp_path / "run.json").write_text('{"my": "precious"}')
    with h5py.File(tmp_path / "activity.h5", "w") as file:
        file["mine"] = 1
    np.savez(tmp_path / "activity_summary.npz", mine=1)
    kept = {path: path.read_bytes() for path in tmp_path.iterdir()}
    record(tmp_path, [3], next_step=next_step, plan=RASTER).close()
    record(tmp_path, [4], next_step=4, plan=RASTER).close()
    assert {path: path.read_bytes() for path in kept} == kept
    assert "earlier_001" not in everything(tmp_path)
    assert len(warnings_in(caplog)) == 4 and caplog.text.count("stays as it is") == 4
    run = load_activity(tmp_path)
    assert run.steps.tolist() == run.info["steps"] == [3, 4] and run[4].step == 4
    assert (tmp_path / "step_000004" / "raster.png").exists()
    record(tmp_path, [1]).close()
    assert {path: path.read_bytes() for path in kept} == kept
    assert load_activity(tmp_path / "earlier_001").steps.tolist() == [3, 4]


def test_left_over_files_are_removed_when_the_run_goes_on(tmp_path):
    record(tmp_path, [1]).close()
    left = [
        tmp_path / ".part-99999999-run.json",
        tmp_path / ".write_test-99999999",
        tmp_path / "step_000001" / ".part-99999999-data.h5",
    ]
    for path in left:
        path.write_text("half")
    (tmp_path / ".part-99999999-thesis.docx").write_text("mine")
    record(tmp_path, [2], next_step=2).close()
    assert not any(path.exists() for path in left)
    assert (tmp_path / ".part-99999999-thesis.docx").exists()


def test_a_link_in_the_place_of_the_temporary_file_is_not_followed(tmp_path):
    (tmp_path / "precious").write_text("mine")
    run = tmp_path / "run"
    run.mkdir()
    for name in (f".write_test-{os.getpid()}", f".part-{os.getpid()}-run.json"):
        (run / name).symlink_to(tmp_path / "precious")
    record(run, [1]).close()
    assert (tmp_path / "precious").read_text() == "mine"


def test_the_end_of_a_training_reads_no_look_again(tmp_path, monkeypatch):
    """However long the run is: counted are the step files that are opened."""
    opened = []
    real = summary_arrays.open_for_reading
    monkeypatch.setattr(
        summary_arrays, "open_for_reading", lambda path: opened.append(path) or real(path)
    )
    recorder = record(tmp_path, range(1, 31))
    recorder.close()
    record(tmp_path, [31, 32], next_step=31).close()
    recorder = record(tmp_path, [33], next_step=33)
    recorder.close()
    recorder.open(34)
    recorder.record(make_look(34))
    recorder.close()
    assert opened == []
    assert np.load(tmp_path / "activity_summary.npz")["step"].tolist() == list(range(1, 35))


@pytest.mark.parametrize("next_step", [1, 3])
def test_a_text_of_somebody_else_stays(tmp_path, caplog, next_step):
    (tmp_path / "network_state.txt").write_text("my notes")
    recorder = record(tmp_path, [3], next_step=next_step)
    for _ in range(2):
        recorder.write_text("network_state.txt", "the network")
    recorder.close()
    assert (tmp_path / "network_state.txt").read_text() == "my notes"
    (said,) = warnings_in(caplog)
    assert "network_state.txt is not of a run and stays as it is" in said


@pytest.mark.parametrize(
    ("layout", "name"),
    [("flat", "raster_step_3.png"), ("flat", "trace_step_3.csv"),
     ("flat", "activity/step_000003.json"),
     ("folders", "step_000003/raster.png"), ("folders", "step_000003/my_notes.txt")],
)  # fmt: skip
def test_what_has_the_name_of_a_coming_look_is_kept_aside(tmp_path, layout, name):
    record(tmp_path, [1, 2], plan=RASTER, layout=layout).close()
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("precious")
    record(tmp_path, [3], next_step=3, plan=RASTER, layout=layout).close()
    assert (tmp_path / "earlier_001" / name).read_text() == "precious"
    assert load_activity(tmp_path).steps.tolist() == run_json(tmp_path)["steps"] == [1, 2, 3]
    with h5py.File(tmp_path / "activity.h5") as index:
        assert sorted(index["steps"]) == ["000001", "000002", "000003"]


def test_a_lock_file_that_holds_something_stays(tmp_path):
    (tmp_path / ".recording.lock").write_text("precious")
    record(tmp_path, [1]).close()
    assert (tmp_path / ".recording.lock").read_text() == "precious"
