"""From the options of ``nest`` to networks and stimuli."""

from dataclasses import dataclass, replace
from pathlib import Path

from keras_v1_activity.v1.checkpoints import describe_checkpoint, find_checkpoint, load_checkpoint
from keras_v1_activity.v1.model import create_model
from keras_v1_activity.v1.model_weights import ModelWeights
from keras_v1_activity.v1.nest.source import Source, load_source, with_weights
from keras_v1_activity.v1.nest.stimulus import Stimulus
from keras_v1_activity.v1.prepare import get_network, get_task
from keras_v1_activity.v1.run_checkpoints import find
from keras_v1_activity.v1.saved_variables import BIAS, KERNEL

# Held-out trials searched for one sample of each class; enough for any of the tasks.
_MOST_SEARCHED = 400
_NEURONS = 2000


@dataclass(frozen=True, eq=False)
class Condition:
    """A network that is run, under the name it has in the results."""

    name: str
    source: Source


def get_conditions(options, say):
    """The networks to run: that of the checkpoint, the untrained one, or both.

    Args:
        options: `NestOptions`.
        say: called with a line of text at each stage.

    Returns:
        List of `Condition`, the trained one first.

    Raises:
        ValueError, FileNotFoundError: they are not there or do not go together.
    """
    if options.checkpoint is None:
        return [Condition("untrained", load_source(_folder_network(options, None, say)))]
    needs_folder = options.untrained or options.compare_untrained
    form, path = find_checkpoint(find(options.checkpoint))
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


def _folder_network(options, found, say):
    """The network of data_dir, of as many neurons as the checkpoint has where that is known."""
    neurons = options.neurons
    if neurons is None:
        neurons = (found and found.model_shape()[2]) or _NEURONS
    options = replace(options, seed=options.network_seed, neurons=neurons)
    return get_network(options, Path(options.output_dir).absolute().parent, say)


def _with_checkpoint(network, found):
    if found.form == "network":
        return load_source(found.path, network)
    readout, n_output, _ = found.model_shape()
    # One chunk of the readout is enough: weights do not depend on the length.
    model = create_model(network, 50, n_output or 10, readout=readout)
    load_checkpoint(model, found.path)
    weights = ModelWeights(model)
    values = weights.read()
    return Source(
        with_weights(network, values), weights.groups, values.get(KERNEL), values.get(BIAS)
    )


def get_stimuli(options, network):
    """The samples to show, and the task.

    Returns:
        Dict of sample number -> `Stimulus`, in the order in which they are shown; `TaskTrials`.

    Raises:
        ValueError: the task has no such sample.
    """
    wanted = [options.sample] + ([] if options.sample2 is None else [options.sample2])
    n_test = _MOST_SEARCHED if options.auto else max(wanted) + 1
    # As currents the task gives the LGN's firing probabilities, from which each trial draws anew.
    as_currents = replace(options, seed=options.network_seed, batch_size=1, current_input=True)
    task = get_task(as_currents, network, n_test=n_test)
    samples, labels = {}, set()
    for number, (x, y, _) in enumerate(task.test):
        label = int(y[0, 0])
        if (label not in labels) if options.auto else (number in wanted):
            labels.add(label)
            samples[number] = Stimulus.from_currents(
                x[0].numpy(), label, current_input=options.current_input
            )
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
