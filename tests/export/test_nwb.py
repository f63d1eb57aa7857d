"""The NWB file of a run, read by pynwb and pynapple and judged by nwbinspector."""

import numpy as np
import pytest
from commands import run
from exported_runs import odd_neurons, spikes_of, write_odd_run
from looks import make_look
from stored_runs import write

from keras_v1_activity import NetworkActivityLogger, Neurons, load_activity
from keras_v1_activity.export import export_run

pynwb = pytest.importorskip("pynwb", reason="needs the packages of the extra export")
# Other packages warn of themselves.
pytestmark = pytest.mark.filterwarnings("default")


def exported(folder):
    return pynwb.NWBHDF5IO(export_run(folder, "nwb").path, "r")


@pytest.mark.parametrize("n_neurons, dt", [(13, 0.5), (13, 1.0), (1, 0.5), (13, 0.3)])
def test_units_and_trials_give_every_spike_back(n_neurons, dt, tmp_path):
    looks = write_odd_run(tmp_path, n_neurons, dt)
    with exported(tmp_path) as io:
        session = io.read()
        trials, units = session.trials.to_dataframe(), session.units
        assert list(units.id[:]) == list(range(n_neurons))
        trains = [units.get_unit_spike_times(neuron) for neuron in range(n_neurons)]
    assert trials["step"].tolist() == [look.step for look in looks]
    assert trials["look"].tolist() == [1] * (len(looks) - 1) + [2]
    lengths_s = trials["stop_time"] - trials["start_time"]
    np.testing.assert_allclose(lengths_s, [look.duration_ms / 1000 for look in looks], atol=1e-12)
    assert (trials["start_time"].to_numpy()[1:] > trials["stop_time"].to_numpy()[:-1]).all()
    assert sum(map(len, trains)) == sum(look.n_spikes for look in looks)
    for look, start, stop in zip(looks, trials["start_time"], trials["stop_time"], strict=True):
        for neuron, times in spikes_of(look).items():
            here = trains[neuron][(trains[neuron] >= start) & (trains[neuron] < stop)]
            np.testing.assert_allclose((here - start) * 1000, times, atol=1e-9)


def test_columns_say_what_is_known(tmp_path):
    looks = write_odd_run(tmp_path)
    neurons = odd_neurons(13)
    with exported(tmp_path) as io:
        session = io.read()
        units, trials = session.units.to_dataframe(), session.trials.to_dataframe()
        assert session.units.resolution == 0.5e-3
    assert units["population"].tolist() == neurons.populations.names_per_neuron().tolist()
    assert units["cell_class"][0] == "Exc" and units["layer"][0] == "2/3"
    np.testing.assert_array_equal(units[["x_um", "y_um", "z_um"]], neurons.positions)
    np.testing.assert_array_equal(units["threshold_mv"], neurons.thresholds)
    assert np.flatnonzero(units["is_readout"]).tolist() == [0]
    assert trials["label"].tolist() == [7, -1, 7, 7]
    assert trials["prediction"].tolist() == [look.prediction for look in looks]
    np.testing.assert_allclose(trials["loss"], [1 / look.step for look in [*looks[:3], looks[0]]])
    assert trials["scalar_id"].tolist() == [100, 200, 400, 100]


def test_potentials_are_in_volt_with_their_times(tmp_path):
    looks = write_odd_run(tmp_path)
    with exported(tmp_path) as io:
        session = io.read()
        series = session.processing["icephys"]["membrane_potential"]
        table = session.processing["icephys"]["neurons"]
        columns = table["neuron"][:].tolist()
        assert table["unit"].data[:].tolist() == columns == [0, 12] and series.unit == "V"
        volts = series.data[:] * series.conversion
        times, trials = series.timestamps[:], session.trials.to_dataframe()
    for look, start, stop in zip(looks, trials["start_time"], trials["stop_time"], strict=True):
        rows = (times >= start) & (times < stop)
        assert rows.sum() == look.n_steps
        expected = np.full((look.n_steps, 2), np.nan)
        for place, neuron in enumerate(look.voltage_neurons):
            expected[:, columns.index(neuron)] = look.voltages[:, place] / 1000
        np.testing.assert_allclose(volts[rows], expected, rtol=1e-6)
        np.testing.assert_allclose(
            (times[rows] - start) * 1000, np.arange(look.n_steps) * 0.5, atol=1e-9
        )


