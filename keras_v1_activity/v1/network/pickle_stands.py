"""What stands for the few functions and classes that a pickle of plain data may call.

None of them is the real one, so that a pickle can neither change the real one nor call it with
arguments that take more memory than its file has bytes. Each is called with an `Allowance`, which
counts what is made, and with the arguments of the pickle.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import shown
from keras_v1_activity.common.reading import Allowance

# Numbers, booleans, text, bytes, dates of plain arrays; O holds containers read by the same rules.
_DTYPE_KINDS = "biufcSUO"
_ARRAY_BYTES = 200
_KEYS = (str, bytes, int, float, np.integer, np.floating, np.bool_, type(None))
# Python gives the same hash to numbers that differ by multiples of this.
_LARGEST_KEY = 2**61 - 1


class RefusedName(ValueError):
    """A pickle asks for a function, a class or a form of data that plain data do not need."""


def check_keys(keys: Iterable[object]) -> None:
    """Refuses what cannot be a key of a dict or a member of a set without taking long.

    Python computes the hash of a nested tuple again each time, and a few bytes can nest very many.

    Args:
        keys: values that are to become keys.

    Raises:
        RefusedName: one is no text and no number, or a number beyond 2**61.

    Example:
        >>> check_keys(["ids", 3, None])
    """
    for key in keys:
        if type(key) is str:
            continue
        if not isinstance(key, _KEYS):
            raise RefusedName(f"a key that is a {type(key).__name__}")
        if isinstance(key, int) and not -_LARGEST_KEY < key < _LARGEST_KEY:
            raise RefusedName("a key that is a number beyond 2**61")


class DtypeState:
    """A numpy dtype under construction: only its plain spelling and byte order are believed.

    Real dtypes accept a state with flags that can lie about holding object pointers.

    Args:
        spelling: such as "f8".

    Raises:
        RefusedName: it is no type of plain data.

    Example:
        >>> DtypeState("f8").dtype
        dtype('float64')
    """

    __slots__ = ("_dtype",)

    def __init__(self, spelling: object) -> None:
        if type(spelling) is not str or len(spelling) > 20:
            raise RefusedName(f"arrays of type {shown(spelling)}")
        self._dtype: np.dtype[Any] = np.dtype(spelling)
        if self._dtype.kind not in _DTYPE_KINDS or self._dtype.names is not None:
            raise RefusedName(f"arrays of type {spelling!r}")

    def build(self, state: Any, _allowance: Allowance) -> None:
        """Takes the byte order of a pickled state."""
        if type(state) is not tuple or state[2:5] != (None, None, None):
            raise RefusedName("arrays of a structured type")
        order = state[1]
        self._dtype = self._dtype.newbyteorder(order if order in ("<", ">") else "=")

    @property
    def dtype(self) -> np.dtype[Any]:
        """The plain numpy dtype."""
        return self._dtype


class ArrayState(np.ndarray):
    """An array under construction, which takes its dtype from a `DtypeState`.

    Example:
        >>> from keras_v1_activity.common.reading import Allowance
        >>> array = np.ndarray.__new__(ArrayState, (0,), "b")
        >>> array.build((1, (2,), DtypeState("u1"), False, b"ab"), Allowance(100, 8))
        >>> np.asarray(array)
        array([97, 98], dtype=uint8)
    """

    __slots__ = ()

    def build(self, state: Any, allowance: Allowance) -> None:
        """Takes the shape and values of a pickled state."""
        if type(state) is not tuple or len(state) != 5:
            raise RefusedName("arrays without a state")
        version, shape, dtype, fortran_order, values = state
        if type(dtype) is not DtypeState:
            raise RefusedName("arrays without a type")
        plain = dtype.dtype
        _check_values(values, shape, plain)
        allowance.take(len(values) * (8 if plain.hasobject else 1), "an array")
        self.__setstate__((version, shape, plain, fortran_order, values))
        if not plain.hasobject:
            # numpy may lay the array over the bytes themselves, which others may share.
            self.setflags(write=False)


def _check_values(values: Any, shape: Any, dtype: np.dtype[Any]) -> None:
    """Refuses values that do not fill the array: numpy would read past their end."""
    if type(shape) is not tuple or len(shape) > 32:
        raise RefusedName("arrays of an impossible shape")
    # A file holds thousands of arrays, so that each microsecond here counts.
    length = 1
    for n in shape:
        if type(n) is not int or n < 0:
            raise RefusedName("arrays of an impossible shape")
        length *= n
    expected: type = list
    if not dtype.hasobject:
        expected, length = bytes, length * dtype.itemsize
    if type(values) is not expected or len(values) != length or not dtype.itemsize:
        raise RefusedName(f"an array of {dtype} whose values do not fill its shape {shown(shape)}")


def _plain_dtype(dtype: Any) -> np.dtype[Any]:
    if type(dtype) is not DtypeState:
        raise RefusedName("arrays without a type")
    return dtype.dtype


def _check_buffer(value: object, dtype: np.dtype[Any]) -> None:
    """Only plain bytes may be read as numbers: the memory of other objects holds pointers."""
    if type(value) not in (bytes, bytearray) or dtype.hasobject:
        raise RefusedName("arrays over the memory of other objects")


class Stand:
    """A callable of which a pickle can change nothing.

    Args:
        function: called with the `Allowance` and the arguments of the pickle; None if the pickle
            may name it but need not call it.

    Example:
        >>> from keras_v1_activity.common.reading import Allowance
        >>> STANDS["builtins", "list"](Allowance(10, 8), (1, 2))
        [1, 2]
    """

    __slots__ = ("_function",)

    def __init__(self, function: Callable[..., Any] | None = None) -> None:
        self._function = function

    def __call__(self, allowance: Allowance, *arguments: Any) -> Any:
        """What the pickle gets for its call."""
        if self._function is None:
            raise RefusedName("a call of what plain data do not call")
        return self._function(allowance, *arguments)


def _dtype(_: Allowance, spelling: object, *_align_and_copy: object) -> DtypeState:
    return DtypeState(spelling)


def _reconstruct(allowance: Allowance, *_type_shape_dtype: object) -> ArrayState:
    allowance.take(_ARRAY_BYTES)
    return np.ndarray.__new__(ArrayState, (0,), "b")


def _scalar(allowance: Allowance, dtype: Any, value: Any = b"") -> Any:
    plain = _plain_dtype(dtype)
    _check_buffer(value, plain)
    allowance.take(plain.itemsize + _ARRAY_BYTES)
    return np.frombuffer(value, plain, count=1)[0]


def _from_buffer(
    allowance: Allowance, buffer: Any, dtype: Any, shape: Any, order: Any, axes: Any = None
) -> NDArray[Any]:
    plain = _plain_dtype(dtype)
    _check_buffer(buffer, plain)
    allowance.take(len(buffer) + _ARRAY_BYTES, "an array")
    values = np.frombuffer(buffer, plain).copy()
    if type(shape) is not tuple or not all(type(n) is int and n >= 0 for n in shape):
        raise RefusedName("arrays of an impossible shape")
    if math.prod(shape) != values.size:
        raise RefusedName(f"an array of {plain} whose values do not fill its shape {shown(shape)}")
    if order == "K" and axes is not None:
        return values.reshape(shape).transpose(axes)
    return values.reshape(shape, order=order)


def _encode(allowance: Allowance, text: Any, encoding: object) -> bytes:
    if type(text) is not str or encoding not in ("latin1", "latin-1"):
        raise RefusedName(f"the encoding {shown(encoding)} of a {type(text).__name__}")
    allowance.take(len(text) + 40, "text")
    return text.encode("latin1")


def _bytes(allowance: Allowance, value: Any = b"", encoding: object = None) -> bytes:
    """Stands for `bytes`, without its forms that take a size or a buffer."""
    if type(value) is str:
        return _encode(allowance, value, encoding)
    if type(value) is not bytes or encoding is not None:
        raise RefusedName(f"bytes made of {type(value).__name__}")
    return value


def _bytearray(allowance: Allowance, *content: Any) -> bytearray:
    plain = _bytes(allowance, *content)
    allowance.take(len(plain) + 60, "bytes")
    return bytearray(plain)


def _container(kind: type, entry_bytes: int) -> Stand:
    """Stands for a container made of another one."""

    def make(allowance: Allowance, content: Any = (), *more: object) -> Any:
        if type(content) not in (list, tuple, set, frozenset, dict, OrderedDict) or more:
            raise RefusedName(f"a {kind.__name__} made of {type(content).__name__}")
        allowance.take(250 + entry_bytes * len(content), f"a {kind.__name__}")
        if issubclass(kind, (set, frozenset)):
            check_keys(content)
        elif issubclass(kind, dict):
            entries = content.items() if isinstance(content, dict) else content
            if not all(type(entry) in (list, tuple) and len(entry) == 2 for entry in entries):
                raise RefusedName("a dict made of what are no pairs")
            check_keys(entry[0] for entry in entries)
        return kind(content)

    return Stand(make)


def _complex(_: Allowance, *parts: Any) -> complex:
    if len(parts) > 2 or not all(type(part) in (int, float) for part in parts):
        raise RefusedName("a complex number made of what are no numbers")
    return complex(*parts)


def _stands() -> Mapping[tuple[str, str], Stand]:
    stands: dict[tuple[str, str], Stand] = {
        ("numpy", "ndarray"): Stand(),
        ("numpy", "dtype"): Stand(_dtype),
        ("_codecs", "encode"): Stand(_encode),
        ("collections", "OrderedDict"): _container(OrderedDict, 200),
    }
    for core in ("numpy.core", "numpy._core"):
        stands[f"{core}.multiarray", "_reconstruct"] = Stand(_reconstruct)
        stands[f"{core}.multiarray", "scalar"] = Stand(_scalar)
        stands[f"{core}.numeric", "_frombuffer"] = Stand(_from_buffer)
    for builtins in ("builtins", "__builtin__"):
        stands[builtins, "bytes"] = Stand(_bytes)
        stands[builtins, "bytearray"] = Stand(_bytearray)
        stands[builtins, "complex"] = Stand(_complex)
        for kind, entry_bytes in ((list, 9), (tuple, 9), (dict, 110), (set, 70), (frozenset, 70)):
            stands[builtins, kind.__name__] = _container(kind, entry_bytes)
    return MappingProxyType(stands)


STANDS: Mapping[tuple[str, str], Stand] = _stands()
"""What stands for each (module, name) that a pickle of plain data may ask for."""
