"""Looks after training are all kept, and the training's own look with them."""

import keras
import numpy as np
from fits import X, Y, assert_is, fit, watcher
from spiking_models import make_model

from keras_v1_activity import load_activity
from keras_v1_activity.storage import looks_at


def test_looks_at_one_step_are_kept_side_by_side(tmp_path, caplog):
    model, callback = make_model(keras), watcher(tmp_path, 3, figures=("raster",))
    kernels = fit(model, callback)
    kernel = model.get_layer("rsnn").kernel.numpy()
    for i in (4, 5):
        assert callback.look(X[i:], Y[i:]).step == 3
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [3]
        assert_is(run[3], kernels[2], X[6])
    trained, *others = looks_at(tmp_path, 3)
    assert_is(trained, kernels[2], X[6])
    assert [(look.step, look.source) for look in others] == [(3, "look")] * 2
    for i, look in zip((4, 5), others, strict=True):
        assert_is(look, kernel, X[i])
        assert look.label == Y[i]
    assert callback.wait_for_figures()
    for name in ("step_000003", "step_000003_look_2", "step_000003_look_3"):
        assert {path.name for path in (tmp_path / name).iterdir()} >= {
            "raster.png", "summary.json", "data.h5"
        }  # fmt: skip
    assert not [message for message in caplog.messages if "twice" in message]
    fit(model, callback)
    assert load_activity(tmp_path).steps.tolist() == [3, 6]
    assert len(looks_at(tmp_path, 3)) == 3


def test_an_earlier_run_takes_its_further_looks_along(tmp_path):
    model, callback = make_model(keras), watcher(tmp_path, 3)
    fit(model, callback)
    callback.look(X)
    fit(make_model(keras), watcher(tmp_path, 3))
    assert len(looks_at(tmp_path, 3)) == 1
    assert len(looks_at(tmp_path / "earlier_001", 3)) == 2


def test_looks_before_training_are_kept_too(tmp_path):
    model, callback = make_model(keras), watcher(tmp_path, 100)
    callback.set_model(model)
    for i in (0, 1):
        callback.look(X[i:])
    kernel = model.get_layer("rsnn").kernel.numpy()
    fit(model, callback)
    for i, look in enumerate(looks_at(tmp_path, 0)):
        assert_is(look, kernel, X[i])
    np.testing.assert_array_equal(load_activity(tmp_path).steps, [0])
