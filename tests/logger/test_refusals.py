"""What does not fit is refused in one sentence that names the argument."""

import numpy as np
import pytest
import tensorflow as tf
from batches import N, T, batch

from keras_v1_activity import NetworkActivityLogger


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"spikes": None}, r"spikes must have shape .*got None"),
        ({"spikes": np.zeros(7)}, r"spikes must have shape .*got \(7,\)"),
        ({"voltages": np.zeros((3, T, 5))}, r"voltages must have the shape of spikes, \(3, 40, 30"),
        ({"labels": [1, 2]}, r"labels must have one entry for each of the 3 samples.*\(2,\)"),
        ({"outputs": np.zeros((3, 1, 1, 2))}, r"outputs must have shape \(batch, chunks, classes"),
        ({"inputs": np.zeros((3, 9, 4))}, r"inputs must have shape .* 40 time steps"),
        ({"labels": ["a", "b", "c"]}, "labels must hold numbers"),
        ({"spikes": "many"}, "spikes must hold numbers; got str"),
        (
            {"spikes": tf.ragged.constant([[[1.0]], [[1.0], [0.0]]])},
            "spikes must hold numbers|array",
        ),
        ({"traces": {"psc_1": np.zeros((3, T, 9))}}, r"traces\['psc_1'\] must have shape .*1\)"),
        ({"traces": [np.zeros((3, T, 1))]}, "traces must be a dict of the name .*got list"),
        ({"traces": {1: np.zeros((3, T, 1))}}, "traces must be a dict of the name"),
        ({"traces": {"psc_1": [["a"]]}}, r"traces\['psc_1'\] must hold numbers"),
        ({"voltages": np.zeros((3, T, N), complex)}, "voltages must hold numbers; .*complex128"),
        ({"inputs": np.zeros((3, T, 0))}, r"inputs must have shape .*got \(3, 40, 0\)"),
        ({"inputs": np.full((3, T, 2), "x")}, "inputs must hold numbers"),
        ({"predictions": [1, 2]}, r"predictions must have one entry for each of the 3.*\(2,\)"),
        ({"predictions": ["a", "b", "c"]}, "predictions must hold numbers"),
        ({"sample_weight": [1.0, 2.0]}, "sample_weight must have one entry for each of the 3"),
        ({"step": "two"}, "step must be the number of a step.*'two'"),
    ],
)
def test_what_does_not_fit_is_one_sentence(tmp_path, wrong, sentence):
    logger = NetworkActivityLogger(tmp_path, 1, figures=(), background=False, trace_neurons=[1])
    with pytest.raises(ValueError, match=sentence):
        logger.log_step(**{**batch(), **wrong})


def test_a_tensor_without_values_and_a_sample_beyond_the_batch(tmp_path):
    logger = NetworkActivityLogger(tmp_path, 1, figures=(), background=False, sample_index=3)
    with pytest.raises(ValueError, match="sample_index is 3, but the batch has 3 samples"):
        logger.log_step(**batch())
    logger = NetworkActivityLogger(tmp_path / "b", 1, figures=(), background=False)

    @tf.function
    def step(spikes):
        logger.log_step(spikes=spikes)

    with pytest.raises(ValueError, match="spikes must be an array with values.*log it outside"):
        step(tf.zeros((1, T, N)))
