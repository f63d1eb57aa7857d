"""`fit` on a V1 network with and without the callback, batches timed in turn.

    python benchmarks/fit_overhead.py --neurons 2000 --log_every 1 10

Two copies of the model train on the same batches, one watched. Each round runs as many batches as
one logged step needs (N), first without, then with the callback; the first round compiles and does
not count. `look_ms` is the time the callback's own hooks hold the training thread in a logged step.
"""

import argparse
import os
import statistics
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import common
import keras

from keras_v1_activity import V1ActivityCallback, v1


class TimedCallback(V1ActivityCallback):
    """The callback, with the time of its hooks in logged steps added up."""

    def on_train_begin(self, logs=None):
        """Starts the list of times."""
        super().on_train_begin(logs)
        self.seconds = []

    def on_train_batch_end(self, batch, logs=None):
        """Times the hook where a step is logged."""
        start = time.perf_counter()
        super().on_train_batch_end(batch, logs)
        if self.plan.is_due(self.step):
            self.seconds.append(time.perf_counter() - start)


def make_model(network, seq_len):
    """A compiled V1 model with Keras defaults."""
    model = v1.create_model(network, seq_len, readout="linear")
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


class BatchTimes(keras.callbacks.Callback):
    """Seconds of each batch, from the end of one to the end of the next."""

    def on_train_begin(self, logs=None):
        """Starts the list of times."""
        self.seconds, self._last = [], time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        """Adds one batch."""
        now = time.perf_counter()
        self.seconds.append(now - self._last)
        self._last = now


def measure(network, options, log_every):
    """One row of the table."""
    trial = v1.Trial(post_delay=options.post_delay)
    trials = v1.digits(network, batch_size=options.batch, trial=trial)
    x, y, _ = next(iter(trials.train))
    data = (x, y)
    plain, watched = (make_model(network, trial.seq_len) for _ in range(2))
    ratios, looks = [], []
    with tempfile.TemporaryDirectory() as folder:
        for k in range(options.rounds + 1):
            seconds = {}
            for name, model in (("plain", plain), ("watched", watched)):
                times = BatchTimes()
                callbacks = [times]
                if name == "watched":
                    if k == 0:
                        watch = TimedCallback(folder, log_every)
                    callbacks = [watch, times]
                repeated = _repeat(data, log_every * options.looks)
                model.fit(repeated, verbose=0, shuffle=False, callbacks=callbacks)
                # The first batch of a fit sets up the data pipeline and, in the first, compiles.
                seconds[name] = sum(times.seconds[1:])
            if k:
                ratios.append(seconds["watched"] / seconds["plain"])
                looks += watch.seconds
        return {
            "neurons": network.n_neurons,
            "N": log_every,
            "batch": options.batch,
            "ms_per_batch": round(1000 * seconds["plain"] / (len(times.seconds) - 1), 1),
            "watched_over_plain": round(statistics.median(ratios), 3),
            "spread": f"{min(ratios):.3f}..{max(ratios):.3f}",
            "look_ms": round(1000 * statistics.median(looks), 1),
        }


def _repeat(data, times):
    import tensorflow as tf

    return tf.data.Dataset.from_tensors(data).repeat(times)


def main():
    """Runs the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--neurons", type=int, default=2000)
    add("--log_every", type=int, nargs="+", default=[1, 10])
    add("--batch", type=int, default=1)
    add("--post_delay", type=int, default=450, help="ms of grey after the image")
    add("--rounds", type=int, default=3)
    add("--looks", type=int, default=3, help="logged steps in each round")
    add("--json", help="file for the figures")
    options = parser.parse_args()
    network = v1.load_network(common.synthetic_folder(options.neurons), n_neurons=options.neurons)
    rows = [measure(network, options, log_every) for log_every in options.log_every]
    common.report("fit with the callback against fit without", rows, options.json)


if __name__ == "__main__":
    main()
