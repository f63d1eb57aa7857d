"""What the end of a training costs in a short and in a long run, and what a look costs there.

    python benchmarks/end_cost.py --looks 300 3000 --out end_cost.json

A logger goes on with a run of so many small looks: one look is logged, then the run is ended, as
each `fit` ends it. `end_ms` is the time of `save_summary`, `look_ms` that until a look is stored
and in the index, `open_ms` that of going on with the run; the best of the rounds, since whatever
else the machine does only adds to them.
"""

import tempfile
import time

import common
import numpy as np

from keras_v1_activity import NetworkActivityLogger


def log(folder, n_looks, rng):
    """Makes a run of looks, of 20 time steps of 12 neurons."""
    logger = NetworkActivityLogger(folder, 1, figures=(), background=False)
    for _ in range(n_looks):
        logger.log_step(spikes=rng.random((1, 20, 12)) > 0.9)
    logger.save_summary()


def measure(n_looks, rounds):
    """One row of the table."""
    rng = np.random.default_rng(0)
    times = {"open_ms": [], "look_ms": [], "end_ms": []}
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
    return {"looks": n_looks, **{name: round(min(each), 2) for name, each in times.items()}}


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
