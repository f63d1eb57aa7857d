"""Files of a run that somebody puts another thing in place of, while it is recorded."""

import json
import os
import shutil
import subprocess
import sys

import h5py
import pytest
from looks import PATIENCE_S, make_look
from places import TESTS
from recorders import record, run_json, warnings_in

from keras_v1_activity import load_activity

FILES = ("run.json", "activity.h5", "activity_summary.npz")


def put_foreign(path):
    if path.suffix == ".h5":
        with h5py.File(path, "w") as file:
            file["mine"] = [1, 2, 3]
    else:
        path.write_text('{"mine": 1}')


def put_link(path):
    put_foreign(path.parent.parent / path.name)
    path.symlink_to(path.parent.parent / path.name)


PUT = {"file": put_foreign, "link": put_link, "folder": os.mkdir, "fifo": os.mkfifo}


@pytest.mark.parametrize("kind", PUT)
@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_program_stays_and_the_looks_are_stored(tmp_path, caplog, name, kind):
    folder = tmp_path / "run"
    recorder = record(folder, [1, 2])
    path = folder / name
    path.unlink(missing_ok=True)
    PUT[kind](path)
    before = path.lstat()
    for step in (3, 4):
        recorder.record(make_look(step))
    recorder.close()
    assert path.lstat().st_ino == before.st_ino and path.lstat().st_mtime == before.st_mtime
    if kind == "link":
        assert os.readlink(path) == str(tmp_path / name)
        assert (tmp_path / name).lstat().st_mtime <= before.st_mtime
    assert load_activity(folder).steps.tolist() == recorder.steps == [1, 2, 3, 4]
    assert all(look.n_spikes for look in load_activity(folder))
    (warning,) = warnings_in(caplog)
    assert path.name in warning
    # The next training goes on with the run.
    record(folder, [5], next_step=5).close()
    assert load_activity(folder).steps.tolist() == [1, 2, 3, 4, 5]
    assert path.lstat().st_ino == before.st_ino


@pytest.mark.parametrize("kind", PUT)
def test_what_lies_in_the_place_of_a_look_costs_at_most_that_look(tmp_path, caplog, kind):
    recorder = record(tmp_path / "run", [1])
    PUT[kind](tmp_path / "run" / "step_000002")
    for step in (2, 3):
        recorder.record(make_look(step))
    recorder.close()
    steps = [1, 2, 3] if kind == "folder" else [1, 3]
    assert load_activity(tmp_path / "run").steps.tolist() == steps
    assert run_json(tmp_path / "run")["steps"] == steps
    assert len(warnings_in(caplog)) == (kind != "folder")


def test_a_folder_that_is_renamed_keeps_what_it_has(tmp_path, caplog):
    recorder = record(tmp_path / "run", [1, 2])
    os.rename(tmp_path / "run", tmp_path / "renamed")
    recorder.record(make_look(3))
    recorder.close()
    assert load_activity(tmp_path / "renamed").steps.tolist() == [1, 2]
    assert load_activity(tmp_path / "run").steps.tolist() == [3]
    (warning,) = warnings_in(caplog)
    assert "vanished and is made again" in warning


def test_a_folder_that_becomes_a_file_ends_no_training(tmp_path, caplog):
    recorder = record(tmp_path / "run", [1])
    shutil.rmtree(tmp_path / "run")
    (tmp_path / "run").write_text("mine")
    for step in (2, 3):
        recorder.record(make_look(step))
    recorder.close()
    assert (tmp_path / "run").read_text() == "mine"
    assert recorder.counts["looks"] == 1 and len(warnings_in(caplog)) <= 2


FULL = """
import json, os, sys
sys.path.insert(0, {tests!r})
import resource, signal
from looks import make_look
from recorders import SILENT
from keras_v1_activity.recording.recorder import Recorder
recorder = Recorder({folder!r}, SILENT, background=False)
recorder.open(1)
recorder.record(make_look(1))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
recorder.record(make_look(2))
recorder.record(make_look(3))
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
recorder.record(make_look(4))
recorder.close()
print(json.dumps(recorder.counts))
"""


@pytest.mark.skipif(os.name != "posix", reason="limits of a process")
def test_a_disk_that_is_full_for_a_while_costs_the_looks_of_that_time(tmp_path):
    script = FULL.format(tests=str(TESTS), folder=str(tmp_path / "run"))
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["looks"] == 2 and "Traceback" not in done.stderr
    assert load_activity(tmp_path / "run").steps.tolist() == [1, 4]
    assert done.stderr.count("could not be stored") == 1
    with h5py.File(tmp_path / "run" / "activity.h5") as index:
        assert sorted(index["steps"]) == ["000001", "000004"]
    assert not [path for path in (tmp_path / "run").rglob(".*")]
