"""``nest``: runs a network in the NEST simulator."""

from __future__ import annotations

import argparse

from keras_v1_activity.cli.nest.options import NestOptions
from keras_v1_activity.experiments.arguments import add_arguments as add_options
from keras_v1_activity.experiments.arguments import from_namespace

HELP = "run a network in the NEST simulator: predictions, rates, figures"
DESCRIPTION = """\
Run the same network in NEST (glif_psc neurons), and draw, store and print what
it does.

Trials run in --jobs processes, each with LGN spikes and noise drawn from --seed
and its number. The prediction is the class whose output neurons fire most in
the window. The folder --out gets the activity of every trial (load_activity
reads it), results.json and figures; with --compare_untrained, the untrained
network's are in its folder untrained.

A switch --name is turned off by --noname, --no_name or --name=false."""
EPILOG = """\
examples:
  keras-v1-activity nest --data_dir GLIF_network --trials 8 --jobs 2
  keras-v1-activity nest --checkpoint trained.h5 --auto --window 50 200
  keras-v1-activity nest --checkpoint results --data_dir V1 --compare_untrained
  keras-v1-activity nest --data_dir V1 --sample 0 --sample2 1 --no_animation"""

# Its trials are run one by one, whatever the batch size; the window is two numbers.
_BY_HAND = ("batch_size", "window")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Example:
        >>> parser = argparse.ArgumentParser()
        >>> add_arguments(parser)
        >>> parser.parse_args(["--trials", "8"]).trials
        8
    """
    parser.usage = "%(prog)s [options]"
    add_options(parser, NestOptions, without=_BY_HAND)
    parser.add_argument(
        "--window", type=float, nargs=2, metavar=("FROM", "TO"),
        help="output neurons' spikes count from FROM to before TO, ms (default: 50 200)",
    )  # fmt: skip
    parser.set_defaults(window=(50.0, 200.0))


def run(options: argparse.Namespace) -> None:
    """Runs the command.

    Raises:
        ImportError: NEST is not installed.
        ValueError, FileNotFoundError: options that do not go together, or name nothing.
    """
    settings = from_namespace(NestOptions, options, options.error)
    from keras_v1_activity.cli.nest.session import run_nest

    run_nest(settings)
