"""Potentials that cannot be mV are said to be so, and are not drawn beside mV."""

import io
from dataclasses import replace

import h5py
import numpy as np
import pytest

from keras_v1_activity import NetworkActivityLogger, load_activity
from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.activity.potentials import are_plainly_no_mv
from keras_v1_activity.activity.traces import Traces
from keras_v1_activity.capture.potentials import EXTRACT_MV, PotentialsCheck
from keras_v1_activity.figures import draw_figure
from keras_v1_activity.measures import summarise
from keras_v1_activity.state.trace_csv import write_traces
from keras_v1_activity.state.trace_table import trace_table
from keras_v1_activity.storage.codec import encode

RNG = np.random.default_rng(3)
NORMALISED = RNG.random((30, 4)).astype(np.float32)
IN_MV = RNG.normal(-60, 5, (30, 4)).astype(np.float32)


def look(voltages, thresholds=None):
    names = Populations.from_names(["e4"] * voltages.shape[1])
    return Activity.from_dense(
        np.zeros(voltages.shape), dt=1.0, voltages=voltages,
        voltage_neurons=np.arange(voltages.shape[1]), neurons=Neurons(names, thresholds=thresholds),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("voltages", "thresholds", "expected"),
    [(NORMALISED, None, True), (NORMALISED, np.full(4, -45.0), True),
     (NORMALISED, np.ones(4), False), (IN_MV, None, False), (IN_MV, np.full(4, -45.0), False),
     (np.full((3, 2), np.nan), None, False)],
)  # fmt: skip
def test_what_cannot_be_mv(voltages, thresholds, expected):
    assert are_plainly_no_mv(look(voltages, thresholds)) is expected


def test_a_look_without_potentials_is_not_judged():
    assert not are_plainly_no_mv(Activity.from_dense(np.zeros((3, 2)), dt=1.0))


def test_it_is_said_once_with_what_mends_it(caplog):
    check = PotentialsCheck(EXTRACT_MV)
    for voltages in (IN_MV, NORMALISED, NORMALISED):
        check.checked(look(voltages))
    (said,) = caplog.messages
    assert "cannot be mV" in said and "extract=lambda output" in said


def test_a_logger_says_it_in_its_own_words(tmp_path, caplog):
    with NetworkActivityLogger(tmp_path, 1, figures=(), background=False) as logger:
        logger.log_step(spikes=np.zeros((30, 4)), voltages=NORMALISED)
    (said,) = [message for message in caplog.messages if "mV" in message]
    assert "voltage_range=(-70, -50)" in said


def test_a_logger_turns_potentials_between_rest_and_threshold_into_mv(tmp_path, caplog):
    e_l, v_th = np.array([-70, -75, -72, -80.0]), np.array([-50, -45, -52, -40.0])
    with NetworkActivityLogger(
        tmp_path, 1, voltage_neurons=[3, 1], trace_neurons=[2], voltage_range=(e_l, v_th),
        figures=(), background=False,
    ) as logger:  # fmt: skip
        logger.log_step(spikes=np.zeros((30, 4)), voltages=NORMALISED)
        logger.log_step(spikes=np.zeros((30, 4)))
    in_mv = e_l + NORMALISED * (v_th - e_l)
    with load_activity(tmp_path) as run:
        np.testing.assert_allclose(run[1].voltages, in_mv[:, [3, 1]], rtol=1e-6)
        np.testing.assert_allclose(run[1].traces.values["voltage"], in_mv[:, [2]], rtol=1e-6)
        assert run[2].voltages.size == 0
    assert not [message for message in caplog.messages if "mV" in message]


@pytest.mark.parametrize(
    "given", [5, (1, 2, 3), ("a", "b"), (np.zeros(3), np.ones(4)), (0, np.nan)]
)
def test_another_voltage_range_is_refused(tmp_path, given):
    with pytest.raises(ValueError, match="voltage_range must be two potentials in mV"):
        NetworkActivityLogger(tmp_path, voltage_range=given)


def test_a_voltage_range_of_too_few_neurons_is_refused(tmp_path):
    logger = NetworkActivityLogger(tmp_path, 1, voltage_range=([-70], [-50]), figures=())
    with pytest.raises(ValueError, match="of 1 neurons, but neuron 3 is recorded"):
        logger.log_step(spikes=np.zeros((30, 4)), voltages=NORMALISED)


@pytest.mark.parametrize("k", [1, 4])
def test_the_figure_names_no_unit(k):
    def words(voltages):
        figure = draw_figure("voltages", look(voltages[:, :k], np.full(k, -45.0)))
        return [
            text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))
        ]

    assert any("mV" in text for text in words(IN_MV))
    texts = words(NORMALISED)
    assert not [text for text in texts if "mV" in text and "not in mV" not in text]
    assert any("not in mV" in text for text in texts)


def test_what_is_stored_names_no_unit_that_is_not_true(tmp_path):
    for voltages, unit, column in ((IN_MV, "mV", "voltage_mV"), (NORMALISED, "unknown", "voltage")):
        traces = Traces.of([0], {"spike": np.zeros((30, 1)), "voltage": voltages[:, :1]})
        one = replace(look(voltages), traces=traces)
        with h5py.File(io.BytesIO(encode(one))) as file:
            for name in ("voltages", "traces/voltage"):
                assert file[name].attrs["units"] == unit
            assert file["spikes/v1/timestamps"].attrs["units"] == "ms"
        write_traces(tmp_path / "trace.csv", one)
        header = (tmp_path / "trace.csv").read_text().splitlines()[0]
        assert header.split(",")[-1] == column
        assert ("voltage mV" in trace_table(one)) is (unit == "mV")
        assert (summarise(one)["voltage_min_mv"] is None) is (unit != "mV")
        drawn = draw_figure("trace_neuron_0", one)
        words = {text.get_text() for text in drawn.findobj(lambda a: hasattr(a, "get_text"))}
        assert f"potential\n({'mV' if unit == 'mV' else 'no unit'})" in words


def test_traced_potentials_alone_tell_it_too(caplog):
    traces = Traces.of([0], {"spike": np.zeros((30, 1)), "voltage": NORMALISED[:, :1]})
    one = replace(Activity.from_dense(np.zeros((30, 4)), dt=1.0), traces=traces)
    PotentialsCheck(EXTRACT_MV).checked(one)
    assert "cannot be mV" in caplog.text
