"""The run on disk, judged by other readers and by dense numpy arrays."""

import dataclasses
import os
import tracemalloc

import h5py
import numpy as np
import pytest
from looks import NAMES, make_look, make_neurons, make_spikes

from keras_v1_activity import load_activity
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.storage import layout as layouts
from keras_v1_activity.storage.index import StepWriter
from keras_v1_activity.storage.layout import make_layout, move_aside, own_entries, step_files
from keras_v1_activity.storage.summary_arrays import write_summary_arrays


def write(folder, *looks, layout="folders"):
    writer = StepWriter(make_layout(layout, folder))
    for look in looks:
        writer.write(look)
        writer.link(look)
    return writer


def fields_equal(got, expected):
    if expected is None:
        return got is None
    return np.array_equal(got, expected)


def test_other_readers_find_every_spike_in_the_sonata_layout(tmp_path):
    spikes = make_spikes(200, 50, 0.05)
    write(tmp_path, make_look(100, spikes=spikes))
    with h5py.File(tmp_path / "step_000100" / "data.h5") as file:
        group = file["/spikes/v1"]
        times, ids = np.nonzero(spikes)
        np.testing.assert_array_equal(group["timestamps"][()], times)
        np.testing.assert_array_equal(group["node_ids"][()], ids)
        assert group["timestamps"].attrs["units"] == "ms"
        sorting = h5py.check_enum_dtype(group.attrs.get_id("sorting").dtype)
        assert group.attrs["sorting"] == sorting["by_time"]
        assert all(group[name].compression is None for name in group)


@pytest.mark.parametrize("dt", [1.0, 0.5, 0.1])
def test_libsonata_reads_a_logged_step(tmp_path, dt):
    libsonata = pytest.importorskip("libsonata")
    spikes = make_spikes(200, 50, 0.05)
    write(tmp_path, make_look(100, spikes=spikes, dt=dt))
    read = libsonata.SpikeReader(str(tmp_path / "step_000100" / "data.h5"))["v1"].get_dict()
    times, ids = np.nonzero(spikes)
    np.testing.assert_array_equal(read["timestamps"], times * dt)
    np.testing.assert_array_equal(read["node_ids"], ids)


@pytest.mark.parametrize("dt", [1.0, 0.5, 0.1])
def test_bmtk_reads_a_logged_step(tmp_path, dt):
    trains = pytest.importorskip("bmtk.utils.reports.spike_trains")
    spikes = make_spikes(200, 50, 0.05)
    write(tmp_path, make_look(100, spikes=spikes, dt=dt))
    path = str(tmp_path / "step_000100" / "data.h5")
    read = trains.SpikeTrains.from_sonata(path).to_dataframe()
    times, ids = np.nonzero(spikes)
    np.testing.assert_array_equal(read["timestamps"], times * dt)
    np.testing.assert_array_equal(read["node_ids"], ids)


@pytest.mark.parametrize("layout", ["folders", "flat"])
@pytest.mark.parametrize("dt", [1.0, 0.1, 1 / 3])
def test_what_is_written_is_read_back(tmp_path, layout, dt):
    spikes = make_spikes(700, 30, 0.05)
    look = make_look(100, spikes=spikes, dt=dt)
    write(tmp_path, look, layout=layout)
    with load_activity(tmp_path) as run:
        read = run[100]
    np.testing.assert_array_equal(read.spikes(), spikes)
    np.testing.assert_array_equal(read.spike_times, np.nonzero(spikes)[0] * dt)
    for name in ("step", "sample_index", "n_steps", "n_neurons", "dt", "n_inputs", "label"):
        assert getattr(read, name) == getattr(look, name), name
    assert (read.source, read.prediction) == ("probe", int(np.argmax(look.confidence)))
    for name in ("voltages", "voltage_neurons", "inputs", "outputs", "confidence"):
        assert fields_equal(getattr(read, name), getattr(look, name)), name
    for name in ("samples", "neurons", "spikes", "labels", "confidences"):
        assert fields_equal(getattr(read.batch, name), getattr(look.batch, name)), name
    assert read.populations.members == look.populations.members
    assert fields_equal(read.populations.index, look.populations.index)
    assert fields_equal(read.neurons.thresholds, look.neurons.thresholds)
    assert fields_equal(read.neurons.readout_neurons, look.neurons.readout_neurons)


