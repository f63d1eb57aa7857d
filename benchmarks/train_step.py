"""Forward pass and training step of the V1 network: ours against the plain formulation.

    python benchmarks/train_step.py --neurons 2000 10000 --batch 1 4 --rate 7 --out train_step.json
    python benchmarks/train_step.py --neurons 51978 --no_plain
    python benchmarks/train_step.py --scaling neurons synapses rate time batch

For each size, batch and rate: the input strength is searched at which the network fires at that
rate, spikes and gradients of the two are compared, and then they are timed in turn. Peak memory is
that of a process of its own for each, which takes two training steps. The times are medians, with
the least and the greatest behind them. `floor_s` is the least that a step can take which goes over
all synapses at each time step on its way back: reading their weights and targets, 8 bytes each.

With `--scaling` only ours is timed, at five sizes of each quantity around one base case, and the
exponents of a fit ``cost ~ size^exponent`` are printed.
"""

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from functools import partial

import common
import numpy as np
from train_case import Case, find_strength

BASE = {"neurons": 4000, "synapses": 1.0, "rate": 7.0, "time": 600, "batch": 1}
SIZES = {
    "neurons": (1000, 2000, 4000, 8000, 16000),
    "synapses": (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0),
    "rate": (2.0, 4.0, 8.0, 16.0, 32.0),
    "time": (150, 300, 600, 1200, 2400),
    "batch": (1, 2, 4, 8, 16),
}


def thin(network, fraction):
    """The network with a random part of its recurrent synapses."""
    table = network.recurrent
    if fraction == 1.0:
        return network
    kept = np.random.default_rng(0).random(len(table)) < fraction
    columns = {
        f.name: getattr(table, f.name)[kept]
        for f in fields(table)
        if isinstance(getattr(table, f.name), np.ndarray)
    }
    return replace(network, recurrent=replace(table, **columns))


def compare_sizes(options):
    """One row for each size, batch, engine and rate: ours against the plain formulation."""
    rows = []
    for neurons in options.neurons:
        network = common.synthetic_network(neurons)
        for batch, engine in itertools.product(options.batch, options.engine):
            strength = options.strength or 1.0
            case = Case(network, options.time, batch, strength, engine=engine)
            for rate in options.rate:
                rows.append(_compare(case, batch, rate, options))
                print(json.dumps(rows[-1]), flush=True)
    return rows


def _compare(case, batch, rate, options):
    strength = options.strength or find_strength(case, rate)
    row = {
        "engine": case.engine,
        "neurons": case.network.n_neurons,
        "synapses": len(case.network.recurrent),
        "batch": batch,
        "rate_hz": round(case.rate(), 1),
        "strength": round(strength, 4),
    }
    if options.only != "memory":
        row |= _times(case, options)
    if options.only != "times":
        row |= _memory(case, batch, strength, options)
    return row


def _times(case, options):
    """Checks that the two agree, then times them."""
    row = {}
    if not options.no_plain:
        row["gradients_differ"] = f"{case.compare():.1e}"
    seconds = _time(case, options.rounds, plain=not options.no_plain)
    row |= {f"{name}_s": _with_spread(values) for name, values in seconds.items()}
    n_bytes = 8 * len(case.network.recurrent)
    row["floor_s"] = round(case.x.shape[1] * _reading_s(n_bytes), 3)
    if not options.no_plain:
        for name in ("forward", "step"):
            ratio = common.median_ratio(seconds[f"plain_{name}"], seconds[name])
            row[f"{name}_ratio"] = round(ratio, 1)
    return row


def _time(case, rounds, plain):
    names = ["forward", "step"] + ["plain_forward", "plain_step"] * plain
    runs = {name: partial(_run, case, name) for name in names}
    # One by one: the comparison has run the steps before, and they can take minutes.
    for name in set(names) - case.has_run:
        runs[name]()
    return common.paired(runs, rounds, warm=True)


def _run(case, name):
    """Runs to the end: a step gives its loss first."""
    result = getattr(case, name)()
    return float(result[0] if isinstance(result, (tuple, list)) else result)


