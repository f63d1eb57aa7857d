"""Models trained by several replicas on logical CPU devices, as a program of its own.

TensorFlow must be told of logical devices before it starts. ``python replicated.py OUT CASES=KERAS
...`` trains each of these cases with a Keras, and leaves the run in OUT/CASES/<case> and in
OUT/CASES/<case>.npz what its looks must equal.
"""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
from forks import run_in_forks

TESTS = Path(__file__).parent
FIELDS = ("spikes", "voltages", "voltage_neurons", "inputs", "confidence")


class Case:
    """How one model is trained and recorded.

    `cuts` are the places in the data between which the batches lie: under Keras 3, the first batch
    of a fit must have the same size in each replica. `twice`: trained without us as well.
    `beside`: no training of its own, but recorded in that of this case, by a callback of its own.
    """

    def __init__(
        self,
        n_replicas=2,
        cuts=(0, 5, 8),
        make="functional",
        compiled=(),
        twice=False,
        beside=None,
        **given,
    ):
        self.n_replicas = n_replicas
        self.twice, self.beside = twice, beside
        self.cuts = cuts
        self.make = make
        self.compiled = dict(compiled)
        self.given = given


EVEN_FIRST = (0, 6, 9)
# As that; then a replica has no sample, and then all have some again.
WITH_EMPTY_PART = (*EVEN_FIRST, 10, 14)
CASES = {
    "keras": {
        "first_sample": Case(cuts=WITH_EMPTY_PART, beside="last_sample"),
        "last_sample": Case(
            cuts=WITH_EMPTY_PART,
            sample_index=4,
            twice=True,
            figures=("predictions",),
            health=True,
        ),
        "empty_part": Case(cuts=WITH_EMPTY_PART, beside="last_sample", replica=1),
        "four": Case(4, cuts=(0, 8, 13), sample_index=4, trace_neurons=(3, 1)),
        "layer_made_late": Case(cuts=EVEN_FIRST, make="subclassed"),
        "probe": Case(cuts=WITH_EMPTY_PART, beside="last_sample", probe=True),
        "tapped": Case(cuts=EVEN_FIRST, make="loop", sample_index=4, twice=True),
    },
    "tf_keras": {
        "eager": Case(compiled={"run_eagerly": True}, sample_index=3),
        "first_sample": Case(beside="last_sample"),
        "last_sample": Case(sample_index=4, twice=True, health=True),
        "four": Case(4, sample_index=4),
        "several_steps": Case(
            cuts=(0, 5, 10, 13), compiled={"steps_per_execution": 3}, sample_index=2
        ),
    },
}


