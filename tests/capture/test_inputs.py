"""The mean over input channels in the graph is the one that numpy takes."""

import numpy as np
import pytest
import tensorflow as tf

from keras_v1_activity.activity.inputs import average_channels
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.capture.handed import HandedBatch, select
from keras_v1_activity.capture.reduce import reduce_loss
from keras_v1_activity.capture.selection import Selection
from keras_v1_activity.plan import RecordPlan

T = 6


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    "shape, rows", [((1,), 200), ((7,), 3), ((8,), 4), ((13, 2), 5), ((9,), 1)]
)
def test_graph_and_numpy_agree(shape, rows, compiled):
    x = np.random.default_rng(0).normal(size=(2, T, *shape)).astype(np.float32)
    plan = RecordPlan(sample_index=1, max_input_rows=rows)
    selection = Selection.of(plan, Neurons.unnamed(3))
    reduce = tf.function(lambda x: reduce_loss(x, None, None, None, selection, T))
    kept = reduce(x) if compiled else reduce_loss(x, None, None, None, selection, T)
    n_channels = int(np.prod(shape))
    expected = average_channels(x[1].reshape(T, -1), plan.input_group(n_channels))
    assert int(kept["n_inputs"]) == n_channels and expected.shape[1] <= rows
    np.testing.assert_allclose(kept["inputs"].numpy(), expected, rtol=1e-5, atol=1e-6)


def test_what_is_handed_over_is_averaged_alike():
    x = np.random.default_rng(1).normal(size=(2, T, 11)).astype(np.float32)
    plan = RecordPlan(max_input_rows=4)
    look = HandedBatch(np.zeros((2, T, 3)), inputs=x).activity(select(plan, None, 3), step=1)
    np.testing.assert_array_equal(look.inputs, average_channels(x[0], 3))
    assert look.n_inputs == 11
