"""How soon a stored step is on the page of `keras-v1-activity watch`, in Debian's chromium.

    python benchmarks/watch_page.py
    python benchmarks/watch_page.py --neurons 2000 --looks 15

Looks are stored one by one, at moments that the page does not know, as training would. Counted is
the time from the moment at which the data of a look are stored until it is painted.

Then a run of 3,000 small looks is opened: when the page is there, when it has all of them, what the
server keeps of them, and what it costs between two steps.
"""

import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import common  # puts tests/ on the path
import numpy as np

import browser  # isort: skip
import reported_runs  # isort: skip
from watched_runs import GrowingRun, news_of  # isort: skip

from keras_v1_activity.common.atomic_files import write_json
from keras_v1_activity.live import WatchServer
from keras_v1_activity.storage.index import StepWriter
from keras_v1_activity.storage.layout import make_layout
from keras_v1_activity.storage.run_folder import RunFolder

LIMIT_S = 2.0
# Notes when each step was first painted: the task behind a frame comes when that is done.
_NOTE = """(() => {
  window.seen = {};
  const look = () => {
    const facts = document.querySelector('.facts').textContent;
    const step = /step ([\\d,]+)/.exec(facts)?.[1].replaceAll(',', '');
    if (step && !(step in seen)) {
      seen[step] = 0;
      setTimeout(() => { seen[step] = Date.now() / 1000; }, 0);
    }
    requestAnimationFrame(look);
  };
  look();
})()"""


def measure(n_neurons, n_looks):
    """Seconds from stored to shown, of each look."""
    rng = np.random.default_rng(0)
    neurons = reported_runs.v1_neurons(n_neurons, rng)
    seconds = []
    with browser.Browser() as tab, tempfile.TemporaryDirectory() as folder:
        places = make_layout("folders", Path(folder) / "run")
        writer = StepWriter(places)
        writer.open()
        with WatchServer(RunFolder(places.log_dir)) as server:
            for k in range(n_looks + 1):
                step = 100 * (k + 1)
                look = reported_runs.look(step, neurons, n_steps=600)
                writer.write(look)
                stored = time.time()
                writer.link(look)
                write_json(places.summary(step), reported_runs.row_of(look, 0.5, {}, rng))
                if k == 0:
                    tab.open(server.address)
                    tab.value(_NOTE)
                    continue
                while not tab.value(f"seen[{step}]"):
                    time.sleep(0.05)
                seconds.append(tab.value(f"seen[{step}]") - stored)
                time.sleep(rng.uniform(0.2, 0.8))
    return seconds


def long_run(n_looks):
    """What a long run of 60 neurons costs: a line of words."""
    with browser.Browser() as tab, tempfile.TemporaryDirectory() as folder:
        run = GrowingRun(Path(folder) / "run")
        run.add(1)
        for step in range(2, n_looks + 1):
            shutil.copytree(run.places.data(1).parent, run.places.data(step).parent)
        before, begin = memory_mb(), time.monotonic()
        with WatchServer(RunFolder(run.places.log_dir)) as server:
            opened = tab.open(server.address)
            while tab.value("report.app.runA.n") < n_looks:
                time.sleep(0.05)
            complete = time.monotonic() - begin
            tab.open(Path(folder) / "nothing", until="true")
            content, _, _ = news_of(server.address)
            begin, cpu = time.monotonic(), time.process_time()
            for _ in range(20):
                *_, n_bytes = news_of(server.address, content["version"], content["generation"])
                time.sleep(0.5)
            share = (time.process_time() - cpu) / (time.monotonic() - begin)
            return (
                f"{n_looks:,} looks: the page is there after {opened:.1f} s, with all of them "
                f"after {complete:.0f} s; kept {memory_mb() - before:.0f} MB; between two steps "
                f"{share:.1%} of a core, {n_bytes} bytes an answer"
            )


def memory_mb():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def main():
    parser = common.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--neurons", type=int, nargs="+", default=[2_000, 52_000])
    parser.add_argument("--looks", type=int, default=15)
    parser.add_argument("--long", type=int, default=3_000, help="looks of the long run")
    options = parser.parse_args()
    for n_neurons in options.neurons:
        seconds = measure(n_neurons, options.looks)
        verdict = "ok" if max(seconds) <= LIMIT_S else "NO"
        print(
            f"{n_neurons:,} neurons: from stored to shown {statistics.median(seconds):.2f} s "
            f"(longest {max(seconds):.2f}), at most {LIMIT_S:g}: {verdict}",
            flush=True,
        )
    print(long_run(options.long))


if __name__ == "__main__":
    main()
