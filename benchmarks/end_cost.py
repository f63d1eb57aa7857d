"""What the end of a training costs in a short and in a long run, and what a look costs there.

    python benchmarks/end_cost.py --looks 300 3000 --out end_cost.json

A logger goes on with a run of so many small looks: one look is logged, then the run is ended, as
each `fit` ends it. `summary_ms` is the time of `save_summary`, `look_ms` that until a look is
stored and in the index, `open_ms` that of going on with the run. `fit_end_ms` is what a user waits
for: from the end of the last batch of a `fit` of three logged steps, under the callback, until
`fit` returns. Each is the best of the rounds, since whatever else the machine does only adds to it.
"""

import tempfile
import time

import common
import keras
import numpy as np

from keras_v1_activity import NetworkActivityLogger, V1ActivityCallback

SHAPE = (20, 12)


class Threshold(keras.layers.Layer):
    """Spikes where the input is high."""

    def build(self, shape):
        """Makes a weight, so that there is something to train."""
        self.weight = self.add_weight(shape=SHAPE[1:], name="weight")

    def call(self, x):
        """(batch, time, neuron) of 0 and 1."""
        return keras.ops.cast(x > 0.9, "float32") + 0.0 * self.weight


class LastBatch(keras.callbacks.Callback):
    """Notes when a batch ends, before the callback that is measured."""

    def on_train_batch_end(self, batch, logs=None):
        """Called by Keras."""
        self.ended_at = time.perf_counter()


def log(folder, n_looks, rng):
    """Makes a run of looks, of 20 time steps of 12 neurons."""
    logger = NetworkActivityLogger(folder, 1, figures=(), background=False)
    for _ in range(n_looks):
        logger.log_step(spikes=rng.random((1, 20, 12)) > 0.9)
    logger.save_summary()


def fit_end_ms(n_looks, rounds):
    """What the end of a short fit costs in a run of so many looks, ms."""
    model = keras.Sequential([
        keras.Input(SHAPE), Threshold(name="rsnn"), keras.layers.GlobalAveragePooling1D(),
        keras.layers.Dense(2, activation="softmax"),
    ])  # fmt: skip
    model.compile("sgd", "sparse_categorical_crossentropy")
    x = np.random.default_rng(0).random((n_looks, *SHAPE), np.float32)
    y = np.zeros(n_looks, int)
    ends, last = [], LastBatch()
    with tempfile.TemporaryDirectory() as folder:
        watch = V1ActivityCallback(folder, 1, figures=())
        model.fit(x, y, batch_size=1, verbose=0, callbacks=[watch])
        for _ in range(rounds):
            model.fit(x[:3], y[:3], batch_size=1, verbose=0, callbacks=[last, watch])
            ends.append(1e3 * (time.perf_counter() - last.ended_at))
    return round(min(ends), 2)


def measure(n_looks, rounds):
    """One row of the table."""
    rng = np.random.default_rng(0)
    times = {"open_ms": [], "look_ms": [], "summary_ms": []}
    with tempfile.TemporaryDirectory() as folder:
        log(folder, n_looks, rng)
        for done in range(rounds):
            marks = [time.perf_counter()]
            logger = NetworkActivityLogger(
                folder, 1, figures=(), background=False, start_step=n_looks + done
            )
            marks.append(time.perf_counter())
            logger.log_step(spikes=rng.random((1, 20, 12)) > 0.9)
            marks.append(time.perf_counter())
            logger.save_summary()
            marks.append(time.perf_counter())
            for name, seconds in zip(times, np.diff(marks), strict=True):
                times[name].append(1e3 * seconds)
    best = {name: round(min(each), 2) for name, each in times.items()}
    return {"looks": n_looks, **best, "fit_end_ms": fit_end_ms(n_looks, rounds)}


def main():
    """Runs the benchmark from the command line."""
    parser = common.parser(__doc__)
    add = parser.add_argument
    add("--looks", type=int, nargs="+", default=[300, 3000])
    add("--rounds", type=int, default=9)
    add("--out", "--json", metavar="FILE", help="JSON file for the numbers")
    options = parser.parse_args()
    rows = [measure(n_looks, options.rounds) for n_looks in options.looks]
    common.report("what the end of a training costs", rows, options.out)


if __name__ == "__main__":
    main()
