"""Reads small valid files that were damaged at random, each under a limit of memory and of time.

Run it for many files: ``python tests/mutated_files.py --files 3000``. Nothing but a result or one
sentence may come of any of them.
"""

import argparse
import json
import os
import pickle
import random
import resource
import selectors
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

HERE = Path(__file__).resolve().parent
ALWAYS_BYTES, TIMES = 64_000_000, 10
SECONDS = 20
# Of address space, of which more is asked for than is used.
SLACK_BYTES = 100_000_000
LONGEST_SENTENCE = 600
EXTREMES = [0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 2**31 - 1, 2**32 - 1, 2**40, 2**63 - 1, 2**64 - 1]
OPCODES = b"(.0123FGIJKLMNRTUVXZacdeghijlopqrstu}]\x80\x81\x85\x86\x87\x88\x8a\x8b\x8c\x8d\x8e\x8f"
OPCODES += b"\x90\x91\x92\x93\x94\x95\x96\x97\x98BCSPQ)b"


# The valid files.


def _network_folder(folder):
    from published_folders import write_folder

    return write_folder(folder)


def _npz(path):
    images = np.random.default_rng(0).integers(0, 255, (3, 12, 9), np.uint8)
    np.savez_compressed(path, images=images, more=images[::-1] / 255)


def _mat(path):
    from scipy.io import savemat

    noise = np.random.default_rng(0).normal(size=(1, 300))
    savemat(path, {"other": np.eye(3), "additive_noise": noise}, do_compression=True)


def _mat_73(path):
    with h5py.File(path, "w", userblock_size=512) as file:
        file["additive_noise"] = np.random.default_rng(0).normal(size=(300, 1))


def _nodes(path):
    with h5py.File(path, "w") as file:
        group = file.create_group("nodes/v1")
        for name in ("node_id", "node_type_id", "0/x", "0/y", "0/z"):
            group.create_dataset(
                name, data=np.arange(300), chunks=(100,), compression="gzip", shuffle=True
            )


def _look(path):
    from looks import make_look

    from keras_v1_activity.storage import codec

    path.write_bytes(codec.encode(make_look(1)))


def _exported(path):
    from oracles import random_network

    from keras_v1_activity.v1.checkpoints.exporting import export_network

    export_network(random_network(n_synapses=300), path)


def _weights(path):
    with h5py.File(path, "w") as file:
        for name in ("layers/rsnn/vars/0", "layers/input_layer/vars/0", "layers/readout/vars/0"):
            file[name] = np.random.default_rng(0).normal(size=200).astype(np.float32)
        file["layers/rsnn/vars"].attrs["name"] = "rsnn"


def _run_json(path):
    content = {"run_id": "0" * 32, "settings": {"dt": 1.0}, "counts": {"looks": 2}}
    path.write_text(json.dumps(content | {"steps": [1, 2], "resumed": ["today"]}, indent=1))


def make_valid_files(folder):
    """Writes one small valid file of each kind; kind -> its path."""
    network = _network_folder(folder / "net")
    made = {
        "network.pkl": network / "network_dat.pkl",
        "input.pkl": network / "input_dat.pkl",
        "types.csv": network / "network/v1_node_types.csv",
    }
    makers = {
        "noise.mat": _mat, "noise73.mat": _mat_73, "nodes.h5": _nodes, "look.h5": _look,
        "exported.h5": _exported, "weights.h5": _weights, "images.npz": _npz,
        "run.json": _run_json,
        "images.npy": lambda path: np.save(path, np.random.default_rng(0).random((3, 9, 7))),
        "old.pkl": lambda path: path.write_bytes(
            pickle.dumps({"a": [np.arange(40.0), "x", 2**70], "b": (1, {2.5, 3})}, protocol=1)
        ),
    }  # fmt: skip
    for kind, make in makers.items():
        made[kind] = folder / kind
        make(made[kind])
    return made


# Damage.


def _extreme(data, rng):
    form, size = rng.choice([("B", 1), ("<H", 2), ("<I", 4), ("<Q", 8), (">I", 4), (">Q", 8)])
    place = rng.randrange(max(1, len(data) - size))
    value = rng.choice(EXTREMES) & (256**size - 1)
    return data[:place] + struct.pack(form, value) + data[place + size :]


def _flip(data, rng):
    damaged = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 4, 8])):
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def _cut(data, rng):
    return data[: rng.randrange(len(data))]


def _insert(data, rng):
    place = rng.randrange(len(data))
    return data[:place] + rng.randbytes(rng.choice([1, 2, 8, 64])) + data[place:]


def _repeat(data, rng):
    place, length = rng.randrange(len(data)), rng.choice([1, 4, 32, 256])
    times = rng.choice([2, 3, 50])
    return data[:place] + data[place : place + length] * times + data[place + length :]


def _remove(data, rng):
    place = rng.randrange(len(data))
    return data[:place] + data[place + rng.choice([1, 2, 4, 32, 256]) :]


def _opcodes(data, rng):
    place = rng.randrange(len(data))
    added = bytes(rng.choice(OPCODES) for _ in range(rng.choice([1, 2, 5, 20])))
    return data[:place] + added + data[place + rng.choice([0, len(added)]) :]


DAMAGE = (_flip, _extreme, _cut, _insert, _repeat, _remove)


def damaged(data, kind, number):
    """The bytes of a valid file, damaged in a way that `kind` and `number` determine."""
    rng = random.Random(f"{kind} {number}")
    ways = DAMAGE + (_opcodes, _opcodes) if kind.endswith(".pkl") else DAMAGE
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        data = rng.choice(ways)(data or b"\0", rng)
    return data


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
        _network_folder(folder)
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
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        if self._line(300) != "ready\n":
            raise RuntimeError("valid files cannot be read")

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


def read_many(count, folder, kinds=None):
    """Reads `count` damaged files; (how many of each kind and result, the faults)."""
    folder = Path(folder)
    valid = make_valid_files(folder / "valid")
    kinds = kinds or sorted(valid)
    reader, results, faults = Reader(folder), {}, []
    try:
        for number in range(count):
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


def main():
    """Reads as many damaged files as the command asks for, and says what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=3000)
    parser.add_argument("--kinds", nargs="*")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve()
        return
    with tempfile.TemporaryDirectory() as folder:
        results, faults = read_many(options.files, folder, options.kinds)
    print(json.dumps({"files": options.files, "results": results, "faults": faults}, indent=1))
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
