"""Reads small valid files that were damaged at random, each under a limit of memory and of time.

Run it for many files: ``python tests/mutated_files.py --files 3000``. Nothing but a result or one
sentence may come of any of them.
"""

import argparse
import json
import os
import pickle
import resource
import selectors
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from damaged_files import damaged, make_valid_files, network_folder

HERE = Path(__file__).resolve().parent
ALWAYS_BYTES, TIMES = 64_000_000, 10
SECONDS = 20
# Of address space, of which more is asked for than is used.
SLACK_BYTES = 100_000_000
LONGEST_SENTENCE = 600


# Reading, in a process of its own.


def _read_look(path):
    from keras_v1_activity import load_activity

    folder = path.parent / "run"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "step_000001").mkdir(parents=True)
    shutil.copy(path, folder / "step_000001/data.h5")
    look = load_activity(folder)[1]
    repr(look), look.population_rates


def _read_weights(path):
    from keras_v1_activity.v1.checkpoints.describe import find_checkpoint, open_variables

    saved = open_variables(*find_checkpoint(path))
    for variable in saved.variables:
        saved.read(variable)


def _read_exported(path):
    from keras_v1_activity.v1.checkpoints.describe import describe_checkpoint
    from keras_v1_activity.v1.checkpoints.exported import read_exported

    read_exported(path)
    describe_checkpoint(path)


def _read_for_nest(path):
    from keras_v1_activity.v1.nest.source import load_source

    load_source(path)


def _read_nodes(path):
    from keras_v1_activity.v1.network.node_files import read_positions, read_type_ids

    read_positions(path)
    read_type_ids(path)


def _read_run_json(path):
    from keras_v1_activity.cli.inspect.logged_run import run_lines

    folder = path.parent / "described"
    folder.mkdir(exist_ok=True)
    shutil.copy(path, folder / "run.json")
    for line in run_lines(folder):
        assert "\n" not in line


def _read_network(path, name):
    """The folder with this file in the place of its own."""
    from keras_v1_activity import v1

    folder = path.parent / "net copy"
    if not folder.exists():
        network_folder(folder)
    valid = (folder / name).read_bytes()
    try:
        shutil.copy(path, folder / name)
        v1.load_network(folder, cache=False)
    finally:
        (folder / name).write_bytes(valid)


def read(kind, path):
    """Reads a file as the package does."""
    from keras_v1_activity.v1.network.optional_files import read_noise_samples
    from keras_v1_activity.v1.network.unpickle import load_plain_data
    from keras_v1_activity.v1.stimuli.natural_images import read_images

    readers = {
        "network.pkl": lambda: _read_network(path, "network_dat.pkl"),
        "input.pkl": lambda: _read_network(path, "input_dat.pkl"),
        "types.csv": lambda: _read_network(path, "network/v1_node_types.csv"),
        "old.pkl": lambda: load_plain_data(path),
        "noise.mat": lambda: read_noise_samples(path),
        "noise73.mat": lambda: read_noise_samples(path),
        "images.npz": lambda: read_images(path), "images.npy": lambda: read_images(path),
        "images.pkl": lambda: read_images(path), "nest.h5": lambda: _read_for_nest(path),
        "nodes.h5": lambda: _read_nodes(path), "look.h5": lambda: _read_look(path),
        "exported.h5": lambda: _read_exported(path), "weights.h5": lambda: _read_weights(path),
        "run.json": lambda: _read_run_json(path),
        # What Python's own reader does, to see that this is noticed.
        "careless": lambda: pickle.loads(path.read_bytes()),
    }  # fmt: skip
    readers[kind]()


def _status(name):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    return 0


def _reset_peak():
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _read_limited(kind, path):
    """What came of reading a file, and the most memory that it took."""
    allowed = ALWAYS_BYTES + TIMES * path.stat().st_size
    measured, before = _reset_peak(), _status("VmRSS")
    limit = _status("VmSize") + allowed + SLACK_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
    try:
        read(kind, path)
        told = {"result": "read"}
    except (ValueError, OSError) as error:
        told = {"result": "sentence", "text": str(error)}
    except BaseException as error:
        told = {"result": f"{type(error).__name__}", "text": str(error)[:300]}
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    peak = _status("VmHWM") - before if measured else 0
    return told | {"peak": peak, "allowed": allowed}


