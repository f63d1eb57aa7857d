"""Which readout a model gets, and the scores of its classes at each time step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import keras
import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import whole_number
from keras_v1_activity.v1.layers.readout import GroupReadout, PublishedProjection
from keras_v1_activity.v1.network.task_readouts import readout_of
from keras_v1_activity.v1.network.v1_network import V1Network

READOUTS: Final[tuple[str, ...]] = ("auto", "groups", "linear")
DIGITS: Final = 10
"""Classes if nothing else is said: those of the task ``10class``."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Readout:
    """The readout of a model; make it with `of`.

    Attributes:
        n_output: number of classes.
        groups: (groups, cells) readout neurons, or None for the linear readout.
        threshold: see `GroupReadout`.
        task: published task that it belongs to, or None.
        as_published: scale not trained, linear readout of 18 outputs on mean spikes.

    Example:
        >>> chosen = Readout.of(network, None, "garrett", "linear")
        >>> chosen.n_output, chosen.groups is None, chosen.task
        (2, True, 'garrett')
    """

    n_output: int
    groups: NDArray[np.integer[Any]] | None = None
    threshold: float | None = None
    task: str | None = None
    as_published: bool = False

    @classmethod
    def of(
        cls,
        network: V1Network,
        n_output: int | None,
        task: str | None,
        readout: str,
        as_published: bool = False,
    ) -> Readout:
        """What the arguments of `create_model` ask for.

        Args:
            network: `V1Network`.
            n_output, task, readout, as_published: as of `create_model`.

        Raises:
            ValueError: an argument is wrong, n_output is not that of the task, or the network
                cannot fill the groups.
        """
        n_output = _classes(n_output, task)
        if readout not in READOUTS:
            raise ValueError(f"readout must be one of {list(READOUTS)}; got {readout!r}.")
        if task is None and n_output == DIGITS:
            task = "10class"
        linear = cls(n_output=n_output, task=task, as_published=as_published)
        if readout == "linear":
            return linear
        try:
            groups = network.task_groups(task) if task else network.class_groups(n_output)
        except ValueError:
            if readout == "groups":
                raise
            return linear
        return cls(
            n_output=n_output,
            groups=groups,
            threshold=readout_of(task).threshold if task else None,
            task=task,
            as_published=as_published,
        )

    @property
    def counts_spikes(self) -> bool:
        """Whether the linear readout sees spike counts of a chunk, not means per time step."""
        return self.groups is None and not (self.as_published and self.task)

    def scores(self, spikes: Any, dampening_factor: float, seed: int) -> Any:
        """(batch, time, n_output) scores, the output of the layer `prediction`.

        Args:
            spikes: (batch, time, neuron) output of `rsnn`.
            dampening_factor: of the layer `rsnn`.
            seed: of the initial weights.
        """
        if self.groups is not None:
            layer = GroupReadout(
                self.groups,
                dampening_factor,
                threshold=self.threshold,
                train_scale=not self.as_published,
                task=self.task,
            )
            scores = layer(spikes)
        else:
            scores = self._projection(spikes, keras.initializers.GlorotUniform(seed=seed))
        return keras.layers.Activation("linear", name="prediction")(scores)

    def _projection(self, spikes: Any, initializer: Any) -> Any:
        options: dict[str, Any] = {"kernel_initializer": initializer, "name": "projection"}
        if self.counts_spikes or self.task is None:
            layer = keras.layers.Dense(self.n_output, **options)
            layer.task = self.task
            return layer(spikes)
        first, end = readout_of(self.task).outputs
        return PublishedProjection(self.task, **options)(spikes)[..., first:end]


def _classes(n_output: int | None, task: str | None) -> int:
    """Number of classes, from what was given."""
    of_task = DIGITS if task is None else readout_of(task).n_output
    if n_output is None:
        return of_task
    n_output = whole_number(n_output, "n_output", 1, 10)
    if task is not None and n_output != of_task:
        raise ValueError(
            f"n_output must be {of_task}, the classes of task {task!r}, or be left out; got "
            f"{n_output}."
        )
    return n_output
