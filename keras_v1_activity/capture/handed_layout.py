"""Which of the first two axes of the arrays that a custom loop hands over is time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

from keras_v1_activity.common import notices

Layout: TypeAlias = Literal["btn", "tbn"]
"""``"btn"``: (batch, time, neuron); ``"tbn"``: (time, batch, neuron)."""

_AXES: Final = {"btn": ("batch", "time"), "tbn": ("time", "batch")}


class HandedLayout:
    """The order of batch and time in arrays that have both.

    Shapes alone cannot always tell it. What contradicts the order is refused; where nothing does
    and nobody has named an order, `say_how_read` says once how the axes were read.

    Args:
        layout: ``"btn"`` or ``"tbn"``; None for ``"btn"`` that nobody has named.

    Attributes:
        name: ``"btn"`` or ``"tbn"``.
        batch_axis: 0 or 1.

    Raises:
        ValueError: another layout.

    Example:
        >>> layout = HandedLayout("tbn")
        >>> layout.words("channels"), layout.order(batch=8, time=100)
        ('(time, batch, channels)', (100, 8))
    """

    name: Layout
    batch_axis: int

    def __init__(self, layout: Layout | None = None) -> None:
        if layout is not None and layout not in (*_AXES,):
            raise ValueError(
                'layout must be "btn" for (batch, time, neuron) or "tbn" for (time, batch, '
                f"neuron); got {layout!r}."
            )
        self.name = "btn" if layout is None else layout
        self.batch_axis = _AXES[self.name].index("batch")
        self._may_say = layout is None

    def words(self, last: str, time: str = "time") -> str:
        """The axes of an array in words, ``last`` after batch and time."""
        first, second = ("batch" if axis == "batch" else time for axis in _AXES[self.name])
        return f"({first}, {second}, {last})"

    def order(self, batch: int, time: int) -> tuple[int, int]:
        """The first two sizes of an array of so many samples and time steps, and back."""
        return (time, batch) if self.batch_axis else (batch, time)

    def exchanged(self, found: int, batch: int, time: int) -> str:
        """What to do if there are `found` samples by another argument; empty if that says nothing.

        Example:
            >>> HandedLayout().exchanged(8, batch=100, time=8)
            ': if spikes are (time, batch, neuron), give layout="tbn"'
        """
        if batch == time or found != time:
            return ""
        other: Layout = "btn" if self.name == "tbn" else "tbn"
        return f': if spikes are {HandedLayout(other).words("neuron")}, give layout="{other}"'

    def check_batch_first(self, name: str) -> None:
        """Refuses what cannot take (time, batch, neuron).

        Raises:
            ValueError: the layout is ``"tbn"``.
        """
        if self.batch_axis:
            raise ValueError(
                f'{name} takes (batch, time, neuron) tensors, and the logger has layout="tbn": '
                "give tf.transpose(spikes, (1, 0, 2)) and so on, and a logger without layout."
            )

    def say_how_read(
        self, batch: int, time: int, neurons: int, others: Iterable[tuple[int, ...]]
    ) -> None:
        """Says once how spikes were read, if nothing tells whether that is right.

        Args:
            batch, time, neurons: as they were read.
            others: shapes of what has one entry for each sample; they tell if their first size
                can only be the batch.
        """
        told = batch != time and any(
            shape[:1] == (batch,) and shape[1:2] != (time,) for shape in others
        )
        # One sample of many time steps is what it looks like.
        if not self._may_say or told or batch == 1:
            return
        self._may_say = False
        notices.tell(
            f"spikes of shape {(*self.order(batch, time), neurons)} were read as {batch} samples "
            f"of {time} time step{'' if time == 1 else 's'} and {neurons} neurons; if they are "
            '(time, batch, neuron), give layout="tbn" (layout="btn" says that they are not).'
        )
