"""Steps: consecutive training steps, and which of them are logged."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Steps:
    """The training steps that one call of a train function runs.

    Attributes:
        first: number of the first step, from 1.
        last: number of the last step.
        every: steps divisible by it are logged.

    Example:
        >>> steps = Steps(first=95, last=104, every=5)
        >>> steps.n, steps.n_due, steps.last_due
        (10, 2, 100)
    """

    first: int
    last: int
    every: int

    @property
    def n(self) -> int:
        """How many steps there are."""
        return self.last - self.first + 1

    @property
    def n_due(self) -> int:
        """How many of them are logged."""
        return self.last // self.every - (self.first - 1) // self.every

    @property
    def last_due(self) -> int | None:
        """The last one that is logged; None if none is."""
        return self.last // self.every * self.every if self.n_due else None
