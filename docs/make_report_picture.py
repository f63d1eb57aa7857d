"""Takes the picture of a report for README and docs/report.md, in chromium without a screen.

`python docs/make_report_picture.py demo_run/logs --out docs/images/report.png`
"""

import argparse
import sys
import tempfile
from pathlib import Path

from keras_v1_activity import load_activity

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from browser import CHROMIUM, Browser

# A neuron that is recorded is chosen, so that its potential is seen.
_CHOOSE = """async (neuron) => {
  const { app } = report;
  const fires = (id) => app.lookA.rateOf(app.runA.rowOf(id));
  const recorded = [...app.lookA.potential_neurons ?? []].sort((p, q) => fires(q) - fires(p));
  await app.set({ neuron: neuron ?? recorded[0] ?? null });
}"""


def main() -> None:
    """Writes the report of a run, opens it, and takes the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="folder of the run")
    parser.add_argument("--out", type=Path, default=Path("docs/images/report.png"))
    parser.add_argument("--neuron", type=int, help="whose potential is shown (default: a busy one)")
    parser.add_argument("--height", type=int, default=1420, help="of the picture, pixels")
    options = parser.parse_args()
    if CHROMIUM is None:
        parser.error("there is no chromium")
    with tempfile.TemporaryDirectory() as folder, load_activity(options.run) as run:
        page = run.report(Path(folder) / "report.html")
        with Browser(1280, options.height) as browser:
            browser.open(page)
            browser.call(_CHOOSE, options.neuron)
            browser.picture(options.out)
    print(f"{options.out}: {options.out.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
