"""Which readout neurons, and which outputs of the linear readout, each task has as published.

The published model (Chen, Scherr & Maass 2022) has fifteen groups of readout neurons, and a linear
readout of 18 outputs. Each task reads some of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PUBLISHED_OUTPUTS: Final = 18
"""Outputs of the published linear readout, of all tasks together."""


@dataclass(frozen=True)
class TaskReadout:
    """What a task reads.

    Attributes:
        groups: numbers of its readout groups, class after class.
        outputs: its first output of the linear readout, and the first behind its last.
        threshold: None, or mean spikes per time step: the score of the first class, which then has
            no group. The only group is the second class.

    Example:
        >>> TaskReadout((3, 4), (6, 8)).n_output, TaskReadout((0,), (0, 2), 0.01).n_output
        (2, 2)
    """

    groups: tuple[int, ...]
    outputs: tuple[int, int]
    threshold: float | None = None

    @property
    def n_output(self) -> int:
        """Number of classes."""
        return self.outputs[1] - self.outputs[0]


TASK_READOUTS: Final[dict[str, TaskReadout]] = {
    "garrett": TaskReadout((0,), (0, 2), 0.01),
    "vcd_grating": TaskReadout((1,), (2, 4), 0.01),
    "ori_diff": TaskReadout((2,), (4, 6), 0.01),
    "evidence": TaskReadout((3, 4), (6, 8)),
    "10class": TaskReadout(tuple(range(5, 15)), (8, 18)),
}


def readout_of(task: str) -> TaskReadout:
    """What a task reads.

    Args:
        task: its name, one of `TASK_READOUTS`.

    Raises:
        ValueError: there is no such task.

    Example:
        >>> readout_of("vcd_grating").groups
        (1,)
    """
    if not isinstance(task, str) or task not in TASK_READOUTS:
        raise ValueError(f"task must be one of {list(TASK_READOUTS)}; got {task!r}.")
    return TASK_READOUTS[task]
