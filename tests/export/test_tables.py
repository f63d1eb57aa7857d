"""The tables of a run, read by Python's csv and by pandas."""

import csv
import json

import numpy as np
import pytest
from exported_runs import odd_looks, write_odd_run
from looks import make_look
from recorders import SILENT
from stored_runs import write

from keras_v1_activity import load_activity
from keras_v1_activity.export import export_run
from keras_v1_activity.recording.recorder import Recorder


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_spikes_rates_and_potentials_are_those_of_the_looks(tmp_path):
    looks = [look for look in odd_looks() if look.n_steps]
    folder = tmp_path / "run"
    write(folder, *looks)
    tables = export_run(folder, "csv").path
    spikes, rates = rows_of(tables / "spikes.csv"), rows_of(tables / "population_rates.csv")
    potentials = rows_of(tables / "potentials.csv")
    for look in looks:
        here = [row for row in spikes if row["step"] == str(look.step)]
        assert [float(row["time_ms"]) for row in here] == look.spike_times.tolist()
        assert [int(row["neuron"]) for row in here] == look.spike_neurons.tolist()
        names = [look.populations.name_of(neuron) for neuron in look.spike_neurons]
        assert [row["population"] for row in here] == names
        found = {r["population"]: float(r["rate_hz"]) for r in rates if r["step"] == str(look.step)}
        assert found == pytest.approx(look.population_rates)
        values = [float(r["voltage_mV"]) for r in potentials if r["step"] == str(look.step)]
        np.testing.assert_array_equal(np.float32(values), look.voltages.ravel())
    assert [row["time_ms"] for row in potentials[:4]] == ["0.0", "0.0", "0.5", "0.5"]


@pytest.mark.filterwarnings("ignore:invalid value")
def test_further_looks_are_named_and_looks_without_time_kept(tmp_path):
    write_odd_run(tmp_path)
    rows = rows_of(export_run(tmp_path, "csv").path / "looks.csv")
    named = [(row["step"], row["look"], row["n_steps"]) for row in rows]
    expected = [(100, 1, 60), (200, 1, 40), (300, 1, 0), (400, 1, 2000), (400, 2, 60)]
    assert [tuple(map(int, row)) for row in named] == expected


def test_looks_hold_every_number_of_the_summaries(tmp_path):
    recorder = Recorder(tmp_path / "run", SILENT, background=False)
    for step in (100, 200):
        recorder.record(make_look(step, details={"scalars": {"loss": 1 / step}}))
    recorder.close()
    path = tmp_path / "run/step_000200/summary.json"
    summary = json.loads(path.read_text())
    later = {"all": {"cv": 0.5, "lv": None}, "populations": {"a.b": {"cv2": 0.25}}}
    path.write_text(json.dumps({**summary, "statistics": later, "a": {"b": 1}, "a.b": 2}))
    first, second = rows_of(export_run(tmp_path / "run", "csv").path / "looks.csv")
    for name in ("n_spikes", "mean_rate_hz", "isi_cv", "synchrony", "voltage_max_mv"):
        assert float(second[name]) == summary[name], name
    assert float(second["population_rates_hz.i4Pvalb"]) == summary["population_rates_hz"]["i4Pvalb"]
    assert float(second["confidence.3"]) == summary["confidence"][3]
    assert float(second["scalars.loss"]) == 1 / 200 and float(first["scalars.loss"]) == 1 / 100
    assert second["statistics.all.cv"] == "0.5" and second["statistics.all.lv"] == ""
    assert second["statistics.populations.a.b.cv2"] == "0.25"
    assert first["statistics.all.cv"] == ""
    assert {second["a.b"], second["a.b'"]} == {"1", "2"}


@pytest.mark.filterwarnings("default")
def test_pandas_shows_the_same_numbers(tmp_path):
    pandas = pytest.importorskip("pandas")
    recorder = Recorder(tmp_path, SILENT, background=False)
    for step in (100, 200, 300):
        recorder.record(make_look(step, label=None if step == 100 else 7))
    recorder.close()
    (tmp_path / "step_000300/summary.json").write_text("damaged")
    run = load_activity(tmp_path)
    table = run.to_pandas()
    assert table.index.tolist() == [100, 200, 300] and table.index.name == "step"
    np.testing.assert_array_equal(table["mean_rate_hz"], run.history.series("mean_rate_hz"))
    assert table["label"].isna().tolist() == [True, False, True] and table["label"][200] == 7
    assert table["recorded_rates_hz.e23Cux2"].notna().tolist() == [True, True, False]
    read = pandas.read_csv(export_run(tmp_path, "csv").path / "looks.csv", index_col="step")
    np.testing.assert_allclose(read["isi_cv"][:2], table["isi_cv"][:2])


@pytest.mark.parametrize("text", ['{"a": ' * 400 + "1" + "}" * 400, '{"n": [1e400, 123456789e99]}'])
def test_what_somebody_made_of_a_summary_is_taken_or_left(text, tmp_path):
    write(tmp_path, make_look(100))
    (tmp_path / "step_000100/summary.json").write_text(text)
    (row,) = rows_of(export_run(tmp_path, "csv").path / "looks.csv")
    assert row["step"] == "100"
