"""Which of the processes that train together this one is, as TF_CONFIG says."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Worker:
    """One of the processes that train a model together.

    Attributes:
        index: its number among those of its kind, from 0.
        is_chief: whether it is the one that writes for all.
        kind: "worker", or "chief", "evaluator" and the like.

    Example:
        >>> Worker(1, is_chief=False).name
        'worker_1'
    """

    index: int = 0
    is_chief: bool = True
    kind: str = "worker"

    @property
    def name(self) -> str:
        """For a folder of its own."""
        return f"{self.kind}_{self.index}"


def worker_of_environment() -> Worker:
    """The `Worker` that the environment variable TF_CONFIG names; without it, the only one.

    Example:
        >>> worker_of_environment().is_chief
        True
    """
    try:
        config: Any = json.loads(os.environ.get("TF_CONFIG", ""))
        task, cluster = config["task"], config["cluster"]
        kind, index = str(task["type"]), int(task["index"])
        is_chief = kind == "chief" or (kind == "worker" and index == 0 and "chief" not in cluster)
    except (KeyError, TypeError, ValueError):
        # What is no description of a cluster describes a process that is alone.
        return Worker()
    # The name of a folder is made of it.
    return Worker(index, is_chief, kind) if kind.isidentifier() else Worker()
