"""How long Python waits for figures when it ends, and what it says of those that are missing."""

import os
import signal
import subprocess
import sys

import pytest
from looks import PATIENCE_S, wait_until
from places import TESTS
from recorders import pictures, run_json

from keras_v1_activity import load_activity
from keras_v1_activity.drawing.figure_file import DELAY_VARIABLE
from keras_v1_activity.drawing.settings import BATCH_WAIT_S, WAIT_VARIABLE, wait_limit_s

SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from looks import make_look
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording import recorder as module
module.GRACE_S = 0.0
{begin}
recorder = module.Recorder({folder!r}, RecordPlan(figures=("raster",)))
recorder.open(1)
for step in (1, 2, 3, 4, 5, 6, 7):
    recorder.record(make_look(step))
recorder.close()
{end}
"""


def script(tmp_path, begin="", end=""):
    text = SCRIPT.format(tests=str(TESTS), folder=str(tmp_path / "run"), begin=begin, end=end)
    return [sys.executable, "-c", text]


def run(tmp_path, begin="", end="", **variables):
    done = subprocess.run(
        script(tmp_path, begin, end), capture_output=True, text=True, timeout=4 * PATIENCE_S,
        env={**os.environ, **variables},
    )  # fmt: skip
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    assert load_activity(tmp_path / "run").steps.tolist() == list(range(1, 8))
    return done.stderr


def counts_of(tmp_path):
    counts = run_json(tmp_path / "run")["counts"]
    return counts["figures_drawn"], counts["figures_missing"], counts["figures_dropped"]


def test_a_job_that_must_not_wait_ends_at_once_and_says_what_is_missing(tmp_path):
    """One figure alone would take an hour."""
    said = run(tmp_path, **{WAIT_VARIABLE: "0", DELAY_VARIABLE: "3600"})
    assert f"7 steps still lack pictures: `keras-v1-activity figures {tmp_path}/run" in said
    assert "Python does not wait for them when it ends" in said
    assert said.count("--missing` draws them") == 1 and "drawing figures [" not in said
    assert counts_of(tmp_path) == (0, 7, 0) and pictures(tmp_path / "run") == []


def test_a_job_waits_for_as_long_as_it_is_told_and_no_longer(tmp_path):
    said = run(tmp_path, **{WAIT_VARIABLE: "0.5", DELAY_VARIABLE: "3600"})
    assert "Python waits for them for up to 0.5 s when it ends" in said
    assert "7 steps still lack pictures" in said and counts_of(tmp_path) == (0, 7, 0)


def test_a_job_waits_for_figures_that_were_left_out_too(tmp_path):
    said = run(tmp_path)
    assert "Python waits for them for up to 120 s when it ends" in said and "7/7" in said
    assert "still lack" not in said and len(pictures(tmp_path / "run")) == 7
    assert counts_of(tmp_path) == (7, 0, 0)


def test_a_wrong_number_of_seconds_is_said_once_and_left_aside(tmp_path):
    said = run(tmp_path, **{WAIT_VARIABLE: "two\x1b minutes"})
    assert said.count(f"{WAIT_VARIABLE} must be a number of seconds") == 1
    assert "Python waits 120 s when it ends" in said and "\x1b" not in said
    assert counts_of(tmp_path) == (7, 0, 0)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", BATCH_WAIT_S), ("7", 7.0), (" 2.5 ", 2.5), ("0", 0.0), ("inf", None),
        ("-1", BATCH_WAIT_S), ("nan", BATCH_WAIT_S), ("soon", BATCH_WAIT_S),
    ],
)  # fmt: skip
def test_seconds_to_wait(monkeypatch, text, expected):
    monkeypatch.setenv(WAIT_VARIABLE, text)
    assert wait_limit_s() == expected


@pytest.mark.skipif(os.name != "posix", reason="a terminal")
def test_a_terminal_gets_a_progress_bar_that_ctrl_c_leaves(tmp_path):
    import pty

    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        script(tmp_path), stderr=theirs, stdout=subprocess.DEVNULL,
        env={**os.environ, DELAY_VARIABLE: "3600"},
    )  # fmt: skip
    os.close(theirs)
    said = ""
    while "0/7" not in said:
        said += os.read(ours, 1000).decode()
    # It was told that it waits without limit, and the bar can change in its line.
    assert "Python waits for them when it ends." in said and "\rkeras_v1_activity: drawing" in said
    child.send_signal(signal.SIGINT)
    while True:
        try:
            chunk = os.read(ours, 1000).decode()
        except OSError:
            break
        said += chunk
        if not chunk:
            break
    os.close(ours)
    assert child.wait(PATIENCE_S) == 0
    assert "the remaining figures are skipped" in said and "7 steps still lack pictures" in said
    assert "Traceback" not in said and counts_of(tmp_path) == (0, 7, 0)


@pytest.mark.parametrize(
    "begin",
    [
        "sys.stderr.close()",
        "sys.stderr = sys.stdout = None",
        "sys.stderr = sys.stdout = open('/dev/full', 'w', buffering=1)",
        "import os; os.close(1); os.close(2)",
        "import warnings; warnings.simplefilter('error')",
    ],
)
def test_a_closed_or_full_output_ends_nothing(tmp_path, begin):
    if "/dev/full" in begin and not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full")
    done = subprocess.run(
        script(tmp_path, begin), timeout=4 * PATIENCE_S, capture_output=True,
        env={**os.environ, WAIT_VARIABLE: "300"},
    )  # fmt: skip
    # Python itself ends with 120 if it cannot write the rest of its output.
    assert done.returncode in ((0, 120) if "full" in begin or "close" in begin else (0,))
    assert len(pictures(tmp_path / "run")) == 7 and counts_of(tmp_path) == (7, 0, 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork")
@pytest.mark.parametrize("way", ["multiprocessing", "os.fork"])
def test_a_forked_process_promises_no_waiting_and_ends(tmp_path, way):
    begin = f"""
