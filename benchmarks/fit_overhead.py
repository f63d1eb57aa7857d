"""`fit` on a V1 network with and without the callback, in turns of some batches.

    python benchmarks/fit_overhead.py --neurons 2000 --log_every 1 10 100
    python benchmarks/fit_overhead.py --log_every 1000000 --turns 20     # steps that are not logged
    python benchmarks/fit_overhead.py --log_every 10 --report --sinks    # all that are here

Two copies of a model train at the same time on the same batch, one of them watched, but never both
at a moment: each `fit` runs in a thread of its own, takes a few batches, and hands over to the
other. So what else the machine does meets both alike. The first turn of each, which compiles, does
not count.

A turn of the watched model begins with a logged batch, whose look is drawn beside the batches that
follow. During the turns of the other model the drawing process is stopped, so that it slows none of
its batches. Drawing rests between looks; since those rests also run on in
the other model's turns, they are made twice as long here. `drawn`: the part of the figures that
were drawn by the end of `fit`, among them those of the last looks, which wait for it; the others
were left out because looks came faster than the drawing.

`with_over_without`: median over the pairs of turns of time with over time without, and a 95 %
confidence interval of that median. `looked_at` and `others`: batches of the watched model that are
logged, or not, over those of the other, first quartile each, since a batch is slowed by what else
the machine does, never sped up. `hooks_ms`: what the callback's own hooks take at the end of a
logged batch. `elsewhere`: cores that other programs used in the worst pair that counts; pairs with
more than 0.1 are left out where enough others are there. `sinks_ms`: processor time of the threads
of all sinks for each look, whichever turn it fell in; W&B has a process of its own besides.
"""

import contextlib
import importlib.util
import io
import os
import signal
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import common
import numpy as np
import tensorflow as tf
from measured_sinks import SINKS, measured_sinks, sinks_ms
from step_times import StepTimes
from turns import Turns

from keras_v1_activity import V1ActivityCallback, v1
from keras_v1_activity.drawing import throttle

QUIET_CORES = 0.1
# Longer ones are taken to mean never.
_LONGEST_INTERVAL = 1000


class DrawingStops:
    """For a callback with a `recorder`: stops and resumes its drawing process."""

    def stop_drawing(self):
        """Stops the drawing process where it stands."""
        self._signal_drawing(signal.SIGSTOP)

    def resume_drawing(self):
        """Lets it go on."""
        self._signal_drawing(signal.SIGCONT)

    def _signal_drawing(self, number):
        drawing = self.recorder.drawing
        pid = drawing and drawing.worker_pid
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


class TimedCallback(DrawingStops, V1ActivityCallback):
    """The callback, which notes the time of its hooks in logged steps and which batches those are.

    Args:
        log_dir: folder of the run.
        every: N.
        options: further keywords of the callback.

    Attributes:
        hook_s: seconds of each logged batch of the last `fit`.
        logged: for each batch of the last `fit` whether it was logged.
    """

    def __init__(self, log_dir, every, **options):
        super().__init__(log_dir, every, **options)
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
class Pair:
    """Seconds of the batches of a turn of each model.

    Attributes:
        plain: of the model that is not watched.
        watched: of the one that is.
        logged: for each of the latter whether it was logged.
        elsewhere: cores that other programs used meanwhile.
    """

    plain: list
    watched: list
    logged: list
    elsewhere: float

    @property
    def ratio(self):
        """Time with the callback over time without."""
        return sum(self.watched) / sum(self.plain)

    def of(self, logged):
        """Seconds of the watched batches that were logged, or that were not."""
        return [s for s, is_it in zip(self.watched, self.logged, strict=True) if is_it == logged]


