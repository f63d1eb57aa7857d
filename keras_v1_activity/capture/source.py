"""Source: what gives the looks of a training.

There are three sources: the training batch itself (`live_source`), a fixed batch (`probe_source`),
and none. What counts steps and stores looks knows only the protocol.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.capture.steps import Steps
from keras_v1_activity.capture.target import RecordedLayer
from keras_v1_activity.common import notices


class Taken(NamedTuple):
    """A look that was taken, and is yet to be made of its arrays.

    Attributes:
        step: its training step.
        make: function that returns the `Activity`; it may be called in another thread.

    Example:
        >>> Taken(100, lambda: activity).make().n_neurons
        120
    """

    step: int
    make: Callable[[], Activity]


class Source(Protocol):
    """What gives the looks at one model while it trains. The methods follow Keras's hooks.

    Example:
        >>> source: Source = NoSource()
        >>> source.before_batch(step=1, every=100)
        >>> source.after_batch(Steps(1, 1, every=100)) is None
        True
    """

    def prepare(self, layer: RecordedLayer) -> None:
        """Gets ready for a training, which begins.

        Args:
            layer: the layer of the model that is recorded.

        Raises:
            ValueError: what is wrong with the request, as far as it is known before a batch.
        """
        ...

    def before_batch(self, step: int, every: int) -> None:
        """Arms the capture if a logged step is coming.

        Args:
            step: number of the training step that begins.
            every: steps divisible by it are logged.
        """
        ...

    def wait(self) -> None:
        """Waits for what the step still has to compute, which is not this source's time."""
        ...

    def after_batch(self, steps: Steps) -> Taken | None:
        """The look that was taken in these steps, if one of them is logged.

        Raises:
            ValueError: what is wrong with the request, as the first batch of a training shows.
        """
        ...

    def last_step(self) -> int | None:
        """Number of the last step run, if the source knows better than Keras says; else None."""
        ...

    def end(self) -> None:
        """Leaves the model as it was found: a training has ended."""
        ...

    def take_troubles(self) -> list[tuple[str, Exception]]:
        """(kind, exception) of what could not be taken since the last call."""
        ...


class NoSource:
    """Takes nothing, and says once why.

    Args:
        why: the sentence; None says nothing.

    Example:
        >>> NoSource().after_batch(Steps(1, 1, every=1)) is None
        True
    """

    def __init__(self, why: str | None = None) -> None:
        self._why = why

    def prepare(self, layer: RecordedLayer) -> None:
        """Says that nothing is captured."""
        why, self._why = self._why, None
        if why is not None:
            notices.warn(why)

    def before_batch(self, step: int, every: int) -> None:
        """Does nothing."""

    def wait(self) -> None:
        """Does nothing."""

    def after_batch(self, steps: Steps) -> Taken | None:
        """Gives nothing."""
        return None

    def last_step(self) -> int | None:
        """Knows nothing."""
        return None

    def end(self) -> None:
        """Does nothing."""

    def take_troubles(self) -> list[tuple[str, Exception]]:
        """There are none."""
        return []
