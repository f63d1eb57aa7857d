"""Watch a V1 network in training loops as the published trainer and V1_GLIF_model have them.

    python examples/published_loops.py --loop published --out loop_logs
    python examples/published_loops.py --loop v1_glif_model --replicas 2

Both train in a tf.function under MirroredStrategy that returns no spikes. Lines that end in
"# logged" are all that is added to such a loop.
"""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import tensorflow as tf

from keras_v1_activity import NetworkActivityLogger, v1
from keras_v1_activity.common.command_line import ArgumentParser
from keras_v1_activity.v1.tasks import make_task


def published(options: argparse.Namespace, network: v1.V1Network, strategy: Any) -> list[float]:
    """The loop of the published trainer: each replica trains on its part of a batch of trials."""
    task = make_task("ori_diff", network, batch_size=options.batch_size, seq_len=options.seq_len)
    with strategy.scope():
        model = v1.create_model(network, options.seq_len, n_output=task.n_output)
        extractor = keras.Model(model.input, [model.get_layer("rsnn").output, model.output])
        cross_entropy = keras.losses.SparseCategoricalCrossentropy(reduction="none")
        optimizer = keras.optimizers.Adam(1e-3, epsilon=1e-11)
        optimizer.build(model.trainable_variables)
    logger = NetworkActivityLogger(options.out, options.log_every, populations=network)  # logged

    def train_step(x: Any, y: Any, w: Any) -> Any:
        with tf.GradientTape() as tape:
            (z, v), p = extractor(x, training=True)
            loss = tf.reduce_sum(cross_entropy(y, p, sample_weight=w)) / options.batch_size
            loss += tf.add_n(extractor.losses) / strategy.num_replicas_in_sync
        logger.tap(spikes=z, voltages=v, inputs=x, outputs=p, labels=y, sample_weight=w)  # logged
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    @tf.function
    def distributed_train_step(x: Any, y: Any, w: Any) -> Any:
        losses = strategy.run(train_step, args=(x, y, w))
        return strategy.reduce(tf.distribute.ReduceOp.SUM, losses, axis=None)

    losses = []
    for x, y, w in strategy.experimental_distribute_dataset(task.train.take(options.steps)):
        losses.append(float(distributed_train_step(x, y, w)))
        logger.step_done(scalars={"loss": losses[-1]})  # logged
    logger.save_summary()  # logged
    return losses


def v1_glif_model(options: argparse.Namespace, network: v1.V1Network, strategy: Any) -> list[float]:
    """The loop of V1_GLIF_model: evoked and spontaneous trials in one batch, losses on rates.

    Its potentials go from 0 (E_L) to 1 (V_th).
    """
    e_l, v_th = network.parameters.E_L, network.parameters.V_th
    n_evoked = options.batch_size // strategy.num_replicas_in_sync
    with strategy.scope():
        model = v1.create_model(network, options.seq_len, n_output=2)
        extractor = keras.Model(model.input, model.get_layer("rsnn").output)
        optimizer = keras.optimizers.Adam(1e-3)
        optimizer.build(extractor.trainable_variables)
    logger = NetworkActivityLogger(  # logged
        options.out, options.log_every, populations=network, voltage_range=(e_l, v_th)
    )

    def spikes_of_lgn(rate: float) -> Any:
        shape = (n_evoked, options.seq_len, network.n_input)
        return tf.cast(tf.random.uniform(shape) < rate / 1000, tf.float32)

    def train_step(x: Any, x_spontaneous: Any) -> Any:
        x = tf.concat([x, x_spontaneous], axis=0)
        with tf.GradientTape() as tape:
            z, mv = extractor(x, training=True)
            v = (mv - e_l) / (v_th - e_l)
            rates = tf.reduce_mean(z, axis=[1, 2]) * 1000
            loss = tf.reduce_mean(tf.square(rates[:n_evoked] - 8))
            loss += tf.reduce_mean(tf.square(rates[n_evoked:] - 2))
            loss += tf.reduce_mean(tf.square(tf.nn.relu(tf.abs(v - 0.5) - 0.5)))
            loss /= strategy.num_replicas_in_sync
        logger.tap(spikes=z, voltages=v, inputs=x)  # logged
        gradients = tape.gradient(loss, extractor.trainable_variables)
        optimizer.apply_gradients(zip(gradients, extractor.trainable_variables, strict=True))
        return loss

    @tf.function
    def distributed_train_step() -> Any:
        def step() -> Any:
            return train_step(spikes_of_lgn(40.0), spikes_of_lgn(10.0))

        return strategy.reduce(tf.distribute.ReduceOp.SUM, strategy.run(step), axis=None)

    losses = []
    for _ in range(options.steps):
        losses.append(float(distributed_train_step()))
        logger.step_done(scalars={"train_loss": losses[-1]})  # logged
    logger.save_summary()  # logged
    return losses


LOOPS = {"published": published, "v1_glif_model": v1_glif_model}


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; `--help` explains it."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--loop", choices=LOOPS, default="published", help="whose loop")
    add("--data_dir", type=Path, help="a GLIF_network folder to use instead of a synthetic one")
    add("--neurons", type=int, default=2000, help="neurons in the network")
    add("--steps", type=int, default=20, help="training steps (batches)")
    add("--batch_size", type=int, default=4, help="trials in a batch, of all replicas")
    add("--seq_len", type=int, default=200, help="length of a trial, ms")
    add("--replicas", type=int, default=1, help="without a GPU: replicas on this processor")
    add(
        "--out", "--log_dir", type=Path, default=Path("loop_logs"), metavar="DIR",
        help="folder of the figures and data",
    )  # fmt: skip
    add("--log_every", type=int, default=5, help="log every so many steps")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> list[float]:
    """Trains; returns the loss of each step."""
    options = parse_arguments(arguments)
    if options.replicas > 1 and not tf.config.list_physical_devices("GPU"):
        (processor,) = tf.config.list_physical_devices("CPU")
        devices = [tf.config.LogicalDeviceConfiguration() for _ in range(options.replicas)]
        tf.config.set_logical_device_configuration(processor, devices)
    folder = options.data_dir or options.out.absolute().parent / f"GLIF_network_{options.neurons}"
    if not folder.exists():
        v1.write_synthetic_network(folder, n_neurons=options.neurons)
    network = v1.load_network(folder, n_neurons=options.neurons)
    losses = LOOPS[options.loop](options, network, tf.distribute.MirroredStrategy())
    print(f"loss {losses[0]:.3f} to {losses[-1]:.3f}; figures and data: {options.out}")
    return losses


if __name__ == "__main__":
    main()
