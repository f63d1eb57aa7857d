"""All that is claimed of a GPU, measured on this machine's in under five minutes.

    python benchmarks/gpu.py --out gpu.json
    python benchmarks/gpu.py --only variants loops buffers --out variants.json
    python benchmarks/gpu.py --plan          # what would be measured, and for how long
    python benchmarks/gpu.py --rehearse      # all of it at tiny size, on the CPU

The jobs stand in `gpu_jobs.py`, the most wanted first: training steps of 51,978 and 10,000 neurons
with their memory, spikes and gradients against those of this machine's CPU, `model.fit` with and
without the callback, the demo; then other ways of the sums over synapses, of the input layer and of
launching programs, each beside what is usual.

Each job is a process of its own with a time limit. The file is written after each. A job that needs
more seconds than are left is left out, and said to be. What does not fit into memory is a row that
says so. Networks are made before the clock starts.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import common
from gpu_jobs import JOBS

from keras_v1_activity import v1

_REHEARSED = {51_978: 300, 10_000: 200, 2000: 200}
_TINY_DEMO = "--neurons 200 --steps 2 --batch_size 2 --n_test 20 --post_delay 0 --log_every 1"


def run(words, limit_s, environment=None):
    """Runs a program, and ends it and all that it started if it takes longer.

    Returns:
        Its exit status, None if it was ended; and what it printed.
    """
    with tempfile.TemporaryFile("w+") as printed:
        process = subprocess.Popen(
            words, stdout=printed, stderr=subprocess.STDOUT, start_new_session=True,
            env={**os.environ, **(environment or {})},
        )  # fmt: skip
        try:
            status = process.wait(limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            status = None
        printed.seek(0)
        return status, printed.read().splitlines()


def rows_of(job, limit_s, rehearse):
    """Rows of a job, and one more if it did not come to its end."""
    name = job if isinstance(job, str) else job.name
    flags = "" if isinstance(job, str) else job.flags
    given = f"{os.environ.get('XLA_FLAGS', '')} {flags}".strip()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        words = [sys.executable, str(Path(__file__).with_name("gpu_rows.py")), name, str(path)]
        words += ["--rehearse"] if rehearse else []
        status, printed = run(words, limit_s, {"XLA_FLAGS": given} if given else {})
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    rows = [json.loads(line) | ({"flags": flags} if flags else {}) for line in lines]
    return rows + _ended(name, status, limit_s, printed)


def _ended(name, status, limit_s, printed):
    """A row that says why a job came to no end, in a list; an empty one if it did."""
    if status == 0:
        return []
    why = f"exit status {status}" if status is not None else f"ended after {limit_s:.0f} s"
    return [{"measured": name, "failed": why, "said": [line[:200] for line in printed[-3:]]}]


def demo_rows(limit_s, extra):
    """Seconds of the demo's training, and its held-out accuracy."""
    with tempfile.TemporaryDirectory() as folder:
        words = [
            sys.executable, str(common.ROOT / "examples" / "train_digits.py"), "--out",
            str(Path(folder) / "run"), *extra,
        ]  # fmt: skip
        start = time.perf_counter()
        status, printed = run(words, limit_s)
        seconds = time.perf_counter() - start
    steps = [line.strip() for line in printed if line.startswith("  step ")]
    said = [line for line in printed if line.startswith("held-out accuracy")]
    row = {"measured": "demo", "all_s": round(seconds, 1), "said": steps[-1:] + said}
    return [row, *_ended("demo", status, limit_s, printed)]


def measure(options, keep):
    """Hands the rows of each job to `keep`, as they come."""
    end = time.perf_counter() + options.seconds
    for job in chosen(options.only):
        left = end - time.perf_counter()
        if not options.rehearse and left < job.planned_s:
            keep([{"measured": job.name, "left_out": f"needs {job.planned_s} s, {left:.0f} left"}])
            continue
        # Compiling may take longer than planned: twice, if there is time.
        limit_s = 600 if options.rehearse else min(left, 2 * job.planned_s)
        if job.kind == "demo":
            extra = _TINY_DEMO.split() if options.rehearse else options.demo
            keep(demo_rows(limit_s, extra))
        else:
            keep(rows_of(job, limit_s, options.rehearse))


def chosen(words):
    """The jobs with one of the words in their names; all without words."""
    return [job for job in JOBS if not words or any(word in job.name for word in words)]


def make_networks(jobs, rehearse):
    """Writes the networks and what is kept beside them, before the clock starts."""
    for neurons in sorted({job.neurons for job in jobs if job.kind != "demo"}):
        size = _REHEARSED[neurons] if rehearse else neurons
        v1.load_network(common.synthetic_folder(size), n_neurons=size)


def main():
    """Runs the benchmark from the command line."""
    parser = common.parser(__doc__)
    add = parser.add_argument
    add("--rehearse", action="store_true", help="tiny sizes, on whatever there is")
    add("--seconds", type=float, default=290, help="time for all")
    add("--only", nargs="+", metavar="WORD", help="only jobs with one of the words in their names")
    add("--plan", action="store_true", help="print the jobs and their seconds, and end")
    add("--demo", nargs="*", default=[], help="more arguments for the demo")
    add("--out", "--json", metavar="FILE", help="JSON file for the numbers")
    options = parser.parse_args()
    jobs = chosen(options.only)
    if options.plan:
        for job in jobs:
            print(f"{job.planned_s:4d} s  {job.name} ({job.neurons:,} neurons, b = {job.batch})")
        return 0
    # Without TensorFlow in this process, which would hold the memory of the card.
    about = rows_of("device", 120, rehearse=False)[0]
    if not options.rehearse and not about.get("gpu"):
        print(
            "TensorFlow sees no GPU on this machine, so there is nothing to measure; "
            "--rehearse runs the same at tiny size."
        )
        return 2
    make_networks(jobs, options.rehearse)
    print(f"on {about.get('device')}", flush=True)
    content = about | {"rows": []}

    def keep(rows):
        content["rows"] += rows
        print("\n".join(map(json.dumps, rows)), flush=True)
        if options.out:
            Path(options.out).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")

    measure(options, keep)
    if options.out:
        print(f"written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
