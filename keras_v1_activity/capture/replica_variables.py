"""ReplicaVariables: the live variables of each replica of a process that records."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from keras_v1_activity.capture.apart import apart
from keras_v1_activity.capture.live_variables import LiveVariables
from keras_v1_activity.capture.replicas import replica_here


class ReplicaVariables:
    """One `LiveVariables` for each replica, made on its device when its step is first compiled.

    The program arms and reads them together. Outside of a distribution strategy there is one.

    Example:
        >>> import tensorflow as tf
        >>> variables = ReplicaVariables()
        >>> variables.arm(step=100, due=True)
        >>> here = variables.here()
        >>> here.write_if_due(here.layer, lambda s: {"n": tf.size(s)}, (tf.zeros(3),))
        >>> variables.read()
        ({'n': array(3, dtype=int32)}, 100)
    """

    def __init__(self) -> None:
        self._of_replica: dict[int, LiveVariables] = {}
        self._counts_steps = False
        self._order: dict[str, Any] = {"step": 0, "due": False}

    @property
    def counts_steps(self) -> bool:
        """Whether the steps are counted in the graph; see `LiveVariables`."""
        return self._counts_steps

    @counts_steps.setter
    def counts_steps(self, counts: bool) -> None:
        self._counts_steps = counts
        for variables in self._of_replica.values():
            variables.counts_steps = counts

    def here(self) -> LiveVariables:
        """Those of the replica that this code is part of.

        Raises:
            ValueError: its number is unknown; see `replica_here`.
        """
        replica = replica_here()
        if replica.number not in self._of_replica:
            variables = LiveVariables(replica.device)
            variables.counts_steps = self._counts_steps
            # This code may be part of a function that is being compiled, and acts at once.
            apart(lambda: variables.arm(**self._order))
            self._of_replica[replica.number] = variables
        return self._of_replica[replica.number]

    def arm(self, step: int, *, due: bool, every: int = 1, also_first: bool = False) -> None:
        """Says what the next call of the train function writes; see `LiveVariables.arm`."""
        self._order = {"step": step, "due": due, "every": every, "also_first": also_first}
        for variables in self._of_replica.values():
            variables.arm(**self._order)

    def wait(self) -> None:
        """Waits for the step that has been called, if anything is written in it."""
        for variables in self._of_replica.values():
            variables.wait()

    def read(self) -> tuple[dict[str, NDArray[Any]], int] | None:
        """(arrays by name, training step) of the last step written, or None."""
        found = [variables.read() for variables in self._of_replica.values()]
        return max((taken for taken in found if taken), key=lambda taken: taken[1], default=None)

    def last_step(self) -> int | None:
        """Number of the last step run, as counted in the graph; None if no step is compiled."""
        return max((one.last_step() for one in self._of_replica.values()), default=None)
