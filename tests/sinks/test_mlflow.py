"""What MLflow's client finds in a local store."""

import pytest
from handed_on import CURVES, POPULATION, STEPS, TEXT, curves, picture, record, record_and_resume

from keras_v1_activity import sinks

mlflow = pytest.importorskip("mlflow")
# Of the libraries that it stands on.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/store.db")
    yield
    mlflow.set_tracking_uri(before)


def points(run, name):
    history = mlflow.MlflowClient().get_metric_history(run.info.run_id, name)
    assert len(history) == len(STEPS)
    return {metric.step: metric.value for metric in history}


def test_a_local_store_holds_the_run_also_after_a_resume(tmp_path):
    folder = tmp_path / "run"
    record_and_resume(folder, sinks.MLflow)
    (run,) = mlflow.search_runs(output_format="list")
    assert run.info.run_name == "run" and run.info.status == "FINISHED"
    expected = curves(folder)
    for name in CURVES:
        assert points(run, name) == pytest.approx(expected[name]), name
    files = {
        artifact.path
        for below in ("", "pictures/step_000010", "alarms")
        for artifact in mlflow.MlflowClient().list_artifacts(run.info.run_id, below)
    }
    alarm = f"alarms/step_000010_too_loud_{POPULATION}.txt"
    assert {"report.html", "pictures/step_000010/raster.png", alarm} <= files
    there = mlflow.artifacts.download_artifacts(
        run_id=run.info.run_id, dst_path=str(tmp_path / "d")
    )
    assert TEXT in open(f"{there}/{alarm}").read()
    with open(f"{there}/report.html", "rb") as file:
        assert file.read() == (folder / "report.html").read_bytes()
    for step in STEPS:
        with open(f"{there}/pictures/step_{step:06d}/raster.png", "rb") as file:
            assert file.read() == picture(folder, step)


def test_a_run_of_the_users_is_written_into_and_stays_open(tmp_path):
    with mlflow.start_run() as own:
        record(tmp_path / "run", sinks.MLflow(), [10], 1)
        assert mlflow.active_run().info.run_id == own.info.run_id
        mlflow.log_metric("mine", 1.0)
    (run,) = mlflow.search_runs(output_format="list")
    assert run.info.run_id == own.info.run_id
    assert {"mine", *CURVES} <= run.data.metrics.keys()
