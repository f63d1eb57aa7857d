"""Kills a program that logs, at random moments and at each write of a file, and reads the run.

As a program: ``python tests/kills.py --kills 300 --jobs 2`` says how often each was tried, which
stored looks a reader could not read, and which indexes were incomplete after a resume.
"""

import argparse
import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from killed_programs import Programs, build_shim

FILES = ("activity.h5", "data.h5", "run.json", "activity_summary.npz")
SERIES = 20


def check_kill(programs, folder, kill, before=()):
    """One kill and one resume.

    Args:
        programs: that read the run and resume it.
        folder: of the run.
        kill: function of the folder and the first step, that logs from that step on and is killed.
        before: the steps that the run holds.

    Returns:
        Whether it was killed; the steps that the run holds now.
    """
    before = list(before)
    was_killed = kill(folder, max(before, default=0) + 1)
    steps, linked = same_for_all(programs.read(folder))
    assert steps[: len(before)] == before, "unreadable: a stored look was lost"
    assert linked is None or set(linked) <= set(steps), "the index reaches what is not there"
    n_stored = len(steps)
    steps, linked = same_for_all(programs.resumed(folder, max(steps, default=0) + 1))
    assert linked == steps and len(steps) == n_stored + 1, "incomplete after a resume"
    left = [path.name for path in folder.rglob(".*")]
    assert not left, f"left over: {left}"
    assert np.load(folder / "activity_summary.npz")["step"].tolist() == steps
    return was_killed, steps


def same_for_all(read):
    """The steps of a run, the same for every reader, and those that its index reaches."""
    readers, linked = read
    for name, steps in readers.items():
        assert steps == readers["load_activity"], f"unreadable: {name} reads {steps}"
    return readers["load_activity"], linked


# Many kills.


def plan(kills, calls):
    """Which kills are tried, in series: (file, call) at a write, (None, number) at random.

    Args:
        kills: how many in all: a third at each write of the index, if there are no more of them, a
            third at writes of other files, and the rest at random moments.
        calls: file -> how often it is written; empty where this cannot be known.
    """
    writes = [[(file, call + 1) for call in range(calls[file])] for file in calls]
    index, others = (writes[0], sum(writes[1:], [])) if writes else ([], [])
    chosen = spread(index, -(-kills // 3)) + spread(others, kills // 3)
    chosen += [(None, number) for number in range(kills - len(chosen))]
    n_series = -(-len(chosen) // SERIES)
    return [chosen[number::n_series] for number in range(n_series)]


def spread(items, count):
    """So many of the items, evenly."""
    return [items[at] for at in np.linspace(0, len(items) - 1, min(count, len(items))).astype(int)]


def try_series(folder, library, number, kills):
    """Tries kills one after another on one run; what came of them."""
    told = dict.fromkeys(("random", "index", "others", "ended_before", "resumes", "looks"), 0)
    told["faults"] = []
    run, steps, rng = folder / f"run_{number}", [], np.random.default_rng(number)
    with Programs(library) as programs:
        for file, call in kills:
            way = {None: "random", "activity.h5": "index"}.get(file, "others")
            kill = partial(programs.killed_at_random, rng=rng)
            if file is not None:
                kill = partial(at_call, programs, call=call, file=file)
            try:
                was_killed, steps = check_kill(programs, run, kill, steps)
            except AssertionError as error:
                told["faults"].append(f"{file or 'at random'}, {call}: {error}")
                run, steps = folder / f"{run.name}_", []
                continue
            told[way if was_killed else "ended_before"] += 1
            told["resumes"] += 1
            told["looks"] += len(steps)
    return told


def at_call(programs, folder, first, call, file):
    """Whether the program was killed at this write."""
    return programs.killed_at_call(folder, first, call, file)[0]


def calls_of(folder, library):
    """How often a program of four looks writes to each file, or moves it, in a run of its own."""
    with Programs(library) as programs:
        return {
            file: programs.killed_at_call(folder / f"counted_{file}", 1, 0, file)[1]
            for file in FILES
        }


def try_kills(kills, folder, jobs=1):
    """Tries at least so many kills; what came of them, summed.

    Returns:
        ``random``, ``index``, ``others``: kills at random moments, at writes of the index and of
        other files; ``ended_before``: programs that wrote less often, and ended; ``resumes``;
        ``looks`` that were read after resumes; ``index_writes``: how many there are in a run of
        four looks; ``faults``: sentences.
    """
    library, told, number = build_shim(folder), {}, 0
    calls = calls_of(folder, library) if library else {}
    wanted = plan(kills, calls)
    with ThreadPoolExecutor(jobs) as pool:
        while wanted:
            numbers = range(number, number + len(wanted))
            number += len(wanted)
            for one in pool.map(partial(try_series, folder, library), numbers, wanted):
                told = {key: told.get(key, type(value)()) + value for key, value in one.items()}
            missing = kills - told["random"] - told["index"] - told["others"] - len(told["faults"])
            wanted = plan(missing, {}) if missing > 0 else []
    return told | {"index_writes": calls.get("activity.h5", 0)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        told = try_kills(options.kills, Path(folder), options.jobs)
    print(json.dumps(told, indent=1))
    sys.exit(bool(told["faults"]))


if __name__ == "__main__":
    main()
