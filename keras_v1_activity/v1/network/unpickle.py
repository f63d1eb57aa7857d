"""Reading pickles that may come from anywhere, without running what is in them.

A pickle is a program: a plain load calls whatever functions it names. This one knows the few names
that containers, numbers, strings and numpy arrays need, answers each with a stand-in of its own,
and refuses every other name.
"""

from __future__ import annotations

import os
import pickle
from collections import OrderedDict
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.network.file_checks import one_line

# Numbers, booleans, text, bytes, dates of plain arrays; O holds containers read by the same rules.
_DTYPE_KINDS = "biufcSUO"


class RefusedName(ValueError):
    """A pickle asks for a function or class that data do not need."""


class _DtypeState:
    """A numpy dtype under construction: only its plain spelling and byte order are believed.

    Real dtypes accept a state with flags that can lie about holding object pointers.
    """

    __slots__ = ("_dtype",)

    def __init__(self, spelling: object) -> None:
        if type(spelling) is not str:
            raise RefusedName(f"arrays of type {type(spelling).__name__}")
        self._dtype: np.dtype[Any] = np.dtype(spelling)
        if self._dtype.kind not in _DTYPE_KINDS or self._dtype.names is not None:
            raise RefusedName(f"arrays of type {spelling!r}")

    def __setstate__(self, state: Any) -> None:
        if state[2:5] != (None, None, None):
            raise RefusedName("arrays of a structured type")
        order = state[1]
        self._dtype = self._dtype.newbyteorder(order if order in ("<", ">") else "=")

    @property
    def dtype(self) -> np.dtype[Any]:
        """The plain numpy dtype."""
        return self._dtype


class _ArrayState(np.ndarray):
    """An array under construction, which takes its dtype from a `_DtypeState`."""

    def __setstate__(self, state: Any) -> None:
        version, shape, dtype, fortran_order, values = state
        if type(dtype) is not _DtypeState:
            raise RefusedName("arrays without a type")
        plain = dtype.dtype
        _check_values(values, shape, plain)
        super().__setstate__((version, shape, plain, fortran_order, values))
        if not plain.hasobject:
            # numpy may lay the array over the bytes themselves, which others may share.
            self.setflags(write=False)


def _check_values(values: Any, shape: Any, dtype: np.dtype[Any]) -> None:
    """Refuses values that do not fill the array: numpy would read past their end."""
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
        raise RefusedName(f"an array of {dtype} whose values do not fill its shape {shape}")


def _check_buffer(value: object, dtype: Any) -> None:
    """Only plain bytes may be read as numbers: the memory of other objects holds pointers."""
    if type(value) not in (bytes, bytearray) or dtype.dtype.hasobject:
        raise RefusedName("arrays over the memory of other objects")


class _Stand:
    """A callable of which a pickle can change nothing.

    One instance serves the whole process, so it has no attributes and takes no state.
    """

    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> None:
        raise RefusedName(f"a change of the reader's {type(self).__name__}")

    def __setstate__(self, state: object) -> None:
        raise RefusedName(f"a change of the reader's {type(self).__name__}")


class _Dtype(_Stand):
    __slots__ = ()

    def __call__(self, spelling: object, *_align_and_copy: object) -> _DtypeState:
        return _DtypeState(spelling)


class _Reconstruct(_Stand):
    __slots__ = ()

    def __call__(self, *_type_shape_dtype: object) -> _ArrayState:
        return np.ndarray.__new__(_ArrayState, (0,), "b")


class _Scalar(_Stand):
    __slots__ = ()

    def __call__(self, dtype: Any, value: Any = b"") -> Any:
        _check_buffer(value, dtype)
        return np.frombuffer(value, dtype.dtype, count=1)[0]


class _FromBuffer(_Stand):
    __slots__ = ()

    def __call__(
        self, buffer: Any, dtype: Any, shape: Any, order: Any, axes: Any = None
    ) -> NDArray[Any]:
        _check_buffer(buffer, dtype)
        values = np.frombuffer(buffer, dtype.dtype).copy()
        if order == "K" and axes is not None:
            return values.reshape(shape).transpose(axes)
        return values.reshape(shape, order=order)


