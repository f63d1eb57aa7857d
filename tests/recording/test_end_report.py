"""report=True: the report of a run is there when its recording ends."""

import numpy as np
from looks import make_look, wait_until
from recorders import record, run_json, warnings_in
from report_pages import blocks_of

from keras_v1_activity import NetworkActivityLogger, V1ActivityCallback, load_activity
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.recorder import Recorder

REPORTED = RecordPlan(figures=(), report=True)


def steps_of(path):
    return blocks_of(path)["a-run"][1]["steps"].tolist()


def test_it_is_written_at_the_end(tmp_path, caplog):
    caplog.set_level("INFO")
    recorder = record(tmp_path / "run", [1, 2], plan=REPORTED)
    assert not (tmp_path / "run" / "report.html").exists()
    recorder.close()
    assert steps_of(tmp_path / "run" / "report.html") == [1, 2]
    assert str(tmp_path / "run" / "report.html") in caplog.text
    # A run that goes on replaces it.
    record(tmp_path / "run", [3], next_step=3, plan=REPORTED).close()
    assert steps_of(tmp_path / "run" / "report.html") == [1, 2, 3]


def test_the_logger_writes_it_with_its_summary(tmp_path):
    with NetworkActivityLogger(tmp_path, 2, figures=(), report=True) as logger:
        for _ in range(5):
            logger.log_step(spikes=np.eye(20))
    assert steps_of(tmp_path / "report.html") == [2, 4]


def test_nothing_is_written_unasked(tmp_path):
    record(tmp_path, [1]).close()
    assert not (tmp_path / "report.html").exists()


def test_numbers_that_come_late_are_in_it(tmp_path):
    plan = RecordPlan(figures=(), statistics=True, report=True)
    recorder = Recorder(tmp_path, plan)
    for step in (1, 2):
        recorder.record(make_look(step, 200, 40))
    recorder.close(wait_s=0)

    def names():
        return [each["path"] for each in blocks_of(tmp_path / "report.html")["a-run"][0]["series"]]

    wait_until(lambda: ["statistics", "all", "lv"] in names())


def test_a_report_of_another_program_stays(tmp_path, caplog):
    (tmp_path / "report.html").write_text("<html>mine</html>")
    recorder = record(tmp_path, [1], plan=REPORTED)
    recorder.close()
    assert (tmp_path / "report.html").read_text() == "<html>mine</html>"
    assert any("report could not be written" in text for text in warnings_in(caplog))
    assert "of another program" in run_json(tmp_path)["first_causes"]["report"]


def test_a_text_from_outside_of_the_folder_is_not_in_it(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("a secret")
    recorder = record(tmp_path / "run", [1], plan=REPORTED)
    (tmp_path / "run" / "network_state.txt").symlink_to(secret)
    recorder.close()
    assert not blocks_of(tmp_path / "run" / "report.html")["a-run"][0]["texts"]
    (tmp_path / "run" / "network_state.txt").unlink()
    (tmp_path / "run" / "network_state.txt").write_text("our own")
    load_activity(tmp_path / "run").report()
    texts = blocks_of(tmp_path / "run" / "report.html")["a-run"][0]["texts"]
    assert texts == {"network_state.txt": "our own"}


def test_the_callback_takes_it(tmp_path):
    callback = V1ActivityCallback(tmp_path, figures=(), background=False, report=True)
    callback.recorder.record(make_look(1))
    callback.recorder.close()
    assert steps_of(tmp_path / "report.html") == [1]
    assert run_json(tmp_path)["settings"]["report"] is True
