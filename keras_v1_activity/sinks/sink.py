"""Sink: a place where the numbers and pictures of a run are handed on to while it is recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from keras_v1_activity.common.checks import shown

if TYPE_CHECKING:
    from keras_v1_activity.alarms.alarm import Alarm

WAIT_S: Final = 10.0
"""Seconds that the end of a training, and that of Python, waits for all sinks together."""


class RunStart(NamedTuple):
    """What a sink is told of a run that begins, or goes on.

    Attributes:
        run_id: of the run, as in its ``run.json``; a run that is resumed keeps it.
        log_dir: absolute path of the folder of the run.
        last_step: the last training step that the run has logged; 0 in a new run. Looks of later
            steps that an earlier program has logged are logged again.
        settings: what the run was set to, by keyword.

    Example:
        >>> RunStart("3fa9", Path("logs"), 200, {"log_every_n_steps": 100}).last_step
        200
    """

    run_id: str
    log_dir: Path
    last_step: int
    settings: Mapping[str, Any]


class Sink:
    """Base of a sink: give ``sinks=`` an object of a class that overrides some of these methods.

    Each sink has one thread of its own, which calls one method after the other; training does not
    wait for it. What a method raises is counted in ``run.json`` and said once. A sink can be given
    to one callback or logger.

    Example:
        >>> class Print(Sink):
        ...     def scalars(self, step, values):
        ...         print(step, values["rate_hz/all"])
        >>> from keras_v1_activity import NetworkActivityLogger
        >>> with NetworkActivityLogger("logs", 1, figures=(), sinks=[Print()]) as logger:
        ...     logged = logger.log_step(spikes=np.eye(20)[None])
        1 50.0
    """

    def begin(self, run: RunStart) -> None:
        """A run begins or goes on. If it raises, nothing is handed on until the next one begins.

        Args:
            run: which run, and where its files are.
        """

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Numbers of a look: first what is known when it is stored, later what takes computing.

        Args:
            step: training step of the look. Numbers of an earlier step may come later.
            values: finite numbers by name, e.g. ``rate_hz/e23Cux2``, ``scalars/loss``.
        """

    def picture(self, step: int, name: str, path: Path) -> None:
        """A figure has been drawn.

        Args:
            step: training step of the look; for "history", of the last look of the run.
            name: of the figure, e.g. "raster".
            path: of the PNG file, which is complete.
        """

    def alarm(self, alarm: Alarm) -> None:
        """An alarm has fired.

        Args:
            alarm: name, level, population, step, text.
        """

    def artifact(self, path: Path) -> None:
        """A file of the whole run is there: ``report.html``.

        Args:
            path: of the file.
        """

    def end(self) -> None:
        """The training is over, and all that belongs to it was handed on; `begin` may follow."""


def checked_sinks(given: object) -> tuple[Sink, ...]:
    """What a user gave as ``sinks=``, as a tuple.

    Raises:
        ValueError: something in it is no sink.

    Example:
        >>> checked_sinks([]), len(checked_sinks(Sink()))
        ((), 1)
        >>> try:
        ...     checked_sinks(["tensorboard"])
        ... except ValueError as error:
        ...     print(error)
        sinks must be objects such as sinks.TensorBoard("logs"), or of a subclass of sinks.Sink, \
in a list; got 'tensorboard'.
    """
    if given is None:
        return ()
    each = [given] if isinstance(given, Sink) or not isinstance(given, Iterable) else list(given)
    for sink in [given] if isinstance(given, (str, bytes)) else each:
        if isinstance(sink, type) and issubclass(sink, Sink):
            raise ValueError(
                f"sinks must be objects, not classes: give sinks.{sink.__name__}(...) instead of "
                f"{sink.__name__}."
            )
        if not isinstance(sink, Sink):
            raise ValueError(
                'sinks must be objects such as sinks.TensorBoard("logs"), or of a subclass of '
                f"sinks.Sink, in a list; got {shown(sink)}."
            )
    if len({id(sink) for sink in each}) < len(each):
        raise ValueError("sinks holds the same object twice: give each sink once.")
    return tuple(each)
