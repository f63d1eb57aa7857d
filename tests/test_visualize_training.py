"""Logging a fit through a logger, and pictures of a batch."""

import h5py
import keras
import numpy as np
import pytest
from batches import assert_picture, batch
from spiking_models import make_data, make_model

from keras_v1_activity import V1ActivityCallback, load_activity
from keras_v1_activity.visualize_training import (
    NetworkActivityLogger,
    create_logging_callback,
    visualize_batch_predictions,
)


def datasets(log_dir, step):
    """Every dataset of a stored step, by path in the index file, without losses of `fit`."""
    found = {}
    with h5py.File(log_dir / "activity.h5", "r") as file:
        group = file["steps"][f"{step:06d}"]
        group.visititems(
            lambda name, x: found.update({name: x[()]}) if isinstance(x, h5py.Dataset) else None
        )
    found.pop("details", None)
    return found


def test_logger_callback_and_look_store_the_same(tmp_path, caplog):
    x, y = make_data(4)
    model = make_model(keras, per_step=True, optimizer=keras.optimizers.SGD(0.0))
    settings = {"figures": ("predictions",), "background": False, "trace_neurons": [2]}
    callback = V1ActivityCallback(tmp_path / "fit", 1, **settings)
    per_step = np.repeat(y[:, None], 12, axis=1)
    model.fit(x, per_step, batch_size=4, shuffle=False, callbacks=[callback], verbose=0)
    assert "no method trace" in caplog.text
    probed = V1ActivityCallback(tmp_path / "probe", 1, probe_data=(x, per_step), **settings)
    probed.set_model(model)
    probed.look(x, per_step)
    (spikes, voltages), outputs = callback.intermediate_model(x)
    with NetworkActivityLogger(tmp_path / "loop", 1, **settings) as logger:
        logger.log_step(x, spikes, voltages, outputs, None, per_step)
    live, probe, loop = (datasets(tmp_path / name, 1) for name in ("fit", "probe", "loop"))
    assert set(live) == set(probe) == set(loop) >= {"spikes/v1/timestamps", "batch/spikes"}
    for name, array in loop.items():
        for other in (live[name], probe[name]):
            if array.dtype.kind == "f":
                np.testing.assert_allclose(array, other, rtol=1e-5, atol=1e-5, err_msg=name)
            else:
                np.testing.assert_array_equal(array, other, err_msg=name)


def test_the_logging_callback_logs_into_the_loggers_run(tmp_path):
    x, y = make_data(8)
    logger = NetworkActivityLogger(tmp_path, 2, figures=("raster",), background=False)
    model = make_model(keras)
    for _ in range(2):
        logger.log_step(spikes=np.zeros((1, 12, 9)), labels=[0])
    model.fit(x, y, batch_size=2, epochs=1, callbacks=[create_logging_callback(logger)], verbose=0)
    assert logger.step == 6
    logger.log_step(spikes=np.zeros((1, 12, 9)))
    logger.log_step(spikes=np.zeros((1, 12, 9)))
    logger.save_summary()
    for step in (2, 4, 6, 8):
        assert_picture(tmp_path / f"raster_step_{step}.png")
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [2, 4, 6, 8]
        assert [run[s].source for s in run.steps] == ["logger", "live", "live", "logger"]
        assert run[4].n_spikes > 0 and run[4].label is not None
    with np.load(tmp_path / "activity_summary.npz") as arrays:
        assert arrays["step"].tolist() == [2, 4, 6, 8]
    assert "ThresholdLayer" in (tmp_path / "network_state.txt").read_text()
    with pytest.raises(ValueError, match="logger must be a NetworkActivityLogger; got str"):
        create_logging_callback("my_logs")


def test_batch_predictions_are_drawn_together_and_alone(tmp_path):
    handed = batch(3)
    predictions = handed["outputs"].mean(1)
    paths = visualize_batch_predictions(
        spikes=handed["spikes"], labels=handed["labels"], predictions=predictions,
        output_dir=tmp_path / "all",
    )  # fmt: skip
    expected = ["batch_predictions.png", *(f"sample_{i}/batch_predictions.png" for i in range(3))]
    assert [str(p.relative_to(tmp_path / "all")) for p in paths] == expected
    for path in paths:
        assert_picture(path)
    one = visualize_batch_predictions(handed["spikes"][:1], [1], [2], str(tmp_path / "sample_7"))
    assert len(one) == 1 and one[0] == tmp_path / "sample_7/batch_predictions.png"
    many = visualize_batch_predictions(
        batch(12)["spikes"], output_dir=tmp_path / "m", max_samples=2
    )
    assert len(many) == 3
