"""The numbers of looks in the files of a run: computed beside it, added to what is stored."""

import json
import os
import signal

import h5py
import numpy as np
import pytest
from looks import make_look, wait_until
from recorders import SILENT, everything, pictures, record, run_json, warnings_in

from keras_v1_activity import load_activity, measures
from keras_v1_activity.activity.details import details_text
from keras_v1_activity.cli.missing import complete
from keras_v1_activity.drawing.look_numbers import LookNumbers
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.recorder import Recorder
from keras_v1_activity.storage import looks_at
from keras_v1_activity.storage.layout import make_layout
from keras_v1_activity.storage.run_id import RunMark, read_run_id

NUMBERS = RecordPlan(figures=(), statistics=True)
FIRST = make_look(1).rates


def summary(folder, step, layout="folders"):
    return json.loads(make_layout(layout, folder).summary(step).read_text())


def expected(step, first=FIRST):
    """What JSON holds of the numbers of `make_look(step)`."""
    return json.loads(json.dumps(measures.look_statistics(make_look(step), first)))


def assert_numbers(folder, steps, layout="folders"):
    """In each summary and each data file stand the numbers of the look that is stored there."""
    with load_activity(folder) as run:
        for step in steps:
            numbers = summary(folder, step, layout)["statistics"]
            assert numbers == expected(step)
            assert json.loads(details_text(run[step].details))["statistics"] == numbers
            assert_group(make_layout(layout, folder).data(step), numbers)
            for name in ("spike_steps", "spike_neurons", "voltages", "inputs", "outputs"):
                ours, given = getattr(run[step], name), getattr(make_look(step), name)
                np.testing.assert_array_equal(ours, given)


def assert_group(path, numbers):
    """What a user of h5py reads equals the numbers."""

    def equal(found, given):
        np.testing.assert_array_equal(found, np.array(given, float))

    with h5py.File(path) as file:
        group = file["statistics"]
        names = group["populations"].asstr()[()].tolist()
        assert names == list(numbers["populations"])
        for key, value in numbers["all"].items():
            equal(group[key][()], [row[key] for row in numbers["populations"].values()])
            equal(group["all"].attrs[key], value)
        assert group["mean_rate_hz"].attrs["units"] == "Hz"
        equal(group["rate_change"][()], [numbers["rate_change"][name] for name in names])
        for curve in ("population_fano", "spectrum"):
            for key, values in numbers[curve].items():
                equal(group[curve][key][()], values)
        for band, value in numbers["band_fractions"].items():
            equal(group["band_fractions"].attrs[band], value)
        for key in ("similarity", "branching_ratio"):
            equal(group.attrs[key], numbers[key])


@pytest.mark.parametrize("layout", ["folders", "flat"])
def test_in_the_training_process_they_are_there_at_once(tmp_path, layout):
    told = []
    recorder = Recorder(
        tmp_path, NUMBERS, layout=layout, background=False,
        on_row=lambda history, step: told.append((step, "statistics" in history[-1])),
    )  # fmt: skip
    recorder.open(1)
    for step in (1, 2):
        recorder.record(make_look(step).with_details(scalars={"loss": 0.5}))
    recorder.close()
    assert told == [(1, False), (1, True), (2, False), (2, True)]
    assert_numbers(tmp_path, [1, 2], layout)
    found = summary(tmp_path, 2, layout)
    assert found["scalars"] == {"loss": 0.5} and found["n_spikes"] == make_look(2).n_spikes
    assert found["statistics"]["rate_change"] != summary(tmp_path, 1, layout)["statistics"]
    assert pictures(tmp_path) == []


def test_beside_the_training_they_are_the_same_and_come_before_the_figures(tmp_path):
    plan = RecordPlan(figures=("raster",))
    recorder = Recorder(tmp_path, plan)
    recorder.open(1)
    for step in (1, 2, 3):
        recorder.record(make_look(step))
    assert recorder.wait_for_figures()
    recorder.close()
    assert_numbers(tmp_path, [1, 2, 3])
    for step in (1, 2, 3):
        files = [tmp_path / f"step_{step:06d}" / name for name in ("summary.json", "raster.png")]
        assert files[0].stat().st_mtime_ns <= files[1].stat().st_mtime_ns
    counts = run_json(tmp_path)["counts"]
    assert (counts["figures_drawn"], counts["figures_missing"]) == (3, 0)
    in_memory = [dict(row) for row in recorder.history.now()]
    with load_activity(tmp_path) as run:
        assert json.loads(json.dumps(in_memory)) == [dict(row) for row in run.history]


def test_looks_that_are_put_off_and_those_of_a_killed_process_get_theirs_later(tmp_path):
    recorder = Recorder(tmp_path, NUMBERS)
    recorder.open(1)
    recorder.record(make_look(1))
    wait_until(lambda: recorder.drawing.worker_pid)
    pid = recorder.drawing.worker_pid
    os.kill(pid, signal.SIGSTOP)
    for step in range(2, 10):
        recorder.record(make_look(step))
    # More than may wait: the oldest are computed from what is stored.
    wait_until(lambda: recorder.counts["looks"] == 9)
    os.kill(pid, signal.SIGKILL)
    assert recorder.wait_for_figures()
    recorder.close()
    assert_numbers(tmp_path, range(1, 10))
    counts = run_json(tmp_path)["counts"]
    assert counts["drawing_process_failed"] == 1
    assert counts["figures_drawn"] == counts["figures_missing"] == counts["figures_dropped"] == 0
    known = recorder.history.now().known("statistics")
    assert known.steps.tolist() == list(range(1, 10))


