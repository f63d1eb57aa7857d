"""What a folder holds of a run before one is opened in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keras_v1_activity.common.atomic_files import read_json
from keras_v1_activity.storage.layout import Layout, last_step, own_entries, step_files
from keras_v1_activity.storage.run_file import known_id


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
        content = read_json(layout.run)
        said = content.get("steps")
        logged = [step for step in said if isinstance(step, int)] if isinstance(said, list) else []
        return cls(
            is_there=bool(own_entries(layout.log_dir)),
            content=content,
            steps=tuple(sorted({*logged, *step_files(layout.log_dir)})),
            last_step=last_step(layout.log_dir, logged),
        )

    @property
    def run_id(self) -> str | None:
        """Id of the run that run.json names; None if it names none."""
        return known_id(self.content.get("run_id"))

    @property
    def counts(self) -> dict[str, Any]:
        """What run.json says was counted in the run."""
        counts = self.content.get("counts")
        return dict(counts) if isinstance(counts, dict) else {}
