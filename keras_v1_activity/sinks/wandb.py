"""WandB: a run in Weights & Biases."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from keras_v1_activity.common.checks import shortened
from keras_v1_activity.common.optional_packages import optional_package
from keras_v1_activity.sinks.sink import RunStart, Sink
from keras_v1_activity.sinks.texts import text_of, title_of

if TYPE_CHECKING:
    from keras_v1_activity.alarms.alarm import Alarm

STEP: Final = "v1_activity_step"
"""The axis of the curves in W&B: the training step of a look."""
_COLUMNS: Final = ["step", "level", "name", "population", "text"]


class WandB(Sink):
    """Scalars, pictures, alarms and the report of a run in Weights & Biases.

    The axis of its curves is `STEP`, so that numbers which are computed later stand at their look.

    Args:
        run: `wandb.Run` to write into; it is not finished. None: ``wandb.run`` when recording
            begins, or, if there is none, a run of its own, which the same run on disk goes on with
            when it is resumed.
        **init: for a run of its own, keywords of ``wandb.init``, such as ``project="v1"``.

    Raises:
        ImportError: wandb is not installed.

    Example:
        >>> from keras_v1_activity import NetworkActivityLogger, sinks
        >>> sink = sinks.WandB(mode="offline", project="v1")
        >>> with NetworkActivityLogger("logs", 1, figures=(), sinks=[sink]) as logger:
        ...     logged = logger.log_step(spikes=np.eye(20)[None])
        >>> len(list(Path("wandb").glob("offline-run-*")))
        1
    """

    def __init__(self, run: Any = None, **init: Any) -> None:
        self._wandb = optional_package("wandb", "sinks.WandB", "wandb")
        self._given, self._init = run, init
        self._run: Any = None
        self._is_own = False
        self._groups: set[str] = set()
        self._alarms: list[list[Any]] = []

    def __reduce__(self) -> tuple[Any, ...]:
        return _wandb_sink, (self._given, self._init)

    def begin(self, run: RunStart) -> None:
        """Takes up the run in W&B, or begins one."""
        self._run = self._given or self._wandb.run
        self._is_own = self._run is None
        if self._is_own:
            # Another thread than that of the program: its output and its wandb.run stay its own.
            own = {
                "id": run.run_id,
                "resume": "allow",
                "name": run.log_dir.name,
                "project": "v1_activity",
                "config": dict(run.settings),
                "reinit": "create_new",
                "settings": self._wandb.Settings(console="off"),
            }
            self._run = self._wandb.init(**{**own, **self._init})
        self._groups, self._alarms = set(), []
        self._run.define_metric(STEP)

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Adds a point to each curve."""
        self._log(step, values)

    def picture(self, step: int, name: str, path: Path) -> None:
        """Adds the picture."""
        self._log(step, {f"pictures/{name}": self._wandb.Image(str(path))})

    def alarm(self, alarm: Alarm) -> None:
        """Adds it to a table, and as an alert."""
        self._alarms.append([alarm.step, alarm.level, alarm.name, alarm.population, alarm.text])
        table = self._wandb.Table(columns=_COLUMNS, data=list(self._alarms))
        self._log(alarm.step, {"alarms": table})
        level = (
            self._wandb.AlertLevel.ERROR if alarm.level == "red" else self._wandb.AlertLevel.WARN
        )
        # Longer titles are refused.
        self._run.alert(shortened(title_of(alarm), 63), text_of(alarm), level=level)

    def artifact(self, path: Path) -> None:
        """Adds the file as an artifact."""
        artifact = self._wandb.Artifact(f"{path.stem}-{self._run.id}", type=path.stem)
        artifact.add_file(str(path))
        self._run.log_artifact(artifact)

    def end(self) -> None:
        """Finishes a run of its own."""
        if self._is_own:
            self._run.finish()

    def _log(self, step: int, values: Mapping[str, Any]) -> None:
        for group in {name.partition("/")[0] for name in values} - self._groups:
            self._groups.add(group)
            self._run.define_metric(group if group in values else f"{group}/*", step_metric=STEP)
        self._run.log({**values, STEP: step})


def _wandb_sink(run: Any, init: Mapping[str, Any]) -> WandB:
    return WandB(run, **init)