def test_a_resumed_run_and_the_command_line_compute_what_is_missing(tmp_path):
    record(tmp_path, [1, 2], plan=SILENT).close()
    assert "statistics" not in summary(tmp_path, 1)
    recorder = Recorder(tmp_path, NUMBERS, settings=NUMBERS.settings())
    recorder.open(3)
    recorder.record(make_look(3))
    assert recorder.wait_for_figures()
    recorder.close()
    assert_numbers(tmp_path, [1, 2, 3])
    assert recorder.history.now().known("statistics").steps.tolist() == [1, 2, 3]
    path = tmp_path / "step_000002/summary.json"
    content = json.loads(path.read_text())
    del content["statistics"]
    path.write_text(json.dumps(content))
    assert "none is missing" in complete(tmp_path)
    assert_numbers(tmp_path, [1, 2, 3])


def test_without_stored_data_they_stand_in_the_summary_alone(tmp_path):
    recorder = Recorder(tmp_path, NUMBERS, save_data=False)
    recorder.open(1)
    for step in (1, 2):
        recorder.record(make_look(step))
    assert recorder.wait_for_figures()
    recorder.close()
    assert summary(tmp_path, 2)["statistics"] == expected(2)
    assert not [name for name in everything(tmp_path) if name.endswith(".h5")]


def test_a_replaced_look_and_a_further_one_have_their_own(tmp_path):
    spikes = np.ones((60, 30), bool)
    recorder = Recorder(tmp_path, NUMBERS, background=False)
    recorder.open(1)
    recorder.record(make_look(1))
    recorder.record(make_look(1, spikes=spikes))
    recorder.record(make_look(1, source="look"))
    recorder.close()
    first, further = looks_at(tmp_path, 1)
    assert first.details["statistics"]["all"]["mean_rate_hz"] == 1000
    assert further.details["statistics"]["all"] == expected(1)["all"]
    # The further look is compared with the first look of the run, whose place it does not take.
    change = further.details["statistics"]["rate_change"]
    assert dict(change) == expected(1, first.rates)["rate_change"]
    (row,) = recorder.history.now()
    assert row["statistics"]["all"]["mean_rate_hz"] == 1000


def test_numbers_of_another_look_or_run_are_not_written(tmp_path):
    recorder = record(tmp_path, [1])
    recorder.close()
    path = tmp_path / "step_000001/summary.json"
    files = {name: (tmp_path / name).read_bytes() for name in everything(tmp_path) if "." in name}
    mark = RunMark(str(tmp_path / "run.json"), read_run_id(tmp_path / "run.json"))
    other = RunMark(mark.path, "0123456789abcdef" * 2)
    assert LookNumbers().add(make_look(1), path, other) is None
    assert LookNumbers().add(make_look(1, spikes=np.ones((60, 30), bool)), path, mark) is None
    assert all((tmp_path / name).read_bytes() == content for name, content in files.items())
    assert LookNumbers().add(make_look(1), path, mark).troubles == []
    assert_numbers(tmp_path, [1])


def test_what_fails_is_counted_said_once_and_costs_no_other_number(tmp_path, caplog):
    recorder = Recorder(tmp_path, NUMBERS, background=False)
    recorder.open(1)
    recorder.record(make_look(1))
    data = tmp_path / "step_000001/data.h5"
    data.write_bytes(data.read_bytes()[:500])
    numbers = LookNumbers().add(make_look(1), tmp_path / "step_000001/summary.json")
    assert len(numbers.troubles) == 1 and numbers.statistics["all"] == expected(1)["all"]
    for step in (2, 3):
        (tmp_path / f"step_{step:06d}/summary.json").mkdir(parents=True)
        recorder.record(make_look(step))
    recorder.close()
    assert recorder.counts["statistics_failed"] >= 2
    said = [text for text in warnings_in(caplog) if "number of a look" in text]
    assert len(said) == 1
    assert json.loads(details_text(load_activity(tmp_path)[3].details))["statistics"]


def test_other_readers_read_the_file_as_before(tmp_path):
    libsonata = pytest.importorskip("libsonata")
    record(tmp_path, [1], plan=NUMBERS).close()
    reader = libsonata.SpikeReader(str(tmp_path / "step_000001/data.h5"))["v1"]
    look = make_look(1)
    neurons, times = zip(*reader.get(), strict=True)
    assert sorted(zip(times, neurons, strict=True)) == sorted(
        zip(look.spike_times.tolist(), look.spike_neurons.tolist(), strict=True)
    )


def test_a_plan_says_whether_they_are_wanted(tmp_path):
    assert RecordPlan().statistics and not RecordPlan(figures=()).statistics
    assert not RecordPlan(statistics=False).statistics
    with pytest.raises(ValueError, match=r"statistics must be True or False; got 'yes'\."):
        RecordPlan(statistics="yes")
    record(tmp_path, [1], plan=RecordPlan(figures="raster", statistics=False)).close()
    assert "statistics" not in summary(tmp_path, 1)
    assert run_json(tmp_path)["settings"] == {}
