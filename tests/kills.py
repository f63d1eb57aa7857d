"""Kills a program that logs, at random moments and at each write of the index, and reads the run.

As a program: ``python tests/kills.py --kills 300 --folder /tmp/kills`` says how many runs were
whole after each kill, and complete after each resume.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np

TESTS = Path(__file__).parent
LOG = """
import os, sys
sys.path.insert(0, sys.argv[1])
from looks import make_look
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.recorder import Recorder
first, n = int(sys.argv[3]), int(sys.argv[4])
recorder = Recorder(sys.argv[2], RecordPlan(figures=()), background=False)
recorder.open(first)
print("begun", flush=True)
for step in range(first, first + n):
    recorder.record(make_look(step))
    print(step, flush=True)
recorder.close()
print("end", flush=True)
"""
# Counts the calls that write to, or move, a file of a certain name, and kills at the K-th.
SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static atomic_int calls;
static void count(const char *name) {
    const char *match = getenv("KILL_FILE"), *at = getenv("KILL_AT");
    if (match && at && strstr(name, match) && ++calls == atoi(at)) {
        kill(getpid(), SIGKILL);
        pause();
    }
}
static void count_fd(int fd) {
    char link[64], name[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, name, sizeof name - 1);
    if (n > 0) { name[n] = 0; count(name); }
}
#define NEXT(f) static __typeof__(&f) next; if (!next) next = dlsym(RTLD_NEXT, #f)
ssize_t write(int fd, const void *b, size_t n) { NEXT(write); count_fd(fd); return next(fd, b, n); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t at) {
    NEXT(pwrite); count_fd(fd); return next(fd, b, n, at);
}
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t at) {
    NEXT(pwrite64); count_fd(fd); return next(fd, b, n, at);
}
int rename(const char *from, const char *to) { NEXT(rename); count(to); return next(from, to); }
int unlink(const char *name) { NEXT(unlink); count(name); return next(name); }
"""


def build_shim(folder):
    """Path of the compiled library; None where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        return None
    source, library = folder / "shim.c", folder / "shim.so"
    source.write_text(SHIM)
    command = [compiler, "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
    return library if subprocess.run(command, capture_output=True).returncode == 0 else None


def start(folder, first, n, **environment):
    return subprocess.Popen(
        [sys.executable, "-c", LOG, str(TESTS), str(folder), str(first), str(n)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, **environment},
    )  # fmt: skip


def killed_at_call(folder, first, library, call, file="activity.h5"):
    """Logs until the `call`-th write to `file` kills it; whether it was killed."""
    child = start(folder, first, 4, LD_PRELOAD=str(library), KILL_FILE=file, KILL_AT=str(call))
    child.communicate()
    return child.returncode == -signal.SIGKILL


def killed_at_random(folder, first, rng):
    """Logs until it is killed somewhere within a look; whether it was killed."""
    child = start(folder, first, 100_000)
    for _ in range(int(rng.integers(1, 6))):
        child.stdout.readline()
    try:
        child.wait(timeout=float(rng.uniform(0, 0.02)))
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
    child.communicate()
    return child.returncode == -signal.SIGKILL


READ = """
import json, sys
import h5py
from keras_v1_activity import load_activity
def read(folder):
    steps, linked = [], []
    try:
        with load_activity(folder) as run:
            for look in run:
                assert look.spikes().shape == (look.n_steps, look.n_neurons)
                steps.append(look.step)
    except FileNotFoundError:
        pass
    try:
        with h5py.File(folder + "/activity.h5", "r") as index:
            for name in index["steps"]:
                index["steps"][name]["spikes/v1/timestamps"][()]
                linked.append(int(name))
    except FileNotFoundError:
        linked = None
    return steps, linked
before = read(sys.argv[2])
sys.argv[3:] = [str(max(before[0], default=0) + 1), "1"]
"""
AGAIN = """
print(json.dumps([before, read(sys.argv[2])]))
"""


def read_and_resume(folder):
    """What the run holds, and what after a program has resumed it, logged one look and ended.

    In a process of its own, because HDF5 crashes on some damaged files.

    Returns:
        Twice: steps that load_activity reads, steps that the index reaches (None if there is no
        index).
    """
    done = subprocess.run(
        [sys.executable, "-c", READ + LOG + AGAIN, str(TESTS), str(folder)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0 and "end\n" in done.stdout, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def check_kill(folder, kill, before=()):
    """One kill and one resume.

    Args:
        folder: of the run.
        kill: function of the folder and the first step, that logs from that step on and is killed.
        before: the steps that the run holds.

    Returns:
        Whether it was killed; the steps that the run holds now.
    """
    before = list(before)
    was_killed = kill(folder, max(before, default=0) + 1)
    (stored, reached), (steps, linked) = read_and_resume(folder)
    assert stored[: len(before)] == before, "a stored look was lost"
    assert reached is None or set(reached) <= set(stored), "the index reaches what is not there"
    assert linked == steps and len(steps) == len(stored) + 1, "incomplete after a resume"
    left = [path.name for path in folder.rglob(".*")]
    assert not left, f"left over: {left}"
    assert np.load(folder / "activity_summary.npz")["step"].tolist() == steps
    return was_killed, steps


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--folder", type=Path, default=None)
    args = parser.parse_args()
    folder = args.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    library, rng, killed = build_shim(folder), np.random.default_rng(0), 0
    files = ("activity.h5", "data.h5", "run.json", "activity_summary.npz")
    for number in range(args.kills):
        # A new run now and then, so that the first looks of a run are killed as well.
        if number % 20 == 0:
            run, steps = folder / f"run_{number // 20}", []
        if library is None or number % 3 == 0:
            kill = partial(killed_at_random, rng=rng)
        else:
            call, file = int(rng.integers(1, 12)), files[number % len(files)]
            kill = partial(killed_at_call, library=library, call=call, file=file)
        was_killed, steps = check_kill(run, kill, steps)
        killed += was_killed
    print(f"{killed} kills: every stored look read, every index complete after the resume")


if __name__ == "__main__":
    main()
