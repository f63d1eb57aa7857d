"""Files that are not ours, and files of ours in any state."""

import json
import os
import zipfile

import h5py
import numpy as np
import pytest
from looks import make_look
from PIL import Image
from stored_runs import write

from keras_v1_activity import load_activity
from keras_v1_activity.storage.layout import make_layout, move_aside, own_entries, run_name
from keras_v1_activity.storage.ownership import Owner, owner_of
from keras_v1_activity.storage.run_content import read_run_content

RUN_JSON = {
    "{}": Owner.OURS,
    '{"steps": null}': Owner.OURS,
    '{"run_id": "' + "0123456789abcdef" * 2 + '", "steps": [], "later": 1}': Owner.OURS,
    '{"my": "precious"}': Owner.FOREIGN,
    '{"steps": 5, "learning_rate": 0.1}': Owner.FOREIGN,
    '{"run_id": "' + "0123456789abcdef" * 2 + '", "experiment_id": "7"}': Owner.FOREIGN,
    "[" * 200_000: Owner.DAMAGED,
    "[]": Owner.DAMAGED,
    "noise": Owner.DAMAGED,
    '{"steps": [1, 2': Owner.DAMAGED,
    "": Owner.NOBODY,
}


@pytest.mark.parametrize("text", RUN_JSON, ids=[text[:30] for text in RUN_JSON])
def test_whose_a_run_json_is(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    assert owner_of(tmp_path / "run.json") is RUN_JSON[text]


def foreign_files(folder):
    folder.mkdir(exist_ok=True)
    (folder / "run.json").write_text('{"my": "precious"}')
    with h5py.File(folder / "activity.h5", "w") as file:
        file["mine"] = 1
    np.savez(folder / "activity_summary.npz", mine=np.arange(3))
    (folder / "network_state.txt").write_text("my notes\n")
    Image.new("RGB", (8, 8)).save(folder / "history.png")
    return {path: path.read_bytes() for path in folder.iterdir()}


def test_files_of_other_programs_are_told_by_what_they_hold(tmp_path):
    for path in foreign_files(tmp_path):
        assert owner_of(path) is Owner.FOREIGN
    assert own_entries(tmp_path) == [] and run_name(tmp_path) == "run_activity.json"
    assert move_aside(tmp_path) is None
    with pytest.raises(FileNotFoundError, match="holds no run"):
        load_activity(tmp_path)


def test_an_earlier_run_is_moved_aside_and_files_of_others_beside_it_stay(tmp_path):
    kept = foreign_files(tmp_path)
    write(tmp_path, make_look(1))
    (tmp_path / "run_activity.json").write_text("{}")
    target = move_aside(tmp_path)
    assert {path: path.read_bytes() for path in kept} == kept
    assert {path.name for path in target.iterdir()} == {"run_activity.json", "step_000001"}


def test_a_run_beside_files_of_others_has_no_index_and_is_read_all_the_same(tmp_path, caplog):
    kept = foreign_files(tmp_path)
    writer = write(tmp_path, make_look(1), make_look(2))
    assert {path: path.read_bytes() for path in kept} == kept
    assert caplog.text.count("is not of a run and stays as it is") == 1
    assert load_activity(tmp_path)[2].populations.names == make_look(2).populations.names
    writer.finish()
    assert load_activity(tmp_path).info == {}


def test_an_index_of_an_older_version_is_ours_however_damaged(tmp_path):
    writer = write(tmp_path, make_look(1))
    content = (tmp_path / "activity.h5").read_bytes()
    (tmp_path / "activity.h5").write_bytes(content[:-500] + b"\0" * 300)
    assert owner_of(tmp_path / "activity.h5") is Owner.OURS
    writer.open()
    with h5py.File(tmp_path / "activity.h5") as index:
        assert list(index["steps"]) == ["000001"]
    assert not (tmp_path / "earlier_001").exists()


def test_what_may_be_left_of_ours_is_kept_aside(tmp_path):
    writer = write(tmp_path, make_look(1))
    (tmp_path / "activity.h5").write_bytes(b"x" * 5000)
    writer.open()
    assert (tmp_path / "earlier_001" / "activity.h5").read_bytes() == b"x" * 5000
    with h5py.File(tmp_path / "activity.h5") as index:
        assert list(index["steps"]) == ["000001"]


def test_pipes_and_folders_of_these_names_are_foreign_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "run.json")
    os.mkfifo(tmp_path / "activity.h5")
    (tmp_path / "activity_summary.npz").mkdir()
    for name in ("run.json", "activity.h5", "activity_summary.npz"):
        assert owner_of(tmp_path / name) is Owner.FOREIGN
    write(tmp_path, make_look(1))
    assert load_activity(tmp_path)[1].step == 1 and load_activity(tmp_path).info == {}


def test_whose_an_archive_is(tmp_path):
    path = tmp_path / "activity_summary.npz"
    np.savez(path, step=[1], label_history=[2], left_out=[""])
    assert owner_of(path) is Owner.OURS
    path.write_bytes(path.read_bytes()[:100])
    assert owner_of(path) is Owner.DAMAGED
    path.write_text("notes")
    assert owner_of(path) is Owner.FOREIGN
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "mine")
    assert owner_of(path) is Owner.FOREIGN


def test_entries_of_a_run_json_are_what_they_should_be_or_left_out(tmp_path):
    kept = {
        "steps": [1, 2**60, True, -1, "x", 2.5, 10**400, 7],
        "counts": {"looks": 3, "captures_failed": "many", "deep": [[]]},
        "first_causes": {"save": "disk full", "draw": [1]},
        "intervals": [[1, 10], [2], [3, 0], "x", [5, 20]],
        "resumed": ["yesterday", 5],
        "settings": [1],
        "started": {"a": 1},
        "later": 1,
    }
    (tmp_path / "run.json").write_text(json.dumps(kept))
    assert read_run_content(tmp_path / "run.json") == {
        "steps": [1, 7],
        "counts": {"looks": 3},
        "first_causes": {"save": "disk full"},
        "intervals": [[1, 10], [5, 20]],
        "resumed": ["yesterday"],
        "later": 1,
    }


def test_a_layout_names_its_run_json_beside_that_of_another_program(tmp_path):
    layout = make_layout("folders", tmp_path)
    layout.settle()
    assert layout.run.name == "run.json"
    foreign_files(tmp_path)
    layout.settle()
    assert layout.run.name == "run_activity.json"


def test_a_run_json_takes_the_first_name_that_nobody_has(tmp_path):
    foreign_files(tmp_path)
    (tmp_path / "run_activity.json").write_text('{"mine": 2}')
    assert run_name(tmp_path) == "run_activity_2.json"
    (tmp_path / "run_activity_2.json").write_text("{}")
    assert [path.name for path in own_entries(tmp_path)] == ["run_activity_2.json"]


def test_a_run_file_that_would_take_very_much_memory_is_damaged(tmp_path):
    path = tmp_path / "run.json"
    path.write_text('{"steps": [' + "[]," * 1_000_000 + "1]}")
    assert owner_of(path) is Owner.DAMAGED
    path.write_text("[" * 200_000)
    assert owner_of(path) is Owner.DAMAGED
