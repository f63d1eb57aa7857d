"""Drive a V1 network into three states that are wrong, and see which alarm says so, and when.

    python examples/goes_wrong.py --out goes_wrong

A small synthetic V1 network learns handwritten digits, four times from the same weights: as it
should; with a learning rate that becomes too high; with the weights of inhibitory neurons set to
zero; with an input that falls silent. Each run has a folder of its own with history.png,
look_before.png and look_after.png. At the end a table says which alarm fired how many looks after
the change.
"""

import argparse
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from keras_v1_activity import V1ActivityCallback, alarms, load_activity, v1
from keras_v1_activity.common.command_line import ArgumentParser
from keras_v1_activity.figures import Painter, save_history

CASES = {
    "healthy": "nothing is changed",
    "learning_rate": "the learning rate becomes {factor:g} times as high",
    "inhibition": "the weights of all inhibitory neurons are set to zero",
    "input": "the input falls silent: no LGN unit fires",
}
MEAN_OF = 10
TRIAL = v1.Trial(post_delay=50)  # 50 ms grey, 100 ms digit, 50 ms grey


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; `--help` explains it."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--out", type=Path, default=Path("goes_wrong"), help="folder for the network and the runs")
    add("--cases", nargs="+", choices=CASES, default=list(CASES), help="which runs to make")
    add("--neurons", type=int, default=600, help="neurons in the network")
    add("--batch_size", type=int, default=8, help="trials in a batch")
    add("--log_every", type=int, default=2, help="steps from look to look")
    add("--looks_before", type=int, default=30, help="looks before the change")
    add("--looks_after", type=int, default=20, help="looks after the change")
    add("--learning_rate", type=float, default=3e-3, help="healthy learning rate of Adam")
    add("--factor", type=float, default=100.0, help="how many times too high it becomes")
    add("--seed", type=int, default=0, help="seed of the network, the trials and the noise")
    add("--quick", action="store_true", help="a smaller network and fewer looks, to try it out")
    options = parser.parse_args(arguments)
    if options.quick:
        options.neurons, options.batch_size, options.log_every = 200, 2, 1
        options.looks_before, options.looks_after = 12, 4
    return options


