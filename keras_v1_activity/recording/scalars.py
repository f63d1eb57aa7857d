"""Numbers that a training program gives with a step: its own number, and its losses."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.common.checks import shown


def numbers(scalars: Mapping[str, Any] | None) -> dict[str, float]:
    """Named numbers as floats.

    Args:
        scalars: dict of name -> number, or array or tensor that holds one; of a value that differs
            by replica the first is taken. None: there are none.

    Raises:
        ValueError: one is no number, or its name no text.

    Example:
        >>> numbers({"loss": np.float32(0.5), "rates/spontaneous": np.array([2])})
        {'loss': 0.5, 'rates/spontaneous': 2.0}
    """
    if scalars is not None and not isinstance(scalars, Mapping):
        raise ValueError(f"scalars must be a dict of numbers; got {shown(scalars)}.")
    return {_name(name): _number(name, value) for name, value in (scalars or {}).items()}


def with_logs(
    make: Callable[[], Activity], logs: Mapping[str, Any], epoch_batch: int | None = None
) -> Activity:
    """Makes a look and adds the logs of Keras to its details, as ``scalars``.

    Called in the thread that stores looks: there it waits for numbers that are on a device.

    Args:
        make: makes the look.
        logs: what Keras hands to ``on_train_batch_end``; what is no number is left out.
        epoch_batch: number of the batch in its epoch, from 1: Keras gives means over so many.

    Example:
        >>> look = with_logs(lambda: activity, {"loss": np.float32(0.5), "confusion": np.eye(2)})
        >>> dict(look.details["scalars"])
        {'loss': 0.5}
    """
    look, read = make(), {}
    for name, value in logs.items():
        with suppress(ValueError):
            read |= numbers({name: value})
    if not read:
        return look
    of_batch = {} if epoch_batch is None else {"epoch_batch": epoch_batch}
    return look.with_details(scalars=read, **of_batch)


def step_number(value: Any, name: str) -> int:
    """The number of a step, a whole number or an array that holds one, as int.

    Args:
        value: the number.
        name: of the argument.

    Raises:
        ValueError: it is none.

    Example:
        >>> step_number(np.array(7), "step")
        7
    """
    try:
        number = operator.index(value.numpy() if hasattr(value, "numpy") else value)
    except TypeError:
        number = -1
    if number < 0:
        raise ValueError(
            f"{name} must be the number of a step, a whole number such as 100; got {value!r}."
        )
    return number


def _name(name: Any) -> str:
    if not isinstance(name, str):
        raise ValueError(f"the names of scalars must be text, e.g. 'loss'; got {shown(name)}.")
    return name


def _number(name: str, value: Any) -> float:
    parts = getattr(value, "values", None)
    one = parts[0] if isinstance(parts, tuple) and parts else value
    try:
        detached = one.detach() if hasattr(one, "detach") else one
        return float(detached.item() if hasattr(detached, "item") else detached)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"scalars[{name!r}] must be one number; got {shown(value)}: give its mean."
        ) from error
