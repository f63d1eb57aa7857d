"""What a recorder leaves in its folder when all goes well, and which folders it takes."""

import json
from pathlib import Path

import numpy as np
import pytest
from looks import make_look
from recorders import RASTER, SILENT, record, run_json, warnings_in

from keras_v1_activity import load_activity
from keras_v1_activity.recording.recorder import Recorder


@pytest.mark.parametrize("background", [True, False])
def test_a_run_leaves_everything_that_is_promised(tmp_path, background):
    recorder = Recorder(tmp_path, RASTER, background=background, settings={"dt": 1.0, "x": print})
    recorder.open(1)
    for step in (100, 200):
        recorder.record(make_look(step))
    recorder.write_text("network_state.txt", "μ")
    recorder.close()
    recorder.close()
    assert recorder.wait_for_figures()
    for step in (100, 200):
        names = {path.name for path in (tmp_path / f"step_{step:06d}").iterdir()}
        assert names == {"raster.png", "summary.json", "data.h5"}
        json.loads((tmp_path / f"step_{step:06d}" / "summary.json").read_text())
    left = {path.name for path in tmp_path.iterdir() if path.is_file()}
    assert left == {"activity.h5", "activity_summary.npz", "run.json", "network_state.txt"}
    assert (tmp_path / "network_state.txt").read_text(encoding="utf-8") == "μ"
    assert np.load(tmp_path / "activity_summary.npz")["step"].tolist() == [100, 200]
    content = run_json(tmp_path)
    assert content["steps"] == recorder.steps == [100, 200]
    assert content["settings"]["dt"] == 1.0 and "print" in content["settings"]["x"]
    assert {"python", "numpy", "h5py", "keras_v1_activity"} <= set(content["versions"])
    assert content["counts"]["looks"] == content["counts"]["figures_drawn"] == 2
    assert content["first_causes"] == {}
    assert load_activity(tmp_path).settings["dt"] == 1.0


def test_the_flat_layout_keeps_the_known_file_names(tmp_path):
    record(tmp_path, [100, 200], plan=RASTER, layout="flat").close()
    assert (tmp_path / "raster_step_200.png").is_file()
    assert (tmp_path / "activity" / "step_000200.h5").is_file()
    assert load_activity(tmp_path)[200].step == 200


def test_without_data_there_are_figures_and_json_only(tmp_path):
    record(tmp_path, [100], plan=RASTER, save_data=False).close()
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"raster.png", "summary.json", "run.json"}
    assert run_json(tmp_path)["steps"] == [100]


def test_a_look_is_readable_at_once(tmp_path):
    recorder = record(tmp_path, [])
    for step in (10, 20, 30):
        recorder.record(make_look(step))
        assert load_activity(tmp_path).steps[-1] == step
        assert run_json(tmp_path)["steps"][-1] == step
    recorder.close()


def test_a_second_look_at_a_step_is_said_to_replace_the_first(tmp_path, caplog):
    recorder = record(tmp_path, [1])
    later = make_look(1, label=3)
    recorder.record(later)
    recorder.record(later)
    recorder.close()
    (warning,) = warnings_in(caplog)
    assert warning.startswith("Step 1 was logged twice") and recorder.steps == [1]
    assert load_activity(tmp_path)[1].label == 3
    assert run_json(tmp_path)["counts"]["looks_replaced"] == 2


def test_a_log_dir_that_cannot_be_used_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    for bad in (tmp_path / "file", tmp_path / "file" / "below", 3, "\0"):
        with pytest.raises(ValueError, match="log_dir must be a folder that can be written; got"):
            Recorder(bad, SILENT)
    with pytest.raises(ValueError, match="layout must be one of"):
        Recorder(tmp_path, SILENT, layout="tree")
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


@pytest.mark.parametrize("kind", [str, Path])
def test_a_tilde_is_the_home_of_the_user(tmp_path, monkeypatch, kind):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    recorder = record(kind("~/run"), [1])
    recorder.close()
    assert recorder.log_dir == tmp_path / "home" / "run"
    assert load_activity(kind("~/run")).steps.tolist() == [1]
    assert not (tmp_path / "~").exists()


def test_an_empty_log_dir_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="^log_dir must name a folder, e.g. 'v1_activity'; got ''"):
        Recorder("", SILENT)
    assert not list(tmp_path.iterdir())
