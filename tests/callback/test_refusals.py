"""Wrong arguments are refused in one sentence: at once, or by what only the model can tell."""

import os

import keras
import numpy as np
import pytest
from fits import X, Y, fit, untouched, watcher
from spiking_models import make_model

from keras_v1_activity import V1ActivityCallback


@pytest.fixture(scope="module")
def reader():
    """One compiled model to try arguments on; its weights change from test to test."""
    return make_model(keras)


@pytest.mark.parametrize(
    ("how", "sentence"),
    [({"log_every_n_steps": 0}, "log_every_n_steps"), ({"log_every_n_steps": -1}, "at least 1"),
     ({"log_every_n_steps": "x"}, "'x'"), ({"figures": ("rastr",)}, "rastr"),
     ({"layer_name": 3}, "layer_name"), ({"extract": "spikes"}, "extract"), ({"dt": 0}, "dt"),
     ({"sample_index": -1}, "sample_index"), ({"populations": [1, 2]}, "populations"),
     ({"voltage_neurons": "all"}, "voltage_neurons"),
     ({"probe_data": (X, Y, Y)}, "probe_data"), ({"probe_data": iter([])}, "probe_data"),
     ({"probe_data": X[:2], "sample_index": 2}, "sample_index is 2, but the batch has 2")],
)  # fmt: skip
def test_wrong_argument_is_refused_at_once(tmp_path, how, sentence):
    with pytest.raises(ValueError, match=sentence) as error:
        V1ActivityCallback(tmp_path, **how)
    assert "\n" not in str(error.value)


def test_unwritable_folder_is_refused_at_once(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="log_dir"):
        V1ActivityCallback(os.fspath(tmp_path / "file"))


@pytest.mark.parametrize(
    ("how", "sentence"),
    [({"layer_name": "cortex"}, "no layer 'cortex'; it has .*'rsnn', .*layer_name="),
     ({"layer_name": "prediction"}, r"'prediction' must give .*\(None, 3\)"),
     ({"sample_index": 3}, "sample_index is 3, but the batch has 3 samples"),
     ({"voltage_neurons": [2, 9]}, "neuron 9, but the layer has 9"),
     ({"populations": ["e4"] * 8}, "names 8 neurons, but layer 'rsnn' has 9"),
     ({"extract": lambda out: out[0][:, 0]}, "extract"),
     ({"probe_data": X, "layer_name": "prediction"}, "'prediction' must give"),
     ({"probe_data": X, "voltage_neurons": [9]}, "neuron 9, but the layer has 9")],
)  # fmt: skip
def test_what_only_the_model_can_tell_is_refused_in_the_first_batch(
    tmp_path, reader, how, sentence
):
    before, weights = untouched(reader), reader.get_weights()
    with pytest.raises(ValueError, match=sentence) as error:
        fit(reader, watcher(tmp_path, **how))
    message = str(error.value)
    assert "\n" not in message and "Exception encountered" not in message
    after = untouched(reader)
    for name in before.keys() | after.keys():
        # The fit itself made these.
        if name not in (("model", "train_function"), ("model", "train_tf_function")):
            assert before.get(name) == after.get(name), name
    if "sample_index" not in how:
        for old, new in zip(weights, reader.get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)
