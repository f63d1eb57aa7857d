"""A compiled training step with `logger.tap` in it against the same step without.

    python benchmarks/tap_overhead.py                  # 200 pairs of steps, none of them logged
    python benchmarks/tap_overhead.py --log_every 10   # every tenth is logged

Both steps train one V1 model on one batch, in turn, each first in every other pair, so that what
else the machine does meets both alike. Figures are not drawn. Measured is the time from the call of
the step to the end of `step_done`, and the CPU time of the process in it.

`with_over_without`: median over the pairs of time with over time without, with a 95 % confidence
interval of that median; `cpu_with_over_without` the same of CPU time. With `--log_every N`,
`logged_ms` is what a logged step takes more than the median of the others, median.
"""

import os
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import common
import keras
import numpy as np
import tensorflow as tf

from keras_v1_activity import NetworkActivityLogger, v1

# More than any number of steps here: none is logged.
NEVER = 10**9


def make_steps(options, logger):
    """(step without a tap, step with one) of one model, functions without arguments."""
    network = common.synthetic_network(options.neurons)
    model = v1.create_model(network, seq_len=options.time, n_output=10)
    spikes, voltages = model.get_layer("rsnn").output
    whole = keras.Model(model.input, [spikes, voltages, model.output])
    optimizer = keras.optimizers.Adam(1e-4)
    optimizer.build(model.trainable_variables)
    rng = np.random.default_rng(0)
    shape = options.batch, options.time, network.n_input
    x = tf.constant(rng.random(shape) < common.GREY_PROBABILITY, tf.float32)
    y = tf.constant(rng.integers(0, 10, (options.batch, model.output.shape[1])))

    def compiled(tapped):
        @tf.function
        def step():
            with tf.GradientTape() as tape:
                z, v, p = whole(x, training=True)
                loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, p))
            if tapped:
                logger.tap(spikes=z, voltages=v, inputs=x, outputs=p, labels=y)
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            return loss

        def run():
            loss = step()
            if tapped:
                logger.step_done()
            return float(loss)

        return run

    return compiled(False), compiled(True)


def race(plain, tapped, n_pairs):
    """Seconds and CPU seconds of both in each pair: arrays (pairs, 2, 2)."""
    found = np.zeros((n_pairs, 2, 2))
    for pair in range(n_pairs):
        order = (0, 1) if pair % 2 else (1, 0)
        for which in order:
            start = time.perf_counter(), time.process_time()
            (plain, tapped)[which]()
            found[pair, which] = time.perf_counter() - start[0], time.process_time() - start[1]
    return found


def median_with_interval(ratios, rng, n_draws=2000):
    """Median of ratios and the 95 % interval of it, by drawing pairs anew, as text."""
    draws = np.median(rng.choice(ratios, (n_draws, len(ratios))), axis=1)
    low, high = np.quantile(draws, [0.025, 0.975])
    return f"{np.median(ratios):.4f} ({low:.4f}..{high:.4f})"


def measure(options):
    """The row of the table."""
    every = options.log_every or NEVER
    with tempfile.TemporaryDirectory() as folder:
        logger = NetworkActivityLogger(folder, every, figures=())
        plain, tapped = make_steps(options, logger)
        for run in (plain, tapped, plain, tapped):
            run()
        first = logger.step + 1
        found = race(plain, tapped, options.pairs)
        logged = (np.arange(options.pairs) + first) % every == 0
        n_looks = len(logger.recorder.steps)
        logger.save_summary()
    rng = np.random.default_rng(0)
    ratios = found[:, 1] / found[:, 0]
    row = {
        "neurons": options.neurons, "batch": options.batch, "pairs": options.pairs,
        "step_ms": round(1e3 * float(np.median(found[:, 0, 0])), 1),
        "with_over_without": median_with_interval(ratios[:, 0], rng),
        "cpu_with_over_without": median_with_interval(ratios[:, 1], rng),
        "looks": n_looks,
    }  # fmt: skip
    if logged.any():
        extra = np.median(found[logged, 1, 0]) - np.median(found[~logged, 1, 0])
        row["logged_ms"] = round(1e3 * float(extra), 1)
        total = found[:, 1, 0].sum() / found[:, 0, 0].sum()
        row["total_with_over_without"] = round(float(total), 4)
    return row


def main():
    """Runs the benchmark from the command line."""
    parser = common.parser(__doc__)
    add = parser.add_argument
    add("--neurons", type=int, default=2000)
    add("--time", type=int, default=100, help="time steps of 1 ms")
    add("--batch", type=int, default=1)
    add("--pairs", type=int, default=200)
    add("--log_every", type=int, default=0, help="N; 0: no step is logged")
    add("--out", "--json", metavar="FILE", help="JSON file for the numbers")
    options = parser.parse_args()
    common.report("what a tap costs", [measure(options)], options.out)


if __name__ == "__main__":
    main()
