"""What is known of a run as a whole: its neurons, its settings, its numbers."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.alarms import Alarm, alarm_from
from keras_v1_activity.common.optional_packages import optional_package
from keras_v1_activity.history import History
from keras_v1_activity.history.table import columns_of
from keras_v1_activity.storage.history_files import read_history
from keras_v1_activity.storage.layout import INDEX, run_name
from keras_v1_activity.storage.neurons_codec import stored_neurons
from keras_v1_activity.storage.run_content import read_run_content

if TYPE_CHECKING:
    import pandas


class RunFacts:
    """Base of `Run`, whose attributes these are.

    Example:
        >>> from keras_v1_activity import load_activity
        >>> load_activity("logs").history.steps
        array([100, 200])
    """

    log_dir: Path
    steps: NDArray[np.int64]
    _files: dict[int, Path]

    @cached_property
    def neurons(self) -> Neurons | None:
        """Populations, thresholds and readout neurons of the run; None if they are unknown."""
        return stored_neurons(self.log_dir / INDEX, self._files)

    @cached_property
    def info(self) -> dict[str, Any]:
        """The content of run.json: settings, versions, counts; empty if there is none.

        Entries that somebody has damaged are left out.
        """
        return read_run_content(self.log_dir / run_name(self.log_dir))

    @property
    def history(self) -> History:
        """The numbers of each look, as they are now on disk: the content of each summary.json."""
        return read_history(self.log_dir, self.steps)

    @property
    def tuning_steps(self) -> NDArray[np.int64]:
        """Steps of the looks that completed a turn of a probe, as they are now on disk.

        ``run.tuning(step)`` is what each neuron did in that turn. Medians over training need no
        look: ``run.history.series("tuning", "populations", "e4Rorb", "osi")``.
        """
        return self.history.known("tuning").steps

    @property
    def alarms(self) -> list[Alarm]:
        """All alarms that fired, in that order; those that are gone have a `cleared_step`.

        Example:
            >>> from keras_v1_activity import load_activity
            >>> load_activity("logs").alarms
            []
        """
        found = (alarm_from(entry) for entry in self.info.get("alarms", ()))
        return [alarm for alarm in found if alarm is not None]

    @property
    def settings(self) -> dict[str, Any]:
        """What the run was set to, by keyword."""
        return self.info.get("settings", {})

    def to_pandas(self) -> pandas.DataFrame:
        """The numbers of each look as a table: a row a look, the index its ``step``.

        Returns:
            A DataFrame with what the summaries say, nested entries under names such as
            ``population_rates_hz.e23Cux2`` and ``confidence.0``.

        Raises:
            ModuleNotFoundError: pandas is not installed.

        Example:
            >>> from keras_v1_activity import load_activity
            >>> load_activity("logs").to_pandas()["mean_rate_hz"].to_dict()
            {100: 50.0, 200: 50.0}
        """
        pandas = optional_package("pandas", "run.to_pandas()")
        columns = columns_of(self.history)
        steps = pandas.Index(columns.pop("step", []), dtype="int64", name="step")
        # What no look knows is a number that is missing, not text.
        known = {
            n: v if any(x is not None for x in v) else float("nan") for n, v in columns.items()
        }
        return pandas.DataFrame(known, index=steps)
