"""Size and speed of the report of a run, in Debian's chromium without a screen.

    python benchmarks/report_page.py
    python benchmarks/report_page.py --neurons 2000 --looks 100 --spikes 7700

For each size a run is written as training would, then its report, whose CPU time and memory are
those of a process of its own. The browser draws without a graphics card. Times are medians of what
the page itself measures: until the first step is on the screen, until another step is (the first
time, and again), and to draw a frame while one zooms and moves. Each `..._cpu_ms` is what the
page's own thread took of a processor for it, on average, which others on the machine hardly change.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import common  # puts tests/ on the path

import browser  # isort: skip
import reported_runs  # isort: skip

# Most bytes and times, ms; None: no limit.
LIMITS = {
    52_000: {"megabytes": 9.0, "write_cpu_s": 20.0, "open_ms": 1500, "visit_ms": 150,
             "again_ms": 30, "frame_ms": 16, "requests": 0},
    2_000: {"megabytes": 2.5},
}  # fmt: skip
_VISIT = """(async () => {
  const times = [];
  for (const place of PLACES) {
    const begin = performance.now();
    await report.app.go(place, 'a');
    times.push(performance.now() - begin);
    await new Promise((done) => setTimeout(done, 30));
  }
  return times;
})()"""
_FRAMES = """(async () => {
  const t = report.timeline, times = [];
  const next = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  for (let i = 0; i < 12; i += 1) { t.zoom(0.8); await next(); times.push(t.frameMs); }
  const v = () => ({ ...t.view });
  for (let i = 0; i < 12; i += 1) {
    const now = v(), dt = (now.to - now.from) / 12;
    t.setView({ ...now, from: now.from + dt, to: now.to + dt });
    await next();
    times.push(t.frameMs);
  }
  for (let i = 0; i < 14; i += 1) { t.zoom(1.25); await next(); times.push(t.frameMs); }
  return times;
})()"""


def write(run, out):
    """CPU seconds and peak memory (MB) of the command that writes a report."""
    words = [sys.executable, "-m", "keras_v1_activity", "report", str(run), "--out", str(out)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, "the report could not be written"
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1e3


def with_cpu(tab, expression):
    """What an expression gives, and the CPU time (ms) that the page took for it."""
    before = task_ms(tab)
    return tab.value(expression), task_ms(tab) - before


def task_ms(tab):
    metrics = tab.send("Performance.getMetrics")["metrics"]
    return 1e3 * next(m["value"] for m in metrics if m["name"] == "TaskDuration")


def drive(page, n_looks):
    """What the browser says of a page."""
    with browser.Browser(1280, 900) as tab:
        tab.send("Performance.enable", timeDomain="threadTicks")
        opened = []
        for _ in range(3):
            tab.open(page)
            shown = "performance.getEntriesByName('report-shown')[0].startTime"
            opened.append(tab.value(shown))
        # The last look is shown already; pinned ones and others, far from each other.
        places = [p * (n_looks - 1) // 12 for p in range(12)]
        visits, visits_ms = with_cpu(tab, _VISIT.replace("PLACES", json.dumps(places)))
        again, again_ms = with_cpu(tab, _VISIT.replace("PLACES", json.dumps(places)))
        frames, frames_ms = {}, 0.0
        for name, place in (("all spikes", n_looks - 1), ("other", n_looks // 2 + 1)):
            tab.value(f"report.app.go({place}, 'a')")
            tab.value("report.timeline.reset()")
            frames[name], taken = with_cpu(tab, _FRAMES)
            frames_ms = max(frames_ms, taken / len(frames[name]))
        kept = tab.value("Array.from(report.app.runA.detail)")
        return {
            "open_ms": statistics.median(opened),
            "visit_ms": statistics.median(visits), "visit_most_ms": max(visits),
            "visit_cpu_ms": visits_ms / len(places),
            "again_ms": statistics.median(again), "again_most_ms": max(again),
            "again_cpu_ms": again_ms / len(places),
            "frame_ms": max(map(statistics.median, frames.values())),
            "frame_most_ms": max(map(max, frames.values())), "frame_cpu_ms": frames_ms,
            "whole_looks": kept.count(2), "looks_seen": sum(k > 0 for k in kept),
            "requests": len(tab.requests), "complaints": tab.complaints,
        }  # fmt: skip


def measure(n_neurons, n_looks, n_spikes):
    with tempfile.TemporaryDirectory() as folder:
        run, page = Path(folder) / "run", Path(folder) / "report.html"
        begin = time.process_time()
        reported_runs.write_run(
            run, n_looks, n_neurons, n_steps=600, n_spikes=n_spikes,
            alarms=reported_runs.some_alarms(n_looks),
        )  # fmt: skip
        print(f"{n_neurons:,} neurons, {n_looks} looks of {n_spikes:,} spikes: run made in "
              f"{time.process_time() - begin:.0f} s of CPU", flush=True)  # fmt: skip
        cpu, memory = write(run, page)
        row = {"neurons": n_neurons, "looks": n_looks, "spikes": n_spikes}
        row |= {"megabytes": page.stat().st_size / 1e6, "write_cpu_s": cpu, "write_rss_mb": memory}
        if browser.CHROMIUM is None:
            print("no chromium here: what a browser does is not measured")
            return row
        return row | drive(page, n_looks)


def show(row):
    limits = LIMITS.get(row["neurons"], {})
    for name, value in row.items():
        text = f"{value:,.2f}" if isinstance(value, float) else str(value)
        limit = limits.get(name)
        verdict = (
            "" if limit is None else f"   at most {limit:g}: {'ok' if value <= limit else 'NO'}"
        )
        print(f"  {name:16} {text}{verdict}", flush=True)


def main():
    parser = common.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--neurons", type=int, nargs="+", default=[52_000, 2_000])
    parser.add_argument("--looks", type=int, default=100)
    parser.add_argument("--spikes", type=int, help="a look; without it, 200,000 of 52,000 neurons")
    parser.add_argument("--out", help="JSON file of the rows")
    options = parser.parse_args()
    rows = []
    for n_neurons in options.neurons:
        n_spikes = options.spikes or n_neurons * 200_000 // 52_000
        rows.append(measure(n_neurons, options.looks, n_spikes))
        show(rows[-1])
    if options.out:
        Path(options.out).write_text(json.dumps(rows, indent=1) + os.linesep)


if __name__ == "__main__":
    main()