class Race:
    """Two copies of a V1 model, one of them watched, that train in turns.

    Args:
        network: `V1Network`.
        log_every: every how many batches the watched one is looked at.
        folder: for the run of the watched one.
        options: of the command line.
    """

    def __init__(self, network, log_every, folder, options):
        self._network, self._trial = network, v1.Trial(post_delay=options.post_delay)
        x, y, _ = next(iter(v1.digits(network, batch_size=options.batch, trial=self._trial).train))
        self._data = tf.data.Dataset.from_tensors((x, y))
        # At least two: the first batch of all has no time.
        n = max(options.batches, 2)
        # Whole intervals, but for a callback that is never to log.
        self._batches = n if log_every > _LONGEST_INTERVAL else log_every * -(-n // log_every)
        # So that the first batch of each turn that counts is a logged one.
        self._first, self._n_turns = self._batches - 1, options.turns
        self._turns = Turns(self._batches, self._first, self._n_turns)
        self.sinks = measured_sinks(options.sinks, folder)
        how = {"health": options.health, "sinks": self.sinks}
        how |= {"report": True} if options.report else {}
        self.watch = TimedCallback(f"{folder}/run", log_every, **how)

    def run(self):
        """Trains both; the `Pair`s of turns that count."""
        with ThreadPoolExecutor(2) as pool:
            loops = [
                pool.submit(self._train, 0, []),
                pool.submit(self._train, 1, [self.watch]),
            ]
            plain, watched = (loop.result() for loop in loops)
        logged, pairs = self.watch.logged[self._first :], []
        for k in range(self._n_turns):
            (start, busy), (end, busy_then) = self._turns.elsewhere[k : k + 2]
            turn = slice(k * self._batches, (k + 1) * self._batches)
            cores = (busy_then - busy) / (end - start)
            pairs.append(Pair(plain[turn], watched[turn], logged[turn], cores))
        return pairs

    def _train(self, who, callbacks):
        try:
            self._turns.start(who)
            model = _model(self._network, self._trial.seq_len)
            around = (self.watch.stop_drawing, self.watch.resume_drawing) if callbacks else ()
            times = StepTimes(between=self._turns.of(who, *around))
            data = self._data.repeat(self._first + self._batches * self._n_turns)
            model.fit(data, verbose=0, shuffle=False, callbacks=[*callbacks, times])
        except BaseException:
            self._turns.fail()
            raise
        # The first batch has no time.
        return times.seconds[self._first - 1 :]

    def figures(self):
        """What became of the figures, for the table."""
        counts = self.watch.recorder.counts
        looks = counts["looks"]
        figures = (6 + self.watch.plan.health) * looks
        drawn = f"{100 * counts['figures_drawn'] / figures:.0f}%" if looks else ""
        failed = {name: n for name, n in counts.items() if name.startswith("sink_")}
        return {"drawn": drawn, "sinks_ms": sinks_ms(self.sinks, looks), **failed}


def _model(network, seq_len):
    """A compiled V1 model with Keras defaults."""
    model = v1.create_model(network, seq_len, readout="linear")
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def lengthen_rests():
    """Twice the rests, see the module."""
    throttle.SCARCE_SHARE /= 2
    throttle.FREE_SHARE /= 2
    throttle.LONGEST_REST_S *= 2


def measure(network, log_every, options):
    """One row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        # Lines on the progress of the drawing would break the table.
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            race = Race(network, log_every, folder, options)
            pairs = race.run()
        # So that nothing is written into the folder while it is removed.
        if race.watch.recorder.drawing is not None:
            race.watch.recorder.drawing.abandon()
    pairs = quiet_ones(pairs)
    hook_s = race.watch.hook_s
    return {
        "neurons": network.n_neurons,
        "batch": options.batch,
        "N": log_every,
        "health": options.health,
        "sinks": " ".join(options.sinks),
        "batches": sum(len(pair.watched) for pair in pairs),
        **row(pairs),
        "hooks_ms": round(1000 * statistics.median(hook_s), 1) if hook_s else "",
        **race.figures(),
    }


def quiet_ones(pairs):
    """Those in which other programs did little, if that is half of them; else all."""
    quiet = [pair for pair in pairs if pair.elsewhere <= QUIET_CORES]
    return quiet if len(quiet) >= len(pairs) / 2 else pairs


def row(pairs):
    """Medians and ratios over the pairs of turns."""
    plain = [s for pair in pairs for s in pair.plain]

    def over_plain(logged):
        seconds = [s for pair in pairs for s in pair.of(logged)]
        return round(_undisturbed(seconds) / _undisturbed(plain), 3) if seconds else ""

    ratios = [pair.ratio for pair in pairs]
    return {
        "batch_ms": round(1000 * statistics.median(plain), 1),
        "with_over_without": round(statistics.median(ratios), 3),
        "interval": _interval(ratios),
        "looked_at": over_plain(True),
        "others": over_plain(False),
        "elsewhere": round(max(pair.elsewhere for pair in pairs), 2),
    }


def _interval(values):
    """95 % confidence interval of the median: the order statistics that bracket it."""
    values, n = sorted(values), len(values)
    margin = 0.98 * n**0.5
    low, high = max(int(n / 2 - margin), 0), min(int(n / 2 + margin), n - 1)
    return f"{values[low]:.3f}..{values[high]:.3f}"


def _undisturbed(seconds):
    """The first quartile: a batch is slowed by a neighbour, never sped up."""
    return float(np.percentile(seconds, 25))


def main():
    """Runs the benchmark from the command line."""
    parser = common.parser(__doc__)
    add = parser.add_argument
    add("--neurons", type=int, default=2000)
    add("--log_every", type=int, nargs="+", default=[1, 10, 100])
    add("--batch", type=int, default=1)
    add("--health", action="store_true", help="with health=True")
    add("--report", action="store_true", help="with report=True")
    add("--sinks", nargs="*", choices=SINKS, default=[], help="these, or all that are installed")
    add("--post_delay", type=int, default=450, help="ms of grey after the image")
    add("--turns", type=int, default=12, help="of each model")
    add("--batches", type=int, default=10, help="at least so many in each turn")
    add("--out", "--json", metavar="FILE", help="JSON file for the numbers")
    options = parser.parse_args()
    if "--sinks" in sys.argv and not options.sinks:
        options.sinks = [name for name in SINKS if importlib.util.find_spec(name)]
    lengthen_rests()
    network = common.synthetic_network(options.neurons)
    rows = [measure(network, log_every, options) for log_every in options.log_every]
    common.report("fit with the callback against fit without", rows, options.out)


if __name__ == "__main__":
    main()
