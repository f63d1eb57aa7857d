"""From the options of ``nest`` to networks and stimuli.

TensorFlow, which takes seconds to load, is imported only if it is needed: for checkpoints, and for
tasks other than the digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from keras_v1_activity.cli.quiet import import_tensorflow
from keras_v1_activity.experiments.prepare import get_network, get_task
from keras_v1_activity.v1.checkpoints.describe import (
    CheckpointDescription,
    describe_checkpoint,
    find_checkpoint,
)
from keras_v1_activity.v1.checkpoints.forms import load_checkpoint
from keras_v1_activity.v1.checkpoints.saved_variables import BIAS, KERNEL
from keras_v1_activity.v1.nest.digits import HeldOutDigits
from keras_v1_activity.v1.nest.source import Source, load_source, with_weights
from keras_v1_activity.v1.nest.stimulus import Stimulus
from keras_v1_activity.v1.stimuli.trials import Trial

if TYPE_CHECKING:
    from keras_v1_activity.cli.nest.options import NestOptions
    from keras_v1_activity.v1.network.v1_network import V1Network
    from keras_v1_activity.v1.tasks.common import TaskTrials

# Held-out trials searched for one sample of each class; enough for any of the tasks.
_MOST_SEARCHED = 400
_NEURONS = 2000


@dataclass(frozen=True, eq=False)
class Condition:
    """A network that is run, under the name it has in the results.

    Example:
        >>> Condition("untrained", load_source(network)).source.network.n_neurons
        200
    """

    name: str
    source: Source


def get_conditions(options: NestOptions, say: Callable[[str], object]) -> list[Condition]:
    """The networks to run: that of the checkpoint, the untrained one, or both.

    Args:
        options: `NestOptions`.
        say: called with a line of text at each stage.

    Returns:
        List of `Condition`, the trained one first.

    Raises:
        ValueError, FileNotFoundError: they are not there or do not go together.

    Example:
        >>> from keras_v1_activity.cli.nest.options import NestOptions
        >>> options = NestOptions(data_dir="GLIF_network", neurons=200)
        >>> [condition.name for condition in get_conditions(options, lambda line: None)]
        ['untrained']
    """
    if options.checkpoint is None:
        return [Condition("untrained", load_source(_folder_network(options, None, say)))]
    import_tensorflow()
    from keras_v1_activity.experiments.run_checkpoints import checkpoint_in

    needs_folder = options.untrained or options.compare_untrained
    form, path = find_checkpoint(checkpoint_in(options.checkpoint))
    if options.data_dir is None:
        if form != "network" or needs_folder:
            raise ValueError(
                "give data_dir, the GLIF_network folder that the checkpoint was trained on: only "
                "the trained weights of an exported HDF5 file can do without it."
            )
        say(f"network: {path}")
        return [Condition("trained", load_source(path))]
    found = describe_checkpoint(path)
    network = _folder_network(options, found, say)
    conditions = []
    if not options.untrained:
        say(f"checkpoint: {path}")
        conditions.append(Condition("trained", _with_checkpoint(network, found)))
    if needs_folder:
        conditions.append(Condition("untrained", load_source(network)))
    return conditions


def _folder_network(
    options: NestOptions, found: CheckpointDescription | None, say: Callable[[str], object]
) -> V1Network:
    """The network of data_dir, of as many neurons as the checkpoint has if that is known."""
    neurons = options.neurons
    if neurons is None:
        neurons = (found and found.model_shape()[2]) or _NEURONS
    options = replace(options, seed=options.network_seed, neurons=neurons)
    return get_network(options, Path(options.output_dir).absolute().parent, say)


def _with_checkpoint(network: V1Network, found: CheckpointDescription) -> Source:
    if found.form == "network":
        return load_source(found.path, network)
    from keras_v1_activity.v1.checkpoints.model_weights import ModelWeights
    from keras_v1_activity.v1.model import create_model

    readout, n_output, _ = found.model_shape()
    # One chunk of the readout is enough: weights do not depend on the length.
    model = create_model(network, 50, n_output or 10, readout=readout)
    load_checkpoint(model, found.path)
    weights = ModelWeights(model)
    values = weights.read()
    # Which groups are read is up to the task that is shown: the file only has their scale.
    return Source(with_weights(network, values), None, values.get(KERNEL), values.get(BIAS))


def get_stimuli(
    options: NestOptions, network: V1Network
) -> tuple[dict[int, Stimulus], TaskTrials | HeldOutDigits]:
    """The samples to show, and the task.

    Returns:
        Dict of sample number -> `Stimulus`, in the order in which they are shown; the task, a
        `TaskTrials` or `HeldOutDigits`.

    Raises:
        ValueError: the task has no such sample.

    Example:
        >>> from keras_v1_activity.cli.nest.options import NestOptions
        >>> stimuli, task = get_stimuli(NestOptions(sample=2, sample2=5), network)
        >>> list(stimuli), task.name
        ([2, 5], '10class')
    """
    wanted = [options.sample] + ([] if options.sample2 is None else [options.sample2])
    n_test = _MOST_SEARCHED if options.auto else max(wanted) + 1
    task, stimuli = _held_out(options, network, n_test)
    samples: dict[int, Stimulus] = {}
    labels = set()
    for number, stimulus in enumerate(stimuli):
        if (stimulus.label not in labels) if options.auto else (number in wanted):
            labels.add(stimulus.label)
            samples[number] = stimulus
        if len(samples) == (task.n_output if options.auto else len(set(wanted))):
            break
    if not options.auto and len(samples) < len(set(wanted)):
        raise ValueError(
            f"task {task.name} has {task.n_test:,} held-out samples, numbered from 0; got sample "
            f"{max(wanted)}."
        )
    by_label = sorted(samples, key=lambda number: samples[number].label)
    order = by_label if options.auto else wanted
    return {number: samples[number] for number in order}, task


def _held_out(
    options: NestOptions, network: V1Network, n_test: int
) -> tuple[TaskTrials | HeldOutDigits, Iterable[Stimulus]]:
    """The task, and an iterable of the `Stimulus` of each of its held-out trials."""
    if options.task == HeldOutDigits.name:
        trial = Trial.fitted(
            options.seq_len, options.pre_delay, options.im_slice, options.post_delay
        )
        digits = HeldOutDigits(
            network, trial, seed=options.network_seed, current_input=options.current_input
        )
        return digits, digits
    import_tensorflow()
    # As currents the task gives the LGN's firing probabilities, of which each trial draws its own.
    as_currents = replace(options, seed=options.network_seed, batch_size=1, current_input=True)
    task = get_task(as_currents, network, n_test=n_test)
    stimuli = (
        Stimulus.from_currents(x[0].numpy(), int(y[0, 0]), current_input=options.current_input)
        for x, y, _ in task.test
    )
    return task, stimuli
