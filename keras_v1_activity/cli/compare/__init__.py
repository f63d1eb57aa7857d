"""``compare``: two runs, or two steps of one, side by side in figures and numbers."""

from __future__ import annotations

import argparse

HELP = "compare two runs, or two steps of one run: figures and numbers"
DESCRIPTION = """\
Compare what the same neurons did in two runs, or at two steps of one run, from
the stored data. Needs neither the model nor TensorFlow.

One step of each is compared, unless several are named: they are then the
trials of one condition, whose rates are averaged, and trials, classes and
confusion are drawn as well. Figures and metrics.json are written to
RUN_A/comparison unless --out says otherwise."""
EPILOG = """\
examples:
  keras-v1-activity compare logs --steps 100 2000
  keras-v1-activity compare logs other_logs --window 50 200 --out talk
  keras-v1-activity compare demo_before demo_after --step all --no_animation
  keras-v1-activity compare logs --step 100 200 300 --step_b 1800 1900 2000
  keras-v1-activity compare --weights untrained.h5 trained.h5 --out talk"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Example:
        >>> parser = argparse.ArgumentParser()
        >>> add_arguments(parser)
        >>> parser.parse_args(["logs", "--step", "100", "200"]).step
        [100, 200]
    """
    add = parser.add_argument
    add(
        "runs", nargs="*", metavar="RUN",
        help="folder of a callback, logger or demo, or of nest; one or two of them",
    )  # fmt: skip
    add("--out", "--output_dir", metavar="DIR", dest="output_dir", help="folder for the files")
    add(
        "--steps", type=int, nargs=2, metavar=("N", "M"),
        help="step N of the first run against step M of the second, or of the same",
    )  # fmt: skip
    for name, text in (
        ("--step", "steps of the first run, or all; the last one if not given (of one run: the "
         "first)"),
        ("--step_b", "steps of the second side; those of --step if there are two runs, else the "
         "last one"),
    ):  # fmt: skip
        add(name, type=_step, nargs="+", metavar="N", help=text)
    add(
        "--window", type=float, nargs=2, metavar=("FROM", "TO"),
        help="only spikes from FROM to before TO count for rates, ms",
    )  # fmt: skip
    add("--labels", nargs=2, metavar=("A", "B"), help="names of the two sides in the figures")
    add(
        "--weights", nargs="+", metavar="NETWORK",
        help="networks whose weights are compared: GLIF_network folders, or exported .h5 files, "
        "as convert writes them of a checkpoint",
    )  # fmt: skip
    add(
        "--no_animation", "--noanimation", dest="animation", action="store_false",
        help="leave the animations out",
    )  # fmt: skip


def _step(word: str) -> int | str:
    return word if word == "all" else int(word)


def run(options: argparse.Namespace) -> None:
    """Runs the command.

    Raises:
        ValueError: the two sides cannot be compared.
        FileNotFoundError, KeyError: there is no such run, step or network.
    """
    from keras_v1_activity.cli.compare.session import run_comparison

    if not options.runs and not options.weights:
        options.error("name a run, two runs, or networks with --weights")
    if len(options.runs) > 2:
        options.error(f"at most two runs can be compared; got {len(options.runs)}")
    if options.steps and (options.step or options.step_b):
        options.error("--steps N M stands for --step N --step_b M: give one or the other")
    if not options.runs and options.output_dir is None:
        options.error("--weights without a run needs --out")
    if options.steps:
        options.step, options.step_b = ([step] for step in options.steps)
    run_comparison(options)