def test_one_look_has_a_rate_and_other_units_are_not_called_volt(tmp_path):
    look = make_look(
        5, dt=0.5, voltages=np.full((60, 1), 0.5), voltage_neurons=[2], neurons=Neurons.unnamed(30)
    )
    write(tmp_path, look)
    with exported(tmp_path) as io:
        series = io.read().processing["icephys"]["membrane_potential"]
        assert series.rate == 2000 and series.timestamps is None
        assert (series.unit, series.conversion) == ("unknown", 1.0)


def test_the_head_is_that_of_run_json(tmp_path):
    with NetworkActivityLogger(tmp_path, 1, figures=(), background=False) as logger:
        logger.log_step(spikes=np.eye(4)[None])
    info = load_activity(tmp_path).info
    with exported(tmp_path) as io:
        session = io.read()
        assert session.identifier == info["run_id"] and "log_every_n_steps" in session.notes
        assert session.session_start_time.isoformat() == info["started"]


@pytest.mark.parametrize("text", ['{"run_id": 5, "started": "soon", "versions": [1]}', "noise"])
def test_a_damaged_run_json_is_no_obstacle(text, tmp_path):
    write(tmp_path, make_look(5))
    (tmp_path / "run.json").write_text(text)
    with exported(tmp_path) as io:
        assert io.read().session_start_time.year >= 2020


@pytest.mark.parametrize("n_neurons", [13, 1])
def test_the_inspector_finds_nothing_wrong(n_neurons, tmp_path):
    inspector = pytest.importorskip("nwbinspector", reason="needs the packages of the extra export")
    write_odd_run(tmp_path, n_neurons)
    path = export_run(tmp_path, "nwb").path
    assert not pynwb.validate(path=str(path))
    found = list(inspector.inspect_nwbfile(nwbfile_path=str(path)))
    found += inspector.inspect_nwbfile(
        nwbfile_path=str(path), config=inspector.load_config("dandi")
    )
    severe = [m for m in found if m.importance != inspector.Importance.BEST_PRACTICE_SUGGESTION]
    assert found and not severe


def test_silent_runs_and_runs_without_potentials_can_be_written(tmp_path):
    write(tmp_path, make_look(5, spikes=np.zeros((20, 3)), voltages=None, voltage_neurons=()))
    with exported(tmp_path) as io:
        session = io.read()
        assert len(session.units) == 3 and len(session.units.get_unit_spike_times(1)) == 0
        assert not session.processing


def test_pynapple_opens_it(tmp_path):
    nap = pytest.importorskip("pynapple")
    looks = write_odd_run(tmp_path)
    data = nap.load_file(str(export_run(tmp_path, "nwb").path))
    first = data["trials"][0]
    inside = data["units"].restrict(first)
    for neuron, times in spikes_of(looks[0]).items():
        np.testing.assert_allclose(inside[neuron].times() * 1000, times, atol=1e-6)
    assert data["units"]["population"].tolist()[0] == "e23Cux2"
    data.io.close()


def test_what_is_there_is_replaced_only_if_it_is_nwb(tmp_path, capsys):
    write(tmp_path / "run", make_look(5))
    out = tmp_path / "mine.nwb"
    out.write_text("mine")
    for more in ([], ["--overwrite"]):
        words = ["export", tmp_path / "run", "--to", "nwb", "--out", out, *more]
        code, _, err = run(words, capsys)
        assert code == 2 and "mine.nwb exists" in err and len(err.splitlines()) == 1
    assert out.read_text() == "mine"
    out.unlink()
    export_run(tmp_path / "run", "nwb", out)
    export_run(tmp_path / "run", "nwb", out, overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.nwb", "run"]
