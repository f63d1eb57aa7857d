"""Programs that log looks and are killed, and programs that read what they left.

Each is a process of its own, forked from one that has imported all they need: a start takes
milliseconds, and a crash ends nothing else.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
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
int calls_made(void) { return calls; }
static void count(const char *name) {
    const char *match = getenv("KILL_FILE"), *at = getenv("KILL_AT");
    const char *base = strrchr(name, 0x2f);
    if (match && at && strstr(base ? base : name, match) && ++calls == atoi(at)) {
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


# In the programs.


def tell(**said):
    print(json.dumps(said), flush=True)


def log(folder, first, n):
    """Logs `n` looks from a step on, and ends the run."""
    from looks import make_look

    from keras_v1_activity.plan import RecordPlan
    from keras_v1_activity.recording.recorder import Recorder

    recorder = Recorder(folder, RecordPlan(figures=()), background=False)
    recorder.open(first)
    tell(begun=True)
    for step in range(first, first + n):
        recorder.record(make_look(step))
        tell(step=step)
    recorder.close()
    if "KILL_FILE" in os.environ:
        import ctypes

        tell(calls=ctypes.CDLL(os.environ["LD_PRELOAD"]).calls_made())


def read(folder):
    """Tells the steps that each reader reads, and those that the index reaches."""
    import h5py

    folder = Path(folder)
    readers = {"load_activity": read_by_us(folder), "h5py": []}
    events = {}
    for path in sorted(folder.glob("step_*/data.h5")):
        step = int(path.parent.name[5:])
        with h5py.File(path, "r") as file:
            file.visititems(lambda _, item: item[()] if isinstance(item, h5py.Dataset) else None)
            events[path] = len(file["spikes/v1/timestamps"])
            readers["h5py"].append(step)
    try:
        import libsonata
    except ImportError:
        pass
    else:
        readers["libsonata"] = [
            int(path.parent.name[5:])
            for path, n_events in events.items()
            if len(libsonata.SpikeReader(str(path))["v1"].get()) == n_events
        ]
    tell(readers=readers, linked=read_index(folder / "activity.h5"))


def resume(folder, first):
    """Logs one look, ends the run, and tells what it holds then."""
    log(folder, first, 1)
    read(folder)


def read_by_us(folder):
    from keras_v1_activity import load_activity

    steps = []
    try:
        with load_activity(folder) as run:
            for look in run:
                assert look.spikes().shape == (look.n_steps, look.n_neurons)
                steps.append(look.step)
    except FileNotFoundError:
        pass
    return steps


def read_index(path):
    """The steps that an index reaches; None if there is none."""
    import h5py

    if not path.exists():
        return None
    with h5py.File(path, "r") as index:
        for name in index["steps"]:
            index["steps"][name]["spikes/v1/timestamps"][()]
        return sorted(int(name) for name in index["steps"])


def work(request):
    """What a program does; it ends with code 0, or tells its error."""
    code = 1
    try:
        os.environ.update(request["environment"])
        tell(pid=os.getpid())
        {"log": log, "read": read, "resume": resume}[request["do"]](*request["words"])
        code = 0
    except BaseException:
        tell(error=traceback.format_exc()[-500:])
    finally:
        os._exit(code)


def serve():
    """Runs a program for each line on stdin, and tells how it ended."""
    import h5py  # noqa: F401
    import looks  # noqa: F401

    import keras_v1_activity.recording.recorder
    import keras_v1_activity.storage.run  # noqa: F401

    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            work(json.loads(line))
        tell(ended=os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


# Outside of them.


class Programs:
    """Starts programs, one after another.

    Args:
        library: what `build_shim` made, or None: no program can be killed at a write then.
    """

    def __init__(self, library=None):
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(HERE.parent), str(HERE)]),
            "OPENBLAS_NUM_THREADS": "1",
        }  # fmt: skip
        if library is not None:
            environment["LD_PRELOAD"] = str(library)
        self._server = subprocess.Popen(
            [sys.executable, str(HERE / "killed_programs.py")], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._server.stdin.close()
        self._server.stdout.close()
        self._server.wait()

    def _begin(self, do, *words, **environment):
        request = {"do": do, "words": [str(words[0]), *words[1:]], "environment": environment}
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()

    def _told(self):
        return json.loads(self._server.stdout.readline())

    def _end(self):
        """All that the program tells, in one dict."""
        told = {}
        while "ended" not in told:
            told |= self._told()
        return told

    def log(self, folder, first, n=1):
        """Logs and ends the run; what the program told."""
        self._begin("log", folder, first, n)
        return self._end()

    def killed_at_call(self, folder, first, call, file="activity.h5"):
        """Logs four looks, or until the `call`-th write to `file` kills it.

        Returns:
            Whether it was killed, and how many writes to the file there were if it was not.
        """
        self._begin("log", folder, first, 4, KILL_FILE=file, KILL_AT=str(call))
        told = self._end()
        return told["ended"] == -signal.SIGKILL, told.get("calls")

    def killed_at_random(self, folder, first, rng):
        """Logs until it is killed somewhere within a look; whether it was killed."""
        self._begin("log", folder, first, 100_000)
        pid = self._told()["pid"]
        for _ in range(int(rng.integers(1, 6))):
            self._told()
        time.sleep(float(rng.uniform(0, 0.02)))
        os.kill(pid, signal.SIGKILL)
        return self._end()["ended"] == -signal.SIGKILL

    def read(self, folder):
        """Steps that each reader reads, by its name, and steps that the index reaches."""
        return self._read("read", folder)

    def resumed(self, folder, first):
        """Logs one look more and ends the run; what `read` gives then."""
        return self._read("resume", folder, first)

    def _read(self, *request):
        self._begin(*request)
        told = self._end()
        assert not told["ended"], f"unreadable: code {told['ended']} {told.get('error', '')}"
        return told["readers"], told["linked"]


if __name__ == "__main__":
    serve()