def serve():
    """Answers each line on stdin, a kind and the path of a file of it, with a line of JSON."""
    valid = make_valid_files(Path(tempfile.mkdtemp(dir=os.getcwd())))
    for kind, path in valid.items():
        read(kind, path)  # imports what it needs, and proves that valid files are read
    read("nest.h5", valid["exported.h5"])
    # From here on what is said beside the answers is not read, and must not fill the pipe.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    print("ready", flush=True)
    for line in sys.stdin:
        kind, _, path = line.rstrip("\n").partition(" ")
        print(json.dumps(_read_limited(kind, Path(path))), flush=True)


class Reader:
    """A process that reads files, started again when one of them has ended it."""

    def __init__(self, folder):
        self._folder = folder
        self._process = None

    def ask(self, kind, path):
        """What came of reading a file."""
        if self._process is None:
            self._start()
        self._process.stdin.write(f"{kind} {path}\n")
        self._process.stdin.flush()
        answer = self._line(SECONDS)
        if answer:
            return json.loads(answer)
        self.close()
        return {"result": "no answer" if answer is None else "crash", "peak": 0, "allowed": 0}

    def _start(self):
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(HERE.parent), str(HERE)]),
            "MALLOC_ARENA_MAX": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1",
        }  # fmt: skip
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "mutated_files.py"), "--serve"], cwd=self._folder,
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            stderr=subprocess.PIPE,
        )  # fmt: skip
        if self._line(300) != "ready\n":
            self._process.kill()
            why = self._process.stderr.read()[-1000:]
            self.close()
            raise RuntimeError(f"valid files cannot be read: {why}")

    def _line(self, seconds):
        """The next line; empty after a crash, None if none comes in time."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            return self._process.stdout.readline() if selector.select(seconds) else None

    def close(self):
        """Ends the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdin.close()
            self._process.stdout.close()
            self._process.stderr.close()
            self._process = None


def fault_of(answer):
    """What is wrong with an answer; None if nothing is."""
    if answer["result"] not in ("read", "sentence"):
        return f"{answer['result']}: {answer.get('text', '')}"
    if answer["peak"] > answer["allowed"]:
        return f"took {answer['peak'] / 1e6:.0f} MB, allowed are {answer['allowed'] / 1e6:.0f} MB"
    text = answer.get("text", "x")
    if not text or not text.isprintable() or len(text) > LONGEST_SENTENCE:
        return f"is no sentence: {text[:300]!r}"
    if "MemoryError" in text or "Unable to allocate" in text:
        return f"memory ran out: {text[:300]}"
    return None


def read_many(count, folder, kinds=None, first=0, every=1):
    """Reads damaged files; (how many of each kind and result, the faults).

    Args:
        count: files are numbered from 0 to it.
        folder: for the files.
        kinds: which kinds of files; None for all.
        first: the first number that is read.
        every: of so many numbers one is read.
    """
    folder = Path(folder)
    folder.mkdir(exist_ok=True)
    valid = make_valid_files(folder / "valid")
    kinds = kinds or sorted(valid)
    reader, results, faults = Reader(folder), {}, []
    try:
        for number in range(first, count, every):
            kind = kinds[number % len(kinds)]
            path = folder / f"damaged.{kind}"
            path.write_bytes(damaged(valid[kind].read_bytes(), kind, number))
            answer = reader.ask(kind, path)
            key = f"{kind} {answer['result']}"
            results[key] = results.get(key, 0) + 1
            fault = fault_of(answer)
            if fault:
                faults.append(f"{kind} {number}: {fault}")
    finally:
        reader.close()
    return results, faults


def read_beside(count, folder, kinds=None, jobs=1):
    """As `read_many`, by so many processes at a time."""

    def one(job):
        return read_many(count, Path(folder) / f"job {job}", kinds, job, jobs)

    results, faults = {}, []
    with ThreadPoolExecutor(jobs) as pool:
        for more, others in pool.map(one, range(jobs)):
            results = {key: results.get(key, 0) + more.get(key, 0) for key in results | more}
            faults += others
    return results, faults


def main():
    """Reads as many damaged files as the command asks for, and says what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=3000)
    parser.add_argument("--kinds", nargs="*")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve()
        return
    with tempfile.TemporaryDirectory() as folder:
        results, faults = read_beside(options.files, folder, options.kinds, options.jobs)
    print(json.dumps({"files": options.files, "results": results, "faults": faults}, indent=1))
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
