"""What wandb's own reader finds in the files of offline runs."""

import json
import subprocess
import sys

import pytest
from handed_on import CURVES, NAME, STEPS, TEXT, curves, picture, record, record_and_resume

from keras_v1_activity import sinks

wandb = pytest.importorskip("wandb")


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")


def records(kind, folder):
    """What the run files below a folder hold of one kind, in order."""
    found = []
    for path in sorted(folder.glob("wandb/offline-run-*/*.wandb")):
        command = [sys.executable, "-m", "wandb", "leet", "inspect", "--json", str(path)]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        entries = [json.loads(line) for line in printed.splitlines()]
        found += [entry[kind] for entry in entries if entry["type"] == kind]
    return found


def test_the_offline_files_hold_the_run_also_after_a_resume(tmp_path):
    folder = tmp_path / "run"
    record_and_resume(folder, lambda: sinks.WandB(dir=tmp_path))
    rows = [row["item"] for row in records("history", tmp_path)]
    expected = curves(folder)
    for name in CURVES:
        points = {row["v1_activity_step"]: row[name] for row in rows if name in row}
        assert points == pytest.approx(expected[name]), name
    pictures = {row["v1_activity_step"]: row for row in rows if "pictures/raster.path" in row}
    assert sorted(pictures) == STEPS
    for step, row in pictures.items():
        (path,) = tmp_path.glob(f"wandb/offline-run-*/files/{row['pictures/raster.path']}")
        assert path.read_bytes() == picture(folder, step)
    (alert,) = records("alert", tmp_path)
    assert alert["level"] == "ERROR" and TEXT in alert["text"] and NAME in alert["title"]
    assert len({run["run_id"] for run in records("run", tmp_path)}) == 1
    artifacts = [record["name"] for record in records("artifact", tmp_path)]
    assert sum(name.startswith("report-") for name in artifacts) == 2
    assert wandb.run is None


def test_a_run_of_the_users_is_written_into_and_stays_open(tmp_path):
    with wandb.init(project="mine", dir=tmp_path) as own:
        record(tmp_path / "run", sinks.WandB(), [10], 1)
        assert wandb.run is own
        own.log({"mine": 1.0})
    rows = [row["item"] for row in records("history", tmp_path)]
    assert {"mine", "v1_activity_step", *CURVES} <= {name for row in rows for name in row}
    (run,) = records("run", tmp_path)
    assert run["project"] == "mine"
