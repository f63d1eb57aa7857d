"""``compare``: two runs, or two steps of one, side by side in figures and numbers."""

from pathlib import Path

HELP = "compare two runs, or two steps of one run: figures and numbers"
DESCRIPTION = """\
Compare what the same neurons did in two runs, or at two steps of one run, from the stored data.
Needs neither the model nor TensorFlow.

One step of each is compared, unless several are named: they are then the trials of one condition,
whose rates are averaged, and trials, classes and confusion are drawn as well. Figures and
metrics.json are written to RUN_A/comparison unless --output-dir says otherwise."""
EPILOG = """\
examples:
  keras-v1-activity compare logs --steps 100 2000
  keras-v1-activity compare logs other_logs --window 50 200 --output-dir talk
  keras-v1-activity compare demo_before demo_after --step all --no-animation
  keras-v1-activity compare logs --step 100 200 300 --step-b 1800 1900 2000
  keras-v1-activity compare --weights untrained.h5 trained.h5 --output-dir talk"""


def add_arguments(parser):
    """Adds the command's arguments; each may be written with - or with _ between its words."""
    parser.add_argument(
        "runs", nargs="*", metavar="RUN", help="log_dir of a callback, logger or demo, or of nest; "
        "one or two of them",
    )  # fmt: skip
    parser.add_argument(
        "--steps", type=int, nargs=2, metavar=("N", "M"),
        help="step N of the first run against step M of the second, or of the same",
    )  # fmt: skip
    parser.add_argument(
        "--step", type=_step, nargs="+", metavar="N",
        help="steps of the first run, or all; without it the last one (of one run: the first)",
    )  # fmt: skip
    parser.add_argument(
        "--step-b", "--step_b", type=_step, nargs="+", metavar="M",
        help="steps of the second side; those of --step if there are two runs, else the last one",
    )  # fmt: skip
    parser.add_argument(
        "--window", type=float, nargs=2, metavar=("FROM", "TO"),
        help="only spikes from FROM to before TO count for rates, ms",
    )  # fmt: skip
    parser.add_argument(
        "--labels", nargs=2, metavar=("A", "B"), help="names of the two sides in the figures"
    )
    parser.add_argument(
        "--weights", nargs="+", metavar="NETWORK",
        help="networks whose weights are compared: GLIF_network folders, or exported .h5 files, "
        "as convert writes them of a checkpoint",
    )  # fmt: skip
    parser.add_argument("--output-dir", "--output_dir", metavar="DIR", help="folder for the files")
    parser.add_argument(
        "--no-animation", "--no_animation", "--noanimation", dest="animation",
        action="store_false", help="leave the animations out",
    )  # fmt: skip


def _step(word):
    return word if word == "all" else int(word)


def run(options):
    """Runs the command."""
    from keras_v1_activity.cli.compare.draw import draw_sides, draw_weights
    from keras_v1_activity.cli.compare.sides import choose_sides
    from keras_v1_activity.common.files import write_json

    if not options.runs and not options.weights:
        options.error("name a run, two runs, or networks with --weights")
    if len(options.runs) > 2:
        options.error(f"at most two runs can be compared; got {len(options.runs)}")
    if options.steps and (options.step or options.step_b):
        options.error("--steps N M stands for --step N --step-b M: give one or the other")
    if not options.runs and options.output_dir is None:
        options.error("--weights without a run needs --output-dir")
    if options.steps:
        options.step, options.step_b = ([step] for step in options.steps)
    out = Path(options.output_dir or Path(options.runs[0]) / "comparison")
    sides = choose_sides(options.runs, options.step, options.step_b, options.labels, print)
    found = {}
    if sides:
        found = draw_sides(sides, options.window, out, options.animation, print)
    if options.weights:
        found["weights"] = draw_weights(options.weights, out, print)
    write_json(out / "metrics.json", found)
    print(out / "metrics.json")
