"""Runs every test of the matrix of faults, kills and damaged files, and writes the page.

    python tests/faults.py --kills 300 --files 3000 --jobs 2 --out docs/reliability.md

It ends with code 1 if a row, a kill or a file failed.
"""

import argparse
import datetime
import os
import platform
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from fault_rows.every import FAULTS, KINDS
from kills import try_kills
from mutated_files import read_beside
from places import DOCS, ROOT

PACKAGES = ("keras_v1_activity", "tensorflow", "keras", "numpy", "h5py", "libsonata")
# Tests of these rooms train or log while something goes wrong.
TRAINING = ("tests/callback/", "tests/recording/", "tests/logger/", "tests/drawing/",
            "tests/test_v1_with_callback.py", "tests/test_same_content.py")  # fmt: skip


class Outcomes:
    """A plugin of pytest that keeps how each test ended: passed, skipped or failed."""

    def __init__(self):
        self.of = {}

    def pytest_runtest_logreport(self, report):
        worst = self.of.get(report.nodeid, "passed")
        if report.outcome != "passed" and worst != "failed":
            self.of[report.nodeid] = report.outcome
        self.of.setdefault(report.nodeid, "passed")

    def cases(self, test):
        """How the cases of a test of the matrix ended."""
        return [
            outcome
            for case, outcome in self.of.items()
            if case == test or ("[" not in test and case.startswith(f"{test}["))
        ]


def run_tests(jobs):
    """Runs all tests of the matrix once, with all of their cases."""
    outcomes = Outcomes()
    tests = sorted({test.partition("[")[0] for fault in FAULTS for test in fault.tests})
    words = ["-q", "-p", "no:cacheprovider"]
    if jobs > 1:
        words += ["-n", str(jobs), "--dist", "loadfile", "--no-loadscope-reorder"]
    os.chdir(ROOT)
    pytest.main([*words, *tests], plugins=[outcomes])
    return outcomes


def result_of(fault, outcomes):
    """(yes, no or not tried; how many tests) of a row: each of its tests must have run."""
    cases = [outcomes.cases(test) for test in fault.tests]
    flat = sum(cases, [])
    if "failed" in flat or not all(cases):
        return "**no**", len(flat)
    return ("yes" if "passed" in flat else "not tried here"), flat.count("passed")


def kinds_of_ends(results, faults):
    """How many damaged files gave a result, a sentence, too much of something, or another end."""
    over = sum(any(words in fault for words in ("allowed are", "no answer", "memory ran out"))
               for fault in faults)  # fmt: skip
    read = sum(count for key, count in results.items() if key.endswith(" read"))
    said = sum(count for key, count in results.items() if key.endswith(" sentence"))
    return read, said, over, len(faults) - over


def versions():
    """Versions of what was tried, in a sentence."""
    found = [f"Python {platform.python_version()}"]
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    return ", ".join(found)


def head(rows, outcomes, kills, files):
    """The lines of the page above its tables."""
    held = sum(result == "yes" for result, _ in rows)
    trained = [end for test, end in outcomes.of.items() if test.startswith(TRAINING)]
    results, faults = files
    read, said, over, other = kinds_of_ends(results, faults)
    unreadable = sum("unreadable" in fault for fault in kills["faults"])
    return f"""# Reliability

What goes wrong around a training, what is expected then, and whether it held. `make faults` tries all of
it and writes this page. It was written on {datetime.date.today():%d %B %Y}, on {os.cpu_count()} cores
({platform.system()}, {platform.machine()}): {versions()}.

| | |
|---|---|
| faults that were tried, and held | {held} of {len(rows)} |
| tests that show them, failed | {len(outcomes.of)}, {list(outcomes.of.values()).count("failed")} |
| of these, tests that train or log; a training ended or changed | {len(trained)}; {trained.count("failed")} |
| kills at random moments | {kills["random"]} |
| kills at each of the {kills["index_writes"]} writes of `activity.h5` in a run of four looks | {kills["index"]} |
| kills at writes of looks, `run.json` and the summary | {kills["others"]} |
| after them, looks that load_activity, h5py or libsonata could not read | {unreadable} |
| indexes that were complete after the resume | {kills["resumes"]} of {kills["resumes"] + len(kills["faults"])} |
| damaged files that were read | {sum(results.values())} |
| a result; one sentence | {read}; {said} |
| over the limit of memory or time; any other end | {over}; {other} |

A damaged file may take 64 MB and ten times its size of memory, and 20 s. "Held" means that every test of the row
passed; the tests stand in `tests/fault_rows/`.
"""  # noqa: E501


def page(outcomes, kills, files):
    """(text of the page, whether all held)."""
    rows = [result_of(fault, outcomes) for fault in FAULTS]
    lines = [head(rows, outcomes, kills, files)]
    for kind in KINDS:
        lines += [f"## {kind}", "", "| fault | expected | held | tests |", "|---|---|---|---|"]
        lines += [
            f"{fault.begins} {result} | {count} |"
            for fault, (result, count) in zip(FAULTS, rows, strict=True)
            if fault.kind == kind
        ]
        lines.append("")
    failed = any("no**" in result for result, _ in rows) or kills["faults"] or files[1]
    return "\n".join(lines), not failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--files", type=int, default=3000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=DOCS / "reliability.md")
    options = parser.parse_args()
    out, began = options.out.resolve(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        kills = try_kills(options.kills, Path(folder), options.jobs)
        print(f"kills: {kills}, {time.monotonic() - began:.0f} s", flush=True)
        files = read_beside(options.files, Path(folder), jobs=options.jobs)
        print(f"damaged files: {files}, {time.monotonic() - began:.0f} s", flush=True)
    text, all_held = page(run_tests(options.jobs), kills, files)
    out.write_text(text)
    print(
        f"{out}: {time.monotonic() - began:.0f} s, " + ("all held" if all_held else "not all held")
    )
    sys.exit(not all_held)


if __name__ == "__main__":
    main()
