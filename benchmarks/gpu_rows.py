"""One job of `gpu.py`, in the process that that starts for it.

    python benchmarks/gpu_rows.py "middle, batch" rows.jsonl --rehearse

Each row is added to the file as soon as it is there, so that what was measured stays if the next
takes too long. "device" in place of a job says what this machine has.
"""

import json
import os
import sys
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Other processes of this benchmark come after this one; what is in use then says what is needed.
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")

import common
import numpy as np
import tensorflow as tf
from gpu_jobs import JOBS, REHEARSED, as_text
from step_times import StepTimes
from train_case import Case

from keras_v1_activity import V1ActivityCallback, v1

STRENGTH = 1.46
N_STEPS, ROUNDS = 600, 3
_REHEARSED_BATCH = {32: 3, 16: 2}
# On a CPU, what a GPU takes has to be asked for.
_AS_ON_A_GPU = {"way": "pieces", "whole": True}


def steps_row(network, batch, settings, n_steps):
    """Seconds and memory of a training step."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        tf.config.experimental.reset_memory_stats("GPU:0")
    start = time.perf_counter()
    case = Case(network, n_steps, batch, STRENGTH, **settings)
    loss = float(case.step()[0])
    first_s = time.perf_counter() - start
    runs = {"step": lambda: float(case.step()[0]), "forward": lambda: float(case.forward())}
    seconds = common.paired(runs, ROUNDS)
    step = float(np.median(seconds["step"]))
    row = {
        "step_s": round(step, 4),
        "forward_s": round(float(np.median(seconds["forward"])), 4),
        "samples_a_s": round(batch / step, 1),
        "rate_hz": round(case.rate(), 1),
        "loss": loss,
        "made_and_compiled_s": round(first_s, 1),
    }
    if gpus:
        peak = tf.config.experimental.get_memory_info("GPU:0")["peak"]
        row["most_gb"] = round(peak / 1e9, 2)
    return row


def compared_row(network, settings, n_steps):
    """Spikes and gradients of a step beside those of the CPU."""
    here = Case(network, n_steps, 1, STRENGTH, **settings).step()
    with tf.device("/CPU:0"):
        there = Case(network, n_steps, 1, STRENGTH, way="events", whole=False).step()
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
        model.optimizer.build(model.trainable_variables)
        times = StepTimes()
        with tempfile.TemporaryDirectory() as folder:
            watch = [V1ActivityCallback(folder, every)] if name == "with" else []
            model.fit(data, verbose=0, shuffle=False, callbacks=[*watch, times])
        row[f"{name}_s"] = round(float(np.mean(times.seconds)), 4)
    row["with_over_without"] = round(row["with_s"] / row["without_s"], 3)
    return row


def measure(job, add, rehearse):
    """Hands each row of the job to `add`."""
    n_steps = 50 if rehearse else N_STEPS
    neurons, batch = job.neurons, job.batch
    if rehearse:
        neurons, batch = REHEARSED[neurons], _REHEARSED_BATCH.get(batch, batch)
    network = common.synthetic_network(neurons)
    size = f"{job.neurons:,} neurons, batch of {job.batch}"
    for variant in job.variants:
        settings = variant
        if rehearse:
            settings = _AS_ON_A_GPU | variant
            settings |= {"segment_ms": 10} if "segment_ms" in variant else {}
        row = {"measured": job.name, "size": size, "variant": as_text(variant)}
        try:
            if job.kind == "steps":
                row |= steps_row(network, batch, settings, n_steps)
            elif job.kind == "compared":
                row |= compared_row(network, settings, n_steps)
            else:
                row |= fit_row(network, batch, n_steps)
        except tf.errors.ResourceExhaustedError as error:
            row["failed"] = str(error).splitlines()[0][:200]
        add(row)


def main():
    """Runs one job from the command line."""
    parser = common.parser(__doc__)
    parser.add_argument("job", help="name of the job, or device")
    parser.add_argument("rows", help="file to which rows are added")
    parser.add_argument("--rehearse", action="store_true", help="tiny sizes, whatever there is")
    options = parser.parse_args()

    def add(row):
        with open(options.rows, "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    if options.job == "device":
        found = bool(tf.config.list_physical_devices("GPU"))
        add({"gpu": found, "device": common.device(), "machine": common.machine()})
        return 0
    (job,) = (job for job in JOBS if job.name == options.job)
    measure(job, add, options.rehearse)
    return 0


if __name__ == "__main__":
    sys.exit(main())
