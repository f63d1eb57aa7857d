"""``export``: writes a run as NWB, SONATA or tables."""

from __future__ import annotations

import argparse

from keras_v1_activity.common import notices
from keras_v1_activity.common.checks import counted

HELP = "write a run as NWB, SONATA or tables (CSV)"
DESCRIPTION = """\
Write all looks of a run in the format of other tools:

  nwb     one file: neurons as units with their spike times, looks as trials,
          potentials as a time series; needs pynwb
  sonata  a folder: spikes, a membrane report, the neurons, a table that says
          which times belong to which step
  csv     a folder: looks, rates by population, spikes, potentials

One look is in memory at a time. The file or folder appears when it is
complete, and replaces nothing unless --overwrite says so."""
EPILOG = """\
examples:
  keras-v1-activity export logs --to nwb
  keras-v1-activity export logs --to sonata --out shared/run_12
  keras-v1-activity export logs --to csv --out tables --overwrite"""
# More than these are not listed.
_MOST_NAMED = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Example:
        >>> parser = argparse.ArgumentParser()
        >>> add_arguments(parser)
        >>> parser.parse_args(["logs", "--to", "nwb"]).to
        'nwb'
    """
    parser.add_argument("folder", metavar="RUN", help="folder of a callback, logger or demo")
    parser.add_argument(
        "--to", choices=("nwb", "sonata", "csv"), required=True, help="the format to write"
    )
    parser.add_argument(
        "--out", metavar="FILE",
        help="file (nwb) or folder to write (default: export.nwb, export_sonata or export_csv in "
        "RUN)",
    )  # fmt: skip
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier export")


def run(options: argparse.Namespace) -> None:
    """Runs the command.

    Raises:
        ValueError, FileNotFoundError: there is no such run, or nothing in it can be exported.
        FileExistsError: there is something else already at the place to write to.
        ModuleNotFoundError: a library that the format needs is not installed.
    """
    from keras_v1_activity.export import export_run

    done = export_run(options.folder, options.to, options.out, overwrite=options.overwrite)
    for sentence in done.left_out[:_MOST_NAMED]:
        notices.warn(f"{sentence}.")
    more = len(done.left_out) - _MOST_NAMED
    if more > 0:
        notices.warn(f"and {more:,} more were left out.")
    print(f"wrote {counted(done.n_looks, 'look')} to {done.path}")
