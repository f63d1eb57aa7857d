"""MLflow: a run in an MLflow tracking store."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from keras_v1_activity.common.optional_packages import optional_package
from keras_v1_activity.sinks.sink import RunStart, Sink
from keras_v1_activity.sinks.texts import plain_name, plain_names, text_of

if TYPE_CHECKING:
    from keras_v1_activity.alarms.alarm import Alarm

TAG: Final = "v1_activity_run"
"""The tag by which a run that is resumed finds its run in MLflow."""
# What the store takes at once.
_MOST_METRICS = 1000


class MLflow(Sink):
    """Scalars, pictures, alarms and the report of a run in MLflow.

    The tracking store and the experiment are those of ``mlflow.set_tracking_uri`` and
    ``mlflow.set_experiment``. Pictures, alarms and the report are artifacts.

    Args:
        run: `mlflow.ActiveRun` or the id of a run to write into; it is not ended. None: the run
            that is active where the sink is made, or, if there is none, a run of its own, which
            the same run on disk goes on with when it is resumed.

    Raises:
        ImportError: mlflow is not installed.

    Example:
        >>> from keras_v1_activity import NetworkActivityLogger, sinks
        >>> import mlflow
        >>> mlflow.set_tracking_uri("sqlite:///mlflow.db")
        >>> with NetworkActivityLogger("logs", 1, figures=(), sinks=[sinks.MLflow()]) as logger:
        ...     logged = logger.log_step(spikes=np.eye(20)[None])
        >>> (run,) = mlflow.search_runs(output_format="list")
        >>> run.data.metrics["rate_hz/all"]
        50.0
    """

    def __init__(self, run: Any = None) -> None:
        self._mlflow = optional_package("mlflow", "sinks.MLflow", "mlflow")
        # Which run is active is known to each thread alone.
        active = self._mlflow.active_run() if run is None else run
        self._given = getattr(getattr(active, "info", None), "run_id", active)
        self._run_id = ""
        self._client: Any = None

    def __reduce__(self) -> tuple[type[MLflow], tuple[Any]]:
        return type(self), (self._given,)

    def begin(self, run: RunStart) -> None:
        """Takes up the run in MLflow, or begins one."""
        self._client = self._mlflow.MlflowClient()
        self._run_id = self._given or self._own(run)

    def _own(self, run: RunStart) -> str:
        found = self._mlflow.search_runs(
            search_all_experiments=True,
            filter_string=f"tags.{TAG} = '{run.run_id}'",
            output_format="list",
            max_results=1,
        )
        if found:
            started = self._mlflow.start_run(run_id=found[0].info.run_id)
        else:
            started = self._mlflow.start_run(run_name=run.log_dir.name, tags={TAG: run.run_id})
        return str(started.info.run_id)

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Adds a point to each curve."""
        now_ms = int(1000 * time.time())
        make = self._mlflow.entities.Metric
        points = [make(name, value, now_ms, step) for name, value in plain_names(values).items()]
        for first in range(0, len(points), _MOST_METRICS):
            self._client.log_batch(self._run_id, metrics=points[first : first + _MOST_METRICS])

    def picture(self, step: int, name: str, path: Path) -> None:
        """Adds the picture, as ``pictures/step_000100/raster.png``."""
        self._client.log_artifact(self._run_id, str(path), f"pictures/step_{step:06d}")

    def alarm(self, alarm: Alarm) -> None:
        """Adds the text, as ``alarms/step_000100_too_loud.txt``."""
        whom = "" if alarm.population is None else f"_{alarm.population}"
        name = plain_name(f"step_{alarm.step:06d}_{alarm.name}{whom}", r"A-Za-z0-9_\-.")
        self._client.log_text(self._run_id, text_of(alarm), f"alarms/{name[:120]}.txt")

    def artifact(self, path: Path) -> None:
        """Adds the file."""
        self._client.log_artifact(self._run_id, str(path))

    def end(self) -> None:
        """Ends a run of its own."""
        if not self._given:
            self._mlflow.end_run()