def test_a_look_with_nothing_but_spikes_is_read_back(tmp_path):
    write(tmp_path, Activity.from_dense(np.zeros((10, 3), bool), step=1))
    read = load_activity(tmp_path)[1]
    assert read.silent and read.spikes().shape == (10, 3)
    assert read.label is read.prediction is read.inputs is read.outputs is read.batch is None
    assert read.populations.names == ("neurons",) and read.neurons.thresholds is None


def test_ids_beyond_16_bits_survive(tmp_path):
    spikes = np.zeros((3, 70_000), bool)
    spikes[1, [5, 65_536, 69_999]] = True
    write(tmp_path, Activity.from_dense(spikes, step=1))
    assert load_activity(tmp_path)[1].spike_neurons.tolist() == [5, 65_536, 69_999]


def test_a_look_at_the_whole_v1_model_stays_below_2500_kb(tmp_path):
    n_neurons, n_steps = 51_978, 600
    spikes = make_spikes(n_steps, n_neurons, 0.00703)
    rng = np.random.default_rng(0)
    neurons = make_neurons(n_neurons)
    for step in (1, 2):
        look = make_look(
            step,
            spikes=spikes,
            neurons=neurons,
            inputs=rng.random((n_steps, 174), dtype=np.float32),
            voltages=np.zeros((n_steps, 20), np.float32),
            voltage_neurons=np.arange(20),
            batch=None,
        )
        assert look.n_spikes > 215_000
        write(tmp_path, look)
    for step in (1, 2):
        assert os.path.getsize(tmp_path / f"step_{step:06d}" / "data.h5") < 2.5e6


def test_steps_are_listed_iterated_and_found(tmp_path):
    write(tmp_path, *(make_look(step) for step in (100, 200, 1_000_000)))
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [100, 200, 1_000_000] and run.steps.dtype == np.int64
        assert len(run) == 3 and 200 in run and 150 not in run
        assert run[np.int64(200)].step == 200
        assert [look.step for look in run] == [100, 200, 1_000_000]


def test_a_step_that_was_not_logged_names_its_neighbours(tmp_path):
    write(tmp_path, *(make_look(step) for step in (100, 200, 300)))
    run = load_activity(tmp_path)
    with pytest.raises(KeyError) as caught:
        run[250]
    assert str(caught.value).startswith("step 250 was not logged: the nearest logged steps are 200")
    with pytest.raises(KeyError, match="nearest logged step is 100"):
        run[1]
    with pytest.raises(KeyError, match="indexed by a logged step"):
        run["last"]


def test_a_folder_without_a_run_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no run"):
        load_activity(tmp_path)
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        load_activity(tmp_path / "absent")


def test_a_damaged_step_names_its_file_and_spares_the_others(tmp_path):
    write(tmp_path, make_look(1), make_look(2))
    path = tmp_path / "step_000002" / "data.h5"
    path.write_bytes(path.read_bytes()[:3000])
    run = load_activity(tmp_path)
    assert run[1].step == 1
    with pytest.raises(OSError, match="step 2 was logged, but .*data.h5.* cannot be read"):
        run[2]


def test_the_index_links_every_step_and_may_be_moved(tmp_path):
    looks = [make_look(step) for step in (100, 200)]
    write(tmp_path / "run", *looks)
    os.rename(tmp_path / "run", tmp_path / "moved")
    with h5py.File(tmp_path / "moved" / "activity.h5") as index:
        assert sorted(index["steps"]) == ["000100", "000200"]
        for look in looks:
            stored = index[f"steps/{look.step:06d}/spikes/v1/node_ids"][()]
            np.testing.assert_array_equal(stored, look.spike_neurons)


def test_facts_of_the_neurons_are_stored_once(tmp_path):
    write(tmp_path, *(make_look(step) for step in (1, 2, 3)))
    with h5py.File(tmp_path / "activity.h5") as index:
        assert set(index["neurons/name"].asstr()[()]) == set(NAMES)
        assert ["neurons" in index[f"steps/{step:06d}"] for step in (1, 2, 3)] == [1, 0, 0]


