"""``synthesize``: writes a synthetic network."""

from __future__ import annotations

import argparse

from keras_v1_activity.cli.target import add_target, target_of

HELP = "write a synthetic GLIF_network folder"
DESCRIPTION = """\
Write a synthetic V1 network in the format of the published GLIF_network
folder.

Populations, depths, connection probabilities and cell models are measured
facts; weights are set so that the populations fire near their recorded rates
without training. Every command, and the published code, reads the folder.
2,000 neurons take some ten seconds, 10,000 some minutes."""
EPILOG = """\
examples:
  keras-v1-activity synthesize GLIF_network
  keras-v1-activity synthesize --out big_network --neurons 10000 --seed 1"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Example:
        >>> parser = argparse.ArgumentParser()
        >>> add_arguments(parser)
        >>> parser.parse_args(["GLIF_network", "--neurons", "500"]).neurons
        500
    """
    add_target(parser, "DIR", "folder to write")
    parser.add_argument(
        "--neurons", type=int, default=2000, metavar="N", help="how many (default: 2000)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N",
        help="same seed and size, same network (default: 0)",
    )  # fmt: skip
    parser.add_argument(
        "--overwrite", action="store_true", help="replace a folder that this command wrote before"
    )
    parser.add_argument("--quiet", action="store_true", help="say nothing")


def run(options: argparse.Namespace) -> None:
    """Runs the command."""
    from keras_v1_activity.v1.synthetic.writer import write_synthetic_network

    folder = write_synthetic_network(
        target_of(options),
        n_neurons=options.neurons,
        seed=options.seed,
        overwrite=options.overwrite,
        progress=None if options.quiet else print,
    )
    if not options.quiet:
        print(f"wrote {options.neurons:,} neurons to {folder}")
        print(f"look at it: keras-v1-activity inspect {folder}")
