"""Several processes on one folder: one records, the others say so, all go on."""

import errno
import os
import subprocess
import sys

import pytest
from looks import make_look, wait_until
from places import TESTS
from recorders import SILENT, everything, record, run_json, warnings_in

from keras_v1_activity import load_activity
from keras_v1_activity.recording.recorder import Recorder
from keras_v1_activity.storage.claim import CLAIM, Claim

fcntl = pytest.importorskip("fcntl", reason="this system has no such locks")

HOLDER = """
import sys
sys.path.insert(0, {tests!r})
from looks import make_look, wait_until
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.recorder import Recorder
recorder = Recorder({folder!r}, RecordPlan(figures=()), background=False)
recorder.open(1)
recorder.record(make_look(1))
print("ready", flush=True)
for line in sys.stdin:
    recorder.record(make_look(int(line)))
    print(line, flush=True)
recorder.close()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that records into a folder; (process, folder)."""
    folder = tmp_path / "run"
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER.format(tests=str(TESTS), folder=str(folder))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout.readline() == "ready\n"
    yield child, folder
    child.kill()
    child.communicate()


@pytest.mark.parametrize("through_link", [False, True])
def test_the_second_process_says_so_once_and_stores_nothing(holder, tmp_path, caplog, through_link):
    child, folder = holder
    (tmp_path / "link").symlink_to(folder)
    second = Recorder(tmp_path / "link" if through_link else folder, SILENT, background=False)
    before = everything(folder)
    second.open(1)
    for step in (1, 2):
        second.record(make_look(step))
    second.write_text("network_state.txt", "of the second")
    second.close()
    assert everything(folder) == before
    (warning,) = warnings_in(caplog)
    assert "Another process is recording into" in warning
    assert second.steps == [] and second.counts["taken_failed"] == 3
    child.communicate("2\n3\n", timeout=60)
    assert load_activity(folder).steps.tolist() == run_json(folder)["steps"] == [1, 2, 3]
    second.open(4)
    second.record(make_look(4))
    second.close()
    assert load_activity(folder).steps.tolist() == [1, 2, 3, 4]
    assert CLAIM not in everything(folder)


def test_a_killed_process_holds_nothing(holder):
    child, folder = holder
    child.kill()
    child.wait()
    record(folder, [2], next_step=2).close()
    assert load_activity(folder).steps.tolist() == [1, 2]
    assert CLAIM not in everything(folder)


def test_within_a_process_the_later_one_takes_over(tmp_path):
    first, second = Claim(tmp_path), Claim(tmp_path)
    assert first.take() and second.take()
    first.give_back()
    assert (tmp_path / CLAIM).exists()
    second.give_back()
    second.give_back()
    assert not (tmp_path / CLAIM).exists()


@pytest.mark.parametrize("kind", ["fifo", "link", "folder", "file"])
def test_what_is_not_ours_is_not_waited_for_and_stays(tmp_path, kind):
    there = tmp_path / CLAIM
    if kind == "fifo":
        os.mkfifo(there)
    elif kind == "link":
        there.symlink_to(tmp_path / "precious")
    elif kind == "folder":
        there.mkdir()
    else:
        there.write_text("mine")
    claim = Claim(tmp_path)
    assert claim.take()
    claim.give_back()
    assert os.path.lexists(there) and not (tmp_path / "precious").exists()
    assert kind != "file" or there.read_text() == "mine"


def test_a_folder_that_is_made_again_is_taken_again(tmp_path):
    claim = Claim(tmp_path)
    for _ in range(2):
        assert claim.take()
        (tmp_path / CLAIM).unlink()
    assert claim.take() and (tmp_path / CLAIM).exists()
    claim.give_back()
    assert not (tmp_path / CLAIM).exists()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.EINTR])
def test_on_a_disk_without_locks_everybody_records(tmp_path, monkeypatch, caplog, number):
    def flock(*args):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)
    recorder = record(tmp_path, [1, 2])
    recorder.close()
    record(tmp_path, [3], next_step=3).close()
    assert load_activity(tmp_path).steps.tolist() == run_json(tmp_path)["steps"] == [1, 2, 3]
    assert warnings_in(caplog) == []


def test_a_folder_that_is_not_there_is_not_claimed(tmp_path):
    assert Claim(tmp_path / "absent").take()


FORK = """
import os, sys, time
from pathlib import Path
from keras_v1_activity.storage.claim import Claim
claim = Claim(Path(sys.argv[1]))
assert claim.take()
if not os.fork():
    time.sleep(60)
    os._exit(0)
print("ready", flush=True)
os._exit(0)
"""


def test_a_forked_child_that_outlives_its_parent_holds_nothing(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", FORK, str(tmp_path)], stdout=subprocess.PIPE
    )
    assert child.stdout.readline() == b"ready\n"
    child.wait(timeout=60)
    claim = Claim(tmp_path)
    # The child may not have begun to run yet.
    wait_until(claim.take)
    assert (tmp_path / CLAIM).exists()
    claim.give_back()
    child.stdout.close()
