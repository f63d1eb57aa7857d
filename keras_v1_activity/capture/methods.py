"""Replacing methods for a while: of single objects, and of all layers of one name."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
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
    try:
        for owner, name, function in replacements:
            vars(owner)[name] = function
        yield
    finally:
        for (owner, name, _), old in zip(replacements, before, strict=True):
            if old is _ABSENT:
                vars(owner).pop(name, None)
            else:
                vars(owner)[name] = old


@contextmanager
def noted_calls(
    keras: ModuleType,
    name: str,
    note: Callable[[Any, tuple[Any, ...], dict[str, Any], Any], None],
    also_in: Callable[[], bool] = lambda: False,
) -> Iterator[None]:
    """Notes each call in this thread of a layer of that name, also of one that is made only then.

    Args:
        keras: the module `keras` or `tf_keras`.
        name: of the layer.
        note: is given the layer, the arguments, the keyword arguments and the output.
        also_in: called in another thread, says whether calls there are noted as well.

    Example:
        >>> import keras
        >>> seen = []
        >>> with noted_calls(keras, "rsnn", lambda layer, *_: seen.append(layer.name)):
        ...     output = model(x)
        >>> seen
        ['rsnn']
    """
    owner: Any = keras.layers.Layer
    call, thread = owner.__call__, threading.get_ident()

    @functools.wraps(call)
    def noted(layer: Any, *args: Any, **kwargs: Any) -> Any:
        output = call(layer, *args, **kwargs)
        is_meant = getattr(layer, "name", None) == name
        if is_meant and (threading.get_ident() == thread or also_in()):
            note(layer, args, kwargs, output)
        return output

    try:
        owner.__call__ = noted
        yield
    finally:
        owner.__call__ = call
