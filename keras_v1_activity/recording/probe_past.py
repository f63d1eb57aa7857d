"""RunPast: what the run of a recorder holds of the looks of a probe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.history import History
from keras_v1_activity.recording.recorder import Recorder
from keras_v1_activity.storage.history_files import read_history
from keras_v1_activity.storage.run import Run

# Reading so many summaries takes about a second, once in a training that is resumed.
MOST_LOOKS: Final = 2000


class RunPast:
    """A `probes.turns.Past`, read from the folder of a recorder.

    Args:
        recorder: `Recorder`, whose run is open.

    Example:
        >>> from keras_v1_activity.plan import RecordPlan
        >>> recorder = Recorder("run", RecordPlan(figures=()), background=False)
        >>> recorder.record(activity); RunPast(recorder).look(100).n_neurons
        120
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._run: Run | None = None

    @property
    def steps(self) -> Sequence[int]:
        """The logged steps, ascending."""
        return self._recorder.steps

    def history(self) -> History:
        """The numbers of the last looks."""
        return read_history(self._recorder.log_dir, self.steps[-MOST_LOOKS:])

    def look(self, step: int) -> Activity:
        """The look at a step.

        Raises:
            KeyError, OSError: it is not stored, or cannot be read.
        """
        if self._run is None or step not in self._run:
            self._run = Run(self._recorder.log_dir)
        return self._run[step]
