"""What the recorder asks of whatever draws its figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.drawing.stored_look import StoredLook
from keras_v1_activity.storage.layout import Layout
from keras_v1_activity.storage.run_file import RunMark


class Drawing(Protocol):
    """Draws the figures of looks: `DrawingProcess` or `DrawingHere`.

    Example:
        >>> from keras_v1_activity.drawing.here import DrawingHere
        >>> from keras_v1_activity.storage.counters import Counters
        >>> drawing: Drawing = DrawingHere(Counters())
        >>> drawing.close()
        0
    """

    @property
    def worker_pid(self) -> int | None:
        """Process id of the drawing process; None while there is none."""
        ...

    @property
    def figures_left(self) -> int:
        """How many figures wait or are in work."""
        ...

    def put(
        self,
        activity: Activity,
        figures: Sequence[tuple[str, Path]],
        run: RunMark | None = None,
        place: Layout | None = None,
    ) -> None:
        """Has the figures and numbers of one look made; a failure is counted, never raised."""
        ...

    def put_stored(self, look: StoredLook) -> None:
        """Has figures drawn of which the process reads by itself what they show."""
        ...

    def wait(self, timeout_s: float | None = None) -> bool:
        """Waits until all is drawn; whether nothing is left."""
        ...

    def search(self, find: Callable[[], Iterable[StoredLook]] | None = None) -> None:
        """Has drawn, when there is time, stored looks that lack figures. Returns at once."""
        ...

    def close(
        self,
        grace_s: float | None = None,
        then: Callable[[], object] | None = None,
        *,
        all_of_it: bool = True,
    ) -> int:
        """Waits for what is soon drawn; how many figures and numbers are left."""
        ...

    def abandon(self) -> None:
        """Gives up what is not drawn."""
        ...
