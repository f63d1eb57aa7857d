"""``inspect``: prints what a folder or file holds."""

from __future__ import annotations

import argparse
from pathlib import Path

from keras_v1_activity.common.checks import shortened

_LONGEST = 1000
_RED_ALARM = 3
HELP = "tell what a network folder, a run or a checkpoint holds"
DESCRIPTION = """\
Tell what is in a GLIF_network folder (neurons, populations, synapses), in the
folder of a run (settings, logged steps, rates, failures, alarms), in a results
folder of training, or in a checkpoint (its variables).
The exit code is 3 if it is a run in which a red alarm stands."""
EPILOG = """\
examples:
  keras-v1-activity inspect GLIF_network
  keras-v1-activity inspect logs
  keras-v1-activity inspect results/checkpoints/best.weights.h5
  keras-v1-activity inspect ckpt-7"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Example:
        >>> parser = argparse.ArgumentParser()
        >>> add_arguments(parser)
        >>> parser.parse_args(["logs"]).path
        'logs'
    """
    parser.add_argument("path", help="folder, file, or prefix of a TensorFlow checkpoint")


def run(options: argparse.Namespace) -> int:
    """Runs the command.

    Returns:
        Exit code: 3 if it is a run in which a red alarm stands, else 0.

    Raises:
        FileNotFoundError, ValueError: there is nothing, something damaged or something unknown.
    """
    from keras_v1_activity.cli.inspect.reader import has_red_alarm, lines_on

    for line in lines_on(Path(options.path)):
        # What a file holds may be anything, also commands for the terminal.
        print(shortened(line, _LONGEST))
    return _RED_ALARM * has_red_alarm(Path(options.path))
