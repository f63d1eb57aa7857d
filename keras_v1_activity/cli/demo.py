"""``demo``: shows a network some trials, with figures."""

from keras_v1_activity.cli.quiet import import_tensorflow
from keras_v1_activity.experiments.options import DemoOptions, from_namespace
from keras_v1_activity.experiments.options import add_arguments as add_options

HELP = "show a network some trials: figures, predictions, rates"
DESCRIPTION = """\
Show a V1 network some trials, and draw, store and print what it does.

The log folder gets the six figures of each sample, sample_*/batch_predictions.png,
activity_summary.npz and network_state.txt."""
EPILOG = """\
examples:
  keras-v1-activity demo --n_samples 3
  keras-v1-activity demo --data_dir GLIF_network --neurons 0 --checkpoint results
  keras-v1-activity demo --task ori_diff --log_dir gratings"""


def add_arguments(parser):
    """Adds the command's arguments."""
    add_options(parser, DemoOptions)


def run(options):
    """Runs the command."""
    settings = from_namespace(DemoOptions, options, options.error)
    import_tensorflow()
    from keras_v1_activity.experiments.demo import run_demo

    run_demo(settings)
