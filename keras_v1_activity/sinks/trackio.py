"""Trackio: a run in a Trackio project."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_v1_activity.common.optional_packages import optional_package
from keras_v1_activity.sinks.sink import RunStart, Sink
from keras_v1_activity.sinks.texts import plain_name, title_of

if TYPE_CHECKING:
    from keras_v1_activity.alarms.alarm import Alarm


class Trackio(Sink):
    """Scalars, pictures, alarms and the report of a run in Trackio.

    It begins a run of its own, named after the folder of the run and the start of its id; a run
    that is resumed goes on with it. Trackio says on standard output when a run begins and ends.

    Args:
        **init: keywords of ``trackio.init``, such as ``project="v1"``.

    Raises:
        ImportError: trackio is not installed.

    Example:
        >>> from keras_v1_activity import NetworkActivityLogger, sinks
        >>> sink = sinks.Trackio(project="v1")
        >>> with NetworkActivityLogger("logs", 1, figures=(), sinks=[sink]) as logger:
        ...     logged = logger.log_step(spikes=np.eye(20)[None])   # doctest: +ELLIPSIS
        * Trackio ...
    """

    def __init__(self, **init: Any) -> None:
        self._trackio = optional_package("trackio", "sinks.Trackio", "trackio")
        self._init = init
        self._run: Any = None

    def __reduce__(self) -> tuple[Any, ...]:
        return _trackio_sink, (self._init,)

    def begin(self, run: RunStart) -> None:
        """Begins the run in Trackio, or goes on with it."""
        own = {
            "project": "v1_activity",
            "name": f"{run.log_dir.name}-{run.run_id[:8]}",
            "resume": "allow",
            "config": dict(run.settings),
            "embed": False,
            "auto_log_gpu": False,
            "auto_log_cpu": False,
        }
        # Which run is the current one is known to each thread alone: that of the program stays.
        self._run = self._trackio.init(**{**own, **self._init})

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Adds a point to each curve."""
        self._run.log(dict(values), step=step)

    def picture(self, step: int, name: str, path: Path) -> None:
        """Adds the picture."""
        self._run.log({f"pictures/{name}": self._trackio.Image(str(path))}, step=step)

    def alarm(self, alarm: Alarm) -> None:
        """Adds it as an alert."""
        levels = self._trackio.AlertLevel
        level = levels.ERROR if alarm.level == "red" else levels.WARN
        self._run.alert(title_of(alarm), alarm.text, level=level, step=alarm.step)

    def artifact(self, path: Path) -> None:
        """Adds the file as an artifact."""
        self._run.log_artifact(
            str(path), name=plain_name(f"{path.stem}-{self._run.name}"), type=path.stem
        )

    def end(self) -> None:
        """Finishes the run."""
        self._run.finish()


def _trackio_sink(init: Mapping[str, Any]) -> Trackio:
    return Trackio(**init)
