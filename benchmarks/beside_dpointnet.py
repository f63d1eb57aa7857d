"""A training step of bmtk's DPointNet beside ours: the same network, weights, input and losses.

    python benchmarks/beside_dpointnet.py --neurons 2000 --seq_len 500 --batch 1 5 --turns 4

It needs bmtk 1.2 (pip install 'bmtk>=1.2'), with TensorFlow 2.16 or newer also tf_keras. The two
run in processes of their own. First the spikes, loss and gradients of one step are compared. Then
the two take turns, one waiting while the other trains: a turn is one step of DPointNet and
`--ours_steps` of ours. The ratio is that of the medians of each pair of turns. `cpu` is the same
for the CPU time of all threads of a process, which what other programs do changes much less.
`others` is how many cores these took meanwhile.
"""

import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import common
import numpy as np
from beside_network import sonata_folder

SIDES = ("dpointnet", "ours")


class Child:
    """A process of `beside_sides.py`.

    Args:
        words: its command line.
        log: file of its messages.
    """

    def __init__(self, *words, log):
        command = [sys.executable, str(Path(__file__).with_name("beside_sides.py")), *words]
        self._log = log
        with open(log, "w") as file:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=file, text=True
            )
        self.built_s = self._answer()["built_s"]

    def ask(self, command, argument):
        """The answer to a command, a dict."""
        self._process.stdin.write(f"{command} {argument}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self):
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a process ended: {Path(self._log).read_text()[-2000:]}")
        return json.loads(line)

    def end(self):
        """Lets the process end."""
        self._process.stdin.close()
        self._process.wait()


def compare(files):
    """How equal the two are; each file holds the arrays of a step.

    Returns:
        dict: number of spikes, how many of them differ, the first time step in which one does, the
        greatest deviation of a normalised potential before, those of the loss and the gradients.
    """
    theirs, ours = (np.load(files[side]) for side in SIDES)
    differ = theirs["spikes"] != ours["spikes"]
    when = np.flatnonzero(differ.any((0, 2)))
    until = when[0] if len(when) else differ.shape[1]
    row = {
        "spikes": int(theirs["spikes"].sum()),
        "spikes_differ": int(differ.sum()),
        "first_ms": int(when[0]) if len(when) else "-",
        "v_differs": f"{np.abs(theirs['v'] - ours['v'])[:, :until].max(initial=0.0):.1e}",
        "loss_differs": f"{abs(float(theirs['loss']) / float(ours['loss']) - 1.0):.1e}",
    }
    for name in ("recurrent", "inputs"):
        a, b = (in_order(found, name) for found in (theirs, ours))
        row[f"{name}_gradient"] = f"{np.abs(a - b).max() / np.abs(a).max():.1e}"
    return row


def in_order(found, name):
    """The gradient of a table of synapses, ordered by target, source and weight."""
    columns = [found[f"{name}_{column}"] for column in ("weight", "source", "target")]
    return found[f"{name}_gradient"][np.lexsort(columns)]


def race(children, turns, ours_steps):
    """Turns of the two: (answers of DPointNet, of ours, cores that others took) of each pair."""
    steps = {"dpointnet": 1, "ours": ours_steps}
    # The first step compiles; the first of ours after that still warms up.
    for side, child in children.items():
        child.ask("steps", 1 if side == "dpointnet" else 2)
    pairs = []
    for _ in range(turns):
        start, busy = time.perf_counter(), common.elsewhere_cpu_s()
        answers = [children[side].ask("steps", steps[side]) for side in SIDES]
        cores = (common.elsewhere_cpu_s() - busy) / (time.perf_counter() - start)
        pairs.append((*answers, cores))
    return pairs


def row_of(pairs):
    """Columns of times, and their ratios."""
    row = {}
    for k, side in enumerate(SIDES):
        seconds = [statistics.median(pair[k]["seconds"]) for pair in pairs]
        row[f"{side}_s"] = f"{statistics.median(seconds):.3g} ({common.spread(seconds)})"
    for column, kind in (("ratio", "seconds"), ("cpu", "cpu_s")):
        ratios = [
            statistics.median(theirs[kind]) / statistics.median(ours[kind])
            for theirs, ours, _ in pairs
        ]
        row[column] = round(statistics.median(ratios), 1)
        row[f"{column}_spread"] = common.spread(ratios, 1)
    row["others"] = f"{max(cores for *_, cores in pairs):.2f}"
    for k, side in enumerate(SIDES):
        row[f"{side}_hz"] = round(pairs[-1][k]["rate_hz"], 2)
        row[f"{side}_mb"] = round(pairs[-1][k]["peak_mb"])
    return row


def one_batch(options, batch, engine, folder, scratch):
    """The row of a batch size and an engine of ours."""
    words = [str(folder), str(batch), str(options.seq_len)]
    children = {}
    try:
        for side in SIDES:
            which = engine if side == "ours" else side
            children[side] = Child(which, *words, log=Path(scratch) / f"{side}_{batch}.txt")
        row = {
            "engine": engine, "neurons": options.neurons, "batch": batch, "ms": options.seq_len,
        }  # fmt: skip
        if not options.no_compare:
            files = {side: f"{scratch}/{side}_{batch}.npz" for side in SIDES}
            for side, child in children.items():
                child.ask("compare", files[side])
            row |= compare(files)
            print(json.dumps(row), flush=True)
        return row | row_of(race(children, options.turns, options.ours_steps))
    finally:
        for child in children.values():
            child.end()


def main():
    """Runs the benchmark from the command line."""
    parser = common.parser(__doc__)
    add = parser.add_argument
    add("--neurons", type=int, default=2000)
    add("--seq_len", type=int, default=500, help="length of a trial, ms")
    add("--batch", type=int, nargs="+", default=[1, 5], help="trials in a batch")
    add("--engine", nargs="+", default=["xla", "numba"], help="of ours")
    add("--turns", type=int, default=4, help="of each of the two")
    add("--ours_steps", type=int, default=5, help="steps of ours in a turn")
    add("--strength", type=float, default=1.0, help="of the input: factor of its weights")
    add("--no_compare", action="store_true", help="times only")
    add("--out", "--json", metavar="FILE", help="JSON file for the numbers")
    options = parser.parse_args()
    folder = sonata_folder(options.neurons, options.strength)
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for batch, engine in itertools.product(options.batch, options.engine):
            rows.append(one_batch(options, batch, engine, folder, scratch))
            print(json.dumps(rows[-1]), flush=True)
    common.report("a training step of DPointNet beside ours", rows, options.out)


if __name__ == "__main__":
    main()
