"""`fit` on a V1 network with and without the callback, in turn.

    python benchmarks/fit_overhead.py --neurons 2000 --log_every 1 10 100

Two copies of the model train on the same batches, one watched. Each round runs the same number of
batches without, then with the callback; the first batch of each `fit`, which compiles, does not
count, and the first round neither. Between rounds the drawing of the last looks is waited for, so
that it slows no batch of the other model; within a round it runs beside the training, on cores that
the training wants too.

`looked_at` and `others`: batches of the watched model that are logged, or not, over those of the
other, first quartile each, since a batch is slowed by what else the machine does, never sped up.
`hooks_ms`: what the callback's own hooks take at the end of a logged batch. `drawn`: the part of
the figures that were drawn, and not left out because looks came faster than the drawing.
`elsewhere`: cores that other programs used in the worst round that counts; rounds with more than
0.1 are repeated, up to three times as many.
"""

import argparse
import contextlib
import io
import json
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import common
import numpy as np
import tensorflow as tf
from step_times import StepTimes

from keras_v1_activity import V1ActivityCallback, v1

_QUIET_CORES = 0.1
_MOST_TRIES = 3


class TimedCallback(V1ActivityCallback):
    """The callback, which notes the time of its hooks in logged steps and which batches those are.

    Args:
        log_dir: folder of the run.
        every: N.

    Attributes:
        hook_s: seconds of each logged batch of the last `fit`.
        logged: for each batch of the last `fit` whether it was logged.
    """

    def __init__(self, log_dir, every):
        super().__init__(log_dir, every)
        self._every = every

    def on_train_begin(self, logs=None):
        """Starts the lists."""
        super().on_train_begin(logs)
        self.hook_s, self.logged = [], []

    def on_train_batch_end(self, batch, logs=None):
        """Times the hook."""
        start = time.perf_counter()
        super().on_train_batch_end(batch, logs)
        self.logged.append(self.step % self._every == 0)
        if self.logged[-1]:
            self.hook_s.append(time.perf_counter() - start)


@dataclass
class Round:
    """Seconds of the batches of one round.

    Attributes:
        plain: of the model that is not watched.
        watched: of the one that is.
        logged: for each of the latter whether it was logged.
        hooks: what the hooks took at the end of each logged batch.
        elsewhere: cores that other programs used meanwhile.
    """

    plain: list
    watched: list
    logged: list
    hooks: list
    elsewhere: float

    @property
    def ratio(self):
        """Time with the callback over time without."""
        return sum(self.watched) / sum(self.plain)

    def of(self, logged):
        """Seconds of the watched batches that were logged, or that were not."""
        return [s for s, is_it in zip(self.watched, self.logged, strict=True) if is_it == logged]


class Pair:
    """Two copies of a V1 model, one of them watched.

    Args:
        network: `V1Network`.
        batch: samples.
        post_delay: ms of grey after the image.
        log_every: every how many batches the watched one is looked at.
        folder: for the run of the watched one.
    """

    def __init__(self, network, batch, post_delay, log_every, folder):
        trial = v1.Trial(post_delay=post_delay)
        x, y, _ = next(iter(v1.digits(network, batch_size=batch, trial=trial).train))
        self._data = tf.data.Dataset.from_tensors((x, y))
        self._plain, self._watched = (_model(network, trial.seq_len) for _ in range(2))
        self._watch = TimedCallback(folder, log_every)

    def run(self, n_batches):
        """One `Round` of `n_batches` that count."""
        start, elsewhere = time.perf_counter(), common.elsewhere_cpu_s()
        plain = self._fit(self._plain, n_batches, [])
        watched = self._fit(self._watched, n_batches, [self._watch])
        cores = (common.elsewhere_cpu_s() - elsewhere) / (time.perf_counter() - start)
        self._watch.wait_for_figures()
        return Round(plain, watched, self._watch.logged[1:], self._watch.hook_s, cores)

    def _fit(self, model, n_batches, callbacks):
        times = StepTimes()
        data = self._data.repeat(n_batches + 1)
        model.fit(data, verbose=0, shuffle=False, callbacks=[*callbacks, times])
        return times.seconds


def _model(network, seq_len):
    """A compiled V1 model with Keras defaults."""
    model = v1.create_model(network, seq_len, readout="linear")
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def measure(network, log_every, options):
    """One row of the table."""
    # Whole intervals, so that each round has as many looks.
    n_batches = log_every * -(-options.batches // log_every)
    with tempfile.TemporaryDirectory() as folder:
        pair = Pair(network, options.batch, options.post_delay, log_every, folder)
        # Lines on the progress of the drawing would break the table.
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            pair.run(n_batches)
            rounds = _quiet_rounds(pair, n_batches, options.rounds)
        counts = json.loads((Path(folder) / "run.json").read_text())["counts"]
    return {
        "neurons": network.n_neurons,
        "batch": options.batch,
        "N": log_every,
        "batches": n_batches * len(rounds),
        **row(rounds),
        "drawn": f"{100 * counts['figures_drawn'] / (6 * counts['looks']):.0f}%",
    }


def _quiet_rounds(pair, n_batches, wanted):
    """Rounds in which no other program was busy; all of them where that does not come about."""
    rounds = []
    for _ in range(_MOST_TRIES * wanted):
        rounds.append(pair.run(n_batches))
        quiet = [r for r in rounds if r.elsewhere <= _QUIET_CORES]
        if len(quiet) == wanted:
            return quiet
    return rounds


def row(rounds):
    """Medians and ratios over the rounds."""
    plain = [s for r in rounds for s in r.plain]

    def over_plain(logged):
        seconds = [s for r in rounds for s in r.of(logged)]
        return round(_undisturbed(seconds) / _undisturbed(plain), 3) if seconds else ""

    return {
        "batch_ms": round(1000 * statistics.median(plain), 1),
        "watched_over_plain": round(statistics.median(r.ratio for r in rounds), 3),
        "spread": common.spread([r.ratio for r in rounds]),
        "looked_at": over_plain(True),
        "others": over_plain(False),
        "hooks_ms": round(1000 * statistics.median(s for r in rounds for s in r.hooks), 1),
        "elsewhere": round(max(r.elsewhere for r in rounds), 2),
    }


def _undisturbed(seconds):
    """The first quartile: a batch is slowed by a neighbour, never sped up."""
    return float(np.percentile(seconds, 25))


def main():
    """Runs the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--neurons", type=int, default=2000)
    add("--log_every", type=int, nargs="+", default=[1, 10, 100])
    add("--batch", type=int, default=1)
    add("--post_delay", type=int, default=450, help="ms of grey after the image")
    add("--rounds", type=int, default=3)
    add("--batches", type=int, default=20, help="at least so many in each round")
    add("--json", help="file for the figures")
    options = parser.parse_args()
    network = v1.load_network(common.synthetic_folder(options.neurons), n_neurons=options.neurons)
    rows = [measure(network, log_every, options) for log_every in options.log_every]
    common.report("fit with the callback against fit without", rows, options.json)


if __name__ == "__main__":
    main()