class _Encode(_Stand):
    __slots__ = ()

    def __call__(self, text: Any, encoding: object) -> bytes:
        if encoding not in ("latin1", "latin-1"):
            raise RefusedName(f"the encoding {encoding!r}")
        return text.encode("latin1")


class _Bytes(_Stand):
    """Stands for `bytes` and `bytearray`, without their forms that take a size or a buffer."""

    __slots__ = ()

    def __call__(self, value: Any = b"", encoding: object = None) -> bytes:
        if type(value) is str and encoding in ("latin1", "latin-1"):
            return value.encode("latin1")
        if type(value) is not bytes or encoding is not None:
            raise RefusedName(f"bytes made of {type(value).__name__}")
        return value


class _Bytearray(_Bytes):
    __slots__ = ()

    def __call__(self, *content: Any) -> bytearray:  # type: ignore[override]
        return bytearray(super().__call__(*content))


class _NoCall(_Stand):
    """Stands for the class ndarray, which pickles name but need not call."""

    __slots__ = ()


def _allowed_names() -> Mapping[tuple[str, str], Any]:
    """Stand-in of each (module, name) that a pickle of plain data may ask for."""
    allowed: dict[tuple[str, str], Any] = {
        ("numpy", "ndarray"): _NoCall(),
        ("numpy", "dtype"): _Dtype(),
        ("_codecs", "encode"): _Encode(),
        ("collections", "OrderedDict"): OrderedDict,
    }
    for core in ("numpy.core", "numpy._core"):
        allowed[f"{core}.multiarray", "_reconstruct"] = _Reconstruct()
        allowed[f"{core}.multiarray", "scalar"] = _Scalar()
        allowed[f"{core}.numeric", "_frombuffer"] = _FromBuffer()
    for builtins in ("builtins", "__builtin__"):
        allowed[builtins, "bytes"] = _Bytes()
        allowed[builtins, "bytearray"] = _Bytearray()
        for plain in (list, dict, tuple, set, frozenset, complex):
            allowed[builtins, plain.__name__] = plain
    return MappingProxyType(allowed)


class _DataUnpickler(pickle.Unpickler):
    """Admits the names of `_allowed_names` and no others."""

    _allowed: ClassVar[Mapping[tuple[str, str], Any]] = _allowed_names()

    def find_class(self, module: str, name: str) -> Any:
        """The stand-in for (module, name).

        Raises:
            RefusedName: the name is not one that plain data need.
        """
        try:
            return self._allowed[module, name]
        except KeyError:
            raise RefusedName(f"{module}.{name}") from None


def load_plain_data(path: str | os.PathLike[str]) -> Any:
    """Contents of a pickle of containers, numbers, strings and numpy arrays.

    Reads protocols 0 to 5, written under numpy 1 or 2. Nothing in the file is run. Arrays may be
    read-only or of an array subclass: pass them through `numpy.asarray`.

    Args:
        path: the .pkl file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file asks for anything but data (then it names what), or is damaged.

    Example:
        >>> with open("a.pkl", "wb") as file:
        ...     pickle.dump({"k": [0.003, 0.1]}, file)
        >>> load_plain_data("a.pkl")
        {'k': [0.003, 0.1]}
    """
    try:
        with open(path, "rb") as file:
            return _DataUnpickler(file).load()
    except FileNotFoundError:
        raise FileNotFoundError(
            f"{path} is missing: give the GLIF_network folder itself, with all its files."
        ) from None
    except RefusedName as refused:
        raise ValueError(
            f"{path} asks for {one_line(refused)}, which is not plain data and was not run: do not "
            "use this file unless you know who made it; a GLIF_network file holds only containers, "
            "numbers, strings and numpy arrays."
        ) from None
    except OSError:
        raise
    except Exception as error:  # a damaged pickle can fail in any way
        raise ValueError(
            f"{path} is damaged or incomplete ({type(error).__name__}: {one_line(error)}): copy or "
            "download it again."
        ) from error