def run_program(keras_of, out):
    """Runs this file with {cases: name of a Keras}; the folder of its results."""
    words = [f"{cases}={keras_name}" for cases, keras_name in keras_of.items()]
    done = subprocess.run(
        [sys.executable, str(Path(__file__)), str(out), *words],
        # As TensorFlow has it by default, other than in the rest of the suite.
        env={**os.environ, "TF_ENABLE_ONEDNN_OPTS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return out


def main(out, *words):
    import tensorflow  # noqa: F401

    import keras_v1_activity.callback  # noqa: F401

    parts = []
    for word in words:
        cases, keras_name = word.split("=")
        __import__(keras_name)
        parts.append(partial(train_cases, keras_name, cases, os.path.join(out, cases)))
    return max(run_in_forks(parts))


def train_cases(keras_name, cases, out):
    import tensorflow as tf

    os.makedirs(out)
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 4)
    keras = sys.modules[keras_name]
    # Two strategies in one process disturb each other's collective operations: one goes without.
    strategies = {
        2: tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"]),
        4: tf.distribute.MirroredStrategy(
            [f"/cpu:{i}" for i in range(4)], tf.distribute.ReductionToOneDevice()
        ),
    }
    if cases == "keras":
        draw_noise(strategies[2], out)
    cases = CASES[cases]
    for name, case in cases.items():
        if case.beside is None:
            beside = {other: c for other, c in cases.items() if c.beside == name}
            train_case(keras, strategies[case.n_replicas], {name: case, **beside}, out)


def draw_noise(strategy, out):
    """OUT/noise.npz: input currents of a V1 network in two replicas, and on one device."""
    import tensorflow as tf
    from oracles import random_network

    from keras_v1_activity.v1.layers.input_layer import InputCurrents

    network = random_network()
    x = tf.zeros((1, 100, network.n_input))
    with strategy.scope():
        layer = InputCurrents(network, seed=5)
        layer.build(x.shape)
    replicas = tf.function(lambda: strategy.run(layer, args=(x,)))().values
    alone = InputCurrents(network, seed=5)(x)
    np.savez(os.path.join(out, "noise.npz"), first=replicas[0], second=replicas[1], alone=alone)


def train_case(keras, strategy, cases, out):
    """Trains the first of the cases; the others are recorded at the same time."""
    case = next(iter(cases.values()))
    train = loop if case.make == "loop" else fit
    watched = {os.path.join(out, name): each for name, each in cases.items()}
    model, kernels = train(keras, strategy, case, watched)
    found = {"kernels": np.stack(kernels)}
    if case.twice:
        unwatched, _ = train(keras, strategy, case, {})
        pairs = zip(model.get_weights(), unwatched.get_weights(), strict=True)
        found["weights_equal"] = all(np.array_equal(a, b) for a, b in pairs)
    for folder in watched:
        np.savez(f"{folder}.npz", **found)


def batches_of(case):
    """The batches (x, y) of a case; all cases have the same data."""
    from spiking_models import make_data

    x, y = make_data(14)
    return [(x[a:b], y[a:b]) for a, b in zip(case.cuts, case.cuts[1:], strict=False)]


def data(case):
    import tensorflow as tf
    from spiking_models import N_IN, N_STEPS

    kinds = tf.TensorSpec((None, N_STEPS, N_IN)), tf.TensorSpec((None,), tf.int64)
    return tf.data.Dataset.from_generator(lambda: batches_of(case), output_signature=kinds)


def make_model(keras, case):
    import spiking_models
    from fits import Subclassed

    compiled = dict(case.compiled)
    if case.twice:
        # Its means of gradients and of their squares are sensitive to the least difference.
        compiled["optimizer"] = keras.optimizers.Adam(0.02)

    if case.make == "subclassed":
        keras.utils.set_random_seed(11)
        return spiking_models.compiled(keras, Subclassed(), **compiled)
    return spiking_models.make_model(keras, **compiled)


def spiking_layer(model):
    return model.core if hasattr(model, "core") else model.get_layer("rsnn")


def fit(keras, strategy, case, watched):
    """(model, kernels before each batch) after a fit under a callback for each case in `watched`.

    Its keys are the folders of the looks.
    """
    from spiking_models import make_data

    from keras_v1_activity import V1ActivityCallback

    kernels = []

    class Kernels(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            layer = spiking_layer(self.model)
            kernels.append(layer.kernel.numpy() if layer.built else np.zeros(0))

    with strategy.scope():
        model = make_model(keras, case)
    callbacks = [Kernels()]
    for folder, recorded in watched.items():
        given = dict({"figures": (), "background": False}, **recorded.given)
        if given.pop("probe", False):
            given["probe_data"] = make_data(8)
        callbacks.append(V1ActivityCallback(folder, 1, **given))
    n_batches = len(case.cuts) - 1
    model.fit(data(case), steps_per_epoch=n_batches, verbose=0, callbacks=callbacks)
    return model, kernels


def loop(keras, strategy, case, watched):
    """As `fit`, in a loop of one's own with a tap in its step."""
    import tensorflow as tf

    from keras_v1_activity import NetworkActivityLogger

    with strategy.scope():
        whole = make_model(keras, case)
        layer = whole.get_layer("rsnn")
        spikes, voltages = layer.output
        model = keras.Model(whole.input, [spikes, voltages, whole.output])
        whole.optimizer.build(model.trainable_variables)
    logger = None
    for folder in watched:
        how = {"figures": (), "background": False, **case.given}
        logger = NetworkActivityLogger(folder, 1, **how)
        returned = NetworkActivityLogger(f"{folder}_returned", 1, **how)

    def step(x, y):
        with tf.GradientTape() as tape:
            z, v, p = model(x, training=True)
            if logger is not None:
                logger.tap(spikes=z, voltages=v, inputs=x, outputs=p, labels=y)
            losses = keras.losses.sparse_categorical_crossentropy(y, p)
            loss = tf.reduce_mean(losses) / strategy.num_replicas_in_sync
        gradients = tape.gradient(loss, model.trainable_variables)
        whole.optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return z, y

    @tf.function
    def train_step(x, y):
        return strategy.run(step, args=(x, y))

    kernels = []
    for x, y in strategy.experimental_distribute_dataset(data(case)):
        kernels.append(layer.kernel.numpy())
        z, labels = train_step(x, y)
        if logger is not None:
            assert logger.step_done()
            # What strategy.run returns is a part of the batch for each replica.
            assert returned.log_step(spikes=z, labels=labels)
    if logger is not None:
        logger.save_summary()
        returned.save_summary()
    return whole, kernels


if __name__ == "__main__":
    sys.path.insert(0, str(TESTS))
    import conftest  # noqa: F401  (the settings of the suite)

    sys.exit(main(*sys.argv[1:]))
