"""What each benchmark here needs: runs in turn, the machine, a table and a JSON file."""

import json
import os
import platform
import resource
import statistics
import sys
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parent.parent
# For a clone in which nothing is installed, such as on a machine that runs `step_program.py`.
sys.path += [str(ROOT), str(ROOT / "tests")]

from keras_v1_activity.common.command_line import ArgumentParser  # noqa: E402

# Each LGN unit fires with this probability per ms, 20 Hz, as before a grey screen.
GREY_PROBABILITY = 0.02


def paired(candidates, rounds, clock=time.perf_counter, warm=False):
    """Times functions in turn, A B A B ..., after one uncounted round that compiles.

    Args:
        candidates: dict of name -> function without arguments.
        rounds: counted rounds.
        clock: `time.process_time` counts the CPU time of all threads of this process instead.
        warm: they have all run before; every round counts.

    Returns:
        dict of name -> list of seconds.
    """
    seconds = {name: [] for name in candidates}
    for k in range(warm, rounds + 1):
        for name, run in candidates.items():
            start = clock()
            run()
            if k:
                seconds[name].append(clock() - start)
    return seconds


def median_ratio(slow, fast):
    """Median over rounds of slow / fast, each taken in the same round."""
    return statistics.median(a / b for a, b in zip(slow, fast, strict=True))


def spread(values, digits=3):
    """Lowest and highest of some values, as text."""
    return f"{min(values):.{digits}f}..{max(values):.{digits}f}"


def children_cpu_s():
    """CPU time of the processes that this one has started, ended ones and others, seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    running = 0
    for children in Path("/proc/self/task").glob("*/children"):
        for pid in children.read_text().split():
            # The name of the program, in brackets, may hold spaces.
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            running += int(fields[11]) + int(fields[12])
    return used.ru_utime + used.ru_stime + running / os.sysconf("SC_CLK_TCK")


def elsewhere_cpu_s():
    """CPU time of all other programs on this machine so far, seconds."""
    ticks = Path("/proc/stat").read_text().split(maxsplit=8)[1:8]
    user, nice, system, _, _, irq, softirq = map(int, ticks)
    everything = (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")
    return everything - time.process_time() - children_cpu_s()


def stored_bytes(folder, *endings):
    """Bytes of the files under `folder` whose names end in one of `endings`."""
    files = (path for path in Path(folder).rglob("*") if path.is_file())
    return sum(path.stat().st_size for path in files if path.name.endswith(endings))


def peak_memory_mb():
    """Largest resident memory of this process so far, MB."""
    # Linux's getrusage counts in what the parent held when it started this process.
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def machine():
    """Processor, cores and versions, for the record."""
    import keras
    import numpy
    import tensorflow

    return {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "tensorflow": tensorflow.__version__,
        "keras": keras.__version__,
        "numpy": numpy.__version__,
    }


def device():
    """Name of the GPU that TensorFlow uses, or of the processor."""
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        details = tf.config.experimental.get_device_details(gpus[0])
        return details.get("device_name", gpus[0].name)
    return f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, no GPU"


def report(title, rows, path):
    """Prints rows (dicts with the same keys) as a table; writes them and the machine as JSON."""
    columns = list(rows[0])
    cells = [[str(row[c]) for c in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    print(title)
    for line in (columns, *cells):
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))
    if path:
        content = {"title": title, "machine": machine(), "rows": rows}
        Path(path).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        print(f"written to {path}")


def parser(documentation):
    """The parser of a benchmark: options with - or _, the first line of its documentation."""
    return ArgumentParser(description=documentation.splitlines()[0])


def synthetic_folder(n_neurons, seed=0):
    """A synthetic GLIF_network folder in the benchmarks' cache, written when first asked for."""
    from keras_v1_activity import v1

    folder = Path(__file__).parent / "cache" / f"GLIF_network_{n_neurons}_{seed}"
    if not folder.exists():
        v1.write_synthetic_network(folder, n_neurons=n_neurons, seed=seed)
    return folder


def synthetic_network(n_neurons):
    """The synthetic network of that size, all of it."""
    from keras_v1_activity import v1

    return v1.load_network(synthetic_folder(n_neurons), n_neurons=n_neurons)
