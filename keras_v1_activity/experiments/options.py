"""The options of the demo and of training: one frozen value each, and its command line.

An option is a field of a dataclass, with its default and a line of help; the command line, the
function call and the record of a run all read it from there. Loads no TensorFlow.
"""

import argparse
import dataclasses
from dataclasses import dataclass

from keras_v1_activity.v1.engine.cell_options import CellOptions
from keras_v1_activity.v1.network.selection import DEFAULT_SEED

N_LGN = 17_400


def option(default, text, *, kind=None, least=None, choices=None):
    """A field with its help and the values it may have.

    Args:
        default: its value where nothing is given.
        text: one line of help.
        kind: type of its value; that of the default where None.
        least: smallest number allowed.
        choices: the values allowed.
    """
    metadata = {"help": text, "kind": kind or type(default), "least": least, "choices": choices}
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class NetworkOptions:
    """The network."""

    data_dir: str | None = option(
        None, "GLIF_network folder; without it a synthetic network is written and used", kind=str
    )
    neurons: int = option(2000, "neurons to load; 0 for all in the folder", least=0)
    n_input: int = option(N_LGN, "input channels; fewer than 17,400 merge LGN units", least=1)
    core_only: bool = option(True, "only neurons less than 400 um from the axis")
    connected_selection: bool = option(False, "the neurons nearest to the axis, not random ones")
    neurons_per_output: int = option(16, "cells of each readout group", least=1)
    published_delay_order: bool = option(
        False, "attach delays as the published code does: for published checkpoints"
    )
    input_weight_scale: float = option(1.0, "LGN weights are multiplied by it", least=0)
    seed: int = option(DEFAULT_SEED, "of the choice of neurons, the trials and the noise", least=0)

    def __post_init__(self):
        for field in dataclasses.fields(self):
            _check(field.name, getattr(self, field.name), field.metadata)


@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """The model."""

    n_output: int | None = option(
        None, "classes of the readout; those of the task where not given", kind=int, least=1
    )
    neuron_output: bool | None = option(
        None, "read out from groups of neurons (--noneuron_output: a Dense layer); "
        "groups where the network fills them, where not given", kind=bool,
    )  # fmt: skip
    max_delay: int = option(CellOptions.max_delay, "longest synaptic delay, ms", least=1)
    dampening_factor: float = option(
        CellOptions.dampening_factor, "height of the surrogate derivative", least=0
    )
    gauss_std: float = option(CellOptions.gauss_std, "width of the surrogate derivative")
    use_dale_law: bool = option(True, "no weight may change its sign")
    hard_reset: bool = option(CellOptions.hard_reset, "set the potential to V_reset at a spike")
    noise: bool = option(True, "add background noise to the input")


@dataclass(frozen=True, kw_only=True)
class TrialOptions:
    """The trials."""

    task: str = option("10class", "10class, ori_diff, vcd_grating, evidence or garrett")
    images: str | None = option(
        None, "for task garrett: .npy, .npz or .pkl file of natural images", kind=str
    )
    batch_size: int = option(1, "trials in a batch", least=1)
    seq_len: int = option(600, "length of a trial, ms; what the parts leave is grey", least=1)
    pre_delay: int | None = option(None, "grey before an image, ms", kind=int, least=0)
    im_slice: int | None = option(None, "how long an image or cue is shown, ms", kind=int, least=0)
    post_delay: int | None = option(None, "at least so much grey after it, ms", kind=int, least=0)
    current_input: bool = option(False, "the LGN gives currents, not spikes")


@dataclass(frozen=True, kw_only=True)
class DemoOptions(TrialOptions, ModelOptions, NetworkOptions):
    """The demo."""

    log_dir: str = option("visualization_logs", "folder of the figures and data")
    checkpoint: str | None = option(None, "weights to load before the run", kind=str)
    n_samples: int = option(10, "trials to show", least=1)


@dataclass(frozen=True, kw_only=True)
class TrainingOptions(TrialOptions, ModelOptions, NetworkOptions):
    """Training."""

    results_dir: str = option("results", "folder of the run")
    n_epochs: int = option(20, "epochs in all, those of a resumed run included", least=1)
    steps_per_epoch: int = option(100, "training batches in an epoch", least=1)
    val_steps: int = option(10, "held-out batches after each epoch; 0 for none", least=0)
    batch_size: int = option(8, "trials in a batch", least=1)
    learning_rate: float = option(1e-3, "of Adam", least=0)
    rate_cost: float = option(0.1, "weight of the loss on firing rates", least=0)
    voltage_cost: float = option(1e-5, "weight of the loss on membrane potentials", least=0)
    train_recurrent: bool = option(True, "train the recurrent weights")
    train_input: bool = option(True, "train the LGN weights")
    train_background: bool = option(False, "train the background weights")
    restore_from: str | None = option(
        None, "results folder of an earlier run to go on with, or a checkpoint", kind=str
    )
    max_time: float = option(0.0, "stop after so many seconds; 0 for no limit", least=0)
    log_every_n_steps: int = option(100, "log the activity every so many batches", least=1)
    verbose: int = option(1, "0 silent, 1 a progress bar, 2 a line an epoch", choices=(0, 1, 2))


