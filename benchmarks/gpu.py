"""All that is claimed of a GPU, measured on this machine's in under five minutes.

    python benchmarks/gpu.py --out gpu.json
    python benchmarks/gpu.py --only variants loops buffers --out variants.json
    python benchmarks/gpu.py --plan          # what would be measured, and for how long
    python benchmarks/gpu.py --rehearse      # all of it at tiny size, on the CPU

The jobs stand in `gpu_jobs.py`, the most wanted first: training steps of 51,978 and 10,000 neurons
with their memory, spikes and gradients against those of this machine's CPU, `model.fit` with and
without the callback, the demo; then other ways of the sums over synapses, of the input layer and of
launching programs, each beside what is usual.

Each job is a process of its own with a time limit. The file is written after each row. A job that
needs more seconds than are left is left out, and said to be. What does not fit into memory is a row
that says so. Networks are made before the clock starts.
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
from gpu_jobs import JOBS, REHEARSED

_TINY_DEMO = "--neurons 200 --steps 2 --batch_size 2 --n_test 20 --post_delay 0 --log_every 1"


def run(words, limit_s, environment=None, look=lambda: None):
    """Runs a program, and ends it and all that it started if it takes longer.

    Args:
        words: of its command line.
        limit_s: seconds.
        environment: what its environment has besides.
        look: called every half second.

    Returns:
        Its exit status, None if it was ended; and what it printed.
    """
    with tempfile.TemporaryFile("w+") as printed:
        process = subprocess.Popen(
            words, stdout=printed, stderr=subprocess.STDOUT, start_new_session=True,
            env={**os.environ, **(environment or {})},
        )  # fmt: skip
        end = time.perf_counter() + limit_s
        while process.poll() is None and time.perf_counter() < end:
            time.sleep(0.5)
            look()
        status = process.poll()
        if status is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        look()
        printed.seek(0)
        return status, printed.read().splitlines()


def run_job(name, limit_s, keep, *, flags="", rehearse=False):
    """Hands each row of a job to `keep`, and one more if it does not come to its end."""
    given = f"{os.environ.get('XLA_FLAGS', '')} {flags}".strip()
    with tempfile.TemporaryDirectory() as folder:
        path, kept = Path(folder) / "rows.jsonl", []
        words = [sys.executable, str(Path(__file__).with_name("gpu_rows.py")), name, str(path)]
        words += ["--rehearse"] if rehearse else []

        def look():
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            for line in text.splitlines()[len(kept) : text.count("\n")]:
                kept.append(line)
                keep(json.loads(line) | ({"flags": flags} if flags else {}))

        status, printed = run(words, limit_s, {"XLA_FLAGS": given} if given else {}, look)
    _say_how_it_ended(name, status, limit_s, printed, keep)


def _say_how_it_ended(name, status, limit_s, printed, keep):
    """A row for a job that came to no end, with the last lines that it printed."""
    if status != 0:
        why = f"exit status {status}" if status is not None else f"ended after {limit_s:.0f} s"
        keep({"measured": name, "failed": why, "said": [line[:200] for line in printed[-3:]]})


def run_demo(limit_s, keep, extra):
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
    keep({"measured": "demo", "all_s": round(seconds, 1), "said": steps[-1:] + said})
    _say_how_it_ended("demo", status, limit_s, printed, keep)


def measure(options, keep):
    """Hands each row to `keep`, as it comes."""
    end = time.perf_counter() + options.seconds
    for job in chosen(options.only):
        left = end - time.perf_counter()
        if not options.rehearse and left < job.planned_s:
            keep({"measured": job.name, "left_out": f"needs {job.planned_s} s, {left:.0f} left"})
            continue
        # Compiling may take longer than planned: twice, if there is time.
        limit_s = 600 if options.rehearse else min(left, 2 * job.planned_s)
        if job.kind == "demo":
            extra = _TINY_DEMO.split() if options.rehearse else options.demo
            run_demo(limit_s, keep, extra)
        else:
            run_job(job.name, limit_s, keep, flags=job.flags, rehearse=options.rehearse)


def chosen(words):
    """The jobs with one of the words in their names; all without words."""
    return [job for job in JOBS if not words or any(word in job.name for word in words)]


def make_networks(jobs, rehearse):
    """Writes the networks and what is kept beside them, before the clock starts."""
    for neurons in sorted({job.neurons for job in jobs if job.kind != "demo"}):
        size = REHEARSED[neurons] if rehearse else neurons
        common.synthetic_network(size)


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
    found = []
    run_job("device", 120, found.append)
    about = found[0]
    if not options.rehearse and not about.get("gpu"):
        print(
            "TensorFlow sees no GPU on this machine, so there is nothing to measure; "
            "--rehearse runs the same at tiny size."
        )
        return 2
    make_networks(jobs, options.rehearse)
    print(f"on {about.get('device')}", flush=True)
    content = about | {"rows": []}

    def keep(row):
        content["rows"].append(row)
        print(json.dumps(row), flush=True)
        if options.out:
            Path(options.out).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")

    measure(options, keep)
    if options.out:
        print(f"written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
