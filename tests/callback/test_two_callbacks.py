"""Two callbacks on one model."""

import os

import keras
import numpy as np
import pytest
from fits import Kernels, X, Y, assert_is, fit, watcher
from spiking_models import make_model

from keras_v1_activity import load_activity


@pytest.mark.parametrize("jit_compile", [False, "auto"])
def test_two_callbacks_on_one_model_both_record(tmp_path, jit_compile):
    """Each at its own steps, over two fits, and the model is as found afterwards."""
    model = make_model(keras, jit_compile=jit_compile)
    model.fit(X, Y, batch_size=3, verbose=0, shuffle=False)
    own = model.train_function
    first, second = watcher(tmp_path / "a", 1), watcher(tmp_path / "b", 2, sample_index=1)
    kernels = Kernels()
    for _ in range(2):
        model.fit(X, Y, batch_size=3, verbose=0, shuffle=False, callbacks=[kernels, first, second])
        assert model.train_function is own
    with load_activity(tmp_path / "a") as run, load_activity(tmp_path / "b") as other:
        assert run.steps.tolist() == [4, 5, 6, 7, 8, 9] and other.steps.tolist() == [4, 6, 8]
        for step in other.steps:
            batch = (step - 1) % 3
            assert_is(run[step], kernels.seen[step - 4], X[3 * batch])
            assert_is(other[step], kernels.seen[step - 4], X[3 * batch + 1])
    model.fit(X, Y, batch_size=3, verbose=0, shuffle=False, callbacks=[kernels, second])
    with load_activity(tmp_path / "b") as other:
        assert other.steps.tolist() == [4, 6, 8, 10, 12]


def test_two_callbacks_on_one_folder_are_refused(tmp_path):
    model = make_model(keras)
    before = model.get_weights()
    (tmp_path / "link to log").symlink_to(tmp_path / "log")
    probe = {"probe_data": X[:2]}
    for one, folder, other in (
        ({}, os.path.join(tmp_path, "x", "..", "log"), {}),
        ({}, tmp_path / "link to log", {}),
        ({}, tmp_path / "log", probe),
        (probe, tmp_path / "log", probe),
    ):
        both = [watcher(tmp_path / "log", **one), watcher(folder, 2, **other)]
        with pytest.raises(ValueError, match="two callbacks of one fit write into log_dir '.*log'"):
            model.fit(X, Y, verbose=0, callbacks=both)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    # What the fit left on the model is not taken for a callback of the next one.
    for callback in (both[0], watcher(tmp_path / "log")):
        fit(model, callback)
    assert load_activity(tmp_path / "log").steps.tolist() == [1, 2, 3, 4, 5, 6]