def test_positions_are_stored_under_the_names_of_sonata(tmp_path):
    positions = np.random.default_rng(0).uniform(-400, 800, (30, 3)).astype(np.float32)
    bare = make_neurons(30)
    known = dataclasses.replace(bare, positions=positions)
    write(tmp_path, make_look(1, neurons=known), make_look(2, neurons=known))
    with h5py.File(tmp_path / "activity.h5") as index:
        for name, column in zip("xyz", positions.T, strict=True):
            stored = index[f"neurons/{name}"]
            assert stored.attrs["units"] == "um" and fields_equal(stored[()], column)
    run = load_activity(tmp_path)
    assert fields_equal(run[2].neurons.positions, positions)
    write(tmp_path / "bare", make_look(1, neurons=bare))
    assert load_activity(tmp_path / "bare")[1].neurons.positions is None


def test_positions_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"positions must be x, y, z .* got \(30, 2\)"):
        dataclasses.replace(make_neurons(30), positions=np.zeros((30, 2)))


def test_a_step_with_other_neurons_keeps_its_own(tmp_path):
    write(tmp_path, make_look(1), make_look(2, n_neurons=12), make_look(3))
    run = load_activity(tmp_path)
    assert [run[step].populations.counts.sum() for step in (1, 2, 3)] == [30, 12, 30]
    assert run[2].populations.names == run[1].populations.names


@pytest.mark.parametrize("damage", ["delete", "noise", "cut short", "empty"])
def test_a_run_is_read_without_its_index_and_the_next_write_repairs_it(tmp_path, damage):
    looks = [make_look(step) for step in (1, 2, 3)]
    writer = write(tmp_path, *looks[:2])
    index = tmp_path / "activity.h5"
    content = index.read_bytes()
    index.unlink()
    if damage != "delete":
        index.write_bytes({"noise": b"x" * 5000, "cut short": content[:900], "empty": b""}[damage])
    run = load_activity(tmp_path)
    assert run.steps.tolist() == [1, 2]
    assert run[2].populations.names == looks[1].populations.names
    writer.write(looks[2])
    writer.link(looks[2])
    with h5py.File(index) as file:
        assert sorted(file["steps"]) == ["000001", "000002", "000003"]
        assert file["steps/000002/spikes/v1/node_ids"].shape == (looks[1].n_spikes,)
        assert len(file["neurons/population"]) == 30


def test_writing_goes_on_while_another_program_holds_the_index_open(tmp_path):
    writer = write(tmp_path, make_look(1))
    with h5py.File(tmp_path / "activity.h5"), load_activity(tmp_path) as run:
        assert run[1].step == 1
        look = make_look(2)
        writer.write(look)
        writer.link(look)
    with h5py.File(tmp_path / "activity.h5") as index:
        assert sorted(index["steps"]) == ["000001", "000002"]


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
    assert peak(100) < peak(20) + 200_000


def test_an_earlier_run_is_moved_whole_and_other_files_stay(tmp_path):
    write(tmp_path, make_look(1))
    write(tmp_path, make_look(2), layout="flat")
    for name in ("run.json", "network_state.txt", "raster_step_2.png", "notes.txt"):
        (tmp_path / name).write_text(name)
    for folder in ("earlier_001", "sample_0", "sample_1"):
        (tmp_path / folder).mkdir()
    (tmp_path / "activity" / "mine.csv").write_text("1")
    (tmp_path / "sample_0" / "batch_predictions.png").write_text("")
    (tmp_path / "sample_1" / "theirs.png").write_text("")
    target = move_aside(tmp_path)
    assert target.name == "earlier_002" and own_entries(tmp_path) == []
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert {"notes.txt", "activity/mine.csv", "sample_1/theirs.png"} <= left
    assert load_activity(target).steps.tolist() == [1, 2]
    assert (target / "raster_step_2.png").exists() and (target / "sample_0").is_dir()


def test_layouts_keep_the_file_names_that_users_know(tmp_path):
    flat = layouts.make_layout("flat", tmp_path)
    folders = layouts.make_layout("folders", tmp_path)
    assert flat.figure(300, "raster") == tmp_path / "raster_step_300.png"
    assert folders.figure(100, "raster") == tmp_path / "step_000100" / "raster.png"
    assert folders.summary(100) == tmp_path / "step_000100" / "summary.json"
    with pytest.raises(ValueError, match="layout must be one of"):
        layouts.make_layout("tree", tmp_path)
