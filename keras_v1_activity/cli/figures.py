"""``figures``: draws figures again from stored data."""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from keras_v1_activity.plan import FIGURES, RUN_FIGURES, figures_of

if TYPE_CHECKING:
    from keras_v1_activity.activity.activity import Activity

HELP = "draw figures of a run again, with other settings, without the model"
DESCRIPTION = """\
Draw figures of logged steps again from the stored data. Needs neither the
model nor TensorFlow.

Pictures get names such as raster_step_100.png, in RUN/redrawn unless --out
says otherwise. The history of the run over all its steps is history.png.

With --missing, the pictures that the run lacks are drawn into their own
places, and those that are there stay as they are. It may run beside the
training and several times at once. The exit code is 0 if none is missing
at the end."""
EPILOG = """\
examples:
  keras-v1-activity figures logs
  keras-v1-activity figures logs --step 100 200 --figures raster --dpi 200
  keras-v1-activity figures logs --figures history
  keras-v1-activity figures logs --figures voltages --neurons 3 17 --out talk
  keras-v1-activity figures logs --missing --jobs 4"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Example:
        >>> parser = argparse.ArgumentParser()
        >>> add_arguments(parser)
        >>> parser.parse_args(["logs", "--step", "100", "200"]).step
        [100, 200]
    """
    parser.add_argument("folder", metavar="RUN", help="folder of a callback, logger or demo")
    parser.add_argument("--out", metavar="DIR", help="folder for the pictures")
    parser.add_argument(
        "--step", type=int, nargs="+", metavar="N",
        help="logged steps; the last one if not given, with --missing all",
    )  # fmt: skip
    parser.add_argument(
        "--figures", nargs="+", type=_figure, metavar="NAME",
        help=f"which of {', '.join(FIGURES)}, or trace_neuron_17 for a traced neuron; without it "
        "all, with --missing those of the run",
    )  # fmt: skip
    parser.add_argument(
        "--missing", action="store_true", help="draw the pictures that the run lacks"
    )
    parser.add_argument(
        "--jobs", type=int, default=1, metavar="N",
        help="with --missing: how many processes draw (default 1)",
    )  # fmt: skip
    parser.add_argument(
        "--dpi", type=int, default=100, metavar="N", help="100 (default) gives 1000 x 600 pixels"
    )
    parser.add_argument(
        "--neurons", type=int, nargs="+", metavar="ID",
        help="membrane potentials of these neurons only, of those that were recorded",
    )  # fmt: skip


def _figure(name: str) -> str:
    if name in FIGURES or re.fullmatch(r"trace_neuron_\d+", name):
        return name
    raise argparse.ArgumentTypeError(
        f"there is no figure {name!r}: choose from {', '.join(FIGURES)}, or trace_neuron_17"
    )


def run(options: argparse.Namespace) -> None:
    """Runs the command.

    Raises:
        ValueError: no step is stored, a neuron was not recorded, an option has a wrong value or
            makes no sense with --missing.
        FileNotFoundError, KeyError: there is no such run or step.
        OSError: with --missing, some figures could not be drawn.
    """
    if options.missing:
        _run_missing(options)
        return
    from keras_v1_activity.figures import Painter
    from keras_v1_activity.storage import load_activity
    from keras_v1_activity.storage.history_files import logged_steps, read_history

    if options.dpi < 20:
        raise ValueError(f"dpi must be at least 20, e.g. 100; got {options.dpi}.")
    with load_activity(options.folder) as stored:
        steps = options.step or [int(step) for step in stored.steps[-1:]]
        names = options.figures or FIGURES
        of_looks = [name for name in names if name not in RUN_FIGURES]
        if of_looks and not steps:
            raise ValueError(
                f"{options.folder} holds no stored activity: it was logged with save_data=False."
            )
        out = Path(options.out or Path(options.folder) / "redrawn")
        painter = Painter(options.dpi)
        if "history" in names:
            out.mkdir(parents=True, exist_ok=True)
            known = read_history(stored.log_dir, logged_steps(stored.log_dir))
            print(painter.save_history(known, out / "history.png"))
        for step in steps if of_looks else ():
            activity = with_neurons(stored[step], options.neurons)
            out.mkdir(parents=True, exist_ok=True)
            there = of_looks if options.figures else figures_of(of_looks, activity.details)
            for name in there:
                path = out / f"{name}_step_{step}.png"
                print(painter.save(name, activity, path))


def _run_missing(options: argparse.Namespace) -> None:
    from keras_v1_activity.cli.missing import complete

    if options.jobs < 1:
        raise ValueError(f"jobs must be at least 1, e.g. 2; got {options.jobs}.")
    if options.out or options.neurons is not None or options.dpi != 100:
        raise ValueError(
            "--missing draws the pictures as the training would have: leave out --out, --dpi and "
            "--neurons."
        )
    print(
        complete(options.folder, steps=options.step, figures=options.figures, n_jobs=options.jobs)
    )


def with_neurons(activity: Activity, neurons: list[int] | None) -> Activity:
    """The activity with membrane potentials of these neurons only; of all if None.

    Raises:
        ValueError: the potential of a neuron was not recorded.

    Example:
        >>> chosen = activity.voltage_neurons[:2].tolist()
        >>> with_neurons(activity, chosen).voltages.shape
        (200, 2)
    """
    if neurons is None:
        return activity
    recorded = activity.voltage_neurons.tolist()
    missing = [neuron for neuron in neurons if neuron not in recorded]
    if missing or activity.voltages is None:
        raise ValueError(
            f"the membrane potential of neuron {(missing or neurons)[0]} was not recorded at step "
            f"{activity.step}: choose from {recorded}."
        )
    places = [recorded.index(neuron) for neuron in neurons]
    return replace(
        activity,
        voltages=np.ascontiguousarray(activity.voltages[:, places]),
        voltage_neurons=activity.voltage_neurons[places],
    )