def _check(name, value, metadata):
    least, choices = metadata.get("least"), metadata.get("choices")
    if value is None:
        return
    if choices is not None and value not in choices:
        raise ValueError(f"{name} must be one of {list(choices)}; got {value!r}.")
    # `not >=` refuses NaN too.
    if least is not None and not value >= least:
        raise ValueError(f"{name} must be at least {least}; got {value!r}.")


def add_arguments(parser, kind, *, without=(), hyphens=False):
    """Adds the options of a class to a command line, in groups; `--help` then explains each.

    Switches may be written ``--name``, ``--noname``, ``--no-name`` or ``--name=false``.

    Args:
        parser: argparse.ArgumentParser.
        kind: `DemoOptions`, `TrainingOptions` or another class of such options.
        without: names of options that are not added; they keep their defaults.
        hyphens: each may also be written with - in place of _.
    """
    fields = {f.name: f for f in dataclasses.fields(kind) if f.name not in without}
    parser.set_defaults(**{f.name: f.default for f in dataclasses.fields(kind)})
    for owner in kind.__mro__[:-1]:
        group = parser.add_argument_group(owner.__doc__.splitlines()[0].rstrip("."))
        for name in vars(owner).get("__annotations__", {}):
            if name in fields:
                _add_argument(group, fields.pop(name), hyphens)


def _add_argument(group, field, hyphens):
    kind, default = field.metadata["kind"], field.default
    text = field.metadata["help"].replace("%", "%%")
    if default not in (None, ""):
        text += f" (default: {str(default).lower() if kind is bool else default})"
    if kind is bool:
        names = _spellings(field.name, hyphens)
        names += [f"--no{field.name}"] * (not hyphens) + [f"--no-{names[0][2:]}"]
        group.add_argument(*names, dest=field.name, action=_Switch, default=default, help=text)
        return
    group.add_argument(
        *_spellings(field.name, hyphens), dest=field.name, type=kind, default=default,
        choices=field.metadata["choices"], help=text,
        metavar=None if field.metadata["choices"] else field.name.upper(),
    )  # fmt: skip


def _spellings(name, hyphens):
    """The option's names on the command line, the one to be shown first."""
    hyphened = [f"--{name.replace('_', '-')}"] if hyphens else []
    return list(dict.fromkeys([*hyphened, f"--{name}"]))


class _Switch(argparse.Action):
    """A yes or no: ``--name``, ``--noname``, ``--no-name``, ``--name=true``, ``--name=false``."""

    _WORDS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}

    def __init__(self, option_strings, dest, **others):
        super().__init__(option_strings, dest, nargs="?", metavar="BOOL", **others)

    def __call__(self, parser, namespace, value, option_string=None):
        """Stores the truth of the switch."""
        stands_for = option_string.replace("-", "_") == f"__{self.dest}"
        if value is not None:
            if value.lower() not in self._WORDS or not stands_for:
                parser.error(
                    f"{option_string} is a switch: write --{self.dest}, --no{self.dest} or "
                    f"--{self.dest}=false; got {value!r}."
                )
            stands_for = self._WORDS[value.lower()]
        setattr(namespace, self.dest, stands_for)


def parse(kind, description, arguments=None, **defaults):
    """The options of a class from a command line.

    Args:
        kind: `DemoOptions` or `TrainingOptions`.
        description: what the command does, for `--help`.
        arguments: list of words; those of the process where None.
        **defaults: defaults that differ from the class's.

    Raises:
        SystemExit: a word is wrong; the message says which.
    """
    parser = argparse.ArgumentParser(description=description, allow_abbrev=False)
    add_arguments(parser, kind)
    parser.set_defaults(**defaults)
    return from_namespace(kind, parser.parse_args(arguments), parser.error)


def from_namespace(kind, namespace, error):
    """The options of a class from parsed arguments; `error` gets the sentence of a wrong one."""
    names = [field.name for field in dataclasses.fields(kind)]
    try:
        return kind(**{name: getattr(namespace, name) for name in names})
    except ValueError as wrong:
        return error(str(wrong))
