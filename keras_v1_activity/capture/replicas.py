"""The replicas of a distribution strategy, as a training step that runs in one of them sees them.

MirroredStrategy compiles the step of each replica of a process in a thread of its own, so that the
replica's number is known while the step is compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

OWN_PART: str = (
    "inside a loop or a function of the training step, replicas cannot tell one another how many "
    "samples they have: sample_index counts in the part of the batch that the recorded replica has."
)
"""Says what `Part.is_own` means."""


@dataclass(frozen=True)
class Replica:
    """The replica whose step is being compiled or run.

    Attributes:
        number: among the replicas of this process, from 0.
        n_here: how many replicas this process has.
        n_all: how many there are in all processes.
        device: where it runs; None outside of a strategy.

    Example:
        >>> replica_here()
        Replica(number=0, n_here=1, n_all=1, device=None)
    """

    number: int = 0
    n_here: int = 1
    n_all: int = 1
    device: str | None = None


def replica_here() -> Replica:
    """The `Replica` that this code is part of.

    Raises:
        ValueError: its number is known only while it runs, as on a TPU; or the code is part of no
            replica, as in ``with strategy.scope():``.

    Example:
        >>> strategy = tf.distribute.OneDeviceStrategy("/cpu:0")
        >>> strategy.run(replica_here).n_all
        1
    """
    if not tf.distribute.has_strategy():
        return Replica()
    context = tf.distribute.get_replica_context()
    if context is None:
        raise ValueError(
            "tap was called in the scope of a strategy, but in none of its replicas: call it in "
            "the function that strategy.run is given."
        )
    number = tf.get_static_value(context.replica_id_in_sync_group)
    if number is None:
        raise ValueError(
            f"{type(context.strategy).__name__} tells no replica its number before it runs, so "
            "none of them can be recorded: use MirroredStrategy or MultiWorkerMirroredStrategy."
        )
    devices = context.strategy.extended.worker_devices
    here = int(number) % len(devices)
    return Replica(here, len(devices), context.num_replicas_in_sync, str(devices[here]))


@dataclass(frozen=True, eq=False)
class Part:
    """A replica's part of the batch, and the recorded sample in it.

    Attributes:
        sample: index in this part of the recorded sample, an int or an int32 tensor; None for the
            `sample_index` that is asked for.
        holds: whether this part holds that sample; a bool or a tensor.
        first: number in the whole batch of this part's first sample; None if it is unknown.
        n_samples: samples in the whole batch; None if that is unknown.
        is_own: whether the sample is counted in this part, though others cannot be ruled out.

    Example:
        >>> Part().samples([2, 0, 1])
        [2, 0, 1]
        >>> Part(sample=0).samples([2, 0, 1])
        [0, 0, 1]
    """

    sample: Any = None
    holds: Any = True
    first: Any = None
    n_samples: Any = None
    is_own: bool = False

    def samples(self, samples: list[int]) -> list[Any]:
        """`Selection.samples` in this part."""
        return samples if self.sample is None else [self.sample, *samples[1:]]

    def facts(self) -> dict[str, Any]:
        """What is kept of it, if it is known: int64 tensors sample, first_sample and n_samples.

        The first two are numbers in the whole batch. n_samples is -1 for a part that `is_own`.
        """
        if self.is_own:
            return {"n_samples": tf.constant(-1, tf.int64)}
        if self.first is None:
            return {}
        return {
            "sample": tf.cast(self.first + self.sample, tf.int64),
            "first_sample": tf.cast(self.first, tf.int64),
            "n_samples": tf.cast(self.n_samples, tf.int64),
        }


def part_here(size: Callable[[], Any], replica: int, sample_index: int) -> Part | None:
    """The `Part` of the replica that this code is part of; None if nothing is recorded in it.

    The recorded sample is number `sample_index` of the whole batch, counted from the first one in
    the part of `replica`, or the batch's last sample if there are fewer. All replicas of this
    process must call this, since they tell one another how large their parts are. They do so only
    if it matters. Replicas in several processes do not: there the sample is one of the replica's
    own part.

    Args:
        size: function that gives the samples in this replica's part, an int or a scalar tensor.
        replica: number of the replica whose part is recorded.
        sample_index: which sample of it.

    Raises:
        ValueError: there is no such replica.

    Example:
        >>> part_here(lambda: 8, replica=0, sample_index=2).samples([2])
        [2]
    """
    here = replica_here()
    check_replica(replica, here.n_here)
    alone = here.n_here == 1 or here.n_all > here.n_here
    if alone or (replica == 0 and sample_index == 0):
        return Part() if here.number == replica else None
    sizes = _sizes_of_all(size())
    if sizes is None:
        return Part(is_own=True) if here.number == replica else None
    first = tf.cumsum(sizes, exclusive=True)
    n_samples = tf.reduce_sum(sizes)
    wanted = tf.minimum(first[replica] + sample_index, n_samples - 1)
    mine = first[here.number]
    inside = wanted - mine
    holds = (inside >= 0) & (inside < sizes[here.number])
    return Part(tf.maximum(inside, 0), holds, mine, n_samples)


def check_replica(replica: int, n_replicas: int) -> None:
    """Refuses the number of a replica that does not exist.

    Raises:
        ValueError: naming both numbers.

    Example:
        >>> check_replica(1, 2)
    """
    if replica >= n_replicas:
        raise ValueError(
            f"replica is {replica}, but {n_replicas} replica{'' if n_replicas == 1 else 's'} of "
            f"this process train{'s' if n_replicas == 1 else ''} the model: it may be 0 to "
            f"{n_replicas - 1}."
        )


def _sizes_of_all(size: Any) -> Any:
    """int32 sizes of all replicas' parts, in order; None where replicas cannot talk."""
    context = tf.distribute.get_replica_context()
    try:
        # Numbers within one process need no collective operation, of which order and place count.
        return context.merge_call(_stacked, args=(tf.cast(size, tf.int32),))
    except RuntimeError:
        # In a loop or a function inside the step, MirroredStrategy lets nobody leave the replica.
        return None


@tf.autograph.experimental.do_not_convert
def _stacked(strategy: Any, sizes: Any) -> Any:
    return tf.stack(strategy.experimental_local_results(sizes))
