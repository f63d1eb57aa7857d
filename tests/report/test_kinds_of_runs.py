"""Runs of every kind have a report: broken ones, silent ones, running ones, two at once."""

import numpy as np
import pytest
import reported_runs
from kinds_of_runs import (
    HOSTILE,
    KINDS,
    bare_run,
    flat_run,
    hostile_run,
    long_run,
    numbers_only_run,
)
from looks import make_look
from report_pages import blocks_of, read_page, write_page
from stored_runs import write

from keras_v1_activity import NetworkActivityLogger, load_activity
from keras_v1_activity.cli import main
from keras_v1_activity.common.atomic_files import write_json
from keras_v1_activity.report import write_report


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_report(kind, tmp_path):
    folder = KINDS[kind](tmp_path)
    path = tmp_path / "page.html"
    assert load_activity(folder).report(path) == path
    content, arrays = blocks_of(path)["a-run"]
    assert content["name"] == folder.name
    assert len(arrays["steps"]) in (1, 2, 3)


def test_hostile_names_are_text(tmp_path):
    path = load_activity(hostile_run(tmp_path)).report(tmp_path / "page.html")
    page = read_page(path)
    assert page.text["title"] == "<b>run & 'co'"
    # Nothing of the names became an element.
    assert not {"img", "b"} & set(page.tags)
    names = [each["name"] for each in blocks_of(path)["a-run"][0]["populations"]]
    assert sorted(names) == sorted(HOSTILE)


def test_a_run_without_data_has_its_numbers(tmp_path):
    path = load_activity(numbers_only_run(tmp_path / "logs")).report()
    assert path == tmp_path / "logs" / "report.html"
    content, arrays = blocks_of(path)["a-run"]
    assert not content["has_neurons"] and content["n_neurons"] == 6
    assert arrays["detail"].tolist() == [0, 0, 0]


def test_a_run_that_is_being_written(tmp_path):
    with NetworkActivityLogger(tmp_path / "logs", 1, figures=(), background=False) as logger:
        logger.log_step(spikes=np.eye(6)[None])
        logger.log_step(spikes=np.eye(6)[None])
        path = load_activity(tmp_path / "logs").report()
        assert len(blocks_of(path)["a-run"][1]["steps"]) == 2
        logger.log_step(spikes=np.eye(6)[None])
    again = load_activity(tmp_path / "logs").report()
    assert len(blocks_of(again)["a-run"][1]["steps"]) == 3


def test_looks_that_do_not_fit_are_named(tmp_path):
    write(tmp_path, make_look(1, 20, 9), make_look(2, 20, 9), make_look(3, 20, 12))
    (tmp_path / "step_000002" / "data.h5").write_bytes(b"damaged")
    written = write_page(tmp_path, tmp_path / "page.html")
    assert written.n_looks == 1
    damaged, other = written.left_out
    assert damaged.startswith("step 2:") and other == "step 3: it has 12 neurons, the run 9"
    assert blocks_of(written.path)["a-run"][0]["left_out"] == list(written.left_out)


def test_a_damaged_run_json_costs_only_what_it_says(tmp_path):
    layout = reported_runs.write_run(tmp_path / "logs", 2, 12, n_steps=20, n_spikes=30)
    write_json(layout.run, {"settings": 7, "alarms": ["x", {"name": 3}], "versions": None})
    content, _ = blocks_of(load_activity(tmp_path / "logs").report())["a-run"]
    assert content["alarms"] == []


def test_3000_steps_stay_small(tmp_path):
    written = write_report(tmp_path / "page.html", [long_run()], limit_bytes=300_000)
    assert written.n_bytes < 450_000
    content, arrays = blocks_of(written.path)["a-run"]
    assert len(arrays["steps"]) == 3000 and arrays["detail"][[0, -1]].tolist() == [2, 2]
    # Steps without a picture have their numbers.
    assert 100 < written.n_looks < 3000 and "pictures of" in content["left_out"][-1]
    np.testing.assert_allclose(arrays["s0"], np.arange(1, 3001) / 7, rtol=1e-6)


def test_two_runs(tmp_path):
    for name in ("one", "two"):
        reported_runs.write_run(tmp_path / name / "logs", 2, 12, n_steps=20, n_spikes=30)
    one, two = (load_activity(tmp_path / name / "logs") for name in ("one", "two"))
    blocks = blocks_of(one.report(tmp_path / "both.html", compare=two))
    assert [blocks[f"{p}-run"][0]["name"] for p in "ab"] == ["one/logs", "two/logs"]
    assert {"a-0", "a-1", "b-0", "b-1"} <= set(blocks)


def test_alarms_and_origin_come_along(tmp_path):
    alarms = reported_runs.some_alarms(5)
    reported_runs.write_run(tmp_path / "logs", 5, 12, n_steps=20, n_spikes=30, alarms=alarms)
    run = load_activity(tmp_path / "logs")
    content, _ = blocks_of(run.report())["a-run"]
    assert content["alarms"] == [alarm.as_dict() for alarm in run.alarms]
    assert content["info"]["versions"] == run.info["versions"]
    assert content["watched"]


def test_a_failed_report_leaves_the_old_one(tmp_path, monkeypatch):
    folder = bare_run(tmp_path / "logs")
    path = tmp_path / "page.html"
    path.write_text("old")
    run = load_activity(folder)

    def interrupted(step):
        raise KeyboardInterrupt

    monkeypatch.setattr(type(run), "__getitem__", lambda self, step: interrupted(step))
    with pytest.raises(KeyboardInterrupt):
        run.report(path)
    assert path.read_text() == "old" and [p.name for p in tmp_path.glob("*.html*")] == ["page.html"]


def test_a_report_of_another_program_stays(tmp_path):
    run = load_activity(bare_run(tmp_path / "logs"))
    path = tmp_path / "logs" / "report.html"
    path.write_text("<html>mine</html>")
    with pytest.raises(FileExistsError, match="of another program"):
        run.report()
    assert path.read_text() == "<html>mine</html>"
    # One that the user names is replaced, as is one of ours.
    run.report(path)
    assert run.report() == path


def test_a_report_moves_aside_with_its_run(tmp_path):
    load_activity(flat_run(tmp_path / "logs")).report()
    flat_run(tmp_path / "logs")
    assert (tmp_path / "logs" / "earlier_001" / "report.html").is_file()
    assert not (tmp_path / "logs" / "report.html").exists()


def test_the_command(tmp_path, capsys):
    bare_run(tmp_path / "logs")
    assert main(["report", str(tmp_path / "logs"), "--out", str(tmp_path / "talk" / "r.html")]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"wrote {tmp_path / 'talk' / 'r.html'}: 1 look, 0.1 MB")
    assert main(["report", str(tmp_path / "nothing")]) == 2
    reported_runs.write_run(tmp_path / "empty", 0, 5)
    capsys.readouterr()
    assert main(["report", str(tmp_path / "empty")]) == 2
    assert "'empty' holds no look yet" in capsys.readouterr().err
