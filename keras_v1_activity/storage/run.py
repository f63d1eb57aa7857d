"""Reading a run back, step by step."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.tuning import Tuning
from keras_v1_activity.storage import codec
from keras_v1_activity.storage.hdf5 import DAMAGE
from keras_v1_activity.storage.layout import INDEX, absolute, own_entries, step_files
from keras_v1_activity.storage.run_show import RunShow


class StepNotLogged(KeyError):
    """A step was asked for that the run did not log.

    Example:
        >>> try:
        ...     load_activity("logs")[150]
        ... except StepNotLogged as error:
        ...     print(error)
        step 150 was not logged: the nearest logged steps are 100 and 200 (2 logged, 100 to 200).
    """

    def __str__(self) -> str:
        return str(self.args[0])


class Run(RunShow):
    """The logged steps of one run, read when asked for. Made by `load_activity`.

    Args:
        log_dir: the run's folder.

    Attributes:
        log_dir: absolute path of the run's folder.
        steps: (n_looks,) int64, the logged training steps, ascending, as they were at opening;
            open the run again to see what training has logged since.

    Raises:
        FileNotFoundError: there is no such folder, or it holds no run.

    Example:
        >>> run = load_activity("logs")
        >>> 200 in run, [look.step for look in run], run[200].n_neurons
        (True, [100, 200], 20)
    """

    def __init__(self, log_dir: str | os.PathLike[str]) -> None:
        self.log_dir: Path = absolute(log_dir)
        if not self.log_dir.is_dir():
            raise FileNotFoundError(
                f"log_dir must be the folder of a run; there is no folder {str(self.log_dir)!r}."
            )
        self._files = step_files(self.log_dir)
        if not self._files and not own_entries(self.log_dir):
            raise FileNotFoundError(
                f"{str(self.log_dir)!r} holds no run: expected {INDEX} and folders such as "
                "step_000100 in it. Give the log_dir that the callback or logger was given."
            )
        self.steps: NDArray[np.int64] = np.fromiter(self._files, np.int64, len(self._files))
        self.steps.setflags(write=False)

    def __repr__(self) -> str:
        looks = "1 look" if len(self) == 1 else f"{len(self):,} looks"
        span = f", steps {self.steps[0]} to {self.steps[-1]}" if len(self) else ""
        return f"<Run of {looks}{span} in {str(self.log_dir)!r}>"

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing is held open between two reads: this is here so that `with` may be used."""

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[Activity]:
        """Over the `Activity` of each logged step, one in memory at a time."""
        for step in self._files:
            yield self[step]

    def __contains__(self, step: object) -> bool:
        return step in self._files

    def __getitem__(self, step: int | np.integer[Any]) -> Activity:
        """The `Activity` logged at training step `step`.

        Raises:
            StepNotLogged: a KeyError that names the nearest logged steps.
            OSError: the step's file cannot be read.
        """
        try:
            path = self._files[int(step) if isinstance(step, np.integer) else step]
        except (KeyError, TypeError):
            raise StepNotLogged(_not_logged(step, self.steps)) from None
        try:
            return codec.decode(path, self.neurons)
        except DAMAGE as error:
            raise OSError(
                f"step {step} was logged, but {str(path)!r} cannot be read ({error}): delete this "
                "file to have the step left out."
            ) from error

    def tuning(self, step: int | None = None) -> Tuning:
        """The tuning of the neurons in the turn of a probe that the look at a step completed.

        Args:
            step: one of `tuning_steps`; None for the last one.

        Raises:
            StepNotLogged: a KeyError, the step was not logged, or completed no turn.
            OSError: the step's file cannot be read.
        """
        complete = self.tuning_steps
        if step is None and not len(complete):
            raise StepNotLogged(
                "this run holds no complete turn of a probe: give the callback "
                "probe_data=probes.DriftingGratings(network)."
            )
        found = self[complete[-1] if step is None else step].tuning
        if found is None:
            steps = ", ".join(map(str, complete[-5:])) or "none"
            raise StepNotLogged(
                f"the look at step {step} completed no turn of a probe; looks that did: {steps}."
            )
        return found

    def close(self) -> None:
        """Nothing is held open between two reads: this is here for symmetry with files."""


def _not_logged(step: object, steps: NDArray[np.int64]) -> str:
    """The sentence that says which logged steps are near to one that is not among them."""
    if not len(steps):
        return f"step {step!r} is not in this run: no step was logged."
    if not isinstance(step, (int, np.integer)):
        return f"a run is indexed by a logged step such as {steps[0]}; got {step!r}."
    place = int(np.searchsorted(steps, step))
    nearest = [str(near) for near in steps[max(place - 1, 0) : place + 1]]
    return (
        f"step {step} was not logged: the nearest logged {'steps' if nearest[1:] else 'step'} "
        f"{'are' if nearest[1:] else 'is'} {' and '.join(nearest)} "
        f"({len(steps)} logged, {steps[0]} to {steps[-1]})."
    )


def load_activity(log_dir: str | os.PathLike[str]) -> Run:
    """Opens a run for reading, also while training still writes it.

    What the folder holds is listed; a step is read when it is asked for.

    Args:
        log_dir: the folder given to the callback or logger.

    Returns:
        A `Run`.

    Raises:
        FileNotFoundError: there is no such folder, or it holds no run.

    Example:
        >>> with load_activity("logs") as run:
        ...     print(run.steps, run[200].mean_rate)
        [100 200] 50.0
    """
    return Run(log_dir)
