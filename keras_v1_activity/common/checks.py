"""Checks of arguments that several modules share."""

import operator
import reprlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

_SHOWN = 60  # characters of a wrong value that a message repeats
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHOWN


def frozen_array(
    value: ArrayLike,
    name: str,
    shape: Sequence[int | str],
    dtype: DTypeLike,
) -> NDArray[Any]:
    """A read-only copy of `value` as an array of that type, for a value that must not change.

    Args:
        value: an array, or nested lists of numbers.
        name: of the argument, for the message.
        shape: size of each axis; a word such as "time" stands for any size.
        dtype: type of the copy. For whole numbers, one that it cannot hold is refused.

    Raises:
        ValueError: one sentence that says what was wrong with it.

    Example:
        >>> frozen_array([1, 2], "ids", ["neuron"], np.int64)
        array([1, 2])
    """
    wanted = np.dtype(dtype)
    axes = "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"
    expected = f"{name} must be an array of shape {axes}"
    try:
        given = np.asarray(value)
    except (ValueError, TypeError):
        raise ValueError(f"{expected}; got {shown(value)}, whose rows differ in length.") from None
    fits = given.ndim == len(shape) and all(
        isinstance(size, str) or size == found
        for size, found in zip(shape, given.shape, strict=True)
    )
    if not fits:
        raise ValueError(f"{expected}; got shape {given.shape}.")
    if given.size and given.dtype.kind not in "biuf":
        raise ValueError(f"{expected} of numbers; got the type {given.dtype}.")
    with np.errstate(all="ignore"):
        copy = given.astype(wanted)
    if wanted.kind in "iu" and not np.array_equal(copy, given):
        raise ValueError(
            f"{expected} of whole numbers that fit {wanted}; got {shown(given[copy != given][0])}."
        )
    copy.setflags(write=False)
    return copy


def shown(value: object) -> str:
    """`value` as a message repeats it: in one line, shortened, without control characters.

    Example:
        >>> shown(list(range(1000)))
        '[0, 1, 2, 3, 4, 5, ...]'
    """
    try:
        text = " ".join(_SHORT.repr(value).split())
    except Exception:
        text = f"a {type(value).__name__}"
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def whole_number(value: object, name: str, least: int, example: int) -> int:
    """`value` as int.

    Args:
        value: an int or a numpy integer; booleans, floats and text are refused.
        name: of the argument, for the message.
        least: smallest allowed value.
        example: a good value, for the message.

    Raises:
        ValueError: one sentence that says what was wrong with it.

    Example:
        >>> whole_number(np.int64(5), "n_neurons", 1, 2000)
        5
    """
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or number < least:
        raise ValueError(
            f"{name} must be a whole number of at least {least}, e.g. {example}; got {value!r}."
        )
    return number


def real_number(
    value: object,
    name: str,
    example: float,
    *,
    least: float | None = None,
    above: float | None = None,
) -> float:
    """`value` as a finite float.

    Args:
        value: a number; booleans and text are refused.
        name: of the argument, for the message.
        example: a good value, for the message.
        least: smallest allowed value, or None.
        above: a bound that the value must exceed, or None.

    Raises:
        ValueError: one sentence that says what was wrong with it.

    Example:
        >>> real_number(1, "dt", 1.0, above=0)
        1.0
    """
    bounds = [f" of at least {least}"] * (least is not None) + [f" above {above}"] * (
        above is not None
    )
    fits = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if fits:
        fits = np.isfinite(value) and (least is None or value >= least)
        fits = fits and (above is None or value > above)
    if not fits:
        raise ValueError(
            f"{name} must be a number{''.join(bounds)}, e.g. {example}; got {value!r}."
        )
    return float(value)
