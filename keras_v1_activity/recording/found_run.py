"""What a folder holds of a run before one is opened in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from keras_v1_activity.storage.layout import Layout, own_entries, step_files
from keras_v1_activity.storage.run_content import read_run_content
from keras_v1_activity.storage.run_id import known_id
from keras_v1_activity.storage.steps_on_disk import last_step


@dataclass(frozen=True)
class FoundRun:
    """The run in a folder; without arguments, none.

    Attributes:
        is_there: whether the folder holds anything that a run left.
        content: what its run.json says; empty if there is none that can be read.
        steps: the logged steps, ascending.
        last_step: the greatest of them, and of those that left no data; 0 if there is none.

    Example:
        >>> FoundRun().steps, FoundRun().run_id, FoundRun().counts
        ((), None, {})
    """

    is_there: bool = False
    content: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[int, ...] = ()
    last_step: int = 0

    @classmethod
    def in_folder(cls, layout: Layout) -> FoundRun:
        """Looks into the folder of a layout; damaged entries of its run.json are left out."""
        layout.settle()
        content = read_run_content(layout.run)
        logged = content.get("steps", [])
        return cls(
            is_there=bool(own_entries(layout.log_dir)),
            content=content,
            steps=tuple(sorted({*logged, *step_files(layout.log_dir)})),
            last_step=last_step(layout.log_dir, logged),
        )

    def before(self, step: int) -> FoundRun:
        """The same run without what it has logged at or after a step."""
        kept = tuple(logged for logged in self.steps if logged < step)
        return replace(self, steps=kept, last_step=min(self.last_step, step - 1))

    @property
    def run_id(self) -> str | None:
        """Id of the run that run.json names; None if it names none."""
        return known_id(self.content.get("run_id"))

    @property
    def counts(self) -> dict[str, int]:
        """What run.json says was counted in the run."""
        return dict(self.content.get("counts", {}))
