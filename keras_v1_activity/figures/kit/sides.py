"""The sides of a panel at which a scale may stand, and the places beside them in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.markers import TICKDOWN, TICKLEFT, TICKRIGHT
from matplotlib.transforms import Bbox


@dataclass(frozen=True)
class Side:
    """One side of a panel.

    Attributes:
        name: "bottom", "left" or "right".
        horizontal: whether the x axis stands there; else the y axis.
        marker: of the ticks.
        alignment: of the labels at the ticks, as keywords of a matplotlib Text.

    Example:
        >>> SIDES["left"].axis(axes) is axes.yaxis
        True
    """

    name: str
    horizontal: bool
    marker: Any
    alignment: dict[str, str]

    def axis(self, axes: Axes) -> Axis:
        """The axis of `axes` that stands there."""
        return axes.xaxis if self.horizontal else axes.yaxis

    def point(self, along: Any, across: Any) -> tuple[Any, Any]:
        """(x, y) of a place along the axis and across it."""
        return (along, across) if self.horizontal else (across, along)

    def along(self, axes: Axes, locations: Sequence[float]) -> list[float]:
        """Positions on the axis in pixels."""
        if self.horizontal:
            transform = axes.get_xaxis_transform()
            return [transform.transform((at, 0))[0] for at in locations]
        transform = axes.get_yaxis_transform()
        return [transform.transform((0, at))[1] for at in locations]

    def across(self, axes: Axes, points: float) -> float:
        """Pixels across the axis, `points` away from the panel."""
        away = points * axes.figure.dpi / 72
        box = axes.bbox
        if self.name == "bottom":
            return box.y0 - away
        return box.x0 - away if self.name == "left" else box.x1 + away

    def place_of_name(self, axes: Axes, labels: Sequence[Bbox]) -> tuple[float, float]:
        """(x, y) in pixels of the axis's name: beyond its labels, at the middle of the panel."""
        box = axes.bbox
        away = self.axis(axes).labelpad * axes.figure.dpi / 72
        if self.name == "bottom":
            return (box.x0 + box.x1) / 2, min([b.y0 for b in labels] or [box.y0]) - away
        if self.name == "left":
            return min([b.x0 for b in labels] or [box.x0]) - away, (box.y0 + box.y1) / 2
        return max([b.x1 for b in labels] or [box.x1]) + away, (box.y0 + box.y1) / 2


SIDES: Final[dict[str, Side]] = {
    "bottom": Side("bottom", True, TICKDOWN, {"ha": "center", "va": "top"}),
    "left": Side("left", False, TICKLEFT, {"ha": "right", "va": "center_baseline"}),
    "right": Side("right", False, TICKRIGHT, {"ha": "left", "va": "center_baseline"}),
}
