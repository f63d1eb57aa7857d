"""network_state.txt says what is true of the model."""

import keras
import numpy as np
import pytest
from kits import KITS, needs_v1_network, tf_keras
from oracles import random_network
from spiking_models import make_data, make_model, truth

from keras_v1_activity import log_network_state, v1
from keras_v1_activity.state.network_state import describe_network
from keras_v1_activity.storage.ownership import Owner, owner_of


@pytest.mark.parametrize("maker", KITS, ids=lambda kit: kit.__name__)
def test_text_names_layers_parameters_and_rates(tmp_path, maker):
    model = make_model(maker)
    model.get_layer("prediction").trainable = False
    x, _ = make_data(1)
    path = tmp_path / "deep" / "state.txt"
    text = log_network_state(model=model, sample_input=x, output_path=str(path))
    assert path.read_text(encoding="utf-8") == text
    assert owner_of(path) is Owner.OURS
    kernel = np.asarray(model.get_layer("rsnn").kernel)
    spikes, _ = truth(kernel, x[0])
    for fact in (
        "prediction (Dense)", "(7, 9)", "(None, 12, 9)", "trainable 63", "frozen    31",
        f"spikes {spikes.sum()}", f"mean rate {spikes.mean() * 1000:.3f} Hz",
        f"silent neurons {(~spikes.any(0)).sum()} of 9",
    ):  # fmt: skip
        assert fact in text, fact


def test_cell_and_state_sizes_are_named():
    inputs = tf_keras.Input((5, 3))
    cell = tf_keras.layers.LSTMCell(4)
    layer = tf_keras.layers.RNN(cell, return_sequences=True, name="rsnn")
    text = describe_network(tf_keras.Model(inputs, layer(inputs)))
    assert "LSTMCell" in text and "state sizes [4, 4]" in text


def test_missing_layer_is_one_sentence():
    with pytest.raises(ValueError, match="no layer 'cortex'; it has .*'rsnn'"):
        log_network_state(make_model(keras), layer_name="cortex")


@needs_v1_network
def test_weights_and_synapses_are_given_in_numbers():
    network = random_network()
    model = v1.create_model(network, 50, noise=False)
    layer = model.get_layer("rsnn")
    scale = network.parameters.voltage_scale[network.recurrent.target]
    weights = layer.sparse_recurrent_weights.numpy()
    # Five synapses against the law, one that became 0.
    positive = np.flatnonzero(weights > 0)
    weights[positive[:5]] *= -1
    weights[positive[5]] = 0
    layer.sparse_recurrent_weights.assign(weights)
    text = describe_network(model)
    receptor = network.recurrent.receptor
    own = (weights * scale)[receptor == 2]
    steps = np.clip(np.rint(network.recurrent.delay), 1, 5)
    for fact in (
        f"(800,) float32, min {weights.min():.6g}, mean {weights.mean(dtype=float):.6g}",
        "Dale violations: 5 synapses", "Dale violations: 0 synapses", "became 0: 1\n",
        "800 synapses from 50 sources to 50 neurons", "500 synapses from 40 sources",
        f"3 {(receptor == 2).sum():>11} {(own > 0).sum():>11} {(own < 0).sum():>11}",
        f"min {own.min():.6g}, mean {own.mean():.6g}",
        f"1: {(steps == 1).sum()}, 2: {(steps == 2).sum()}", "'asc': 100", "e23Cux2            13",
    ):  # fmt: skip
        assert fact in text, fact
    # As readable for the full network: lines count tables, not neurons or synapses.
    assert len(text.splitlines()) < 150
