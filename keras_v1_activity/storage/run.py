"""Reading a run back, step by step."""

from functools import cached_property

import numpy as np

from keras_v1_activity.common.files import read_json
from keras_v1_activity.storage import codec
from keras_v1_activity.storage.layout import INDEX, RUN, absolute, own_entries, step_files


class StepNotLogged(KeyError):
    """A step was asked for that the run did not log."""

    def __str__(self):
        return self.args[0]


class Run:
    """The logged steps of one run, read when asked for. Made by `load_activity`.

    Attributes:
        log_dir: the run's folder.
        steps: (n_looks,) int64, the logged training steps, ascending, as they were at opening;
            open the run again to see what training has logged since.
    """

    def __init__(self, log_dir):
        self.log_dir = absolute(log_dir)
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
        self.steps = np.fromiter(self._files, np.int64, len(self._files))
        self.steps.setflags(write=False)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self):
        """Nothing is held open between two reads: this is here for symmetry with files."""

    def __len__(self):
        return len(self.steps)

    def __iter__(self):
        """Over the `Activity` of each logged step, one in memory at a time."""
        for step in self._files:
            yield self[step]

    def __contains__(self, step):
        return step in self._files

    def __getitem__(self, step):
        """The `Activity` logged at training step `step`.

        Raises:
            StepNotLogged: a KeyError that names the nearest logged steps.
            OSError: the step's file cannot be read.
        """
        try:
            path = self._files[step]
        except (KeyError, TypeError):
            raise StepNotLogged(self._explain(step)) from None
        try:
            return codec.decode(path, self.neurons)
        except (OSError, KeyError) as error:
            raise OSError(
                f"step {step} was logged, but {str(path)!r} cannot be read ({error}): delete this "
                "file to have the step left out."
            ) from error

    @cached_property
    def neurons(self):
        """`Neurons` of the run: populations, thresholds, readout neurons; None where unknown."""
        return stored_neurons(self.log_dir / INDEX, self._files)

    @cached_property
    def info(self):
        """The content of run.json: settings, versions, counts; empty where there is none."""
        return read_json(self.log_dir / RUN)

    @property
    def settings(self):
        """What the run was set to, dict by keyword."""
        return self.info.get("settings", {})

    def _explain(self, step):
        if not len(self.steps):
            return f"step {step!r} is not in this run: no step was logged."
        if not isinstance(step, (int, np.integer)):
            return f"a run is indexed by a logged step such as {self.steps[0]}; got {step!r}."
        place = int(np.searchsorted(self.steps, step))
        nearest = [str(near) for near in self.steps[max(place - 1, 0) : place + 1]]
        return (
            f"step {step} was not logged: the nearest logged {'steps' if nearest[1:] else 'step'} "
            f"{'are' if nearest[1:] else 'is'} {' and '.join(nearest)} "
            f"({len(self)} logged, {self.steps[0]} to {self.steps[-1]})."
        )


def stored_neurons(index, files):
    """The run's `Neurons`: from the index file, else from the first step that carries them.

    Args:
        index: path of ``activity.h5``.
        files: dict of step -> path of its data file.

    Returns:
        `Neurons`, or None where nothing readable holds any.
    """
    for path in (index, *files.values()):
        try:
            with codec.open_for_reading(path) as file:
                if "neurons" in file:
                    return codec.read_neurons(file["neurons"])
        except (OSError, KeyError, RuntimeError):
            # Missing, cut short or damaged: the next file may know.
            continue
    return None


def load_activity(log_dir):
    """Opens a run for reading, also while training still writes it.

    What the folder holds is listed; a step is read when it is asked for.

    Args:
        log_dir: the folder given to the callback or logger.

    Returns:
        A `Run`.

    Raises:
        FileNotFoundError: there is no such folder, or it holds no run.

    Example:
        >>> with load_activity("logs") as run:   # doctest: +SKIP
        ...     print(run.steps, run[200].mean_rate)
    """
    return Run(log_dir)
