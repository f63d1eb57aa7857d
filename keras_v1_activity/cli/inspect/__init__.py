"""``inspect``: says what a folder or file holds."""

from pathlib import Path

from keras_v1_activity.cli.inspect import network as inspect_network
from keras_v1_activity.cli.inspect import run as inspect_run
from keras_v1_activity.cli.quiet import import_tensorflow

HELP = "say what a network folder, a run or a checkpoint holds"
DESCRIPTION = """\
Say what is in a GLIF_network folder (neurons, populations, synapses), in the folder of a run
(settings, logged steps, rates, failures), in a results folder of training, or in a checkpoint
(its variables)."""
EPILOG = """\
examples:
  keras-v1-activity inspect GLIF_network
  keras-v1-activity inspect logs
  keras-v1-activity inspect results/checkpoints/best.weights.h5
  keras-v1-activity inspect ckpt-7"""


def add_arguments(parser):
    """Adds the command's arguments."""
    parser.add_argument("path", help="folder, file, or prefix of a TensorFlow checkpoint")


def run(options):
    """Runs the command."""
    path = Path(options.path)
    for line in _reader_for(path)(path):
        print(line)


def _reader_for(path):
    """The function that gives the lines on this kind of thing."""
    if inspect_network.is_network(path):
        return inspect_network.lines
    if inspect_run.is_results(path):
        return inspect_run.results_lines
    return inspect_run.run_lines if inspect_run.is_run(path) else _checkpoint_lines


def _checkpoint_lines(path):
    from keras_v1_activity.v1.checkpoints.describe import describe_checkpoint, find_checkpoint

    last = path / "last.weights.h5"  # of a training run
    try:
        form, path = find_checkpoint(last if last.is_file() else path)
    except FileNotFoundError:
        if path.is_dir():
            raise FileNotFoundError(
                f"the folder {path} holds neither a network (network_dat.pkl), nor a run "
                "(activity.h5, step_000100), nor a TensorFlow checkpoint (ckpt-7.index)."
            ) from None
        raise
    if form == "tensorflow":
        import_tensorflow()
    found = describe_checkpoint(path)
    yield f"checkpoint {found.path}, form {found.form}"
    for name, value in found.attributes.items():
        yield f"  {name} {value if isinstance(value, str) else f'{value:,}'}"
    width = max((len(name) for name, _, _ in found.variables), default=0)
    for name, shape, kind in found.variables:
        sizes = " x ".join(f"{size:,}" for size in shape) or "single value"
        yield f"  {name:<{width}}  {sizes} {kind}"
    if found.n_optimizer:
        yield f"  and {found.n_optimizer} variables of the optimizer"
