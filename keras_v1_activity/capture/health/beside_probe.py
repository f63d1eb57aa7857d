"""HealthBesideProbe: looks at a fixed batch, with the health of the training step itself."""

from __future__ import annotations

from functools import partial

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.capture.source import Source, Taken
from keras_v1_activity.capture.steps import Steps
from keras_v1_activity.capture.target import RecordedLayer


class HealthBesideProbe:
    """A `Source` whose looks are those of one source, with ``details["health"]`` of another.

    Args:
        probe: gives the looks.
        live: looks at the training batches too; only the health of its looks is used.

    Example:
        >>> from keras_v1_activity.capture.source import NoSource
        >>> source = HealthBesideProbe(NoSource(), NoSource())
        >>> source.after_batch(Steps(1, 1, every=1)) is None
        True
    """

    def __init__(self, probe: Source, live: Source) -> None:
        self._probe = probe
        self._live = live

    def prepare(self, layer: RecordedLayer) -> None:
        """Gets both ready for a training.

        Raises:
            ValueError: what is wrong with the request, as far as it is known before a batch.
        """
        self._probe.prepare(layer)
        self._live.prepare(layer)

    def before_batch(self, step: int, every: int) -> None:
        """Arms both if a logged step is coming."""
        self._probe.before_batch(step, every)
        self._live.before_batch(step, every)

    def wait(self) -> None:
        """Waits for the training step, if something is taken in it."""
        self._live.wait()

    def after_batch(self, steps: Steps) -> Taken | None:
        """The look of the probe, with the health of the step.

        Raises:
            ValueError: what is wrong with the request, as the first batch of a training shows.
        """
        step, look = self._live.after_batch(steps), self._probe.after_batch(steps)
        if step is None or look is None or step.step != look.step:
            return look
        return Taken(look.step, partial(_with_health, look, step))

    def last_step(self) -> int | None:
        """The count in the graph, if it has one."""
        return self._live.last_step()

    def end(self) -> None:
        """Leaves the model as it was found."""
        self._probe.end()
        self._live.end()

    def take_troubles(self) -> list[tuple[str, Exception]]:
        """What could not be taken."""
        return self._probe.take_troubles() + self._live.take_troubles()


def _with_health(look: Taken, step: Taken) -> Activity:
    health = step.make().details.get("health")
    made = look.make()
    return made if health is None else made.with_details(health=health)
