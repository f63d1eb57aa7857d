"""The distribution strategy that a model trains under: its replicas, and its workers."""

from __future__ import annotations

from typing import Any

from keras_v1_activity.common.protocols import Model
from keras_v1_activity.common.workers import Worker

# Their replicas learn their numbers only while they run, on devices of their own.
_UNKNOWN_NUMBERS = ("TPU", "ParameterServer")


def replicas_here(model: Model) -> int:
    """How many devices of this process train the model in parallel copies.

    Example:
        >>> replicas_here(model)
        1
    """
    strategy = strategy_of(model)
    try:
        return len(strategy.extended.worker_devices)
    except (AttributeError, RuntimeError):
        # TensorFlow's default strategy has no devices of its own.
        return 1


def why_no_replica(model: Model) -> str | None:
    """The name of a strategy whose replicas cannot be told apart; None for all others.

    Example:
        >>> why_no_replica(model) is None
        True
    """
    name = type(strategy_of(model)).__name__
    return name if any(word in name for word in _UNKNOWN_NUMBERS) else None


def worker_of(model: Model) -> Worker:
    """The `Worker` that this process is for a model.

    Example:
        >>> worker_of(model).is_chief
        True
    """
    strategy = strategy_of(model)
    resolver = getattr(strategy, "cluster_resolver", None)
    is_chief = bool(getattr(getattr(strategy, "extended", None), "should_checkpoint", True))
    return Worker(int(getattr(resolver, "task_id", None) or 0), is_chief)


def n_workers(model: Model) -> int:
    """How many processes train a model together.

    Example:
        >>> n_workers(model)
        1
    """
    resolver = getattr(strategy_of(model), "cluster_resolver", None)
    try:
        jobs = resolver.cluster_spec().as_dict()
        return max(sum(len(tasks) for name, tasks in jobs.items() if name != "ps"), 1)
    except (AttributeError, TypeError):
        return 1


def strategy_of(model: Model) -> Any:
    """The tf.distribute strategy of a model; None if it knows none.

    Example:
        >>> type(strategy_of(model)).__name__
        '_DefaultDistributionStrategy'
    """
    return getattr(model, "distribute_strategy", None)
