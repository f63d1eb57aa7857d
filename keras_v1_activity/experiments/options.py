"""The options of the demo and of training: one frozen value each.

An option is a field of a dataclass, with its default and a line of help. The command line, the
function call and the record of a run all read it from there. Loads no TensorFlow.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from keras_v1_activity.v1.engine.cell_options import ENGINES, CellOptions
from keras_v1_activity.v1.engine.dynamics import DYNAMICS
from keras_v1_activity.v1.network.selection import DEFAULT_SEED
from keras_v1_activity.v1.network.sonata.settings import BACKGROUNDS, DEPTHS
from keras_v1_activity.v1.stimuli.lgn_grid import N_LGN

Default = TypeVar("Default")


def option(
    default: Default,
    text: str,
    *,
    kind: type | None = None,
    least: float | None = None,
    choices: Sequence[object] | None = None,
    flag: str | None = None,
) -> Default:
    """A field with its help and the values it may have.

    Args:
        default: its value if nothing is given.
        text: one line of help, with the unit.
        kind: type of its value; None for that of the default.
        least: smallest number allowed; None for no bound.
        choices: the values allowed; None for all.
        flag: its first name on a command line, such as "--out"; the field's name is another.

    Returns:
        The field, for a dataclass; to a type checker it is the default.

    Example:
        >>> @dataclass(frozen=True, kw_only=True)
        ... class Sizes(Options):
        ...     cells: int = option(10, "cells to draw", least=1)
        >>> Sizes(cells=0)
        Traceback (most recent call last):
        ValueError: cells must be at least 1; got 0.
    """
    metadata = {"help": text, "kind": kind or type(default), "least": least, "choices": choices}
    return dataclasses.field(default=default, metadata={**metadata, "flag": flag})


@dataclass(frozen=True, kw_only=True)
class Options:
    """Random numbers."""

    seed: int = option(
        DEFAULT_SEED, "seed of the choice of neurons, the trials and the noise", least=0
    )

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            _check(field.name, getattr(self, field.name), field.metadata)


@dataclass(frozen=True, kw_only=True)
class NetworkOptions(Options):
    """The network."""

    data_dir: str | None = option(
        None,
        "network folder, of pickles or SONATA (default: a synthetic one, written once)",
        kind=str,
    )
    neurons: int = option(2000, "neurons to load; 0 for all in the folder", least=0)
    n_input: int = option(N_LGN, "input channels; fewer than 17,400 merge LGN units", least=1)
    core_only: bool = option(True, "only neurons less than 400 um from the axis")
    connected_selection: bool = option(False, "the neurons nearest to the axis, not random ones")
    neurons_per_output: int = option(16, "cells of each readout group", least=1)
    published_delay_order: bool = option(
        False, "attach delays as the published code does: for published checkpoints"
    )
    as_published: bool = option(
        False, "undo every known departure from the published code, the order of delays included"
    )
    input_weight_scale: float = option(1.0, "factor of the LGN weights", least=0)
    depth: str = option(
        "auto", "of SONATA: what is the depth below the pia, if the sign of y does not tell",
        choices=DEPTHS,
    )  # fmt: skip
    lgn_population: str | None = option(
        None, "of SONATA: population that is the input, if its name does not tell", kind=str
    )
    background: str = option(
        "auto", "of SONATA: background sources as one, or each on its own", choices=BACKGROUNDS
    )
    background_rate: float | None = option(
        None, "of SONATA: Hz of a background source (default: what the configuration says, or 250)",
        kind=float, least=0,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ModelOptions(Options):
    """The model."""

    n_output: int | None = option(
        None, "classes of the readout (default: those of the task)", kind=int, least=1
    )
    neuron_output: bool | None = option(
        None, "read out from groups of neurons; --noneuron_output: from a Dense layer (default: "
        "from groups if the network fills them)", kind=bool,
    )  # fmt: skip
    max_delay: int = option(CellOptions.max_delay, "longest synaptic delay, ms", least=1)
    dampening_factor: float = option(
        CellOptions.dampening_factor, "height of the surrogate derivative", least=0
    )
    gauss_std: float = option(
        CellOptions.gauss_std, "width of the surrogate derivative, in V_th - E_L"
    )
    use_dale_law: bool = option(True, "no weight may change its sign")
    hard_reset: bool = option(CellOptions.hard_reset, "a spike sets the potential to V_reset")
    dynamics: str | None = option(
        CellOptions.dynamics, "rules of another simulator (default: those of Chen et al. 2022)",
        kind=str, choices=tuple(DYNAMICS),
    )  # fmt: skip
    engine: str = option(
        CellOptions.engine, "what compiles the network: xla, or numba, faster on a CPU",
        choices=ENGINES,
    )  # fmt: skip
    noise: bool = option(True, "add background noise to the input")


@dataclass(frozen=True, kw_only=True)
class TrialOptions(Options):
    """The trials."""

    task: str = option("10class", "10class, ori_diff, vcd_grating, evidence or garrett")
    images: str | None = option(
        None, "file of natural images for task garrett: .npy, .npz or .pkl", kind=str
    )
    batch_size: int = option(1, "trials in a batch", least=1)
    seq_len: int = option(600, "length of a trial, ms; what the parts leave is grey", least=1)
    pre_delay: int | None = option(
        None, "grey before an image, ms (default: as in the task)", kind=int, least=0
    )
    im_slice: int | None = option(
        None, "how long an image or cue is shown, ms (default: as in the task)", kind=int, least=0
    )
    post_delay: int | None = option(
        None, "at least so much grey after it, ms (default: what seq_len leaves)", kind=int, least=0
    )
    current_input: bool = option(False, "the LGN gives currents, not spikes")


@dataclass(frozen=True, kw_only=True)
class DemoOptions(TrialOptions, ModelOptions, NetworkOptions):
    """The demo.

    Example:
        >>> DemoOptions(task="evidence", n_samples=3).seq_len
        600
    """

    log_dir: str = option("visualization_logs", "folder of the figures and data", flag="--out")
    checkpoint: str | None = option(
        None, "weights to load: a checkpoint or a results folder (default: none)", kind=str
    )
    n_samples: int = option(10, "trials to show", least=1)


@dataclass(frozen=True, kw_only=True)
class TrainingOptions(TrialOptions, ModelOptions, NetworkOptions):
    """Training.

    Example:
        >>> TrainingOptions(task="evidence", n_epochs=3).batch_size
        8
    """

    results_dir: str = option("results", "folder of the run", flag="--out")
    n_epochs: int = option(20, "epochs in all, those of a resumed run included", least=1)
    steps_per_epoch: int = option(100, "training batches in an epoch", least=1)
    val_steps: int = option(10, "held-out batches after each epoch; 0 for none", least=0)
    batch_size: int = option(8, "trials in a batch", least=1)
    learning_rate: float = option(1e-3, "learning rate of Adam", least=0)
    rate_cost: float = option(0.1, "weight of the loss on firing rates", least=0)
    voltage_cost: float = option(1e-5, "weight of the loss on membrane potentials", least=0)
    train_recurrent: bool = option(True, "train the recurrent weights")
    train_input: bool = option(True, "train the LGN weights")
    train_background: bool = option(False, "train the background weights")
    restore_from: str | None = option(
        None, "results folder to go on with, or a checkpoint (default: none)", kind=str
    )
    max_time: float = option(0.0, "training stops after so many seconds; 0 for no limit", least=0)
    log_every_n_steps: int = option(100, "log the activity every so many batches", least=1)
    verbose: int = option(
        1, "0 silent, 1 a progress bar, 2 a line for each epoch", choices=(0, 1, 2)
    )


def _check(name: str, value: Any, metadata: Mapping[str, Any]) -> None:
    least, choices = metadata.get("least"), metadata.get("choices")
    if value is None:
        return
    if choices is not None and value not in choices:
        raise ValueError(f"{name} must be one of {list(choices)}; got {value!r}.")
    # `not >=` refuses NaN too.
    if least is not None and not value >= least:
        raise ValueError(f"{name} must be at least {least}; got {value!r}.")
