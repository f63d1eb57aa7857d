"""A step that is tapped inside its graph is stored as one whose arrays are handed over."""

import numpy as np
import pytest
import tensorflow as tf
from batches import CLASSES, N, T, batch
from taps import as_tensors, logged, logger_in, tapped

from keras_v1_activity import load_activity


def assert_same(look, expected):
    for name in ("voltages", "voltage_neurons", "outputs", "confidence"):
        np.testing.assert_array_equal(getattr(look, name), getattr(expected, name), name)
    if expected.inputs is not None:
        np.testing.assert_allclose(look.inputs, expected.inputs, rtol=1e-6)
    np.testing.assert_array_equal(look.spikes(), expected.spikes())
    for name in ("label", "prediction", "sample_index", "n_inputs", "step", "source"):
        assert getattr(look, name) == getattr(expected, name), name
    np.testing.assert_array_equal(look.batch.spikes, expected.batch.spikes)
    np.testing.assert_array_equal(look.batch.labels, expected.batch.labels)
    if expected.batch.confidences is not None:
        np.testing.assert_array_equal(look.batch.confidences, expected.batch.confidences)


RNG = np.random.default_rng(3)
GIVEN = {
    "everything": {},
    "classes of chunks": {"predictions": RNG.integers(0, 3, (3, 5)), "outputs": None},
    "a class beyond the outputs": {"predictions": np.array([1, 6, 0])},
    "classes alone": {"predictions": np.array([1, 0, 1]), "outputs": None,
                      "labels": np.array([0, 1, 3])},
    "probabilities": {"predictions": RNG.dirichlet(np.ones(4), 3), "outputs": None},
    "one-hot labels": {"labels": np.eye(CLASSES, dtype=np.float32)[[2, 0, 3]]},
    "weighted chunks": {"sample_weight": np.tile([0, 0, 1, 1, 3.0], (3, 1))},
    "spikes alone": dict.fromkeys(["inputs", "voltages", "outputs", "labels"]),
    "booleans": {"spikes": RNG.random((3, T, N)) < 0.2},
}  # fmt: skip


@pytest.mark.parametrize("name", GIVEN)
def test_a_look_is_that_of_log_step(tmp_path, name):
    handed = {key: v for key, v in {**batch(), **GIVEN[name]}.items() if v is not None}
    look = tapped(tmp_path / "tapped", handed, sample_index=1)
    assert_same(look, logged(tmp_path / "logged", handed, sample_index=1))


@pytest.mark.parametrize("jit_compile", [False, True])
def test_a_compiled_step_gives_the_same_look(tmp_path, jit_compile):
    def run(step):
        return tf.function(step, jit_compile=jit_compile)

    how = {"trace_neurons": [4, 2], "voltage_neurons": [7, 1]}
    handed = batch()
    look = tapped(tmp_path / "tapped", handed, run, **how)
    expected = logged(tmp_path / "logged", handed, **how)
    assert_same(look, expected)
    for name, values in expected.traces.values.items():
        np.testing.assert_array_equal(look.traces.values[name], values)


def test_one_sample_may_come_without_its_axis(tmp_path):
    handed = {name: value[0] for name, value in batch(1).items()}
    assert_same(tapped(tmp_path / "tapped", handed), logged(tmp_path / "logged", handed))


def test_nothing_is_computed_or_copied_in_a_step_that_is_not_logged(tmp_path):
    """All that a tap does with its tensors is in a branch that is not taken."""
    logger = logger_in(tmp_path)
    step = tf.function(lambda given: logger.tap(**given)).get_concrete_function(as_tensors(batch()))
    outside = {operation.type for operation in step.graph.get_operations()}
    assert outside & {"If", "StatelessIf"}
    work = {"LeftShift", "BitwiseOr", "GatherV2", "Sum", "Max", "AssignVariableOp", "Greater"}
    assert not outside & work, outside


