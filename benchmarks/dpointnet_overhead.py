"""A training by bmtk's DPointNet with and without V1ActivityCallbacks, in turns of some steps.

    python benchmarks/dpointnet_overhead.py --neurons 300 --log_every 10

Two engines train one network that bmtk has built, in the approach "single", one watched, the other
with bmtk's own callbacks. They take turns as in `fit_overhead.py`, which explains the columns; a
step is timed from `on_step_start` to the end of `on_step_end`. `cpu` is the same ratio for the CPU
time of all threads of the training process, `cpu_interval` its 95 % confidence interval, and so on:
what other programs do changes these much less.
"""

import contextlib
import io
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

import common

sys.path.append(str(common.ROOT / "examples"))

import dpointnet_training as example
from bmtk.simulator.dpointnet import RNN
from bmtk.simulator.dpointnet.callbacks import Callbacks
from bmtk.simulator.dpointnet.training import TrainingEngine
from fit_overhead import DrawingStops, Pair, lengthen_rests, quiet_ones, row
from turns import Turns

from keras_v1_activity.integrations.dpointnet import V1ActivityCallbacks


class Timed:
    """Callbacks that time each step and take turns.

    Args:
        rnn: the network.
        after_step: function without arguments.
        settings: of the callbacks.
    """

    def __init__(self, rnn, *settings, after_step, **named):
        super().__init__(rnn, *settings, verbose="quiet", epoch_store_weights="skip", **named)
        self.seconds, self.cpu_s, self._after_step = [], [], after_step

    def on_step_start(self):
        """Starts the clock."""
        super().on_step_start()
        self._start = time.perf_counter(), time.process_time()

    def on_step_end(self, loss_vals):
        """Stops it, and lets the other loop run if the turn is over."""
        super().on_step_end(loss_vals)
        self.seconds.append(time.perf_counter() - self._start[0])
        self.cpu_s.append(time.process_time() - self._start[1])
        self._after_step()


class Plain(Timed, Callbacks):
    """bmtk's own."""


class Watched(Timed, DrawingStops, V1ActivityCallbacks):
    """Ours."""


def built(folder, options):
    """The network, built by bmtk."""
    words = [
        f"--neurons={options.neurons}", f"--seq_len={options.seq_len}", "--approach=single",
        f"--batch_size={options.batch}", f"--out={folder / 'unused'}",
    ]  # fmt: skip
    network = Path(__file__).parent / "cache" / f"SONATA_network_{options.neurons}"
    if not network.exists():
        example.build_network(network, options.neurons)
    config = example.make_config(network, example.parse_arguments(words))
    config["training"]["callbacks"] = {"class": "Callbacks", "callbacks_dir": f"{folder}/unused"}
    (folder / "config.json").write_text(json.dumps(config))
    rnn = RNN.from_config(str(folder / "config.json"))
    rnn.build()
    return rnn


def engine_like(first, n_steps):
    """Another engine for the same network, with one epoch."""
    engine = TrainingEngine(first.rnn, 1, n_steps, "single")
    engine.set_optimizer(first.optimizer)
    engine.set_init_state(first.init_state)
    (given,) = first.parameters
    made = engine.add_parameters(given.name, given.batch_size, given.seq_len)
    for module in given.input_generators:
        made.add_inputs_generator(module.name, module)
    for name, loss in given.loss_functions.items():
        made.add_loss_function(name, loss)
    return engine


def race(rnn, folder, options):
    """`Pair`s of turns, the same of CPU time, and the callbacks of the watched training."""
    n = options.log_every
    # So that the first step of each turn that counts is a logged one.
    first = n - 1
    turns = Turns(n, first, options.turns)
    given = rnn.training_engine
    engines = [engine_like(given, first + n * options.turns) for _ in range(2)]
    plain = Plain(rnn, folder / "plain", after_step=turns.of(0))
    stops = {}
    watched = Watched(
        rnn, folder / "run", n, callbacks_dir=folder / "watched",
        after_step=lambda: stops["after_step"](),
    )  # fmt: skip
    stops["after_step"] = turns.of(1, watched.stop_drawing, watched.resume_drawing)
    for engine, callbacks in zip(engines, (plain, watched), strict=True):
        engine.set_callbacks(callbacks)
    # It is this one that the watched callbacks find.
    rnn.set_training(engines[1])

    def train(who):
        try:
            turns.start(who)
            rnn.train(engines[who])
        except BaseException:
            turns.fail()
            raise

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(train, 0), pool.submit(train, 1)]:
            done.result()
    pairs, of_cpu = [], []
    for k in range(options.turns):
        (start, busy), (end, busy_then) = turns.elsewhere[k : k + 2]
        turn = slice(first + k * n, first + (k + 1) * n)
        logged = [True] + [False] * (n - 1)
        cores = (busy_then - busy) / (end - start)
        pairs.append(Pair(plain.seconds[turn], watched.seconds[turn], logged, cores))
        of_cpu.append(Pair(plain.cpu_s[turn], watched.cpu_s[turn], logged, cores))
    return pairs, of_cpu, watched


def of_cpu_time(pairs):
    """The columns of CPU time."""
    numbers = row(pairs)
    return {
        "cpu": numbers["with_over_without"],
        "cpu_interval": numbers["interval"],
        "cpu_looked_at": numbers["looked_at"],
        "cpu_others": numbers["others"],
    }


def main():
    """Runs the benchmark from the command line."""
    parser = common.parser(__doc__)
    add = parser.add_argument
    add("--neurons", type=int, default=300)
    add("--log_every", type=int, default=10)
    add("--batch", type=int, default=1)
    add("--seq_len", type=int, default=200, help="length of a trial, ms")
    add("--turns", type=int, default=12, help="of each training")
    add("--out", "--json", metavar="FILE", help="JSON file for the numbers")
    options = parser.parse_args()
    lengthen_rests()
    with tempfile.TemporaryDirectory() as folder:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            rnn = built(Path(folder), options)
            pairs, of_cpu, watched = race(rnn, Path(folder), options)
        counts = watched.recorder.counts
        if watched.recorder.drawing is not None:
            watched.recorder.drawing.abandon()
    pairs = quiet_ones(pairs)
    numbers = {
        "neurons": options.neurons,
        "batch": options.batch,
        "N": options.log_every,
        "steps": sum(len(pair.watched) for pair in pairs),
        **row(pairs),
        **of_cpu_time(of_cpu),
        "looks": counts["looks"],
        "drawn": f"{100 * counts['figures_drawn'] / (4 * counts['looks']):.0f}%",
    }
    common.report("DPointNet with V1ActivityCallbacks against without", [numbers], options.out)


if __name__ == "__main__":
    main()
