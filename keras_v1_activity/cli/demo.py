"""``demo``: shows a network some trials, with figures."""

from __future__ import annotations

import argparse

from keras_v1_activity.cli.quiet import import_tensorflow
from keras_v1_activity.experiments.arguments import add_arguments as add_options
from keras_v1_activity.experiments.arguments import from_namespace
from keras_v1_activity.experiments.options import DemoOptions

HELP = "show a network some trials: figures, predictions, rates"
DESCRIPTION = """\
Show a V1 network some trials, and draw, store and print what it does.

The folder --out gets the figures of each sample, history.png,
sample_*/batch_predictions.png, activity_summary.npz and network_state.txt.

A switch --name is turned off by --noname, --no_name or --name=false."""
EPILOG = """\
examples:
  keras-v1-activity demo --n_samples 3
  keras-v1-activity demo --data_dir V1 --neurons 0 --checkpoint results
  keras-v1-activity demo --task ori_diff --out gratings"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Example:
        >>> parser = argparse.ArgumentParser()
        >>> add_arguments(parser)
        >>> parser.parse_args(["--n_samples", "3"]).n_samples
        3
    """
    parser.usage = "%(prog)s [options]"
    add_options(parser, DemoOptions)


def run(options: argparse.Namespace) -> None:
    """Runs the command."""
    settings = from_namespace(DemoOptions, options, options.error)
    import_tensorflow()
    from keras_v1_activity.experiments.demo import run_demo

    run_demo(settings, say=print)
