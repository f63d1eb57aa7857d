"""``convert``: writes a checkpoint or a network in another form, SONATA among them."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from keras_v1_activity.cli.quiet import import_tensorflow
from keras_v1_activity.cli.target import add_target, target_of
from keras_v1_activity.experiments.arguments import add_arguments as add_options
from keras_v1_activity.experiments.arguments import from_namespace
from keras_v1_activity.experiments.options import NetworkOptions
from keras_v1_activity.v1.checkpoints.exported import NORMALISED, WEIGHT_UNITS

if TYPE_CHECKING:
    from keras_v1_activity.common.protocols import Model
    from keras_v1_activity.v1.network.v1_network import V1Network

HELP = "write a checkpoint in another form, or a network for other simulators"
DESCRIPTION = """\
Write a checkpoint in another form. The form of TARGET is told by its name:

  NAME.weights.h5  weights of our Keras model
  NAME.h5          exported network (HDF5) for other simulators: neurons,
                   synapses, readout
  NAME             prefix of a TensorFlow checkpoint, with the published
                   variable names

With --sonata, TARGET is a folder: the network for bmtk and NEST. If --data_dir
is a SONATA network, the folder gets copies of its edge files with the weights
of SOURCE.

SOURCE is any of these, a weight file of Keras 2, a folder of checkpoints (the
latest is taken), a results folder of training, or a network (GLIF_network
folder, SONATA folder or configuration), which is written untrained, in pA. The
network options must be those that the checkpoint was made with; a mismatch is
reported, not guessed.

A switch --name is turned off by --noname, --no_name or --name=false."""
EPILOG = """\
examples:
  keras-v1-activity convert GLIF_network network.h5 --neurons 2000
  keras-v1-activity convert GLIF_network sonata_network --sonata
  keras-v1-activity convert results --out trained.h5 --data_dir GLIF_network
  keras-v1-activity convert ckpt-7 w.h5 --data_dir V1 --published_delay_order"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments.

    Example:
        >>> parser = argparse.ArgumentParser()
        >>> add_arguments(parser)
        >>> parser.parse_args(["results", "trained.h5"]).target
        'trained.h5'
    """
    parser.usage = "%(prog)s [options] SOURCE TARGET"
    parser.add_argument("source", metavar="SOURCE", help="checkpoint, results folder or network")
    add_target(parser, "TARGET", "file or prefix to write")
    parser.add_argument(
        "--sonata", action="store_true", help="TARGET is a folder, for a network in SONATA format"
    )
    parser.add_argument(
        "--weight_unit", choices=WEIGHT_UNITS, metavar="UNIT", help="of an exported network; "
        f"'{NORMALISED}' of the target for a checkpoint (default), 'pA' as in the folder",
    )  # fmt: skip
    parser.add_argument(
        "--n_output", type=int, metavar="N",
        help="classes of the readout; told from SOURCE if it says, or 10",
    )  # fmt: skip
    parser.add_argument(
        "--lr_scale", type=float, default=1.0, metavar="X",
        help="that of the training, if SOURCE is a checkpoint of V1_GLIF_model",
    )  # fmt: skip
    add_options(parser, NetworkOptions, without=("neurons",))
    parser.add_argument(
        "--neurons", type=int, metavar="N", help="neurons to load; 0 for all in the folder "
        "(default: those of the checkpoint if it says, else all)",
    )  # fmt: skip
    parser.set_defaults(neurons=None)


def run(options: argparse.Namespace) -> None:
    """Runs the command.

    Raises:
        ValueError: the source and the options do not go together.
        FileNotFoundError: there is no such source.
    """
    from keras_v1_activity.v1.network.folder import is_network

    settings = from_namespace(NetworkOptions, options, options.error)
    options.target = target_of(options)
    if is_network(options.source):
        _export_folder(options, settings)
    else:
        _convert_checkpoint(options, settings)
    print(f"wrote {options.target}")


def _export_folder(options: argparse.Namespace, settings: NetworkOptions) -> None:
    from keras_v1_activity.v1.checkpoints.exported import PICOAMPERE
    from keras_v1_activity.v1.checkpoints.exporting import export_network
    from keras_v1_activity.v1.network.sonata.writing import write_sonata

    if options.sonata:
        write_sonata(_load(settings, options.source, settings.neurons), options.target)
        return
    if options.weight_unit not in (None, PICOAMPERE) or Path(options.target).suffix != ".h5":
        raise ValueError(
            "a network folder becomes an exported network in pA: give a target such as network.h5, "
            f"and no other weight_unit, or --sonata; got {options.target!r}."
        )
    network = _load(settings, options.source, settings.neurons)
    export_network(network, options.target, n_output=options.n_output or 10)


def _convert_checkpoint(options: argparse.Namespace, settings: NetworkOptions) -> None:
    from keras_v1_activity.experiments.run_checkpoints import checkpoint_in
    from keras_v1_activity.v1.checkpoints.describe import describe_checkpoint
    from keras_v1_activity.v1.checkpoints.forms import convert_checkpoint
    from keras_v1_activity.v1.network.task_readouts import readout_of

    if settings.data_dir is None:
        raise ValueError(
            "give data_dir, the GLIF_network folder that the checkpoint was trained on "
            "(--data_dir GLIF_network)."
        )
    import_tensorflow()
    source = checkpoint_in(options.source)
    found = describe_checkpoint(source)
    readout, n_output, neurons = found.model_shape()
    network = _load(settings, settings.data_dir, settings.neurons or neurons)
    from keras_v1_activity.v1.model import create_model

    chunk = 50  # one chunk of the readout is enough: weights do not depend on the length
    n_output = options.n_output or n_output or 10
    task = None if readout == "linear" else found.attributes.get("task")
    if task is not None and readout_of(task).n_output != n_output:
        task = None
    model = create_model(network, chunk, n_output, task=task, readout=readout)
    if options.sonata:
        _write_trained(model, network, source, options)
        return
    unit = options.weight_unit or NORMALISED
    convert_checkpoint(source, options.target, model, weight_unit=unit, lr_scale=options.lr_scale)


def _write_trained(
    model: Model, network: V1Network, source: Path, options: argparse.Namespace
) -> None:
    """A SONATA folder of the network with the weights of a checkpoint."""
    from keras_v1_activity.v1.checkpoints.forms import load_checkpoint
    from keras_v1_activity.v1.checkpoints.model_weights import ModelWeights
    from keras_v1_activity.v1.checkpoints.sonata_weights import export_weights
    from keras_v1_activity.v1.nest.source import with_weights
    from keras_v1_activity.v1.network.sonata.config import find_files
    from keras_v1_activity.v1.network.sonata.writing import write_sonata

    load_checkpoint(model, source, lr_scale=options.lr_scale)
    if find_files(network.source) is not None:
        export_weights(model, network, options.target)
    else:
        write_sonata(with_weights(network, ModelWeights(model).read()), options.target)


def _load(settings: NetworkOptions, folder: str, neurons: int | None) -> V1Network:
    import_tensorflow()
    from keras_v1_activity.experiments.prepare import get_network

    settings = replace(settings, data_dir=str(folder), neurons=neurons or 0)
    return get_network(settings, Path(folder).parent, print)
