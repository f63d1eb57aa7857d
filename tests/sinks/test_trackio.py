"""What is in the database of Trackio, read with sqlite."""

import json
import os
import sqlite3
from pathlib import Path

import pytest
from handed_on import CURVES, NAME, STEPS, TEXT, curves, picture, record_and_resume

from keras_v1_activity import sinks

# Trackio asks for it when it is loaded.
os.environ.setdefault("TRACKIO_DIR", f"{os.environ['KERAS_V1_ACTIVITY_TEST_FOLDER']}/trackio")
pytest.importorskip("trackio")


def test_a_local_database_holds_the_run_also_after_a_resume(tmp_path):
    folder = tmp_path / "run"
    record_and_resume(folder, lambda: sinks.Trackio(project="handed_on"))
    home = Path(os.environ["TRACKIO_DIR"])
    with sqlite3.connect(home / "handed_on.db") as database:
        rows = database.execute("SELECT run_name, step, metrics FROM metrics").fetchall()
        alerts = database.execute("SELECT step, level, title, text FROM alerts").fetchall()
        artifacts = database.execute("SELECT COUNT(*) FROM artifacts").fetchall()
    assert len({row[0] for row in rows}) == 1
    found = [(step, name, value) for _, step, m in rows for name, value in json.loads(m).items()]
    expected = curves(folder)
    for name in CURVES:
        points = {step: value for step, called, value in found if called == name}
        assert points == pytest.approx(expected[name]), name
    pictures = {step: value for step, name, value in found if name == "pictures/raster"}
    assert sorted(pictures) == STEPS
    for step, value in pictures.items():
        assert (home / "media" / value["file_path"]).read_bytes() == picture(folder, step)
    ((step, level, title, text),) = alerts
    assert (step, level, text) == (10, "error", TEXT) and NAME in title
    assert artifacts == [(1,)]
