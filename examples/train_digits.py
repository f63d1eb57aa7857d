"""Train a V1 network on handwritten digits and watch it: the demo of keras_v1_activity.

    python examples/train_digits.py --out demo_run

Writes a synthetic V1 network once (demo_run/GLIF_network), trains it with model.fit for a few
minutes on a CPU, and leaves a folder of pictures per logged step in demo_run/logs, and report.html
there, which shows the whole run in a browser; and demo_run/before_after.png: what the same held-out
digit evokes before and after training.
"""

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras

from keras_v1_activity import V1ActivityCallback, load_activity, v1
from keras_v1_activity.common.command_line import ArgumentParser
from keras_v1_activity.figures import comparison


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; `--help` explains it."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--out", type=Path, default=Path("demo_run"), help="folder for the network and the run")
    add("--data_dir", type=Path, help="a network to use, a GLIF_network or SONATA folder")
    add("--neurons", type=int, default=2000, help="neurons in the network; 0 for all in data_dir")
    add("--steps", type=int, default=310, help="training steps (batches)")
    add("--batch_size", type=int, default=16, help="trials in a batch")
    add("--max_time", type=float, default=190, help="training stops after so many seconds")
    add("--log_every", type=int, default=20, help="log every so many steps")
    add("--learning_rate", type=float, default=2e-3, help="learning rate of Adam")
    add("--post_delay", type=int, default=50, help="grey after the image, ms (published: 450)")
    add("--n_test", type=int, default=352, help="held-out images to score")
    add("--seed", type=int, default=0, help="seed of the network, the split and the noise")
    return parser.parse_args(arguments)


def get_network(options: argparse.Namespace) -> v1.V1Network:
    """Loads the network, and writes a synthetic one first if there is none."""
    folder = options.data_dir or options.out / f"GLIF_network_{options.neurons}_{options.seed}"
    if not folder.exists():
        print(f"writing a synthetic V1 network of {options.neurons:,} neurons to {folder} ...")
        v1.write_synthetic_network(folder, n_neurons=options.neurons, seed=options.seed)
    else:
        print(f"using the network in {folder}")
    return v1.load_network(folder, n_neurons=options.neurons or None)


class ProgressLines(keras.callbacks.Callback):
    """Prints a line every ten steps, and stops at the time limit."""

    def __init__(self, max_time: float) -> None:
        super().__init__()
        self.max_time = max_time

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Starts the clock."""
        self.start = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Prints, and stops if the time is up."""
        elapsed = time.monotonic() - self.start
        if batch == 0 or (batch + 1) % 10 == 0:
            print(
                f"  step {batch + 1:4d} of {self.params['steps']}   loss {logs['loss']:6.3f}   "
                f"accuracy {100 * logs['accuracy']:3.0f} %   {elapsed:4.0f} s",
                flush=True,
            )
            self.model.reset_metrics()
        if elapsed > self.max_time:
            print(f"  time limit of {self.max_time:.0f} s reached")
            self.model.stop_training = True


def main(arguments: Sequence[str] | None = None) -> tuple[float, float]:
    """Runs the demo; returns the held-out accuracy before and after training."""
    options = parse_arguments(arguments)
    network = get_network(options)
    trial = v1.Trial(post_delay=options.post_delay)
    trials = v1.digits(network, batch_size=options.batch_size, trial=trial, max_test=options.n_test)
    model = v1.create_model(network, trial.seq_len, n_output=10, readout="linear")
    model.compile(
        optimizer=keras.optimizers.Adam(options.learning_rate, epsilon=1e-11),
        loss=keras.losses.SparseCategoricalCrossentropy(reduction="mean_with_sample_weight"),
        weighted_metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
    )
    # If the first batch had to make variables, the training step would be traced twice: the
    # optimizer's, or those of a metric that is only named.
    model.optimizer.build(model.trainable_variables)
    print(
        f"{network.n_neurons:,} neurons, {len(network.recurrent):,} recurrent and "
        f"{len(network.inputs):,} LGN synapses; {trials.n_train:,} digits to learn, "
        f"{trials.n_test:,} held out; trials of {trial.seq_len} ms"
    )
    print("scoring the untrained network (the first batch also compiles) ...", flush=True)
    before = model.evaluate(trials.test, verbose=0, return_dict=True)
    print(f"  held-out accuracy before training: {100 * before['accuracy']:.1f} %", flush=True)

    log_dir = options.out / "logs"
    watch = V1ActivityCallback(log_dir, log_every_n_steps=options.log_every)
    watch.set_model(model)
    x, y, _ = next(iter(trials.test))
    untrained = watch.look(x, y)
    model.fit(
        trials.train.repeat(),
        steps_per_epoch=options.steps,
        verbose=0,
        shuffle=False,
        callbacks=[watch, ProgressLines(options.max_time)],
    )
    model.save_weights(options.out / "trained.weights.h5")
    figure = comparison.difference(untrained, watch.look(x, y), ("before", "after"))
    picture = comparison.save(figure, options.out / "before_after.png")

    after = model.evaluate(trials.test, verbose=0, return_dict=True)
    # Drawing has a low priority while the network trains: what is left is drawn now.
    watch.wait_for_figures()
    with load_activity(log_dir) as run:
        report = run.report()
    print(
        f"\nheld-out accuracy: {100 * before['accuracy']:.1f} % before training, "
        f"{100 * after['accuracy']:.1f} % after (chance: 10 %)"
    )
    print(f"held-out loss:     {before['loss']:.3f} before, {after['loss']:.3f} after")
    print(f"pictures:          {log_dir}/step_*/*.png, {picture}")
    print(f"data:              keras_v1_activity.load_activity('{log_dir}')")
    print(f"the whole run:     {report}, to be opened in a browser")
    return before["accuracy"], after["accuracy"]


if __name__ == "__main__":
    main()
