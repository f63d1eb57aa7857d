"""What is asked for, and the layer that it means in a model."""

import keras
import numpy as np
import pytest
from spiking_models import N_NEURONS, make_data, make_model

from keras_v1_activity.capture.target import CaptureRequest
from keras_v1_activity.plan import RecordPlan


def test_the_request_finds_its_layer_reads_its_output_and_chooses_neurons():
    model = make_model(keras)
    request = CaptureRequest("rsnn", RecordPlan(voltage_neurons=[4, 1]))
    layer = request.layer_of(model)
    assert layer.layer is model.get_layer("rsnn") and layer.name == "rsnn"
    spikes, voltages = layer.settle(layer.layer(make_data(2)[0]))
    assert spikes.shape == voltages.shape == (2, 12, N_NEURONS)
    assert layer.selection(N_NEURONS).voltage_neurons.tolist() == [4, 1]
    with pytest.raises(ValueError, match="neuron 4, but the layer has 4"):
        layer.selection(4)


def test_extract_is_used_for_every_output_of_the_layer():
    request = CaptureRequest("rsnn", RecordPlan(), extract=lambda out: (out["s"], out["u"]))
    layer = request.layer_of(make_model(keras, "odd"))
    spikes, _ = layer.settle(layer.layer(np.ones((1, 12, 7), np.float32)))
    assert spikes.shape == (1, 12, N_NEURONS)


@pytest.mark.parametrize("name", ["", None, 3])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(ValueError, match="layer_name must be the name of a layer"):
        CaptureRequest(name, RecordPlan())


def test_an_extract_that_is_no_function_is_refused():
    with pytest.raises(ValueError, match="extract must be a function"):
        CaptureRequest("rsnn", RecordPlan(), extract="spikes")
