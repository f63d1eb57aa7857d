"""What each benchmark here needs: runs in turn, the machine, a table and a JSON file."""

import json
import os
import platform
import resource
import statistics
import time
from pathlib import Path


def paired(candidates, rounds):
    """Times functions in turn, A B A B ..., after one uncounted round that compiles.

    Args:
        candidates: dict of name -> function without arguments.
        rounds: counted rounds.

    Returns:
        dict of name -> list of seconds.
    """
    seconds = {name: [] for name in candidates}
    for k in range(rounds + 1):
        for name, run in candidates.items():
            start = time.perf_counter()
            run()
            if k:
                seconds[name].append(time.perf_counter() - start)
    return seconds


def median_ratio(slow, fast):
    """Median over rounds of slow / fast, each taken in the same round."""
    return statistics.median(a / b for a, b in zip(slow, fast, strict=True))


def peak_memory_mb():
    """Largest resident memory of this process so far, MB."""
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


def synthetic_folder(n_neurons, seed=0):
    """A synthetic GLIF_network folder in the benchmarks' cache, written when first asked for."""
    from keras_v1_activity import v1

    folder = Path(__file__).parent / "cache" / f"GLIF_network_{n_neurons}_{seed}"
    if not folder.exists():
        v1.write_synthetic_network(folder, n_neurons=n_neurons, seed=seed)
    return folder
