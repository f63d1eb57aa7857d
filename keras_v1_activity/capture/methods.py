"""Replacing methods of single objects for a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

_ABSENT = object()


@contextmanager
def replaced_methods(
    replacements: Sequence[tuple[object, str, Callable[..., Any]]],
) -> Iterator[None]:
    """Puts functions in the place of methods; after the block the objects are as before.

    Args:
        replacements: (object, name of the method, function that replaces it) of each.

    Example:
        >>> class Layer:
        ...     def call(self): return "its own"
        >>> layer = Layer()
        >>> with replaced_methods([(layer, "call", lambda: "another")]):
        ...     print(layer.call())
        another
        >>> layer.call(), vars(layer)
        ('its own', {})
    """
    before = [vars(owner).get(name, _ABSENT) for owner, name, _ in replacements]
    # Straight into __dict__: Keras's __setattr__ tracks what it is given.
    for owner, name, function in replacements:
        vars(owner)[name] = function
    try:
        yield
    finally:
        for (owner, name, _), old in zip(replacements, before, strict=True):
            if old is _ABSENT:
                vars(owner).pop(name, None)
            else:
                vars(owner)[name] = old
