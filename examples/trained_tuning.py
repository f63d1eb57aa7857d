"""Train a V1 network, and compare its tuning before and after.

    python examples/trained_tuning.py --out trained_tuning

A small synthetic V1 network learns the ten digits, or whether a grating is turned
clockwise or counter-clockwise from 45 degrees (``--task ori_diff``). Before and after, drifting
gratings of eight directions are shown to it, several trials each, with the same noise:
tuning_before.png and tuning_after.png, and a line with the selectivity, that of recorded neurons,
and what chance alone would give.
"""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from keras_v1_activity import V1ActivityCallback, load_activity, measures, probes, v1
from keras_v1_activity.activity.tuning import Tuning
from keras_v1_activity.common.command_line import ArgumentParser
from keras_v1_activity.figures import Painter
from keras_v1_activity.v1.tasks import make_task

PROBE_MS = 600  # 100 ms until responses have begun, and one cycle of the gratings


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; `--help` explains it."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--out", type=Path, default=Path("trained_tuning"), help="folder of network and pictures")
    add("--task", default="10class", choices=("ori_diff", "10class"), help="what it learns")
    add("--neurons", type=int, default=600, help="neurons in the network")
    add("--batch_size", type=int, default=8, help="trials in a batch")
    add("--steps", type=int, default=300, help="training steps (batches)")
    add("--learning_rate", type=float, default=2e-3, help="learning rate of Adam")
    add("--directions", type=int, default=8, help="directions of the gratings")
    add("--trials", type=int, default=4, help="trials of each direction")
    add("--seed", type=int, default=0, help="seed of the network, the trials and the noise")
    return parser.parse_args(arguments)


def make_model(network: v1.V1Network, seq_len: int, learning_rate: float) -> keras.Model:
    """The network as a model with two or more classes, compiled."""
    model = v1.create_model(network, seq_len, n_output=10, readout="linear")
    model.compile(
        keras.optimizers.Adam(learning_rate, epsilon=1e-11),
        keras.losses.SparseCategoricalCrossentropy(reduction="mean_with_sample_weight"),
        weighted_metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
    )
    model.optimizer.build(model.trainable_variables)
    return model


def tuning_of(
    probed: keras.Model, network: v1.V1Network, name: str, options: argparse.Namespace
) -> Tuning:
    """Shows a turn of gratings to a network that does not learn, and draws what they evoke."""
    gratings = probes.DriftingGratings(
        network, directions=options.directions, trials=options.trials, seed=options.seed
    )
    log_dir = options.out / name
    watch = V1ActivityCallback(
        log_dir, 1, probe_data=gratings, figures=("raster",), background=False
    )
    # Its learning rate is 0: what it is trained on does not matter.
    x, y = gratings.batch(0, n_steps=PROBE_MS)[0], np.zeros(probed.output_shape[1])[None]
    probed.fit(x, y, batch_size=1, epochs=len(gratings), verbose=0, callbacks=[watch])
    with load_activity(log_dir) as run:
        Painter().save("tuning", run[run.tuning_steps[-1]], options.out / f"tuning_{name}.png")
        return run.tuning()


def line_of(name: str, tuning: Tuning) -> str:
    """The medians of the neurons that fire enough, and what chance would give."""
    rates, directions = tuning.rates, tuning.directions_deg
    by_chance = measures.chance_selectivity(tuning)
    osi, dsi = measures.osi(rates, directions), measures.dsi(rates, directions)
    told = [
        f"{word} {np.nanmedian(mine):.3f} (by chance {np.nanmedian(chance):.3f})"
        for word, mine, chance in zip(("OSI", "DSI"), (osi, dsi), by_chance, strict=True)
    ]
    return (
        f"{name}: median {', '.join(told)}; {np.isfinite(osi).mean():.0%} of the neurons fire "
        f"enough to be judged; mean rate {rates.mean():.1f} Hz"
    )


def main(arguments: Sequence[str] | None = None) -> dict[str, Tuning]:
    """Trains, and shows the gratings before and after."""
    options = parse_arguments(arguments)
    keras.utils.set_random_seed(options.seed)
    folder = options.out / f"GLIF_network_{options.neurons}_{options.seed}"
    if not folder.exists():
        v1.write_synthetic_network(folder, n_neurons=options.neurons, seed=options.seed)
    network = v1.load_network(folder, n_neurons=options.neurons)
    trials = make_task(
        options.task, network, batch_size=options.batch_size, post_delay=50, n_test=80,
        seed=options.seed,
    )  # fmt: skip
    model = make_model(network, trials.trial.seq_len, options.learning_rate)
    # The probe is longer than a trial: a model of its own, with the same weights.
    probed = make_model(network, PROBE_MS, learning_rate=0.0)
    found = {}
    for name in ("before", "after"):
        if name == "after":
            print(f"training on {options.task} ...", flush=True)
            model.fit(trials.train, steps_per_epoch=options.steps, verbose=2, shuffle=False)
            score = model.evaluate(trials.test, verbose=0, return_dict=True)
            print(f"held-out accuracy {score['accuracy']:.0%}", flush=True)
        for mine, theirs in zip(probed.trainable_variables, model.trainable_variables, strict=True):
            mine.assign(theirs)
        found[name] = tuning_of(probed, network, name, options)
        print(line_of(name, found[name]), flush=True)
    return found


if __name__ == "__main__":
    main()