class Change(keras.callbacks.Callback):
    """Changes something after a step, and keeps it so.

    Args:
        after: the last step of healthy training.
        change: function of the model; called before each later step.
    """

    def __init__(self, after: int, change: Callable[[keras.Model], object]) -> None:
        super().__init__()
        self.after = after
        self.change = change
        self.step = 0

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Applies the change once the healthy steps are done."""
        self.step += 1
        if self.step > self.after:
            self.change(self.model)


@dataclass(frozen=True)
class Lab:
    """What all runs share.

    Attributes:
        options: the command line.
        network: the V1 network.
        model: of the network, compiled.
        start: values of its variables at the start.
    """

    options: argparse.Namespace
    network: v1.V1Network
    model: keras.Model
    start: list[np.ndarray]


def make_lab(options: argparse.Namespace) -> Lab:
    """Writes the network, and builds the model and the trials."""
    keras.utils.set_random_seed(options.seed)
    folder = options.out / f"GLIF_network_{options.neurons}_{options.seed}"
    if not folder.exists():
        v1.write_synthetic_network(folder, n_neurons=options.neurons, seed=options.seed)
    network = v1.load_network(folder, n_neurons=options.neurons)
    model = v1.create_model(network, TRIAL.seq_len, n_output=10, readout="linear")
    model.compile(
        keras.optimizers.Adam(options.learning_rate),
        keras.losses.SparseCategoricalCrossentropy(reduction="mean_with_sample_weight"),
        weighted_metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
    )
    # If the first batch had to make variables, the training step would be traced twice: the
    # optimizer's, or those of a metric that is only named.
    model.optimizer.build(model.trainable_variables)
    return Lab(options, network, model, [variable.numpy() for variable in variables_of(model)])


def variables_of(model: keras.Model) -> list[keras.Variable]:
    """Weights, the state of the noise and of the optimizer: all that a training starts from."""
    return [*model.variables, *model.optimizer.variables]


def digits(lab: Lab, silent_after: int | None = None) -> tf.data.Dataset:
    """Batches of digits without end, the same ones each time; without input after a step."""
    size, seed = lab.options.batch_size, lab.options.seed
    trials = v1.digits(lab.network, batch_size=size, trial=TRIAL, seed=seed, drop_remainder=True)
    data = trials.train.repeat()
    if silent_after is None:
        return data

    def show(step: tf.Tensor, batch: tuple[tf.Tensor, ...]) -> tuple[tf.Tensor, ...]:
        x, *others = batch
        return tf.where(step < silent_after, x, tf.zeros_like(x)), *others

    return data.enumerate().map(show)


def changes(lab: Lab) -> dict[str, Callable[[keras.Model], object]]:
    """What each case does to the model before each step after the change."""
    excites = tf.constant(lab.network.recurrent.weight > 0, tf.float32)
    too_high = lab.options.factor * lab.options.learning_rate

    def raise_rate(model: keras.Model) -> None:
        model.optimizer.learning_rate = too_high

    def remove_inhibition(model: keras.Model) -> None:
        weights = model.get_layer("rsnn").sparse_recurrent_weights
        weights.assign(weights * excites)

    return {"learning_rate": raise_rate, "inhibition": remove_inhibition}


def train(lab: Lab, case: str) -> list[alarms.Alarm]:
    """Trains from the same start, healthily and then not; returns the alarms of the run."""
    options, model = lab.options, lab.model
    keras.utils.set_random_seed(options.seed)
    for variable, value in zip(variables_of(model), lab.start, strict=True):
        variable.assign(value)
    after = options.looks_before * options.log_every
    n_steps = after + options.looks_after * options.log_every
    # Keras gives the mean loss of all steps of an epoch; this way, of at most ten.
    common = math.gcd(after, n_steps)
    per_epoch = max(n for n in range(1, MEAN_OF + 1) if common % n == 0)
    log_dir = options.out / case
    # Everything is computed in the training thread: no number of a look is left out or comes late.
    watch = V1ActivityCallback(
        log_dir, options.log_every, figures=(), health=True, background=False
    )
    change = changes(lab).get(case, lambda model: None)
    model.fit(
        digits(lab, silent_after=after if case == "input" else None),
        steps_per_epoch=per_epoch,
        epochs=n_steps // per_epoch,
        verbose=0,
        shuffle=False,
        callbacks=[watch, Change(after, change)],
    )
    with load_activity(log_dir) as run:
        save_history(run.history, log_dir / "history.png")
        for name, step in (("before", after), ("after", n_steps)):
            Painter().save("raster", run[step], log_dir / f"look_{name}.png")
        return run.alarms


def lines_of(options: argparse.Namespace, case: str, fired: list[alarms.Alarm]) -> list[str]:
    """The alarms of one run: a line for each rule and step, in the order in which they fired."""
    after = options.looks_before * options.log_every
    lines = [f"{case}: after step {after:,}, {CASES[case].format(factor=options.factor)}"]
    for (step, level, name), found in by_rule(fired).items():
        look = (step - after) / options.log_every
        more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
        lines.append(
            f"  step {step:5,}   look {look:+4.0f}   {level:<5}  {name:<22}  {found[0].text}{more}"
        )
    return lines if fired else [*lines, "  no alarm"]


def by_rule(fired: list[alarms.Alarm]) -> dict[tuple[int, str, str], list[alarms.Alarm]]:
    """Alarms by step, level and name."""
    found: dict[tuple[int, str, str], list[alarms.Alarm]] = {}
    for alarm in fired:
        found.setdefault((alarm.step, alarm.level, alarm.name), []).append(alarm)
    return found


def main(arguments: Sequence[str] | None = None) -> dict[str, list[alarms.Alarm]]:
    """Makes the runs; returns the alarms of each."""
    options = parse_arguments(arguments)
    lab = make_lab(options)
    fired = {}
    for case in options.cases:
        print(f"training: {case} ...", flush=True)
        fired[case] = train(lab, case)
    print("\nLook +1 is the first at the changed network.")
    for case, found in fired.items():
        print("\n" + "\n".join(lines_of(options, case, found)))
    return fired


if __name__ == "__main__":
    main()
