"""One look as a file, judged by other readers and by dense numpy arrays."""

import os

import h5py
import numpy as np
import pytest
from looks import make_look, make_neurons, make_spikes
from stored_runs import fields_equal, write

from keras_v1_activity import load_activity
from keras_v1_activity.activity.activity import Activity


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
