"""Memory of the training process over many looks, the drawing process at work beside it.

    python benchmarks/memory.py --neurons 10000 --looks 200

A model that costs nothing emits given spikes and potentials; every batch is looked at, stored and
drawn. `peak_mb` is the largest resident memory so far, as the operating system counts it.
"""

import contextlib
import io
import json
import tempfile
from pathlib import Path

import common
import keras
import looks

from keras_v1_activity import V1ActivityCallback


class PeakMemory(keras.callbacks.Callback):
    """Notes the peak memory after chosen batches.

    Args:
        after: numbers of batches, from 1.
    """

    def __init__(self, after):
        super().__init__()
        self._after, self._batch = set(after), 0
        self.peak_mb = {}

    def on_train_batch_end(self, batch, logs=None):
        """Notes it where it is asked for."""
        self._batch += 1
        if self._batch in self._after:
            self.peak_mb[self._batch] = common.peak_memory_mb()


def measure(n_neurons, rate_hz, n_looks):
    """Rows of the table."""
    look = looks.Look(n_neurons, rate_hz)
    after = sorted({1, 10, n_looks // 4, n_looks // 2, n_looks})
    peaks = PeakMemory(after)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
        watch = V1ActivityCallback(folder, 1, populations=look.populations)
        looks.make_model(look).fit(
            looks.batches(look, n_looks), verbose=0, callbacks=[watch, peaks]
        )
        watch.wait_for_figures()
        counts = json.loads((Path(folder) / "run.json").read_text())["counts"]
    peaks.peak_mb["end"] = common.peak_memory_mb()
    return [
        {
            "neurons": n_neurons,
            "rate_hz": rate_hz,
            "after": "end of fit" if batch == "end" else f"{batch} looks",
            "peak_mb": round(peak),
            "since_10th_mb": round(peak - peaks.peak_mb[10], 1),
            "figures_drawn": counts["figures_drawn"] if batch == "end" else "",
        }
        for batch, peak in peaks.peak_mb.items()
    ]


def main():
    """Runs the benchmark from the command line."""
    parser = common.parser(__doc__)
    add = parser.add_argument
    add("--neurons", type=int, default=10_000)
    add("--rate", type=float, default=7.0, help="Hz")
    add("--looks", type=int, default=200, help="at least 20")
    add("--out", "--json", metavar="FILE", help="JSON file for the numbers")
    options = parser.parse_args()
    rows = measure(options.neurons, options.rate, options.looks)
    common.report("peak memory of the training process", rows, options.out)


if __name__ == "__main__":
    main()
