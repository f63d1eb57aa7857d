"""The SONATA files of a run, read by libsonata and by bmtk."""

import csv

import h5py
import numpy as np
import pytest
from exported_runs import odd_neurons, spikes_of, write_odd_run
from looks import make_look
from stored_runs import write

from keras_v1_activity.export import export_run

libsonata = pytest.importorskip("libsonata", reason="needs the packages of the extra test")


def looks_table(folder):
    with open(folder / "looks.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("n_neurons, dt", [(13, 0.5), (1, 1.0), (13, 0.3)])
def test_libsonata_reads_every_spike(n_neurons, dt, tmp_path):
    looks = write_odd_run(tmp_path, n_neurons, dt)
    done = export_run(tmp_path, "sonata", tmp_path / "out")
    reader = libsonata.SpikeReader(str(done.path / "spikes.h5"))
    assert reader.get_population_names() == ["v1"]
    population = reader["v1"]
    assert population.sorting == "by_time"
    ids, times = np.array(population.get()).reshape(-1, 2).T
    assert len(ids) == sum(look.n_spikes for look in looks)
    rows = looks_table(done.path)
    assert [int(row["step"]) for row in rows] == [look.step for look in looks]
    assert [row["label"] for row in rows] == ["7", "", "7", "7"]
    for look, row in zip(looks, rows, strict=True):
        start, stop = float(row["start_ms"]), float(row["stop_ms"])
        here = (times >= start - 1e-6) & (times < stop - 1e-6)
        for neuron, expected in spikes_of(look).items():
            np.testing.assert_allclose(times[here & (ids == neuron)] - start, expected, atol=1e-6)


def test_the_looks_follow_each_other_without_a_pause(tmp_path):
    looks = write_odd_run(tmp_path)
    folder = export_run(tmp_path, "sonata", tmp_path / "out").path
    ends = np.cumsum([look.duration_ms for look in looks])
    for name in ("spikes.h5", "membrane_potential.h5"):
        with h5py.File(folder / name) as file:
            table = file["looks"]
            np.testing.assert_array_equal(table["stop_ms"], ends)
            np.testing.assert_array_equal(table["start_ms"], [0, *ends[:-1]])
            assert table["label"][()].tolist() == [7, -1, 7, 7]
            assert table["look"][()].tolist() == [1, 1, 1, 2]


def test_libsonata_reads_the_membrane_report(tmp_path):
    looks = write_odd_run(tmp_path)
    folder = export_run(tmp_path, "sonata", tmp_path / "out").path
    report = libsonata.SomaReportReader(str(folder / "membrane_potential.h5"))["v1"]
    assert (report.data_units, report.time_units) == ("mV", "ms")
    assert report.get_node_ids() == [0, 12] and report.times[0] == 0 and report.times[2] == 0.5
    data = report.get().data
    assert len(data) == sum(look.n_steps for look in looks)
    first = 0
    for look in looks:
        expected = np.full((look.n_steps, 2), np.nan, np.float32)
        expected[:, [[0, 12].index(i) for i in look.voltage_neurons]] = look.voltages
        np.testing.assert_array_equal(data[first : first + look.n_steps], expected)
        first += look.n_steps


def test_libsonata_reads_the_neurons(tmp_path):
    write_odd_run(tmp_path)
    folder = export_run(tmp_path, "sonata", tmp_path / "out").path
    neurons = odd_neurons(13)
    nodes = libsonata.NodeStorage(str(folder / "nodes.h5")).open_population("v1")
    every = libsonata.Selection([(0, nodes.size)])
    for name, column in zip("xyz", neurons.positions.T, strict=True):
        np.testing.assert_array_equal(nodes.get_attribute(name, every), column)
    names = neurons.populations.names_per_neuron().tolist()
    assert list(nodes.get_attribute("population", every)) == names


@pytest.mark.filterwarnings("default")
def test_bmtk_reads_spikes_report_and_neurons(tmp_path, monkeypatch):
    pytest.importorskip("bmtk", reason="needs the packages of the extra test")
    from bmtk.analyzer.spike_trains import to_dataframe
    from bmtk.utils.reports.compartment import CompartmentReport
    from bmtk.utils.reports.spike_trains import SpikeTrains
    from bmtk.utils.sonata.file import File

    looks = write_odd_run(tmp_path)
    folder = export_run(tmp_path, "sonata", tmp_path / "out").path
    trains = SpikeTrains.from_sonata(str(folder / "spikes.h5"))
    starts = [float(row["start_ms"]) for row in looks_table(folder)]
    for neuron in range(13):
        parts = [spikes_of(look)[neuron] + at for look, at in zip(looks, starts, strict=True)]
        np.testing.assert_allclose(np.sort(trains.get_times(neuron)), np.concatenate(parts))
    report = CompartmentReport(str(folder / "membrane_potential.h5"), "r")
    first = looks[0]
    potential = report.data(node_id=12, time_window=(0, first.duration_ms))[:, 0]
    np.testing.assert_array_equal(potential, first.voltages[:, 1])
    # Its analyzer finds everything by the configuration, from any folder.
    monkeypatch.chdir(tmp_path)
    assert len(to_dataframe(str(folder / "config.json"))) == sum(look.n_spikes for look in looks)
    files = {
        "data_files": str(folder / "nodes.h5"),
        "data_type_files": str(folder / "node_types.csv"),
    }
    nodes = File(**files).nodes["v1"].to_dataframe()
    assert nodes["pop_name"].tolist() == odd_neurons(13).populations.names_per_neuron().tolist()


def test_looks_of_another_time_step_are_not_in_the_report(tmp_path):
    write(tmp_path, make_look(1, dt=1.0), make_look(2, dt=0.4))
    done = export_run(tmp_path, "sonata", tmp_path / "out")
    (told,) = done.left_out
    assert "potentials of step 2" in told and "0.4 ms" in told and done.n_looks == 2
    with h5py.File(done.path / "membrane_potential.h5") as file:
        assert file["report/v1/data"].shape == (60, 4)


def test_without_potentials_there_is_no_report(tmp_path):
    write(tmp_path, make_look(1, voltages=None, voltage_neurons=()))
    done = export_run(tmp_path, "sonata", tmp_path / "out")
    assert "membrane_potential.h5" not in {path.name for path in done.path.iterdir()}
