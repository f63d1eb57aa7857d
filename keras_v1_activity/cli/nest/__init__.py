"""``nest``: runs a network in the NEST simulator."""

from keras_v1_activity.cli.nest.options import NestOptions
from keras_v1_activity.experiments.options import add_arguments as add_options
from keras_v1_activity.experiments.options import from_namespace

HELP = "run a network in the NEST simulator: predictions, rates, figures"
DESCRIPTION = """\
Run the same network in NEST (glif_psc neurons), and draw, store and print what it does.

Trials run in --jobs processes, each with LGN spikes and noise drawn from --seed and its number. The
prediction is the class whose output neurons fire most in the window. The output folder gets the
activity of every trial (load_activity reads it), results.json and figures; with --compare-untrained
the untrained network's lies in its folder untrained."""
EPILOG = """\
examples:
  keras-v1-activity nest --data_dir GLIF_network --trials 8 --jobs 2
  keras-v1-activity nest --checkpoint trained.h5 --auto --window 50 200
  keras-v1-activity nest --checkpoint results --data_dir GLIF_network --compare-untrained
  keras-v1-activity nest --data_dir GLIF_network --sample 0 --sample2 1 --no-animation"""

# Its trials are run one by one, whatever the batch size; the window is two numbers.
_BY_HAND = ("batch_size", "window")


def add_arguments(parser):
    """Adds the command's arguments; each may be written with - or with _ between its words."""
    add_options(parser, NestOptions, without=_BY_HAND, hyphens=True)
    parser.add_argument(
        "--window", type=float, nargs=2, metavar=("FROM", "TO"),
        help="output neurons' spikes count from FROM to before TO, ms (default: 50 200)",
    )  # fmt: skip
    parser.set_defaults(window=(50.0, 200.0))


def run(options):
    """Runs the command."""
    settings = from_namespace(NestOptions, options, options.error)
    from keras_v1_activity.cli.nest.session import run_nest

    run_nest(settings)
