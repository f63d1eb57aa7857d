"""Dataclasses that are values: nothing inside them can change, nor inside copies of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_Scalar = TypeVar("_Scalar", bound=np.generic)
_Kind = TypeVar("_Kind")


class Value:
    """Base of frozen dataclasses whose `__post_init__` checks and copies what it is given.

    numpy forgets that an array is read-only when it is pickled or copied. `pickle`, `copy.copy` and
    `copy.deepcopy` therefore make such a value by its constructor, from its fields: what they give
    has been checked and is read-only as well.

    Example:
        >>> import copy
        >>> copy.deepcopy(activity).spike_steps.flags.writeable
        False
    """

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """How `pickle` and `copy` make it again."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        return _make, (type(self), plain(values))


def plain(value: Any) -> Any:
    """The same with dicts instead of read-only views of them, which cannot be pickled.

    Example:
        >>> plain(activity.with_details(scalars={"loss": 0.5}).details)
        {'scalars': {'loss': 0.5}}
    """
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    return tuple(map(plain, value)) if type(value) is tuple else value


def _make(kind: Callable[..., Any], values: dict[str, Any]) -> Any:
    return kind(**values)


def settle(value: object, **checked: Any) -> None:
    """Sets fields of a frozen dataclass to what they were checked to be; for `__post_init__` alone.

    Args:
        value: the instance.
        **checked: value of each field.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass(frozen=True)
        ... class Named:
        ...     name: str
        ...     def __post_init__(self) -> None:
        ...         settle(self, name=self.name.strip())
        >>> Named(" first ").name
        'first'
    """
    for name, content in checked.items():
        object.__setattr__(value, name, content)


def changed(value: _Kind, **checked: Any) -> _Kind:
    """A copy of a frozen dataclass with some fields changed; nothing is checked again.

    Args:
        value: the instance.
        **checked: new value of each field, as its constructor would have settled it.

    Example:
        >>> changed(activity, step=7).step, activity.step
        (7, 100)
    """
    copied = object.__new__(type(value))
    # What was computed from the old fields is not taken along.
    kept = {field.name: getattr(value, field.name) for field in fields(value)}  # type: ignore[arg-type]
    settle(copied, **{**kept, **checked})
    return copied


def read_only(array: NDArray[_Scalar]) -> NDArray[_Scalar]:
    """The array itself, which can be written no more; for one that nobody else has.

    Example:
        >>> read_only(np.zeros(3)).flags.writeable
        False
    """
    array.setflags(write=False)
    return array
