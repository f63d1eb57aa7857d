"""The arrays over all logged steps."""

import os
import tracemalloc

import numpy as np
import pytest
from looks import NAMES, make_look, make_spikes
from stored_runs import write

from keras_v1_activity.storage import codec
from keras_v1_activity.storage.index import StepWriter
from keras_v1_activity.storage.layout import make_layout, step_files
from keras_v1_activity.storage.summary_arrays import RunSummary, write_summary_arrays
from keras_v1_activity.storage.summary_earlier import take_earlier_rows
from keras_v1_activity.storage.summary_row import row_of_activity
from keras_v1_activity.storage.summary_table import SummaryTable


def summary_of(tmp_path, looks, **options):
    write(tmp_path, *looks)
    path = tmp_path / "activity_summary.npz"
    write_summary_arrays(path, step_files(tmp_path), **options)
    return np.load(path, allow_pickle=False)


def test_the_summary_equals_arrays_stacked_by_hand(tmp_path):
    looks = [make_look(step, label=None if step == 20 else step) for step in (10, 20, 30)]
    dense = np.stack([make_spikes(60, 30, seed=step) for step in (10, 20, 30)])
    arrays = summary_of(tmp_path, looks)
    names = np.array(NAMES)[np.arange(30) % 3]
    assert arrays["step"].tolist() == [10, 20, 30]
    assert arrays["label_history"].tolist() == [10, -1, 30]
    predictions = [int(np.argmax(look.confidence)) for look in looks]
    assert arrays["prediction_history"].tolist() == predictions
    assert arrays["n_spikes"].tolist() == dense.sum((1, 2)).tolist()
    np.testing.assert_allclose(arrays["mean_rate"], dense.sum((1, 2)) / 30 / 0.060)
    for k, name in enumerate(arrays["population_names"]):
        counts = dense[:, :, names == name].sum((1, 2))
        np.testing.assert_array_equal(arrays["population_counts"][:, k], counts)
        np.testing.assert_allclose(arrays["population_rates"][:, k], counts / 10 / 0.060)
    assert arrays["spike_history"].dtype == np.uint8
    np.testing.assert_array_equal(arrays["spike_history"], dense)
    for name in ("voltage", "input", "output"):
        expected = np.stack([getattr(look, f"{name}s") for look in looks])
        np.testing.assert_array_equal(arrays[f"{name}_history"], expected)
    assert arrays["left_out"].size == 0


def test_the_summary_leaves_out_what_does_not_fit_and_says_so(tmp_path):
    arrays = summary_of(tmp_path, [make_look(1), make_look(2)], limit_bytes=5000)
    assert "spike_history" not in arrays.files
    # 2 looks x 60 steps x 4 neurons, 2 x 60 x 5 and 2 x 3 x 10 float32 make 4,560 bytes.
    assert {"voltage_history", "input_history", "output_history"} <= set(arrays.files)
    assert any("spike_history" in why and "limit" in why for why in arrays["left_out"])


def test_the_summary_leaves_out_histories_whose_shape_changed(tmp_path):
    arrays = summary_of(tmp_path, [make_look(1), make_look(2, n_steps=50)])
    assert "spike_history" not in arrays.files and "voltage_history" not in arrays.files
    assert arrays["output_history"].shape == (2, 3, 10)
    assert any("spike_history" in why and "step 2" in why for why in arrays["left_out"])


def test_the_summary_takes_no_more_memory_for_more_looks(tmp_path):
    def peak(n_looks):
        folder = tmp_path / str(n_looks)
        write(folder, *(make_look(step, 200, 100) for step in range(1, n_looks + 1)))
        tracemalloc.start()
        write_summary_arrays(folder / "s.npz", step_files(folder))
        taken = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return taken

    peak(3)
    assert peak(50) < peak(10) + 200_000


RUN_ID = "0123456789abcdef" * 2


def kept(folder, looks, reads=0):
    """Logs looks as a run does that goes on, and ends; `reads` looks are read from their files."""
    layout = make_layout("folders", folder)
    writer, summary = StepWriter(layout, RUN_ID), RunSummary(layout, RUN_ID)
    writer.open()
    summary.open()
    for look in looks:
        writer.write(look)
        writer.link(look)
        summary.add(look)
    assert summary.write() == reads
    return np.load(folder / "activity_summary.npz", allow_pickle=False)


def assert_as_read_from_the_files(folder):
    """Whatever was kept: the same arrays, bit by bit, as made from all files at once."""
    write_summary_arrays(folder / "all.npz", step_files(folder))
    expected = np.load(folder / "all.npz")
    with np.load(folder / "activity_summary.npz") as got:
        assert set(got.files) == {*expected.files, "run_id"}
        for name in expected.files:
            np.testing.assert_array_equal(got[name], expected[name])
            assert got[name].dtype == expected[name].dtype


def test_a_run_in_one_go_or_in_many_has_the_same_summary(tmp_path):
    looks = [make_look(step, label=None if step == 4 else 3) for step in range(1, 13)]
    kept(tmp_path / "one", looks)
    for begin in (0, 1, 5, 5, 11):
        kept(tmp_path / "many", looks[begin : {0: 1, 1: 5, 5: 11, 11: 12}[begin]])
    for folder in ("one", "many"):
        assert_as_read_from_the_files(tmp_path / folder)


