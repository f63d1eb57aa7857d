"""The output of a model that holds its predictions: a choice between classes, or values."""

from __future__ import annotations

from typing import NamedTuple

UNKNOWN: int = 0
CLASSES: int = 1
VALUES: int = 2

# Beyond this many numbers a sample the model's output is no readout of classes.
MOST_OUTPUTS: int = 1_000_000


class Head(NamedTuple):
    """The output that holds the predictions.

    Attributes:
        index: its place among the leaves of the outputs.
        kind: `CLASSES`, `VALUES` as of a regression, or `UNKNOWN`.
        from_logits: whether it gives logits; None if that is unknown.
        name: of the output; "" if it has none.

    Example:
        >>> Head(1).kind == UNKNOWN
        True
    """

    index: int
    kind: int = UNKNOWN
    from_logits: bool | None = None
    name: str = ""