def test_no_gradient_flows_through_a_tap(tmp_path):
    logger = logger_in(tmp_path)
    w = tf.Variable(tf.ones((T, N)))
    with tf.GradientTape() as tape:
        z = tf.ones((2, T, N)) * w
        logger.tap(spikes=z, voltages=z)
        loss = tf.reduce_sum(z * z)
    np.testing.assert_array_equal(tape.gradient(loss, w), np.full((T, N), 4.0))
    assert logger.step_done()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"spikes": np.zeros(9)}, r"spikes must have shape \(batch, time, neuron\)"),
        ({"voltages": np.zeros((3, T, N + 1))}, "voltages must have the shape of spikes"),
        ({"inputs": np.zeros((3, T + 1, 4))}, r"inputs must have shape \(batch, time, channels\)"),
        ({"labels": np.zeros(4)}, "labels must have one entry for each of the 3 samples"),
        ({"labels": np.array(["a", "b", "c"])}, "labels must hold numbers"),
        ({"traces": {"I": np.zeros((3, T + 1, 2))}}, r"traces\['I'\] must have shape"),
        ({"predictions": object()}, "predictions must be a tensor of numbers; got object"),
    ],
)
def test_refusals_name_the_argument(tmp_path, given, sentence):
    logger = logger_in(tmp_path)
    with pytest.raises(ValueError, match=sentence):
        logger.tap(**{**batch(), **given})


def test_a_number_of_neurons_that_is_unknown_is_refused(tmp_path):
    logger = logger_in(tmp_path)
    step = tf.function(lambda z: logger.tap(spikes=z))
    with pytest.raises(ValueError, match="a number of neurons that is unknown before the step"):
        step.get_concrete_function(tf.TensorSpec((None, T, None)))


def test_a_sample_or_a_replica_that_does_not_exist(tmp_path):
    logger = logger_in(tmp_path, sample_index=3)
    logger.tap(**batch())
    with pytest.raises(ValueError, match="sample_index is 3, but the batch has 3 samples"):
        logger.step_done()
    other = logger_in(tmp_path / "other", replica=1)
    with pytest.raises(ValueError, match="replica is 1, but 1 replica of this process trains"):
        other.tap(**batch())
    for wrong in (0, -1, 1.5, True):
        with pytest.raises(ValueError, match="n_steps must be a whole number of at least 1"):
            other.step_done(wrong)


def test_outside_of_the_replicas_of_a_strategy(tmp_path):
    logger = logger_in(tmp_path)
    with (
        tf.distribute.MirroredStrategy(["/cpu:0"]).scope(),
        pytest.raises(ValueError, match="call it in the function that strategy.run is given"),
    ):
        logger.tap(**batch())


def test_outputs_of_one_sample_may_have_any_number_of_chunks(tmp_path):
    logger = logger_in(tmp_path, figures=())
    outputs = RNG.dirichlet(np.ones(3), 4).astype(np.float32)

    @tf.function(input_signature=[tf.TensorSpec((T, N)), tf.TensorSpec((None, 3))])
    def step(z, out):
        logger.tap(spikes=z, outputs=out)

    step((RNG.random((T, N)) < 0.2).astype(np.float32), outputs)
    assert logger.step_done()
    logger.save_summary()
    look = load_activity(tmp_path)[1]
    np.testing.assert_array_equal(look.outputs, outputs)
    np.testing.assert_allclose(look.confidence, outputs.mean(0), rtol=1e-6)


@pytest.mark.parametrize("labels", [[[0, 0, 0, 0]], [[1, 1, 0, 0]]])
def test_labels_for_no_class_or_several_are_none(tmp_path, labels):
    outputs = RNG.dirichlet(np.ones(4), 1)
    handed = {"spikes": np.ones((1, T, N), np.float32), "outputs": outputs,
              "labels": np.array(labels)}  # fmt: skip
    assert tapped(tmp_path / "tapped", handed).label is None
    assert logged(tmp_path / "logged", handed).label is None


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"outputs": np.ones((3, 5, 4, 1))}, r"outputs must have shape \(batch, chunks, classes"),
        ({"traces": [1]}, "traces must be a dict of the name"),
        ({"traces": {3: np.ones((3, T, 1))}}, "traces must be a dict of the name"),
        ({"traces": {"I": np.ones((3, T, 5))}}, r"traces\['I'\] must have shape"),
        ({"step": 2.7}, "step must be the number of a step"),
        ({"step": "a"}, "step must be the number of a step"),
    ],
)
def test_what_cannot_be_stored_is_refused_at_once(tmp_path, given, sentence):
    logger = logger_in(tmp_path, trace_neurons=[1])
    with pytest.raises(ValueError, match=sentence):
        logger.tap(**{**batch(), **given})


def test_step_done_belongs_outside_of_the_compiled_step(tmp_path):
    logger = logger_in(tmp_path)
    with pytest.raises(ValueError, match="call it after the step, outside"):
        tf.function(logger.step_done)()