def work():
    recorder = module.Recorder({str(tmp_path / "run")!r}, RecordPlan(figures=("raster",)))
    recorder.open(1)
    for step in range(1, 8):
        recorder.record(make_look(step))
    recorder.close()
import multiprocessing
process = multiprocessing.get_context("fork").Process(target=work, daemon=True)
process.start()
process.join()
sys.exit(process.exitcode)
"""
    if way == "os.fork":
        begin = (
            begin[: begin.index("import multiprocessing")]
            + """
import os
child = os.fork()
if child:
    sys.exit(os.waitpid(child, 0)[1])
work()
sys.exit()
"""
        )
    said = run(tmp_path, begin, **{DELAY_VARIABLE: "3600"})
    assert "Python does not wait for them when it ends" in said and "Python waits" not in said
    assert counts_of(tmp_path) == (0, 7, 0)


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_training_that_fails_waits_for_nothing_and_says_what_is_missing(tmp_path):
    text = SCRIPT.format(tests=str(TESTS), folder=str(tmp_path / "run"), begin="", end="")
    text = text.replace("recorder.close()", "recorder.drawing.worker_pid; 1 / 0")
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, timeout=4 * PATIENCE_S,
        env={**os.environ, DELAY_VARIABLE: "3600"},
    )  # fmt: skip
    assert done.returncode == 1 and "ZeroDivisionError" in done.stderr
    assert "steps still lack pictures" in done.stderr


def test_a_program_that_is_killed_leaves_whole_pictures_only(tmp_path):
    child = subprocess.Popen(script(tmp_path), stderr=subprocess.DEVNULL)
    wait_until(lambda: pictures(tmp_path / "run"))
    child.kill()
    child.wait()
    for name in pictures(tmp_path / "run"):
        if not name.rsplit("/", 1)[-1].startswith("."):
            assert (tmp_path / "run" / name).read_bytes().endswith(b"IEND\xaeB`\x82")


def test_figures_are_drawn_where_python_starts_no_thread_at_its_end(tmp_path):
    """As Python 3.12 does not, once the program has come to its end."""
    end = (
        "import threading\n"
        "def refuse(thread):\n"
        "    raise RuntimeError('cannot create new thread at interpreter shutdown')\n"
        "threading.Thread.start = refuse"
    )
    text = SCRIPT.format(tests=str(TESTS), folder=str(tmp_path / "run"), begin="", end=end)
    never_closed = text.replace(
        "recorder.close()", "import atexit; atexit.register(recorder.close)"
    )
    done = subprocess.run([sys.executable, "-c", never_closed], capture_output=True, text=True)
    assert done.returncode == 0 and "still lack" not in done.stderr, done.stderr
    assert len(pictures(tmp_path / "run")) == 7 and counts_of(tmp_path) == (7, 0, 0)
