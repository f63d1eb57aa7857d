"""Train a V1 network in a loop of your own, with NetworkActivityLogger.

python examples/custom_loop.py --steps 20 --out my_logs
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


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; `--help` explains it."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--data_dir", type=Path, help="a GLIF_network folder to use instead of a synthetic one")
    add("--neurons", type=int, default=2000, help="neurons in the network")
    add("--steps", type=int, default=20, help="training steps (batches)")
    add("--batch_size", type=int, default=8, help="trials in a batch")
    add("--seq_len", type=int, default=200, help="length of a trial, ms")
    add(
        "--out", "--log_dir", type=Path, default=Path("my_logs"), metavar="DIR",
        help="folder of the figures and data",
    )  # fmt: skip
    add("--log_every", type=int, default=5, help="log every so many steps")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> list[float]:
    """Trains; returns the loss of each step."""
    options = parse_arguments(arguments)
    folder = options.data_dir or options.out.absolute().parent / f"GLIF_network_{options.neurons}"
    if not folder.exists():
        v1.write_synthetic_network(folder, n_neurons=options.neurons)
    network = v1.load_network(folder, n_neurons=options.neurons)
    task = make_task("ori_diff", network, batch_size=options.batch_size, seq_len=options.seq_len)
    model = v1.create_model(network, options.seq_len, n_output=task.n_output)

    # One forward pass gives the layer's spikes and voltages along with the answer.
    rsnn = model.get_layer("rsnn")
    watched = keras.Model(model.input, [*rsnn.output, model.output])
    loss_of = keras.losses.SparseCategoricalCrossentropy(reduction="mean_with_sample_weight")
    optimizer = keras.optimizers.Adam(1e-3)
    optimizer.build(model.trainable_variables)

    @tf.function
    def train_step(x: Any, y: Any, weight: Any) -> tuple[Any, Any, Any, Any]:
        with tf.GradientTape() as tape:
            spikes, voltages, outputs = watched(x, training=True)
            loss = loss_of(y, outputs, sample_weight=weight) + sum(watched.losses)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss, spikes, voltages, outputs

    losses = []
    with NetworkActivityLogger(
        options.out, log_every_n_steps=options.log_every, populations=rsnn.cell.neurons
    ) as logger:
        for x, y, weight in task.train.take(options.steps):
            loss, spikes, voltages, outputs = train_step(x, y, weight)
            losses.append(float(loss))
            print(f"step {len(losses)} of {options.steps}: loss {losses[-1]:.3f}", flush=True)
            logger.log_step(
                inputs=x, spikes=spikes, voltages=voltages, outputs=outputs, labels=y,
                sample_weight=weight,
            )  # fmt: skip
    print(f"figures and data: {options.out}")
    return losses


if __name__ == "__main__":
    main()
