"""The weights of one training step, as far as they are known while it is compiled or run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class StepWeights:
    """The weights of one training step in one replica: what is known of them until it ends.

    Attributes:
        before: each array before the step, by the id of its variable; in a step in which no look
            is due, something else of the same type.
        gradients: as the optimizer was given them, by the id of their variable.
        scale: what the gradients are multiplied by; None for 1.

    Example:
        >>> StepWeights().gradients
        {}
    """

    before: dict[int, Any] = field(default_factory=dict)
    gradients: dict[int, Any] = field(default_factory=dict)
    scale: Any = None
