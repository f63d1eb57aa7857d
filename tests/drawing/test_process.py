"""The drawing process, with the real process and the real figures."""

from pathlib import Path

from drawings import PNG, figures_of, gone
from looks import make_look, wait_until

from keras_v1_activity.drawing import look_drawing
from keras_v1_activity.drawing.figure_file import DELAY_VARIABLE
from keras_v1_activity.drawing.here import DrawingHere
from keras_v1_activity.drawing.process import DrawingProcess
from keras_v1_activity.drawing.settings import NICENESS_VARIABLE
from keras_v1_activity.storage.counters import Counters


def test_every_figure_of_every_look_is_drawn(tmp_path, drawing, capsys):
    process, counters = drawing()
    names = ("raster", "population")
    for step in (1, 2, 3):
        process.put(make_look(step), figures_of(tmp_path, step, names))
    process.close()
    for step in (1, 2, 3):
        for _, path in figures_of(tmp_path, step, names):
            assert path.read_bytes().startswith(PNG)
    assert counters.counts["figures_drawn"] == 6 and not counters.causes
    assert len(list(tmp_path.rglob("*.*"))) == 6, "temporary files are left"
    assert "6/6" in capsys.readouterr().err


def test_no_process_is_started_for_nothing_and_close_may_be_repeated(capsys):
    process = DrawingProcess(Counters())
    process.close()
    process.close()
    assert process.worker_pid is None and capsys.readouterr().err == ""


def test_closing_leaves_no_process_behind(tmp_path, drawing):
    process, _ = drawing()
    process.put(make_look(1), figures_of(tmp_path, 1))
    wait_until(lambda: process.worker_pid)
    pid = process.worker_pid
    process.close()
    assert gone(pid)


def test_an_idle_process_ends_and_comes_back_with_the_next_look(tmp_path, drawing):
    process, counters = drawing(idle_s=0.2)
    pids = []
    for step in (1, 2, 3):
        process.put(make_look(step), figures_of(tmp_path, step))
        wait_until(lambda: process.worker_pid)
        pids.append(process.worker_pid)
        wait_until(lambda: process.worker_pid is None)
        assert gone(pids[-1])
    process.close()
    # More often than a lost process is replaced: to have been idle is no loss.
    assert len(set(pids)) == 3 and counters.counts["figures_drawn"] == 3 and not counters.causes


def test_a_full_queue_drops_the_oldest_and_put_never_waits(tmp_path, drawing, monkeypatch):
    monkeypatch.setenv(DELAY_VARIABLE, "3600")
    process, counters = drawing(queue_looks=2)
    process.put(make_look(1), figures_of(tmp_path, 1))
    wait_until(lambda: not process.waiting_steps)
    # The process now sleeps for an hour: that the next line is reached shows that put returns.
    for step in range(2, 12):
        process.put(make_look(step), figures_of(tmp_path, step, ("raster", "input")))
    assert process.waiting_steps == [10, 11]
    assert counters.counts["figures_dropped"] == 8 * 2


def test_a_relative_path_is_one_in_the_folder_of_the_program(tmp_path, drawing, monkeypatch):
    monkeypatch.chdir(tmp_path)
    process, counters = drawing()
    process.put(make_look(1), [("raster", Path("raster.png"))])
    assert process.wait() and not counters.causes
    assert (tmp_path / "raster.png").exists()


def test_drawing_rests_after_a_look_but_not_while_it_is_waited_for(tmp_path, drawing, monkeypatch):
    costs = []
    monkeypatch.setenv(NICENESS_VARIABLE, "1")
    monkeypatch.setattr(look_drawing, "rest_s", lambda *cost: costs.append(cost) or 3600.0)
    process, counters = drawing(queue_looks=2)
    process.put(make_look(1), figures_of(tmp_path, 1, ("raster", "input")))
    wait_until(lambda: costs)
    for step in (2, 3, 4):
        process.put(make_look(step), figures_of(tmp_path, step))
    # It rests: the oldest of three is dropped, and nothing else is taken from the queue.
    assert counters.counts["figures_dropped"] == 1
    assert process.waiting_steps == [3, 4]
    assert process.wait()
    assert counters.counts["figures_drawn"] == 4 and not counters.causes
    assert all(cpu_s > 0 and queued_s >= 0 and n >= 1 for cpu_s, queued_s, n in costs)


def test_a_failing_figure_is_counted_and_the_next_is_drawn(tmp_path, drawing):
    process, counters = drawing()
    blocked = tmp_path / "step_000001" / "raster.png"
    blocked.mkdir(parents=True)
    process.put(make_look(1), figures_of(tmp_path, 1, ("raster", "population")))
    process.close()
    assert (counters.counts["figures_failed"], counters.counts["figures_drawn"]) == (1, 1)
    assert "IsADirectoryError" in counters.causes["draw"]


def test_drawing_here_counts_alike(tmp_path):
    counters = Counters()
    (tmp_path / "step_000001" / "raster.png").mkdir(parents=True)
    DrawingHere(counters).put(make_look(1), figures_of(tmp_path, 1, ("raster", "population")))
    assert (counters.counts["figures_failed"], counters.counts["figures_drawn"]) == (1, 1)
    assert (tmp_path / "step_000001" / "population.png").read_bytes().startswith(PNG)
