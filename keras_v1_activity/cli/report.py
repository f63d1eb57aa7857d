"""``report``: writes one HTML file that shows a whole run."""

from __future__ import annotations

import argparse
from pathlib import Path

from keras_v1_activity.common import notices
from keras_v1_activity.common.checks import counted

HELP = "write one HTML file that shows a whole run"
DESCRIPTION = """\
Write one HTML file that shows a whole run: what is wrong, every logged step
with its raster down to single spikes, populations over the steps, readout,
weights, settings. It opens from disk in any browser, without a network, and
can be mailed. Needs neither the model nor TensorFlow, nor the end of training.

A file gets at most about 9 MB. Of runs that do not fit, the most telling steps
keep every spike: the first, the last, those with alarms, the best, the worst.
The others keep counts of spikes in bins, and all spikes of some neurons."""
EPILOG = """\
examples:
  keras-v1-activity report logs
  keras-v1-activity report logs --out talk/run_12.html --full
  keras-v1-activity report logs --compare other_logs"""
# More than these are not listed.
_MOST_NAMED = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Example:
        >>> parser = argparse.ArgumentParser()
        >>> add_arguments(parser)
        >>> parser.parse_args(["logs", "--full"]).full
        True
    """
    parser.add_argument("folder", metavar="RUN", help="folder of a callback, logger, demo or nest")
    parser.add_argument("--compare", metavar="OTHER", help="a second run to show beside it")
    parser.add_argument(
        "--out", metavar="FILE", help="the file to write (default: report.html in RUN)"
    )
    parser.add_argument(
        "--full", action="store_true", help="keep every spike of every step, however long it gets"
    )


def run(options: argparse.Namespace) -> None:
    """Runs the command.

    Raises:
        FileNotFoundError: there is no such run.
        FileExistsError: another program has its own report.html there.
        ValueError: it holds no look yet.
        OSError: the file could not be written.
    """
    from keras_v1_activity.report import write_report
    from keras_v1_activity.storage import load_activity
    from keras_v1_activity.storage.run_report import reported, usual_place

    folders = [options.folder, *([options.compare] if options.compare else [])]
    runs = [load_activity(folder) for folder in folders]
    out = Path(options.out) if options.out else usual_place(runs[0].log_dir)
    written = write_report(out, reported(list(runs)), full=options.full)
    for sentence in written.left_out[:_MOST_NAMED]:
        notices.tell(f"not in the report: {sentence}.")
    more = len(written.left_out) - _MOST_NAMED
    if more > 0:
        notices.tell(f"and {more:,} more, which the report names.")
    print(
        f"wrote {written.path}: {counted(written.n_looks, 'look')}, "
        f"{written.n_bytes / 1e6:.1f} MB; open it in a browser"
    )
