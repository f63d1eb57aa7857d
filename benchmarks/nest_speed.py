"""Time and memory of the NEST side: building, running 1 s, and trials in parallel.

    python benchmarks/nest_speed.py --neurons 2000 10000
    python benchmarks/nest_speed.py --neurons 2000 --trials 8 --jobs 1 2

Building is everything from a loaded network to one ready to run, recorders included. With
``--trials`` the whole command `nest` is timed instead, start and pictures included, in turn for
each number of jobs, and its results are compared.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import common
import numpy as np

from keras_v1_activity.common.atomic_files import read_json
from keras_v1_activity.v1 import nest as v1_nest


def built_and_run(neurons, n_steps, resolution):
    """A row: one network, one trial of `n_steps` ms in front of a grey screen."""
    network = common.synthetic_network(neurons)
    rng = np.random.default_rng(0)
    x = rng.random((n_steps, network.n_input), np.float32) < common.GREY_PROBABILITY
    background = v1_nest.draw_background(network, n_steps, rng)
    start = time.perf_counter()
    simulation = v1_nest.NestSimulation(network, resolution=resolution)
    built = time.perf_counter()
    activity = simulation.run(x, background)
    done = time.perf_counter()
    return {
        "neurons": network.n_neurons,
        "recurrent": len(network.recurrent),
        "LGN": len(network.inputs),
        "resolution_ms": resolution,
        "build_s": round(built - start, 2),
        "run_s": round(done - built, 2),
        "rate_hz": round(activity.mean_rate, 2),
        "peak_mb": round(common.peak_memory_mb()),
    }


def commands(neurons, trials, jobs, rounds):
    """Rows of the whole command with each number of jobs; raises where results differ."""
    folder = common.synthetic_folder(neurons)
    seconds, results = {}, {}
    with tempfile.TemporaryDirectory() as out:
        for round_ in range(rounds):
            for k in jobs:
                target = Path(out) / f"{k}_{round_}"
                words = ["nest", "--data_dir", folder, "--neurons", neurons, "--trials", trials]
                words += ["--jobs", k, "--out", target, "--no_animation"]
                start = time.perf_counter()
                subprocess.run(
                    [sys.executable, "-m", "keras_v1_activity", *map(str, words)],
                    check=True, capture_output=True,
                )  # fmt: skip
                seconds.setdefault(k, []).append(time.perf_counter() - start)
                results[k] = read_json(target / "results.json")["trials"]
    if any(found != results[jobs[0]] for found in results.values()):
        raise AssertionError("results differ with the number of jobs")
    first = seconds[jobs[0]]
    return [
        {
            "neurons": neurons,
            "trials": trials,
            "jobs": k,
            "seconds": round(float(np.median(seconds[k])), 1),
            "times_as_fast": round(common.median_ratio(first, seconds[k]), 2),
        }
        for k in jobs
    ]


def main():
    """Runs the benchmark from the command line."""
    parser = common.parser(__doc__)
    add = parser.add_argument
    add("--neurons", type=int, nargs="+", default=[2000])
    add("--time", type=int, default=1000, help="time steps of 1 ms")
    add("--resolution", type=float, default=0.1, help="NEST's time step, ms")
    add("--trials", type=int, help="time the command with so many trials instead")
    add("--jobs", type=int, nargs="+", default=[1, 2])
    add("--rounds", type=int, default=1)
    add("--out", "--json", metavar="FILE", help="JSON file for the numbers")
    options = parser.parse_args()
    rows = []
    for neurons in options.neurons:
        if options.trials:
            rows += commands(neurons, options.trials, options.jobs, options.rounds)
        else:
            rows.append(built_and_run(neurons, options.time, options.resolution))
    title = "command nest" if options.trials else f"one trial of {options.time} ms in NEST"
    common.report(title, rows, options.out)


if __name__ == "__main__":
    main()
