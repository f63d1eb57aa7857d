"""``train``: trains a network on a task."""

from keras_v1_activity.cli.quiet import import_tensorflow
from keras_v1_activity.experiments.options import TrainingOptions, from_namespace
from keras_v1_activity.experiments.options import add_arguments as add_options

HELP = "train a network on a task, and watch it"
DESCRIPTION = """\
Train a V1 network on a task, with the activity callback.

Tasks: 10class (digits), ori_diff (fine orientation discrimination), vcd_grating (change detection
between gratings), evidence (evidence accumulation), garrett (change detection between natural
images, with --images FILE). The results folder gets training.csv, checkpoints/ of the last and
the best epoch, activity/ with figures and data of every logged step, and result.json."""
EPILOG = """\
examples:
  keras-v1-activity train --task 10class --results_dir digits --n_epochs 5
  keras-v1-activity train --task 10class --results_dir digits --n_epochs 10 --restore_from digits
  keras-v1-activity train --data_dir GLIF_network --neurons 2000 --task evidence --max_time 3600"""


def add_arguments(parser):
    """Adds the command's arguments."""
    add_options(parser, TrainingOptions)


def run(options):
    """Runs the command."""
    settings = from_namespace(TrainingOptions, options, options.error)
    import_tensorflow()
    from keras_v1_activity.experiments.train import train

    train(settings)
