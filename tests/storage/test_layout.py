"""Where the files of a run lie, and how an earlier run is moved aside."""

import subprocess
import sys

import pytest
from looks import make_look
from stored_runs import write

from keras_v1_activity import load_activity
from keras_v1_activity.storage import layout as layouts
from keras_v1_activity.storage.layout import move_aside, own_entries


def test_layouts_keep_the_file_names_that_users_know(tmp_path):
    flat = layouts.make_layout("flat", tmp_path)
    folders = layouts.make_layout("folders", tmp_path)
    assert flat.figure(300, "raster") == tmp_path / "raster_step_300.png"
    assert folders.figure(100, "raster") == tmp_path / "step_000100" / "raster.png"
    assert folders.summary(100) == tmp_path / "step_000100" / "summary.json"
    with pytest.raises(ValueError, match="layout must be one of"):
        layouts.make_layout("tree", tmp_path)


def test_an_earlier_run_is_moved_whole_and_other_files_stay(tmp_path):
    write(tmp_path, make_look(1))
    write(tmp_path, make_look(2), layout="flat")
    for name in ("run.json", "network_state.txt", "raster_step_2.png", "notes.txt"):
        (tmp_path / name).write_text(name)
    for folder in ("earlier_001", "sample_0", "sample_1"):
        (tmp_path / folder).mkdir()
    (tmp_path / "activity" / "mine.csv").write_text("1")
    (tmp_path / "sample_0" / "batch_predictions.png").write_text("")
    (tmp_path / "sample_1" / "theirs.png").write_text("")
    target = move_aside(tmp_path)
    assert target.name == "earlier_002" and own_entries(tmp_path) == []
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert {"notes.txt", "activity/mine.csv", "sample_1/theirs.png"} <= left
    assert load_activity(target).steps.tolist() == [1, 2]
    assert (target / "raster_step_2.png").exists() and (target / "sample_0").is_dir()


def test_nothing_to_move_leaves_the_folder_as_it_was(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    assert move_aside(tmp_path) is None and move_aside(tmp_path / "absent") is None
    assert move_aside(tmp_path, ["result.json"]) is None
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_entries_of_other_programs_are_moved_by_name(tmp_path):
    write(tmp_path / "activity", make_look(1))
    for name in ("training.csv", "notes.txt", "run.json"):
        (tmp_path / name).write_text(name)
    target = move_aside(tmp_path, ["training.csv", "result.json", "activity"])
    assert target == tmp_path / "earlier_001"
    assert {path.name for path in target.iterdir()} == {"training.csv", "activity"}
    assert load_activity(target / "activity").steps.tolist() == [1]
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"earlier_001", "notes.txt", "run.json"}


MOVER = """
import sys
from keras_v1_activity.storage.layout import move_aside
print("ready", flush=True)
sys.stdin.readline()
print(move_aside(sys.argv[1]))
"""


def test_two_processes_at_once_leave_one_earlier_run_and_lose_nothing(tmp_path):
    names = {f"raster_step_{step}.png" for step in range(300)} | {"run.json"}
    movers = []
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name in names:
            (folder / name).write_text(name)
        movers.append([start_mover(folder) for _ in range(2)])
    for pair in movers:
        for mover in pair:
            assert mover.stdout.readline() == "ready\n"
        for mover in pair:
            mover.stdin.write("go\n")
            mover.stdin.flush()
    for number, pair in enumerate(movers):
        said = [mover.communicate()[0].strip() for mover in pair]
        folder = tmp_path / str(number)
        assert sorted(said) == sorted(["None", str(folder / "earlier_001")])
        assert [path.name for path in folder.iterdir()] == ["earlier_001"]
        moved = {path.name: path.read_text() for path in (folder / "earlier_001").iterdir()}
        assert moved == {name: name for name in names}


def start_mover(folder):
    return subprocess.Popen(
        [sys.executable, "-c", MOVER, str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
