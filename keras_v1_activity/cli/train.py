"""``train``: trains a network on a task."""

from __future__ import annotations

import argparse

from keras_v1_activity.cli.quiet import import_tensorflow
from keras_v1_activity.experiments.arguments import add_arguments as add_options
from keras_v1_activity.experiments.arguments import from_namespace
from keras_v1_activity.experiments.options import TrainingOptions

HELP = "train a network on a task, and watch it"
DESCRIPTION = """\
Train a V1 network on a task, with the activity callback.

Tasks: 10class (digits), ori_diff (fine orientation discrimination),
vcd_grating (change detection between gratings), evidence (evidence
accumulation), garrett (change detection between natural images, with
--images FILE). The folder --out gets training.csv, checkpoints/ of the last
and the best epoch, activity/ with figures and data of every logged step, and
result.json.

A switch --name is turned off by --noname, --no_name or --name=false."""
EPILOG = """\
examples:
  keras-v1-activity train --task 10class --out digits --n_epochs 5
  keras-v1-activity train --out digits --n_epochs 10 --restore_from digits
  keras-v1-activity train --data_dir V1 --task evidence --max_time 3600"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Example:
        >>> parser = argparse.ArgumentParser()
        >>> add_arguments(parser)
        >>> parser.parse_args(["--out", "digits"]).results_dir
        'digits'
    """
    parser.usage = "%(prog)s [options]"
    add_options(parser, TrainingOptions)


def run(options: argparse.Namespace) -> None:
    """Runs the command."""
    settings = from_namespace(TrainingOptions, options, options.error)
    import_tensorflow()
    from keras_v1_activity.experiments.train import train

    train(settings, say=print)
