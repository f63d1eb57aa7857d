"""What one look costs: ours against the plain logger.

    python benchmarks/look_cost.py --neurons 2000 10000 51978 --rate 7 50

A model that costs nothing emits given spikes and potentials (600 steps, 17,400 inputs, batch 1).
`blocking`: how much longer a training batch takes when it is looked at: what the look adds to the
compiled step and to the hooks, everything that the training waits for. Ours is `fit` with a look at
each batch against `fit` without; the figures of one look are done before the next batch begins, so
that no batch competes with the drawing for a core. The plain logger's is one call of `log_step`.
`cpu`: CPU time in all, training process and drawing process together; what starting the latter
takes, once a run, is left out. `data_mb`, `pictures_mb`: what a look leaves on disk.
"""

import contextlib
import io
import statistics
import tempfile
import time

import common
import looks
import tensorflow as tf
from plain_logger import PlainLogger
from step_times import StepTimes

from keras_v1_activity import V1ActivityCallback


class Ours:
    """Rounds of `fit` without and with the callback.

    Args:
        look: `looks.Look`.
        n: looks in a round.
    """

    def __init__(self, look, n):
        self._look, self._n = look, n
        self._model = looks.make_model(look)
        self.blocking_s, self.cpu_s, self.drawing_cpu_s = [], [], []
        self.data, self.pictures = [], []

    def run(self):
        """One round; adds a value a look to `blocking_s`, one a round to the other lists."""
        without = self._fit([StepTimes()])
        with tempfile.TemporaryDirectory() as folder:
            watch = V1ActivityCallback(folder, 1, populations=self._look.populations)
            times = self._fit([watch, StepTimes(between=watch.wait_for_figures)])
            plain_step = statistics.median(without.seconds)
            self.blocking_s += [seconds - plain_step for seconds in times.seconds]
            self.cpu_s.append((times.cpu_s - without.cpu_s) / self._n)
            self.drawing_cpu_s.append(times.children_cpu_s / self._n)
            self.pictures.append(common.stored_bytes(folder, ".png") / (self._n + 1))
            self.data.append(common.stored_bytes(folder, ".h5", ".json") / (self._n + 1))

    def _fit(self, callbacks):
        # The first batch compiles and does not count.
        data = looks.batches(self._look, self._n + 1)
        self._model.fit(data, verbose=0, callbacks=callbacks)
        return callbacks[-1]


class Plain:
    """Rounds of one call of the plain logger."""

    def __init__(self, look, folder):
        every = len(look.populations) // looks.VOLTAGE_NEURONS
        chosen = range(0, every * looks.VOLTAGE_NEURONS, every)
        self._logger = PlainLogger(folder, look.populations, chosen)
        self._tensors = {name: tf.constant(array) for name, array in look.arguments().items()}
        self.blocking_s, self.cpu_s, self.data = [], [], []

    def run(self):
        """One look; adds a value to each list."""
        start, cpu = time.perf_counter(), time.process_time()
        self._logger.log_step(1, **self._tensors)
        self.blocking_s.append(time.perf_counter() - start)
        self.cpu_s.append(time.process_time() - cpu)
        self.data.append(self._logger.kept_bytes())
        self._logger.forget()


def measure(n_neurons, rate_hz, options):
    """One row of the table."""
    look = looks.Look(n_neurons, rate_hz)
    with tempfile.TemporaryDirectory() as folder:
        ours, plain = Ours(look, options.looks), Plain(look, folder)
        for k in range(options.rounds + 1):
            # Lines on the progress of the drawing would break the table.
            with (
                contextlib.redirect_stdout(io.StringIO()),
                contextlib.redirect_stderr(io.StringIO()),
            ):
                ours.run()
            plain.run()
            if k == 0:
                for side in (ours, plain):
                    for values in vars(side).values():
                        if isinstance(values, list):
                            values.clear()
    return row(n_neurons, rate_hz, ours, plain)


def row(n_neurons, rate_hz, ours, plain):
    """Medians and ratios."""
    blocking, plain_blocking = map(statistics.median, (ours.blocking_s, plain.blocking_s))
    cpu, drawing, plain_cpu = map(statistics.median, (ours.cpu_s, ours.drawing_cpu_s, plain.cpu_s))
    return {
        "neurons": n_neurons,
        "rate_hz": rate_hz,
        "blocking_ms": round(1000 * blocking, 1),
        "spread": common.spread([1000 * s for s in ours.blocking_s], 1),
        "plain_ms": round(1000 * plain_blocking),
        "blocking_ratio": round(plain_blocking / blocking),
        "cpu_training_ms": round(1000 * cpu),
        "cpu_drawing_ms": round(1000 * drawing),
        "plain_cpu_ms": round(1000 * plain_cpu),
        "cpu_ratio": round(plain_cpu / (cpu + drawing), 1),
        "data_mb": round(statistics.median(ours.data) / 1e6, 2),
        "pictures_mb": round(statistics.median(ours.pictures) / 1e6, 2),
        "plain_data_mb": round(statistics.median(plain.data) / 1e6, 1),
    }


def main():
    """Runs the benchmark from the command line."""
    parser = common.parser(__doc__)
    add = parser.add_argument
    add("--neurons", type=int, nargs="+", default=[2000, 10_000, 51_978])
    add("--rate", type=float, nargs="+", default=[7.0, 50.0], help="Hz")
    add("--rounds", type=int, default=3)
    add("--looks", type=int, default=4, help="looks of ours in a round; the plain one has one")
    add("--out", "--json", metavar="FILE", help="JSON file for the numbers")
    options = parser.parse_args()
    rows = [measure(n, hz, options) for n in options.neurons for hz in options.rate]
    common.report("one look, ours against a plain logger", rows, options.out)


if __name__ == "__main__":
    main()
