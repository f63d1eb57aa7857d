"""Trials in parallel, in processes of their own: NEST has one kernel for each process.

A trial is the same whatever ran before or beside it: its LGN spikes and its background noise are
drawn from a seed made of the run's seed and the trial's number.
"""

import pickle
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.v1.nest.kernel import import_nest
from keras_v1_activity.v1.nest.processes import Call, Processes
from keras_v1_activity.v1.nest.readout import SpikeCountReadout
from keras_v1_activity.v1.nest.simulation import simulate
from keras_v1_activity.v1.nest.stimulus import Stimulus, draw_background
from keras_v1_activity.v1.network.v1_network import V1Network


@dataclass(frozen=True, eq=False)
class NestTrial:
    """One presentation of a stimulus in NEST, with its own seed.

    `v1.Trial` is something else: when a trial shows what, for the Keras model.

    Attributes:
        stimulus: `Stimulus`.
        number: of the trial, from 1. Trials of the same number and seed have the same noise, so
            that two networks, or two stimuli, are compared without it.
        seed: of the run.
        noise: whether there is background noise.
        step: number that the activity is stored under.

    Example:
        >>> from keras_v1_activity.v1 import nest as v1_nest
        >>> stimulus = v1_nest.Stimulus(np.full((1, network.n_input), 0.02), np.array([50]), 3)
        >>> activity = v1_nest.NestTrial(stimulus, number=1).run(network, resolution=1.0)
        >>> activity.n_steps, activity.label
        (50, 3)
    """

    stimulus: Stimulus
    number: int = 1
    seed: int = 0
    noise: bool = True
    step: int = 0

    def run(
        self, network: V1Network, readout: SpikeCountReadout | None = None, **options: Any
    ) -> Activity:
        """Runs the trial in this process, whose NEST kernel is reset.

        Args:
            network: `V1Network`.
            readout: `SpikeCountReadout`, or None.
            **options: of `NestSimulation`.

        Returns:
            `Activity`, with outputs and confidence if there is a readout.
        """
        for_lgn, for_noise, for_nest = np.random.SeedSequence((self.seed, self.number)).spawn(3)
        x = self.stimulus.draw(np.random.default_rng(for_lgn))
        background = None
        if self.noise:
            background = draw_background(network, len(x), np.random.default_rng(for_noise))
        nest_seed = 1 + int(for_nest.generate_state(1)[0] % (2**31 - 1))
        activity = simulate(
            network, x, background, label=self.stimulus.label, step=self.step, seed=nest_seed,
            **options,
        )  # fmt: skip
        return activity if readout is None else readout.read(activity)


def trial_processes(jobs: int) -> Processes:
    """`Processes` for `run_trials`, which import NEST when they start.

    Args:
        jobs: how many processes.

    Example:
        >>> with trial_processes(jobs=1) as processes:
        ...     activities = list(run_trials(network, [], processes=processes))
    """
    return Processes(jobs, Call("NEST", import_nest))


def run_trials(
    network: V1Network,
    trials: Iterable[NestTrial],
    *,
    readout: SpikeCountReadout | None = None,
    jobs: int = 1,
    processes: Processes | None = None,
    **options: Any,
) -> Iterator[Activity]:
    """Runs trials, `jobs` of them at a time, each in one of as many processes.

    Processes are spawned: a script that calls this must guard its own start with
    ``if __name__ == "__main__":``.

    Args:
        network: `V1Network`.
        trials: `NestTrial` objects.
        readout: `SpikeCountReadout`, or None.
        jobs: how many processes run at a time.
        processes: `Processes` that were started earlier, instead of `jobs` new ones.
        **options: of `NestSimulation`.

    Yields:
        The `Activity` of each trial, in their order, as soon as it and those before it are done.

    Raises:
        ValueError: the readout is something else.
        RuntimeError: a process died. Whatever a trial raises is raised here too.

    Example:
        >>> from keras_v1_activity.v1 import nest as v1_nest
        >>> stimulus = v1_nest.Stimulus(np.full((1, network.n_input), 0.02), np.array([50]))
        >>> trials = [v1_nest.NestTrial(stimulus, number, step=number) for number in (1, 2)]
        >>> activities = v1_nest.run_trials(network, trials, jobs=1, resolution=1.0)
        >>> [activity.step for activity in activities]
        [1, 2]
    """
    if readout is not None and not isinstance(readout, SpikeCountReadout):
        raise ValueError(
            f"readout must be a SpikeCountReadout or None; got a {type(readout).__name__}."
        )
    running = nullcontext(processes) if processes else trial_processes(jobs)
    with tempfile.TemporaryDirectory(prefix="keras_v1_activity_") as folder, running as ready:
        path = Path(folder) / "network.pickle"
        with open(path, "wb") as file:
            pickle.dump(network, file, protocol=pickle.HIGHEST_PROTOCOL)
        yield from ready.run(
            [Call(f"trial {t.number}", _run_stored, (path, t, readout, options)) for t in trials]
        )


def _run_stored(
    path: Path, trial: NestTrial, readout: SpikeCountReadout | None, options: dict[str, Any]
) -> Activity:
    return trial.run(_stored_network(path), readout, **options)


@lru_cache(maxsize=1)
def _stored_network(path: Path) -> V1Network:
    # The parent process has just written it, so it is safe to unpickle.
    with open(path, "rb") as file:
        return pickle.load(file)