def _reading_s(n_bytes, times=30):
    """Seconds for all cores together to read so many bytes of memory."""
    array = np.ones(max(n_bytes, 64_000_000) // 8)
    parts = np.array_split(array, os.cpu_count())
    with ThreadPoolExecutor(len(parts)) as pool:
        read = common.paired({"read": lambda: list(pool.map(np.sum, parts))}, times)["read"]
    return statistics.median(read) * n_bytes / array.nbytes


def _with_spread(seconds):
    return f"{statistics.median(seconds):.3g} ({min(seconds):.3g}..{max(seconds):.3g})"


def _memory(case, batch, strength, options):
    """Peak resident memory of each, MB, in a process of its own."""
    row = {}
    for name in ["step"] + ["plain_step"] * (not options.no_plain):
        words = [
            sys.executable, __file__, "--alone", name, "--neurons", str(case.network.n_neurons),
            "--engine", case.engine,
            "--batch", str(batch), "--time", str(options.time), "--strength", str(strength),
        ]  # fmt: skip
        done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
        row[f"{name}_mb"] = json.loads(done.stdout.splitlines()[-1])["peak_mb"]
    return row


def run_alone(options):
    """Two training steps of one of the two; prints this process's peak memory."""
    network = common.synthetic_network(options.neurons[0])
    sizes = options.time, options.batch[0], options.strength
    case = Case(network, *sizes, engine=options.engine[0])
    for _ in range(2):
        _run(case, options.alone)
    print(json.dumps({"peak_mb": round(common.peak_memory_mb())}))


def measure_scaling(quantity, rounds):
    """Rows of five sizes of one quantity, and the exponents of the costs."""
    rows = []
    for size in SIZES[quantity]:
        at = BASE | {quantity: size}
        network = thin(common.synthetic_network(at["neurons"]), at["synapses"])
        case = Case(network, at["time"], at["batch"])
        strength = find_strength(case, at["rate"])
        seconds = _time(case, rounds, plain=False)
        rows.append(
            {
                "scaled": quantity,
                "neurons": at["neurons"],
                "synapses": len(network.recurrent),
                "input_synapses": len(network.inputs),
                "rate": round(case.rate(), 1),
                "time": at["time"],
                "batch": at["batch"],
                "strength": round(strength, 3),
                **{f"{name}_s": round(statistics.median(s), 4) for name, s in seconds.items()},
            }
        )
        print(json.dumps(rows[-1]), flush=True)
    return rows


def exponents(quantity, rows):
    """Exponent of each cost in the quantity: slope of a line through the logarithms."""
    size = np.log([row[quantity] for row in rows])
    costs = {name: np.log([row[f"{name}_s"] for row in rows]) for name in ("forward", "step")}
    return {name: round(float(np.polyfit(size, cost, 1)[0]), 2) for name, cost in costs.items()}


def main():
    """Runs the benchmark from the command line."""
    parser = common.parser(__doc__)
    add = parser.add_argument
    add("--neurons", type=int, nargs="+", default=[2000])
    add("--batch", type=int, nargs="+", default=[1])
    add("--rate", type=float, nargs="+", default=[7.0], help="mean firing rates wanted, Hz")
    add("--strength", type=float, help="of the input, instead of searching it for the rate")
    add("--time", type=int, default=600, help="time steps of 1 ms")
    add("--rounds", type=int, default=3)
    add("--no_plain", action="store_true", help="ours alone (large networks)")
    add("--engine", nargs="+", default=["xla"], help="of ours: xla, numba")
    add("--only", choices=("times", "memory"), help="one of the two kinds of figures")
    add("--scaling", nargs="+", choices=tuple(SIZES), help="how ours grows with these")
    add("--alone", choices=("step", "plain_step"), help=argparse.SUPPRESS)
    add("--out", "--json", metavar="FILE", help="JSON file for the numbers")
    options = parser.parse_args()
    if options.alone:
        return run_alone(options)
    if options.scaling:
        rows = [row for name in options.scaling for row in measure_scaling(name, options.rounds)]
        common.report(f"cost around {BASE}", rows, options.out)
        for quantity in options.scaling:
            scaled = [row for row in rows if row["scaled"] == quantity]
            print(f"exponents in {quantity}: {exponents(quantity, scaled)}")
            if quantity == "neurons":
                print(f"exponents in synapses, then: {exponents('synapses', scaled)}")
        return None
    title = f"training step, {options.time} time steps"
    return common.report(title, compare_sizes(options), options.out)


if __name__ == "__main__":
    main()
