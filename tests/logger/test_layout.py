"""Arrays whose first axis is time: read as they are, or refused, never misread in silence."""

import logging

import numpy as np
import pytest
from batches import CLASSES, N, T, batch, look_of, read_of

from keras_v1_activity import NetworkActivityLogger, load_activity, visualize_batch_predictions
from keras_v1_activity.capture.handed_layout import HandedLayout
from keras_v1_activity.common.atomic_files import read_json

TIMED = ("inputs", "spikes", "voltages", "outputs")


def time_first(handed):
    """The same batch as a loop with time-first arrays has it."""
    return {k: v.swapaxes(0, 1) if k in TIMED else v for k, v in handed.items()}


def notices_of(caplog):
    return [r.getMessage() for r in caplog.records if "were read as" in r.getMessage()]


def say_of(caplog, layout=None, **handed):
    """What is said of two steps with these arrays."""
    order = HandedLayout(layout)
    with caplog.at_level(logging.INFO, "keras_v1_activity"):
        for _ in range(2):
            read_of(**handed, layout=order)
    return notices_of(caplog)


def test_time_first_arrays_give_the_same_run(tmp_path):
    handed = batch()
    psc = np.random.default_rng(0).random((3, T, 2), np.float32)
    settings = {"trace_neurons": [5, 1], "sample_index": 2}
    plain = look_of(tmp_path / "btn", settings=settings, **handed, traces={"psc_1": psc})
    turned = look_of(
        tmp_path / "tbn", settings={**settings, "layout": "tbn"}, **time_first(handed),
        traces={"psc_1": psc.swapaxes(0, 1)},
    )  # fmt: skip
    for name in ("spike_steps", "spike_neurons", "voltages", "inputs", "outputs", "confidence"):
        np.testing.assert_array_equal(getattr(turned, name), getattr(plain, name), err_msg=name)
    for name, values in plain.traces.values.items():
        np.testing.assert_array_equal(turned.traces.values[name], values)
    np.testing.assert_array_equal(turned.batch.spikes, plain.batch.spikes)
    assert turned.batch.labels.tolist() == plain.batch.labels.tolist()
    np.testing.assert_array_equal(turned.spikes(), handed["spikes"][2] > 0)
    assert read_json(tmp_path / "tbn" / "run.json")["settings"]["layout"] == "tbn"
    assert read_json(tmp_path / "btn" / "run.json")["settings"]["layout"] == "btn"


def test_one_sample_without_its_batch_axis_is_the_same_in_both_layouts():
    handed = {name: value[0] for name, value in batch(1).items()}
    plain, turned = read_of(**handed), read_of(**handed, layout=HandedLayout("tbn"))
    for name in ("spike_steps", "voltages", "inputs", "outputs"):
        np.testing.assert_array_equal(getattr(turned, name), getattr(plain, name))
    assert turned.label == plain.label == handed["labels"]


def test_lists_and_predictions_of_three_axes_may_be_time_first():
    handed = batch()
    predictions = np.eye(CLASSES)[[3, 0, 1]][:, None].repeat(5, axis=1) * 0.6 + 0.1
    turned = {name: value.tolist() for name, value in time_first(handed).items()}
    turned["predictions"] = predictions.swapaxes(0, 1)
    look = read_of(**turned, layout=HandedLayout("tbn"))
    np.testing.assert_array_equal(look.spikes(), handed["spikes"][0] > 0)
    assert look.batch.predictions.tolist() == [3, 0, 1]


@pytest.mark.parametrize("name", ["labels", "predictions", "outputs"])
@pytest.mark.parametrize("size", [1, 3])
def test_what_has_one_entry_a_sample_tells_that_time_comes_first(name, size):
    value = np.zeros((size, CLASSES)) if name == "outputs" else np.zeros(size, int)
    spikes = batch(size)["spikes"].swapaxes(0, 1)
    with pytest.raises(ValueError, match=f'{name} must have .* {T} samples.*layout="tbn"'):
        read_of(spikes=spikes, **{name: value})
    assert read_of(spikes=spikes, **{name: value}, layout=HandedLayout("tbn")).n_steps == T


def test_a_layout_that_the_labels_contradict_is_refused():
    with pytest.raises(ValueError, match=r'labels must have .* 40 samples.*give layout="btn"'):
        read_of(**{**batch(), "inputs": None, "outputs": None}, layout=HandedLayout("tbn"))


