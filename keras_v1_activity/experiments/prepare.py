"""From options to a network, a task and a model: what the demo and training have in common."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_v1_activity.common.notices import tell
from keras_v1_activity.experiments.options import ModelOptions, NetworkOptions, TrialOptions
from keras_v1_activity.v1.checkpoints.describe import describe_checkpoint
from keras_v1_activity.v1.network.folder import load_network
from keras_v1_activity.v1.network.v1_network import V1Network
from keras_v1_activity.v1.stimuli.lgn_grid import N_LGN
from keras_v1_activity.v1.synthetic.writer import write_synthetic_network
from keras_v1_activity.v1.tasks import make_task

if TYPE_CHECKING:
    from keras_v1_activity.v1.tasks.common import TaskTrials


def get_network(
    options: NetworkOptions,
    home: str | os.PathLike[str],
    say: Callable[[str], object] = tell,
) -> V1Network:
    """Loads the network, and writes a synthetic one first if no folder is given.

    The synthetic network lies in ``home/GLIF_network_<neurons>_<seed>`` and is used again.

    Args:
        options: `NetworkOptions`.
        home: folder for synthetic networks.
        say: called with a line of text at each stage; by default a notice of the package.

    Returns:
        `V1Network`, its LGN weights multiplied by `input_weight_scale`.

    Raises:
        ValueError: all neurons are asked for, but no folder is given.

    Example:
        >>> options = NetworkOptions(data_dir="GLIF_network", neurons=200)
        >>> get_network(options, home=".").n_neurons
        200
    """
    if options.data_dir is None and not options.neurons:
        raise ValueError("neurons=0 means all neurons of data_dir: give a data_dir, or a number.")
    folder = Path(options.data_dir or Path(home) / _synthetic_name(options))
    if options.data_dir is None and not folder.exists():
        say(f"writing a synthetic V1 network of {options.neurons:,} neurons to {folder} ...")
        write_synthetic_network(folder, n_neurons=options.neurons, seed=options.seed)
    say(f"network: {folder}")
    network = load_network(
        folder,
        n_neurons=options.neurons or None,
        core_only=options.core_only,
        connected_selection=options.connected_selection,
        n_input=options.n_input if options.n_input < N_LGN else None,
        neurons_per_output=options.neurons_per_output,
        seed=options.seed,
        published_delay_order=options.published_delay_order,
        as_published=options.as_published,
        depth=options.depth,
        lgn_population=options.lgn_population,
        background=options.background,
        background_rate=options.background_rate,
    )
    say(
        f"{network.n_neurons:,} neurons, {len(network.recurrent):,} recurrent and "
        f"{len(network.inputs):,} LGN synapses"
    )
    return _with_scaled_inputs(network, options.input_weight_scale)


def _synthetic_name(options: NetworkOptions) -> str:
    return f"GLIF_network_{options.neurons}_{options.seed}"


def _with_scaled_inputs(network: V1Network, scale: float) -> V1Network:
    if scale == 1.0:
        return network
    weight = network.inputs.weight * scale
    return replace(network, inputs=replace(network.inputs, weight=weight.astype("float32")))


def get_task(
    options: TrialOptions, network: V1Network, *, n_test: int, first_batch: int = 0
) -> TaskTrials:
    """The trials of the options.

    Args:
        options: `TrialOptions`.
        network: `V1Network`.
        n_test, first_batch: see `make_task`.

    Raises:
        ValueError, FileNotFoundError: see `make_task`.

    Example:
        >>> from keras_v1_activity.experiments.options import DemoOptions
        >>> get_task(DemoOptions(task="evidence"), network, n_test=2).classes
        ('left', 'right')
    """
    return make_task(
        options.task,
        network,
        batch_size=options.batch_size,
        seq_len=options.seq_len,
        pre_delay=options.pre_delay,
        im_slice=options.im_slice,
        post_delay=options.post_delay,
        current_input=options.current_input,
        n_test=n_test,
        images=options.images,
        seed=options.seed,
        first_batch=first_batch,
    )


def get_model(
    options: ModelOptions,
    network: V1Network,
    task: TaskTrials,
    *,
    checkpoint: str | os.PathLike[str] | None = None,
    **others: Any,
) -> Any:
    """The model of the options for a task, with the readout neurons of the task.

    Args:
        options: `ModelOptions`.
        network: `V1Network`.
        task: `TaskTrials`.
        checkpoint: whose readout, linear or by groups, is taken if the options do not say which.
        **others: further arguments of `create_model`.

    Returns:
        keras.Model, not compiled.

    Raises:
        ValueError: fewer outputs than the task has classes.

    Example:
        >>> from keras_v1_activity.experiments.options import DemoOptions
        >>> options = DemoOptions(task="evidence", seq_len=600)
        >>> get_model(options, network, get_task(options, network, n_test=1)).output_shape
        (None, 12, 2)
    """
    # Only here: networks and the names of tasks need no TensorFlow.
    from keras_v1_activity.v1.model import create_model

    n_output = options.n_output or task.n_output
    if n_output < task.n_output:
        raise ValueError(
            f"n_output must be at least the {task.n_output} classes of task {task.name}; got "
            f"{n_output}."
        )
    return create_model(
        network,
        task.trial.seq_len,
        n_output=n_output,
        task=task.name if n_output == task.n_output else None,
        readout=_readout(options, checkpoint),
        max_delay=options.max_delay,
        dampening_factor=options.dampening_factor,
        gauss_std=options.gauss_std,
        hard_reset=options.hard_reset,
        dynamics=options.dynamics,
        engine=options.engine,
        noise=options.noise,
        use_dale_law=options.use_dale_law,
        seed=options.seed,
        **others,
    )


def _readout(options: ModelOptions, checkpoint: str | os.PathLike[str] | None) -> str:
    """The argument `readout` of `create_model`."""
    if options.neuron_output is None and checkpoint is not None:
        return describe_checkpoint(checkpoint).model_shape()[0]
    return {None: "auto", True: "groups", False: "linear"}[options.neuron_output]
