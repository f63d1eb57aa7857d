"""The three sources of looks, driven as a callback drives them, and which one is chosen."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from fits import X, Y, assert_is
from spiking_models import make_model

from keras_v1_activity.capture.choose_source import checked_probe, choose_source
from keras_v1_activity.capture.probe import Probe
from keras_v1_activity.capture.steps import Steps
from keras_v1_activity.capture.target import CaptureRequest
from keras_v1_activity.plan import RecordPlan

PLAN = RecordPlan(sample_index=1)
REQUEST = CaptureRequest("rsnn", PLAN)


def source_of(model, probe_data=None):
    """The source for a model, ready for a training."""
    batch = checked_probe(probe_data, PLAN)
    source = choose_source(model, REQUEST, Probe(model, REQUEST), batch, None)
    source.prepare(REQUEST.layer_of(model))
    return source


def test_live_gives_the_training_batch_as_it_was_before_the_step():
    model = make_model(keras)
    source, own = source_of(model), model.train_function
    for step, every, expected in ((1, 2, None), (2, 2, 2)):
        kernel = model.get_layer("rsnn").kernel.numpy()
        source.before_batch(step, every)
        model.train_on_batch(X, Y)
        source.wait()
        taken = source.after_batch(Steps(step, step, every))
        assert (taken and taken.step) == expected
        assert source.take_troubles() == [] and source.last_step() is None
    look = taken.make()
    assert_is(look, kernel, X[1])
    assert (look.step, look.source, look.label) == (2, "live", Y[1])
    source.end()
    assert model.train_function is own


def test_the_probe_gives_its_batch_as_it_is_after_the_step():
    model = make_model(keras)
    source = source_of(model, (X[2:4], Y[2:4]))
    source.before_batch(1, 1)
    model.train_on_batch(X, Y)
    taken = source.after_batch(Steps(1, 1, every=1))
    look = taken.make()
    assert_is(look, model.get_layer("rsnn").kernel, X[3])
    assert (taken.step, look.source) == (1, "probe")
    assert source.after_batch(Steps(2, 3, every=4)) is None


def test_a_probe_that_fails_is_a_trouble_and_no_error():
    model = make_model(keras)
    source = source_of(model, X)
    model.get_layer("rsnn").returns = "nothing that it knows"
    assert source.after_batch(Steps(1, 1, every=1)) is None
    ((kind, error),) = source.take_troubles()
    assert kind == "capture" and isinstance(error, Exception)
    assert source.take_troubles() == []


def test_the_first_batch_says_that_it_has_no_such_sample():
    model = make_model(keras)
    source = source_of(model)
    source.before_batch(1, 100)
    model.train_on_batch(X[:1], Y[:1])
    with pytest.raises(ValueError, match="sample_index is 1, but the batch has 1 sample:"):
        source.after_batch(Steps(1, 1, every=100))


class TPUStrategy:
    """Stands for TensorFlow's, which needs a TPU."""


def test_where_replicas_have_no_numbers_nothing_is_taken_and_that_is_said_once(caplog):
    model = SimpleNamespace(distribute_strategy=TPUStrategy())
    source = choose_source(model, CaptureRequest("rsnn", RecordPlan()), None, None, None)
    for step in (1, 2):
        source.prepare(None)
        source.before_batch(step, 1)
        source.wait()
        assert source.after_batch(Steps(step, step, every=1)) is None
        assert source.last_step() is None and source.take_troubles() == []
        source.end()
    (said,) = caplog.messages
    assert "captures no training batch under TPUStrategy" in said and "probe_data" in said


def test_arrays_of_two_looks_do_not_share_memory():
    model = make_model(keras)
    source = source_of(model)
    looks = []
    for step in (1, 2):
        source.before_batch(step, 1)
        model.train_on_batch(X[step:], Y[step:])
        looks.append(source.after_batch(Steps(step, step, every=1)).make())
    assert not np.shares_memory(looks[0].voltages, looks[1].voltages)
    assert not np.array_equal(looks[0].voltages, looks[1].voltages)
