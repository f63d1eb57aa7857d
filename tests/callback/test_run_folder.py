"""What a fit leaves in its folder, and what it says if something fails."""

import keras
import numpy as np
import tensorflow as tf
from fits import X, Y, fit, watcher
from spiking_models import make_model

from keras_v1_activity import V1ActivityCallback, load_activity
from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.capture.live import LiveCapture


def test_populations_from_names_layer_and_network(tmp_path):
    names = ["e23Cux2"] * 5 + ["i4Pvalb"] * 4

    class Network:
        neurons = None

    model = make_model(keras, run_eagerly=True)
    network = Network()
    network.neurons = Populations.from_names(names)
    for k, given in enumerate([names, np.array(names), Populations.from_names(names), network]):
        fit(model, watcher(tmp_path / str(k), populations=given), batch_size=8)
        with load_activity(tmp_path / str(k)) as run:
            last = run[run.steps[-1]]
            assert last.populations.names_per_neuron().tolist() == names
    model.get_layer("rsnn").neurons = Populations.from_names(names)
    fit(model, watcher(tmp_path / "layer"), batch_size=8)
    with load_activity(tmp_path / "layer") as run:
        assert run[run.steps[-1]].populations.names == ("e23Cux2", "i4Pvalb")


def test_capture_that_fails_warns_once_and_training_goes_on(tmp_path, monkeypatch, caplog):
    def broken(capture):
        raise tf.errors.InternalError(None, None, "device lost")

    monkeypatch.setattr(LiveCapture, "after_batch", broken)
    history = make_model(keras).fit(
        X, Y, batch_size=3, verbose=0, epochs=2, callbacks=[watcher(tmp_path)]
    )
    assert len(history.history["loss"]) == 2
    assert sum("device lost" in message for message in caplog.messages) == 1


def test_run_folder_and_figures(tmp_path):
    callback = V1ActivityCallback(tmp_path, 2, figures=("raster",), background=False)
    fit(make_model(keras, run_eagerly=True), callback)
    assert (tmp_path / "step_000002" / "raster.png").stat().st_size > 1000
    for name in ("activity_summary.npz", "run.json"):
        assert (tmp_path / name).exists()
    assert "ThresholdLayer" in (tmp_path / "network_state.txt").read_text(encoding="utf-8")


def test_figures_drawn_beside_the_training_can_be_waited_for(tmp_path):
    callback = V1ActivityCallback(tmp_path, 2, figures=("raster",))
    model = make_model(keras, run_eagerly=True)
    for _ in range(2):
        fit(model, callback)
    assert callback.wait_for_figures()
    for step in (2, 4, 6):
        assert (tmp_path / f"step_{step:06d}" / "raster.png").stat().st_size > 1000
    counts = load_activity(tmp_path).info["counts"]
    assert (counts["looks"], counts["figures_drawn"], counts["figures_dropped"]) == (3, 3, 0)
