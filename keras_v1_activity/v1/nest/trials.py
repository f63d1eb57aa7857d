"""Trials in parallel, each in a process of its own: NEST has one kernel a process.

A trial is the same whatever ran before or beside it: its LGN spikes and its background noise are
drawn from a seed made of the run's seed and the trial's number.
"""

import pickle
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_v1_activity.v1.nest.processes import Call, in_processes
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


def run_trials(network, trials, *, readout=None, jobs=1, **options):
    """Runs trials, `jobs` of them at a time, each in a new process.

    Processes are spawned, so that a script which calls this must guard its own start with
    ``if __name__ == "__main__":``.

    Args:
        network: `V1Network`.
        trials: `Trial` objects.
        readout: `SpikeCountReadout`, or None.
        jobs: how many processes run at a time.
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
    with tempfile.TemporaryDirectory(prefix="keras_v1_activity_") as folder:
        path = Path(folder) / "network.pickle"
        with open(path, "wb") as file:
            pickle.dump(network, file, protocol=pickle.HIGHEST_PROTOCOL)
        yield from in_processes(
            [Call(f"trial {t.number}", _run_stored, (path, t, readout, options)) for t in trials],
            jobs,
        )


def _run_stored(path, trial, readout, options):
    # A file of our own, written by the parent a moment ago: pickle it may be.
    with open(path, "rb") as file:
        network = pickle.load(file)
    return trial.run(network, readout, **options)
