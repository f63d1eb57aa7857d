"""CPU time to draw and save each figure: ours against the plain logger's.

    python benchmarks/figure_cost.py --neurons 2000 10000 51978 --rate 7

Ours as the drawing process does it, one `Painter` for all looks; the plain one as `plain_logger.py`
does it. Both get what is already in memory: our `Activity`, their dense arrays. In turn, the first
round left out.
"""

import gc
import statistics
import tempfile
import time
from pathlib import Path

import common
import looks
import plain_logger

from keras_v1_activity.figures import Painter
from keras_v1_activity.measures import look_statistics
from keras_v1_activity.plan import LOOK_FIGURES


def measure(n_neurons, rate_hz, rounds):
    """One row a figure, and one for all."""
    look = looks.Look(n_neurons, rate_hz)
    activity, painter = look.activity(), Painter()
    # The drawing process computes them before the figures, for the summary: see measure_cost.py.
    activity = activity.with_details(statistics=look_statistics(activity))
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        logger = plain_logger.PlainLogger(folder, look.populations, activity.voltage_neurons)
        arrays = logger.look(**look.arguments())
        seconds, sizes = {}, {}
        # The drawing process has no TensorFlow, whose objects a collection would walk through.
        gc.freeze()
        for name in LOOK_FIGURES:
            path = folder / f"{name}.png"
            candidates = {"ours": lambda name=name, path=path: painter.save(name, activity, path)}
            if name in plain_logger.DRAWINGS:
                candidates["plain"] = lambda name=name: plain_logger.DRAWINGS[name](
                    arrays, folder / "plain.png"
                )
            seconds[name] = common.paired(candidates, rounds, time.process_time)
            sizes[name] = path.stat().st_size
    rows = [row(n_neurons, rate_hz, name, seconds[name], sizes[name]) for name in LOOK_FIGURES]
    both = [name for name in LOOK_FIGURES if "plain" in seconds[name]]
    total = {
        side: [sum(values) for values in zip(*(seconds[n][side] for n in both), strict=True)]
        for side in ("ours", "plain")
    }
    size = sum(sizes[name] for name in both)
    return [*rows, row(n_neurons, rate_hz, f"the {len(both)} of both", total, size)]


def row(n_neurons, rate_hz, name, seconds, size):
    """Medians, spread and ratio of one figure; no ratio of one that the plain logger has not."""
    ours, plain = seconds["ours"], seconds.get("plain")
    return {
        "neurons": n_neurons,
        "rate_hz": rate_hz,
        "figure": name,
        "cpu_ms": round(1000 * statistics.median(ours)),
        "spread": common.spread([1000 * s for s in ours], 0),
        "plain_cpu_ms": round(1000 * statistics.median(plain)) if plain else "",
        "ratio": round(common.median_ratio(plain, ours), 1) if plain else "",
        "kb": round(size / 1000),
    }


def main():
    """Runs the benchmark from the command line."""
    parser = common.parser(__doc__)
    add = parser.add_argument
    add("--neurons", type=int, nargs="+", default=[2000, 10_000, 51_978])
    add("--rate", type=float, default=7.0, help="Hz")
    add("--rounds", type=int, default=5)
    add("--out", "--json", metavar="FILE", help="JSON file for the numbers")
    options = parser.parse_args()
    rows = [row for n in options.neurons for row in measure(n, options.rate, options.rounds)]
    common.report("drawing, ours against a plain logger", rows, options.out)


if __name__ == "__main__":
    main()
