"""The list of callbacks that Keras makes for one `fit`, which lives as long as it does."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from typing import Any

_CALLED_WITHIN = 16


def calling_list() -> Any | None:
    """The CallbackList of Keras whose hook is being called; None outside of one.

    Example:
        >>> print(calling_list())
        None
    """
    frame = sys._getframe(1)
    for _ in range(_CALLED_WITHIN):
        caller = frame.f_locals.get("self") if "self" in frame.f_code.co_varnames else None
        if type(caller).__name__ == "CallbackList":
            return caller
        if frame.f_back is None:
            break
        frame = frame.f_back
    return None


def at_end_of_fit(call: Callable[[], object]) -> None:
    """Has a function called when the `fit` whose hook runs is left, however that happens.

    Keras calls no hook if a callback raises, or after Ctrl-C. Its list of callbacks goes then, as
    soon as nobody holds the traceback.

    Args:
        call: called without arguments; nothing happens outside of a hook.

    Example:
        >>> at_end_of_fit(lambda: None)
    """
    found = calling_list()
    if found is not None:
        weakref.finalize(found, call).atexit = False


def put_last(callback: Any, instead_of: Any = None) -> bool:
    """Adds a callback to the list whose hook runs, behind all others; False outside of a hook.

    Args:
        callback: callback of Keras.
        instead_of: one that was added before and has no use any more, or None.

    Example:
        >>> put_last(object())
        False
    """
    found = calling_list()
    callbacks = getattr(found, "callbacks", None)
    if not isinstance(callbacks, list):
        return False
    callbacks[:] = [*(other for other in callbacks if other is not instead_of), callback]
    return True


def take_out(callback: Any) -> None:
    """Removes a callback from the list whose hook runs, if it is there.

    Example:
        >>> take_out(object())
    """
    callbacks = getattr(calling_list(), "callbacks", None)
    if isinstance(callbacks, list):
        # It stands behind the one whose hook runs: nobody who goes through the list misses one.
        callbacks[:] = [other for other in callbacks if other is not callback]
