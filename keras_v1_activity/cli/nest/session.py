"""A run of ``nest``: conditions, samples, trials; each stored, the first of each sample drawn."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from keras_v1_activity.cli.nest.pictures import Pictures, of_run, of_trial
from keras_v1_activity.cli.nest.prepare import Condition, get_conditions, get_stimuli
from keras_v1_activity.cli.nest.report import (
    Row,
    row_of,
    say_populations,
    say_trials,
    write_results,
)
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.recorder import Recorder
from keras_v1_activity.v1.nest.kernel import check_nest
from keras_v1_activity.v1.nest.readout import SpikeCountReadout
from keras_v1_activity.v1.nest.trials import NestTrial, run_trials, trial_processes
from keras_v1_activity.v1.network.task_readouts import PUBLISHED_OUTPUTS, readout_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from keras_v1_activity.cli.nest.options import NestOptions
    from keras_v1_activity.v1.nest.digits import HeldOutDigits
    from keras_v1_activity.v1.nest.processes import Processes
    from keras_v1_activity.v1.nest.source import Source
    from keras_v1_activity.v1.nest.stimulus import Stimulus
    from keras_v1_activity.v1.network.v1_network import V1Network
    from keras_v1_activity.v1.tasks.common import TaskTrials

RESULTS: str = "results.json"
"""Name of the file with options, results and means of all trials."""


def run_nest(options: NestOptions, *, say: Callable[[str], object] = print) -> list[Row]:
    """Runs what the options say.

    Args:
        options: `NestOptions`.
        say: called with a line of text.

    Returns:
        The rows of results.json, a list of one dict a trial.

    Raises:
        ImportError: NEST is not installed.
        ValueError, FileNotFoundError: options that do not go together, or name nothing.

    Example:
        Not run here, since it needs NEST and takes a minute:

        >>> rows = run_nest(NestOptions(checkpoint="trained.h5", jobs=2))    # doctest: +SKIP
    """
    # A missing NEST is reported at once, not after minutes of loading.
    check_nest()
    start = time.monotonic()
    out = Path(os.path.abspath(os.path.expanduser(options.output_dir)))
    # Started now, they get ready while this process finds out what to run.
    with trial_processes(options.jobs) as processes:
        conditions = get_conditions(options, say)
        stimuli, task = get_stimuli(options, conditions[0].source.network)
        trials = _trials(stimuli, options)
        places: dict[str, tuple[Path, V1Network]] = {}
        rows: list[Row] = []
        pictures = Pictures(processes, say)
        for condition in conditions:
            folder = out / condition.name if places else out
            places[condition.name] = (folder, condition.source.network)
            readout = _readout(condition.source, task, options, say)
            say(
                f"{condition.name} network in NEST: {len(trials)} trials of "
                f"{task.trial.seq_len} ms, {options.jobs} at a time"
            )
            own = _run_condition(condition, trials, readout, folder, options, processes, pictures)
            say_trials(own, task.classes, say)
            say_populations(own, condition.source.network.populations, say)
            rows += own
        write_results(out / RESULTS, options, list(places), rows)
        pictures.begin(of_run(out, places, rows, task.classes, options))
        pictures.finish()
    say(f"results: {out} ({time.monotonic() - start:.0f} s)")
    return rows


def _trials(
    stimuli: Mapping[int, Stimulus], options: NestOptions
) -> dict[tuple[int, int], NestTrial]:
    """Dict of (sample, number) -> `NestTrial`, in the order in which they are run and stored."""
    numbered = [(sample, k) for sample in stimuli for k in range(1, options.trials + 1)]
    return {
        (sample, k): NestTrial(
            stimuli[sample], k, seed=options.seed, noise=options.noise, step=step
        )
        for step, (sample, k) in enumerate(numbered, 1)
    }


def _run_condition(
    condition: Condition,
    trials: Mapping[tuple[int, int], NestTrial],
    readout: SpikeCountReadout | None,
    folder: Path,
    options: NestOptions,
    processes: Processes,
    pictures: Pictures,
) -> list[Row]:
    """Runs and stores all trials of one network, the first of each sample drawn; their rows."""
    recorder = _recorder(folder, condition, options)
    recorder.open(next_step=1)
    rows: list[Row] = []
    try:
        activities = run_trials(
            condition.source.network, list(trials.values()), readout=readout, processes=processes,
            resolution=options.resolution, max_delay=options.max_delay,
            voltage_neurons=options.voltage_neurons,
        )  # fmt: skip
        for (sample, k), activity in zip(trials, activities, strict=True):
            recorder.record(activity)
            rows.append(
                row_of(activity, condition=condition.name, sample=sample, trial=k, readout=readout)
            )
            if k == 1:
                pictures.begin(of_trial(folder, sample, activity.step, tuple(options.window)))
    finally:
        recorder.close()
    return rows


def _readout(
    source: Source,
    task: TaskTrials | HeldOutDigits,
    options: NestOptions,
    say: Callable[[str], object],
) -> SpikeCountReadout | None:
    """The readout of the source for the task, or None if it has none, which is reported."""
    window, published = tuple(options.window), readout_of(task.name)
    if source.weights is not None and source.biases is not None:
        weights, biases = source.weights, source.biases
        if len(biases) == PUBLISHED_OUTPUTS:
            shown = slice(*published.outputs)
            weights, biases = weights[:, shown], biases[shown]
        return SpikeCountReadout(weights=weights, biases=biases, window_ms=window)
    groups, threshold = source.groups, source.threshold
    if groups is None or len(groups) != len(published.groups) or threshold != published.threshold:
        groups, threshold = _groups_for(source.network, task, say), published.threshold
    if groups is None:
        return None
    return SpikeCountReadout(groups, window_ms=window, threshold=threshold)


def _groups_for(
    network: V1Network, task: TaskTrials | HeldOutDigits, say: Callable[[str], object]
) -> NDArray[np.int64] | None:
    try:
        return network.task_groups(task.name)
    except ValueError:
        say(
            f"no predictions: these {network.n_neurons:,} neurons cannot fill the readout groups "
            f"of {task.n_output} classes: load more neurons, or ask for fewer with "
            "--neurons_per_output."
        )
        return None


def _recorder(folder: Path, condition: Condition, options: NestOptions) -> Recorder:
    """Stores; which figures are drawn is not left to it, because not every trial gets them."""
    plan = RecordPlan(every_n_steps=1, voltage_neurons=options.voltage_neurons, figures=())
    settings = {"capture": "nest", "condition": condition.name, **vars(options)}
    return Recorder(folder, plan, background=False, settings=settings)
