"""Checks of arguments that several modules share."""

from __future__ import annotations

import operator
import reprlib
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from keras_v1_activity.common.protocols import AnyArray

# Of rows that differ in length.
_NUMPY_ONLY_WARNS = np.lib.NumpyVersion(np.__version__) < "1.24.0"
_SHOWN = 60  # characters of a wrong value that a message repeats
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHOWN


def frozen_array(
    value: AnyArray,
    name: str,
    shape: Sequence[int | str],
    dtype: DTypeLike,
) -> NDArray[Any]:
    """A read-only copy of `value` as an array of that type, for a value that must not change.

    Args:
        value: an array, or nested lists of numbers.
        name: of the argument, for the message.
        shape: size of each axis; a word such as "time" stands for any size.
        dtype: type of the copy. Of whole numbers and booleans, what it cannot hold is refused.

    Raises:
        ValueError: one sentence that says what was wrong with it.

    Example:
        >>> frozen_array([1, 2], "ids", ["neuron"], np.int64)
        array([1, 2])
    """
    wanted = np.dtype(dtype)
    axes = "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"
    expected = f"{name} must be an array of shape {axes}"
    given = _array_of(value, expected)
    fits = given.ndim == len(shape) and all(
        isinstance(size, str) or size == found
        for size, found in zip(shape, given.shape, strict=True)
    )
    if not fits:
        came = f"shape {given.shape}" if given.ndim else shown(value)
        raise ValueError(f"{expected}; got {came}.")
    # Types of a framework, such as bfloat16, are numbers if numpy can make float64 of them.
    if given.size and not (
        given.dtype.kind in "biuf" or np.can_cast(given.dtype, np.float64, "safe")
    ):
        raise ValueError(f"{expected} of numbers; got the type {given.dtype}.")
    if wanted.kind in "iu" and given.size and given.dtype.kind == "b":
        raise ValueError(
            f"{expected} of whole numbers; got booleans: numpy.flatnonzero makes ids of a mask."
        )
    with np.errstate(all="ignore"):
        copy = np.array(given, wanted, order="C", subok=False)
    if wanted.kind in "iub" and given.dtype != wanted and not np.array_equal(copy, given):
        kind = "0 and 1" if wanted.kind == "b" else f"whole numbers that fit {wanted}"
        raise ValueError(f"{expected} of {kind}; got {shown(given[copy != given][0].item())}.")
    copy.setflags(write=False)
    return copy


def even_array(value: AnyArray) -> NDArray[Any]:
    """`numpy.asarray`, for which rows that differ in length make no array on any numpy.

    Raises:
        ValueError: they do, or whatever numpy raises.

    Example:
        >>> even_array([[1, 2], [3, 4]]).shape
        (2, 2)
    """
    if not _NUMPY_ONLY_WARNS:
        return np.asarray(value)
    with warnings.catch_warnings():
        warnings.simplefilter("error", np.VisibleDeprecationWarning)
        try:
            return np.asarray(value)
        except UserWarning as error:
            raise ValueError(str(error)) from None


def _array_of(value: AnyArray, expected: str) -> NDArray[Any]:
    try:
        return even_array(value)
    except ValueError:
        raise ValueError(f"{expected}; got {shown(value)}, whose rows differ in length.") from None
    except Exception as error:
        raise ValueError(
            f"{expected}; got a {type(value).__name__}, of which numpy makes none ({error})."
        ) from None


def frozen_indices(
    value: AnyArray,
    name: str,
    axis: str | int,
    count: int | None,
    dtype: DTypeLike = np.int64,
    what: str = "neuron ids",
) -> NDArray[Any]:
    """A read-only copy of `value` as indices, each from 0 to `count` - 1.

    Args:
        value: (axis,) whole numbers.
        name: of the argument, for the message.
        axis: its length, or a word for any.
        count: of the things that are numbered; None if it is unknown.
        dtype: type of the copy.
        what: the indices are, for the message.

    Raises:
        ValueError: one sentence that says what was wrong with it.

    Example:
        >>> frozen_indices([0, 2], "voltage_neurons", "neuron", 3)
        array([0, 2])
    """
    indices = frozen_array(value, name, [axis], dtype)
    if not indices.size:
        return indices
    low, high = int(indices.min()), int(indices.max())
    if low < 0 or (count is not None and high >= count):
        allowed = "from 0 on" if count is None else f"from 0 to {count - 1:,}"
        if count == 0:
            allowed = "of which there are none here"
        raise ValueError(f"{name} must be {what} {allowed}; got {low if low < 0 else high:,}.")
    return indices


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
    return shortened(text, _SHOWN)


def shortened(text: str, most: int) -> str:
    r"""Text of others for one line: without control characters, at most `most` characters.

    Example:
        >>> shortened("e23Cux2\tof layer 2/3", 13)
        'e23Cux2?of...'
    """
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return text if len(text) <= most else text[: most - 3] + "..."


def counted(number: int, word: str) -> str:
    """A number with its word, in the plural if it is not one.

    Example:
        >>> counted(1, "neuron"), counted(51_978, "neuron")
        ('1 neuron', '51,978 neurons')
    """
    return f"{number:,} {word}{'s' * (number != 1)}"


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
            f"{name} must be a whole number of at least {least}, e.g. {example}; "
            f"got {shown(value)}."
        )
    return number


def yes_or_no(value: object, name: str) -> bool:
    """Checks an argument that is True or False.

    Args:
        value: a boolean of Python or numpy; numbers and text are refused.
        name: of the argument, for the error.

    Raises:
        ValueError: anything else.

    Example:
        >>> yes_or_no(np.bool_(True), "health")
        True
    """
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} must be True or False; got {shown(value)}.")
    return bool(value)


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
            f"{name} must be a number{''.join(bounds)}, e.g. {example}; got {shown(value)}."
        )
    return float(value)


def time_step(value: object) -> float:
    """`value` as dt, the length of a time step in ms.

    Raises:
        ValueError: it is not a finite number above 0.

    Example:
        >>> time_step(1)
        1.0
    """
    try:
        return real_number(value, "dt", 1.0, above=0)
    except ValueError:
        raise ValueError(
            f"dt must be a number above 0, the length of a time step in ms, e.g. 1.0; "
            f"got {shown(value)}."
        ) from None
