"""A step that is tapped inside its graph is stored as one whose arrays are handed over."""

import numpy as np
import pytest
import tensorflow as tf
from batches import CLASSES, N, T, batch

from keras_v1_activity import NetworkActivityLogger, load_activity


def logger_in(folder, every=1, **how):
    return NetworkActivityLogger(
        folder, every, **{"figures": ("predictions",), "background": False, **how}
    )


def as_tensors(handed):
    return {name: tf.convert_to_tensor(value) for name, value in handed.items()}


def tapped(folder, handed, run=lambda f: f, **how):
    """The look of one step that taps `handed`."""
    with logger_in(folder, **how) as logger:
        run(lambda given: logger.tap(**given))(as_tensors(handed))
        assert logger.step_done()
    return load_activity(folder)[1]


def logged(folder, handed, **how):
    with logger_in(folder, **how) as logger:
        assert logger.log_step(**handed)
    return load_activity(folder)[1]


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


def test_steps_are_counted_and_each_nth_is_stored(tmp_path):
    spikes = (RNG.random((7, 3, T, N)) < 0.1).astype(np.float32)
    logger = logger_in(tmp_path, 3, figures=(), start_step=2)
    step = tf.function(lambda z: logger.tap(spikes=z))
    stored = []
    for z in spikes:
        step(tf.constant(z))
        stored.append(logger.step_done())
    logger.save_summary()
    assert stored == [True, False, False, True, False, False, True] and logger.step == 9
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [3, 6, 9]
        for number in run.steps:
            np.testing.assert_array_equal(run[number].spikes(), spikes[number - 3][0] > 0)


def test_batches_of_other_sizes_and_lengths(tmp_path):
    logger = logger_in(tmp_path, figures=(), sample_index=2)
    step = tf.function(lambda z: logger.tap(spikes=z), reduce_retracing=True)
    shapes = [(3, T), (5, T), (2, T), (4, T + 9), (3, T)]
    spikes = [(RNG.random((*shape, N)) < 0.1).astype(np.float32) for shape in shapes]
    for z in spikes:
        step(tf.constant(z))
        assert logger.step_done()
    logger.save_summary()
    with load_activity(tmp_path) as run:
        for number, z in enumerate(spikes, 1):
            np.testing.assert_array_equal(run[number].spikes(), z[min(2, len(z) - 1)] > 0)


def test_of_several_taps_in_a_step_the_last_counts(tmp_path):
    """As when the gradients of parts of a batch are summed."""
    parts = (RNG.random((4, 2, T, N)) < 0.1).astype(np.float32)
    logger = logger_in(tmp_path, figures=())

    @tf.function
    def accumulate(parts):
        for part in parts:
            logger.tap(spikes=part)

    accumulate(tf.constant(parts))
    assert logger.step_done()
    logger.save_summary()
    np.testing.assert_array_equal(load_activity(tmp_path)[1].spikes(), parts[3][0] > 0)


def test_a_loop_in_the_graph_counts_its_own_steps(tmp_path):
    spikes = (RNG.random((8, 2, T, N)) < 0.1).astype(np.float32)
    logger = logger_in(tmp_path, 3, figures=())

    @tf.function
    def four_steps(batches, first):
        for i in tf.range(4):
            logger.tap(spikes=batches[i], step=first + i)

    stored = []
    for first in (0, 4):
        four_steps(tf.constant(spikes[first : first + 4]), tf.constant(first + 1))
        stored.append(logger.step_done(4))
    logger.save_summary()
    assert stored == [True, True] and logger.step == 8
    with load_activity(tmp_path) as run:
        assert run.steps.tolist() == [3, 6]
        for number in run.steps:
            np.testing.assert_array_equal(run[number].spikes(), spikes[number - 1][0] > 0)


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


def test_a_step_that_was_not_tapped_is_said_once(tmp_path, caplog):
    logger = logger_in(tmp_path, 2)
    assert [logger.step_done() for _ in range(6)] == [False] * 6
    said = [record.message for record in caplog.records]
    assert len(said) == 1 and "step 2 was to be logged, but nothing was tapped in it" in said[0]


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
