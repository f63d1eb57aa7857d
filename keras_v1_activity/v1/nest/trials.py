"""Trials in parallel, in processes of their own: NEST has one kernel a process.

A trial is the same whatever ran before or beside it: its LGN spikes and its background noise are
drawn from a seed made of the run's seed and the trial's number.
"""

import pickle
import tempfile
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from keras_v1_activity.v1.nest.kernel import import_nest
from keras_v1_activity.v1.nest.processes import Call, Processes
from keras_v1_activity.v1.nest.readout import SpikeCountReadout
from keras_v1_activity.v1.nest.simulation import simulate
from keras_v1_activity.v1.nest.stimulus import Stimulus, draw_background


@dataclass(frozen=True, eq=False)
class Trial:
    """One presentation of a stimulus.

    Attributes:
        stimulus: `Stimulus`.
        number: of the trial, from 1. Trials of the same number and seed have the same noise, so
            that two networks, or two stimuli, are compared without it.
        seed: of the run.
        noise: whether there is background noise.
        step: number that the activity is stored under.
    """

    stimulus: Stimulus
    number: int = 1
    seed: int = 0
    noise: bool = True
    step: int = 0

    def run(self, network, readout=None, **options):
        """Runs the trial in this process, whose NEST kernel is reset.

        Args:
            network: `V1Network`.
            readout: `SpikeCountReadout`, or None.
            **options: of `NestSimulation`.

        Returns:
            `Activity`, with outputs and confidence where there is a readout.
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


def trial_processes(jobs):
    """`Processes` for `run_trials`, which begin with importing NEST."""
    return Processes(jobs, Call("NEST", import_nest))


def run_trials(network, trials, *, readout=None, jobs=1, processes=None, **options):
    """Runs trials, `jobs` of them at a time, each in one of as many processes.

    Processes are spawned, so that a script which calls this must guard its own start with
    ``if __name__ == "__main__":``.

    Args:
        network: `V1Network`.
        trials: `Trial` objects.
        readout: `SpikeCountReadout`, or None.
        jobs: how many processes run at a time.
        processes: `Processes` that were started earlier, instead of `jobs` new ones.
        **options: of `NestSimulation`.

    Yields:
        The `Activity` of each trial, in their order, as soon as it and those before it are done.

    Raises:
        RuntimeError: a process died; whatever a trial raises is raised here.

    Example:
        >>> for activity in run_trials(network, trials, jobs=2):   # doctest: +SKIP
        ...     print(activity.mean_rate)
    """
    if readout is not None and not isinstance(readout, SpikeCountReadout):
        raise ValueError(
            f"readout must be a SpikeCountReadout or None; got a {type(readout).__name__}."
        )
    ours = nullcontext(processes) if processes else trial_processes(jobs)
    with tempfile.TemporaryDirectory(prefix="keras_v1_activity_") as folder, ours as processes:
        path = Path(folder) / "network.pickle"
        with open(path, "wb") as file:
            pickle.dump(network, file, protocol=pickle.HIGHEST_PROTOCOL)
        yield from processes.run(
            [Call(f"trial {t.number}", _run_stored, (path, t, readout, options)) for t in trials]
        )


def _run_stored(path, trial, readout, options):
    return trial.run(_stored_network(path), readout, **options)


@lru_cache(maxsize=1)
def _stored_network(path):
    # A file of our own, written by the parent a moment ago: pickle it may be.
    with open(path, "rb") as file:
        return pickle.load(file)