@pytest.mark.parametrize("change", ["n_steps", "neurons", "outputs", "voltages", "dt"])
@pytest.mark.parametrize("at", [1, 2])
def test_what_changes_between_two_trainings_is_left_out_alike(tmp_path, change, at):
    changed = {
        "n_steps": dict(n_steps=50),
        "neurons": dict(n_neurons=12),
        "outputs": dict(outputs=None),
        "voltages": dict(voltage_neurons=np.arange(1, 5)),
        "dt": dict(dt=0.5),
    }[change]
    looks = [make_look(1), make_look(2, **changed), make_look(3)]
    kept(tmp_path, looks[:at])
    kept(tmp_path, looks[at:])
    kept(tmp_path, [make_look(4)])
    assert_as_read_from_the_files(tmp_path)


def test_only_looks_without_a_good_row_are_read(tmp_path):
    kept(tmp_path, [make_look(step) for step in range(1, 6)])
    # A killed run stored these, and wrote no summary.
    write_looks(tmp_path, make_look(6), make_look(3, label=2))
    (tmp_path / "step_000005" / "data.h5").unlink()
    arrays = kept(tmp_path, [make_look(7)], reads=2)
    assert arrays["step"].tolist() == [1, 2, 3, 4, 6, 7]
    assert_as_read_from_the_files(tmp_path)


def write_looks(folder, *looks):
    written = (folder / "activity_summary.npz").stat().st_mtime
    for look in looks:
        path = make_layout("folders", folder).data(look.step)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(codec.encode(look))
        os.utime(path, (written + 1, written + 1))


def test_a_look_logged_again_takes_the_place_of_the_first(tmp_path):
    kept(tmp_path, [make_look(1), make_look(2), make_look(1, label=1), make_look(3)])
    kept(tmp_path, [make_look(2, label=2), make_look(0)])
    arrays = np.load(tmp_path / "activity_summary.npz")
    assert arrays["step"].tolist() == [0, 1, 2, 3]
    assert arrays["label_history"].tolist() == [7, 1, 2, 7]
    assert_as_read_from_the_files(tmp_path)


@pytest.mark.parametrize("harm", ["gone", "cut short", "other run", "compressed", "swapped"])
def test_a_summary_that_does_not_fit_is_made_from_the_files(tmp_path, harm):
    kept(tmp_path, [make_look(1), make_look(2)])
    path = tmp_path / "activity_summary.npz"
    arrays = dict(np.load(path))
    if harm == "gone":
        path.unlink()
    elif harm == "cut short":
        path.write_bytes(path.read_bytes()[:3000])
    elif harm == "other run":
        np.savez(path, **{**arrays, "run_id": np.array("f" * 32)})
    elif harm == "compressed":
        np.savez_compressed(path, **arrays)
    else:
        np.savez(path, **{**arrays, "n_spikes": np.arange(3)})
    kept(tmp_path, [make_look(3)], reads=2)
    assert_as_read_from_the_files(tmp_path)


def test_a_summary_lost_while_the_run_was_open_is_made_from_the_files(tmp_path):
    kept(tmp_path, [make_look(1)])
    layout = make_layout("folders", tmp_path)
    summary = RunSummary(layout, RUN_ID)
    summary.open()
    (tmp_path / "activity_summary.npz").unlink()
    StepWriter(layout, RUN_ID).write(make_look(2))
    summary.add(make_look(2))
    assert summary.write() == 2
    assert_as_read_from_the_files(tmp_path)


def test_histories_that_pass_the_limit_take_no_more_room(tmp_path, monkeypatch):
    looks = [make_look(step) for step in range(1, 9)]
    with SummaryTable(tmp_path, 5000) as table:
        for look in looks:
            table.add(row_of_activity(look))
        table.save(tmp_path / "kept.npz", [look.step for look in looks])
    write(tmp_path, *looks)
    write_summary_arrays(tmp_path / "files.npz", step_files(tmp_path), 5000)
    one, other = np.load(tmp_path / "kept.npz"), np.load(tmp_path / "files.npz")
    assert one.files == other.files and "spike_history" not in one.files
    assert one["left_out"].tolist() == other["left_out"].tolist()


def test_an_archive_of_another_program_stays(tmp_path, caplog):
    np.savez(tmp_path / "activity_summary.npz", mine=1)
    before = (tmp_path / "activity_summary.npz").read_bytes()
    summary = RunSummary(make_layout("folders", tmp_path), RUN_ID)
    summary.open()
    write(tmp_path, make_look(1))
    summary.add(make_look(1))
    assert summary.write() == 0 and "is not of a run and stays as it is" in caplog.text
    assert (tmp_path / "activity_summary.npz").read_bytes() == before


def test_one_damaged_look_costs_no_other_its_row(tmp_path):
    write(tmp_path, *(make_look(step) for step in (1, 2, 3)))
    for step, content in ((1, b"noise"), (2, b"")):
        (tmp_path / f"step_{step:06d}" / "data.h5").write_bytes(content)
    arrays = kept(tmp_path, [make_look(4)], reads=3)
    assert arrays["step"].tolist() == [3, 4]
    assert [line[:7] for line in arrays["left_out"]] == ["step 1:", "step 2:"]


def test_a_pipe_in_the_place_of_an_earlier_summary_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "activity_summary.npz")
    with SummaryTable(tmp_path) as table:
        assert not take_earlier_rows(table, tmp_path / "activity_summary.npz", "0" * 32, {})
