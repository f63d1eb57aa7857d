"""All that is claimed of a GPU, measured on this machine's in under five minutes.

    python benchmarks/gpu.py --out gpu.json
    python benchmarks/gpu.py --rehearse      # the same at tiny size, on the CPU

- Training steps as `train_step.py` takes them, of 10,000 and 51,978 neurons, in every way of the
  sums over synapses, in segments, and in half precision: seconds, samples a second, most memory.
- Spikes and gradients against those of this machine's CPU.
- `model.fit` with and without the callback, which records every tenth batch.
- The demo, in a process of its own: seconds of training and held-out accuracy.

What there is no more time for is left out, and said to be. A case that does not fit into memory is
a row that says so. Networks are made before the clock starts.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import common
import numpy as np
import tensorflow as tf
from step_times import StepTimes
from train_case import Case

from keras_v1_activity import V1ActivityCallback, v1

# Neurons, batch, and what differs from what is usual; the most wanted first.
STEPS = (
    (51_978, 1, {}),
    (51_978, 32, {}),
    (10_000, 16, {}),
    (10_000, 1, {}),
    (51_978, 32, {"segment_ms": 60}),
    (51_978, 1, {"way": "compacted"}),
    (10_000, 16, {"way": "compacted"}),
    (51_978, 1, {"sums_dtype": "bfloat16"}),
    (51_978, 32, {"sums_dtype": "bfloat16"}),
    (51_978, 4, {}),
)
STRENGTH = 1.46
N_STEPS, ROUNDS = 600, 3
_REHEARSED = {51_978: 400, 10_000: 200, 32: 3, 16: 2}


class Clock:
    """Seconds since the start, and whether there is time for more.

    Args:
        seconds: how long all may take.
    """

    def __init__(self, seconds):
        self._end = time.perf_counter() + seconds

    def left(self):
        """Seconds."""
        return self._end - time.perf_counter()


def load(neurons):
    """The synthetic network of that size."""
    return v1.load_network(common.synthetic_folder(neurons), n_neurons=neurons)


def steps_row(network, batch, settings, n_steps):
    """Seconds and memory of a training step."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        tf.config.experimental.reset_memory_stats("GPU:0")
    case = Case(network, n_steps, batch, STRENGTH, **settings)
    runs = {"step": lambda: float(case.step()[0]), "forward": lambda: float(case.forward())}
    seconds = common.paired(runs, ROUNDS)
    step = float(np.median(seconds["step"]))
    row = {
        "step_s": round(step, 4),
        "forward_s": round(float(np.median(seconds["forward"])), 4),
        "samples_a_s": round(batch / step, 1),
        "rate_hz": round(case.rate(), 1),
    }
    if gpus:
        peak = tf.config.experimental.get_memory_info("GPU:0")["peak"]
        row["most_gb"] = round(peak / 1e9, 2)
    return row


def compared_row(network, n_steps):
    """Spikes and gradients of a step beside those of the CPU."""
    here = Case(network, n_steps, 1, STRENGTH).step()
    with tf.device("/CPU:0"):
        there = Case(network, n_steps, 1, STRENGTH, way="events").step()
    spikes, truth = (x[1].numpy() > 0 for x in (here, there))
    deviations = []
    for a, b in zip(here[2:], there[2:], strict=True):
        a, b = (tf.convert_to_tensor(x).numpy() for x in (a, b))
        deviations.append(float(np.abs(a - b).max() / np.abs(b).max()))
    return {
        "spikes": int(truth.sum()),
        "spikes_differ": int((spikes != truth).sum()),
        "gradients_differ": f"{max(deviations):.1e}",
    }


