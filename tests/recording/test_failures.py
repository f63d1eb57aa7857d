"""What goes wrong while a run is recorded is counted and said once; training goes on."""

import logging
import re
import shutil
import subprocess
import warnings

import numpy as np
import pytest
from looks import make_look
from recorders import RASTER, SILENT, record, run_json, warnings_in

from keras_v1_activity import load_activity
from keras_v1_activity.recording.recorder import Recorder


def test_a_step_that_cannot_be_stored_warns_once_and_the_run_goes_on(tmp_path, caplog):
    recorder = record(tmp_path, [1])
    for step in (2, 3):
        (tmp_path / f"step_{step:06d}").write_text("in the way")
    for step in (2, 3, 4):
        recorder.record(make_look(step))
    recorder.close()
    (warning,) = warnings_in(caplog)
    assert re.search("could not be stored.*FileExistsError", warning)
    content = run_json(tmp_path)
    assert content["steps"] == load_activity(tmp_path).steps.tolist() == [1, 4]
    assert content["counts"]["saves_failed"] >= 2
    assert "FileExistsError" in content["first_causes"]["save"]


def test_warnings_made_errors_do_not_end_the_training(tmp_path, caplog):
    recorder = record(tmp_path, [1])
    (tmp_path / "step_000002").write_text("in the way")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        recorder.record(make_look(2))
    assert "could not be stored" in caplog.text


def test_a_log_handler_that_fails_does_not_end_the_training(tmp_path):
    class Broken(logging.Handler):
        def emit(self, record):
            raise RuntimeError("no log today")

    logger, broken = logging.getLogger("keras_v1_activity"), Broken()
    recorder = record(tmp_path, [1])
    (tmp_path / "step_000002").write_text("in the way")
    logger.addHandler(broken)
    try:
        recorder.record(make_look(2))
        recorder.record(make_look(3))
    finally:
        logger.removeHandler(broken)
    recorder.close()
    assert load_activity(tmp_path).steps.tolist() == [1, 3]
    assert recorder.counts["saves_failed"] > 0


def test_failures_of_capture_are_counted_with_the_first_cause(tmp_path, caplog):
    recorder = record(tmp_path, [])
    recorder.fail("capture", KeyError("v"))
    (warning,) = warnings_in(caplog)
    assert warning.startswith("A look at the network failed: KeyError: 'v'")
    recorder.fail("capture", ValueError("later"))
    assert warnings_in(caplog) == [warning]
    recorder.close()
    content = run_json(tmp_path)
    assert content["counts"]["captures_failed"] == recorder.counts["captures_failed"] == 2
    assert content["first_causes"] == {"capture": "KeyError: 'v'"}


def test_a_look_that_cannot_be_made_is_counted_and_the_next_is_stored(tmp_path, caplog):
    recorder = Recorder(tmp_path, SILENT)
    recorder.open(1)
    recorder.record_made(1, lambda: 1 / 0)
    recorder.record(make_look(2))
    recorder.close()
    assert re.search("A look at the network failed.*ZeroDivisionError", caplog.text)
    assert run_json(tmp_path)["counts"]["captures_failed"] == 1
    assert load_activity(tmp_path).steps.tolist() == [2]


def test_a_failing_figure_is_counted_and_the_data_are_stored(tmp_path, caplog):
    recorder = record(tmp_path, [])
    recorder = Recorder(tmp_path, RASTER, background=False)
    recorder.open(1)
    (tmp_path / "step_000001" / "raster.png").mkdir(parents=True)
    recorder.record(make_look(1))
    recorder.close()
    assert "A figure could not be drawn: IsADirectoryError" in caplog.text
    assert run_json(tmp_path)["counts"]["figures_failed"] == 1
    assert 1 in load_activity(tmp_path)


def test_a_summary_that_cannot_be_written_is_counted(tmp_path, caplog):
    recorder = Recorder(tmp_path, SILENT)
    recorder.open(1)
    (tmp_path / "step_000001" / "summary.json").mkdir(parents=True)
    recorder.record(make_look(1))
    recorder.close()
    assert re.search("could not be stored.*IsADirectoryError", caplog.text)
    assert run_json(tmp_path)["counts"]["saves_failed"] == 1
    assert run_json(tmp_path)["counts"]["looks"] == 1


@pytest.mark.parametrize("background", [True, False])
def test_a_log_dir_deleted_in_mid_run_is_made_again(tmp_path, background, caplog):
    recorder = Recorder(tmp_path / "run", SILENT, background=background)
    recorder.open(1)
    for step in (1, 2):
        recorder.record(make_look(step))
    recorder.wait_for_figures(timeout_s=0)
    shutil.rmtree(tmp_path / "run")
    for step in (3, 4):
        recorder.record(make_look(step))
    recorder.close()
    (warning,) = warnings_in(caplog)
    assert "vanished" in warning
    run = load_activity(tmp_path / "run")
    assert run.steps.tolist() == [3, 4]
    assert run[4].populations.names == make_look(4).populations.names


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1 MB; skips where mounting is not allowed."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    command = [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if not mount or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("mounting a small file system is not allowed here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("background", [True, False])
def test_a_full_disk_warns_and_keeps_every_step_before(small_disk, background, caplog):
    recorder = Recorder(small_disk, SILENT, background=background)
    recorder.open(1)
    for step in range(1, 60):
        recorder.record(make_look(step))
    recorder.close()
    warned = warnings_in(caplog)
    assert "No space left" in warned[0] and len(warned) <= 2
    run = load_activity(small_disk)
    assert 3 < len(run) < 59 and run.steps.tolist() == recorder.steps
    for step in recorder.steps:
        np.testing.assert_array_equal(run[step].spikes(), make_look(step).spikes())


@pytest.mark.parametrize("background", [True, False])
def test_a_read_only_folder_warns_and_keeps_every_step_before(small_disk, background, caplog):
    recorder = Recorder(small_disk, SILENT, background=background)
    recorder.open(1)
    recorder.record(make_look(1))
    recorder.wait_for_figures(timeout_s=0)
    remount = ["mount", "-o", "remount,ro", str(small_disk)]
    if subprocess.run(remount, capture_output=True).returncode:
        pytest.skip("a file system cannot be made read-only here")
    for step in (2, 3):
        recorder.record(make_look(step))
    recorder.close()
    warned = warnings_in(caplog)
    assert "Read-only" in warned[0] and len(warned) <= 2
    assert load_activity(small_disk).steps.tolist() == [1]
    assert recorder.counts["saves_failed"] >= 2