def test_inputs_in_the_other_order_are_refused(tmp_path):
    handed = batch()
    with pytest.raises(ValueError, match=r"inputs must have .*: batch and time are exchanged"):
        read_of(spikes=handed["spikes"], inputs=handed["inputs"].swapaxes(0, 1))
    with pytest.raises(ValueError, match=r"\(time, batch, channels\).*are exchanged"):
        read_of(
            spikes=handed["spikes"].swapaxes(0, 1), inputs=handed["inputs"],
            layout=HandedLayout("tbn"),
        )  # fmt: skip


@pytest.mark.parametrize("also", [(), ("inputs",), ("voltages", "inputs", "outputs")])
def test_where_nothing_tells_the_order_it_is_said_once_how_it_was_read(also, caplog):
    handed = time_first(batch())
    handed["outputs"] = np.zeros((T, 3, CLASSES), np.float32)  # a readout at each time step
    (said,) = say_of(caplog, **{name: handed[name] for name in ("spikes", *also)})
    assert f"({T}, 3, {N}) were read as {T} samples of 3 time steps and {N} neurons" in said
    assert 'layout="tbn"' in said


def test_as_many_samples_as_time_steps_are_not_told_by_labels(caplog):
    spikes = np.zeros((7, 7, N))
    (said,) = say_of(caplog, spikes=spikes, labels=np.zeros(7, int))
    assert "7 samples of 7 time steps" in said


def test_nothing_is_said_where_labels_tell_the_layout_is_named_or_there_is_one_sample(caplog):
    handed = batch()
    assert not say_of(caplog, **handed)
    assert not say_of(caplog, spikes=handed["spikes"], labels=np.eye(CLASSES)[:3])
    assert not say_of(caplog, "btn", spikes=handed["spikes"])
    assert not say_of(caplog, "tbn", spikes=handed["spikes"])
    assert not say_of(caplog, spikes=handed["spikes"][:1])
    assert not say_of(caplog, spikes=handed["spikes"][0])


def test_a_logger_says_it_once_in_a_run(tmp_path, caplog):
    with caplog.at_level(logging.INFO, "keras_v1_activity"):
        with NetworkActivityLogger(tmp_path, 1, figures=(), background=False) as logger:
            for seed in range(3):
                logger.log_step(spikes=batch(seed=seed)["spikes"])
    assert len(notices_of(caplog)) == 1
    assert load_activity(tmp_path).steps.tolist() == [1, 2, 3]


def test_pictures_of_a_batch_take_the_layout(tmp_path):
    handed = time_first(batch())
    paths = visualize_batch_predictions(
        handed["spikes"], handed["labels"], output_dir=tmp_path, layout="tbn"
    )
    assert len(paths) == 1 + 3


class PerReplica:
    """What `strategy.run` returns, as far as it is relied on."""

    def __init__(self, *values):
        self.values = values


def test_parts_of_replicas_may_be_time_first(tmp_path):
    handed = batch()
    parts = {
        name: PerReplica(value[:2], value[2:])
        if name == "labels"
        else PerReplica(value[:, :2], value[:, 2:])
        for name, value in time_first(handed).items()
    }
    settings = {"layout": "tbn", "sample_index": 2}
    look = look_of(tmp_path, settings=settings, **parts)
    np.testing.assert_array_equal(look.spikes(), handed["spikes"][2] > 0)
    np.testing.assert_array_equal(look.outputs, handed["outputs"][2])
    assert look.label == handed["labels"][2] and look.batch.samples.tolist() == [0, 1, 2]


def test_a_tap_takes_no_time_first_tensors(tmp_path):
    logger = NetworkActivityLogger(tmp_path, layout="tbn", figures=())
    with pytest.raises(ValueError, match=r"tap takes \(batch, time, neuron\) tensors"):
        logger.tap(spikes=np.zeros((5, 2, 3)))


@pytest.mark.parametrize("layout", ["TBN", "", ["t", "b", "n"], 1])
def test_another_layout_is_refused(layout, tmp_path):
    with pytest.raises(ValueError, match='layout must be "btn" for .* or "tbn"'):
        NetworkActivityLogger(tmp_path / "run", layout=layout)
    assert not (tmp_path / "run").exists()