def fit_row(network, batch, n_steps, every=10):
    """Seconds of a batch of `model.fit`, with the callback and without."""
    rng = np.random.default_rng(0)
    shape = (batch, n_steps, network.n_input)
    x = (rng.random(shape, np.float32) < common.GREY_PROBABILITY).astype(np.float32)
    labels = rng.integers(0, 10, (batch, n_steps // 50)).astype(np.int32)
    data = tf.data.Dataset.from_tensors((x, labels)).repeat(2 * every + 2)
    row = {}
    for name in ("without", "with"):
        model = v1.create_model(network, n_steps, n_output=10)
        model.compile("adam", "sparse_categorical_crossentropy")
        times = StepTimes()
        with tempfile.TemporaryDirectory() as folder:
            watch = [V1ActivityCallback(folder, every)] if name == "with" else []
            model.fit(data, verbose=0, shuffle=False, callbacks=[*watch, times])
        row[f"{name}_s"] = round(float(np.mean(times.seconds)), 4)
    row["with_over_without"] = round(row["with_s"] / row["without_s"], 3)
    return row


def demo_row(limit_s, extra):
    """Seconds of the demo, and the last line that it printed of its accuracy."""
    with tempfile.TemporaryDirectory() as folder:
        words = [
            sys.executable, str(common.ROOT / "examples" / "train_digits.py"), "--out",
            str(Path(folder) / "run"), *extra,
        ]  # fmt: skip
        start = time.perf_counter()
        done = subprocess.run(words, capture_output=True, text=True, timeout=limit_s)
        seconds = time.perf_counter() - start
    lines = [line for line in done.stdout.splitlines() if "accuracy" in line or "held" in line]
    return {"all_s": round(seconds, 1), "exit": done.returncode, "said": lines[-1:]}


def measure(options):
    """Rows of all measurements, printed as they come."""
    small = options.rehearse
    n_steps = 100 if small else N_STEPS
    sizes = {n: load(_REHEARSED[n] if small else n) for n in (10_000, 51_978)}
    clock, rows = Clock(options.seconds), []

    def add(name, needs_s, run):
        if not small and clock.left() < needs_s:
            row = {"measured": name, "left_out": f"{clock.left():.0f} s left"}
        else:
            try:
                row = {"measured": name} | run()
            except (tf.errors.ResourceExhaustedError, subprocess.TimeoutExpired) as error:
                row = {"measured": name, "failed": str(error).splitlines()[0][:200]}
        rows.append(row)
        print(json.dumps(row), flush=True)

    def step_of(neurons, batch, settings):
        chosen = _REHEARSED.get(batch, batch) if small else batch
        differs = settings | ({"segment_ms": 20} if small and "segment_ms" in settings else {})
        name = f"step, {neurons:,} neurons, b = {batch}, {settings or 'as usual'}"
        add(name, 15, lambda: steps_row(sizes[neurons], chosen, differs, n_steps))

    for wanted in STEPS[:3]:
        step_of(*wanted)
    add("against the CPU, 10,000 neurons", 30, lambda: compared_row(sizes[10_000], n_steps))
    batch = 2 if small else 16
    add("fit, 10,000 neurons, b = 16", 60, lambda: fit_row(sizes[10_000], batch, n_steps))
    if not small:
        add("demo", 100, lambda: demo_row(clock.left() - 5, options.demo))
    for wanted in STEPS[3:]:
        step_of(*wanted)
    return rows


def main():
    """Runs the benchmark from the command line."""
    parser = common.parser(__doc__)
    add = parser.add_argument
    add("--rehearse", action="store_true", help="tiny sizes, on whatever there is")
    add("--seconds", type=float, default=290, help="time for all")
    add("--demo", nargs="*", default=[], help="more arguments for the demo")
    add("--out", "--json", metavar="FILE", help="JSON file for the numbers")
    options = parser.parse_args()
    if not options.rehearse and not tf.config.list_physical_devices("GPU"):
        print(
            "TensorFlow sees no GPU on this machine, so there is nothing to measure; "
            "--rehearse runs the same at tiny size."
        )
        return 2
    device = common.device()
    print(f"on {device}")
    rows = measure(options)
    if options.out:
        content = {"device": device, "machine": common.machine(), "rows": rows}
        Path(options.out).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        print(f"written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
