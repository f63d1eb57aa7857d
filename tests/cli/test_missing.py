"""``figures --missing``: a run gets the pictures that it lacks, and nothing else is touched."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys

import pytest
from looks import PATIENCE_S, make_look, wait_until
from recorders import pictures, record, run_json

from keras_v1_activity.cli.main import main
from keras_v1_activity.drawing.figure_file import DELAY_VARIABLE
from keras_v1_activity.plan import RecordPlan

TWO = RecordPlan(figures=("raster", "input"))


@pytest.fixture(scope="module")
def complete_run(tmp_path_factory):
    """A run of four looks, drawn once."""
    folder = tmp_path_factory.mktemp("complete") / "run"
    record(folder, [1, 2, 3, 4], plan=TWO, settings=TWO.settings()).close()
    return folder


@pytest.fixture
def incomplete(tmp_path, complete_run):
    """A copy of that run, and which of its pictures were taken away."""
    shutil.copytree(complete_run, tmp_path / "run")
    gone = ["step_000001/input.png", "step_000003/input.png", "step_000003/raster.png"]
    content = {name: (tmp_path / "run" / name).read_bytes() for name in gone}
    for name in gone:
        (tmp_path / "run" / name).unlink()
    return tmp_path / "run", content


def command(*words, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "keras_v1_activity", "figures", *map(str, words)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
    )  # fmt: skip


def test_two_processes_draw_what_is_missing_as_the_training_would_have(incomplete, capsys):
    run, gone = incomplete
    there = {name: (run / name).stat().st_mtime_ns for name in pictures(run)}
    assert main(["figures", str(run), "--missing", "--jobs", "2"]) == 0
    out, err = capsys.readouterr()
    assert out == f"3 figures were drawn, none is missing in {run}\n" and "3/3" in err
    for name, content in gone.items():
        assert (run / name).read_bytes() == content
    assert {name: (run / name).stat().st_mtime_ns for name in there} == there
    assert len(pictures(run)) == 8 and not (run / "redrawn").exists()
    assert not [path for path in run.rglob("*") if ".part" in path.name]
    assert main(["figures", str(run), "--missing"]) == 0
    assert capsys.readouterr() == (f"0 figures were drawn, none is missing in {run}\n", "")


def test_run_json_counts_what_was_drawn(incomplete):
    run, _ = incomplete
    content = run_json(run)
    content["counts"].update(figures_drawn=5, figures_missing=3)
    (run / "run.json").write_text(json.dumps(content))
    assert main(["figures", str(run), "--missing", "--step", "1"]) == 0
    counts = run_json(run)["counts"]
    assert (counts["figures_drawn"], counts["figures_missing"]) == (6, 2)
    assert {**run_json(run), "counts": 0} == {**content, "counts": 0}


def test_a_run_json_of_another_program_stays_as_it_is(tmp_path):
    foreign = '{"mine": 1, "counts": {"figures_drawn": 5}, "settings": {"figures": ["output"]}}'
    (tmp_path / "run.json").write_text(foreign)
    record(tmp_path, [1, 2], plan=TWO, settings=TWO.settings()).close()
    (tmp_path / "step_000001" / "input.png").unlink()
    assert main(["figures", str(tmp_path), "--missing"]) == 0
    assert (tmp_path / "run.json").read_text() == foreign
    assert pictures(tmp_path) == [
        f"step_{step:06d}/{name}.png" for step in (1, 2) for name in ("input", "raster")
    ]
    content = json.loads((tmp_path / "run_activity.json").read_text())
    assert content["counts"]["figures_drawn"] == 5


def test_only_chosen_steps_and_figures_are_drawn(incomplete):
    run, _ = incomplete
    words = ["--missing", "--step", "3", "4", "--figures", "input", "output"]
    assert main(["figures", str(run), *words]) == 0
    assert {"step_000003/input.png", "step_000004/output.png"} <= set(pictures(run))
    assert not {"step_000001/input.png", "step_000003/raster.png"} & set(pictures(run))


def test_several_commands_at_once_do_not_disturb_one_another(incomplete):
    run, gone = incomplete
    children = [command(run, "--missing", "--jobs", "2") for _ in range(2)]
    for child in children:
        out, err = child.communicate(timeout=4 * PATIENCE_S)
        assert child.returncode == 0 and "none is missing" in out, err
    for name, content in gone.items():
        assert (run / name).read_bytes() == content
    assert len(pictures(run)) == 8 and run_json(run)["steps"] == [1, 2, 3, 4]


def test_a_command_that_is_killed_leaves_whole_pictures_and_the_next_one_draws_the_rest(incomplete):
    run, gone = incomplete
    child = command(run, "--missing", env={**os.environ, DELAY_VARIABLE: "0.5"})
    wait_until(lambda: len(pictures(run)) > 5)
    child.kill()
    child.communicate()
    assert main(["figures", str(run), "--missing"]) == 0
    for name, content in gone.items():
        assert (run / name).read_bytes() == content


def test_ctrl_c_ends_the_command_and_its_processes(incomplete):
    run, _ = incomplete
    child = command(run, "--missing", "--jobs", "2", env={**os.environ, DELAY_VARIABLE: "3600"})
    while "drawing figures [" not in child.stderr.readline():
        assert child.poll() is None
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=4 * PATIENCE_S)
    assert child.returncode == 130 and "interrupted" in err and "Traceback" not in err


def test_what_cannot_be_drawn_is_one_sentence_and_exit_code_2(incomplete, capsys):
    run, _ = incomplete
    (run / "step_000003" / "data.h5").write_bytes(b"damaged")
    assert main(["figures", str(run), "--missing"]) == 2
    out, err = capsys.readouterr()
    (line,) = [line for line in err.splitlines() if "still missing" in line]
    assert "2 figures of 1 step are still missing" in line and "step 3" in line
    assert (run / "step_000001" / "input.png").exists()


@pytest.mark.parametrize(
    "words, sentence",
    [
        (["--step", "7"], "step 7 was not logged"),
        (["--jobs", "0"], "jobs must be at least 1, e.g. 2; got 0"),
        (["--dpi", "200"], "leave out --out, --dpi and --neurons"),
        (["--out", "x"], "leave out --out, --dpi and --neurons"),
    ],
)
def test_wrong_options_are_one_sentence(incomplete, capsys, words, sentence):
    assert main(["figures", str(incomplete[0]), "--missing", *words]) == 2
    err = capsys.readouterr().err
    assert re.search(sentence, err) and len(err.splitlines()) == 1


def test_a_run_without_stored_data_has_nothing_to_draw_from(tmp_path, capsys):
    record(tmp_path, [1], plan=TWO, save_data=False).close()
    assert main(["figures", str(tmp_path), "--missing"]) == 2
    assert "logged with save_data=False" in capsys.readouterr().err


def test_a_training_that_is_running_takes_the_pictures_as_drawn(tmp_path):
    from keras_v1_activity.recording.recorder import Recorder

    plan = RecordPlan(figures=("raster",))
    recorder = Recorder(tmp_path, plan, settings=plan.settings())
    recorder.open(1)
    recorder.record(make_look(1))
    wait_until(lambda: recorder.drawing.worker_pid)
    pid = recorder.drawing.worker_pid
    os.kill(pid, signal.SIGSTOP)
    for step in range(2, 9):
        recorder.record(make_look(step))
    wait_until(lambda: recorder.counts["looks"] == 8)
    assert main(["figures", str(tmp_path), "--missing"]) == 0
    assert len(pictures(tmp_path)) == 8
    os.kill(pid, signal.SIGCONT)
    assert recorder.wait_for_figures()
    recorder.close()
    counts = run_json(tmp_path)["counts"]
    assert (counts["figures_drawn"], counts["figures_missing"]) == (8, 0)
