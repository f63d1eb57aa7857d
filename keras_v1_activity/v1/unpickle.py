"""Reading pickles that may come from anywhere, without running what is in them.

A pickle is a program: a plain load calls whatever functions it names. This one knows the few names
that containers, numbers, strings and numpy arrays need, answers each with a stand-in of its own,
and refuses every other name.
"""

import pickle
from collections import OrderedDict

import numpy as np

# Numbers, booleans, text, bytes, dates of plain arrays; O holds containers read by the same rules.
_DTYPE_KINDS = "biufcSUO"


class RefusedName(ValueError):
    """A pickle asks for a function or class that data do not need."""


class _DtypeState:
    """A numpy dtype under construction: only its plain spelling and byte order are believed.

    Real dtypes accept a state with flags that can lie about holding object pointers.
    """

    __slots__ = ("_dtype",)

    def __init__(self, spelling):
        self._dtype = np.dtype(spelling)
        if self._dtype.kind not in _DTYPE_KINDS or self._dtype.names is not None:
            raise RefusedName(f"arrays of type {spelling!r}")

    def __setstate__(self, state):
        if state[2:5] != (None, None, None):
            raise RefusedName("arrays of a structured type")
        order = state[1]
        self._dtype = self._dtype.newbyteorder(order if order in ("<", ">") else "=")

    @property
    def dtype(self):
        """The plain numpy dtype."""
        return self._dtype


class _ArrayState(np.ndarray):
    """An array under construction, which takes its dtype from a `_DtypeState`."""

    def __setstate__(self, state):
        version, shape, dtype, fortran_order, values = state
        super().__setstate__((version, shape, dtype.dtype, fortran_order, values))


class _Stand:
    """A callable without attributes, so that a pickle can change nothing about it."""

    __slots__ = ()


class _Dtype(_Stand):
    def __call__(self, spelling, *_align_and_copy):
        return _DtypeState(spelling)


class _Reconstruct(_Stand):
    def __call__(self, *_type_shape_dtype):
        return np.ndarray.__new__(_ArrayState, (0,), "b")


class _Scalar(_Stand):
    def __call__(self, dtype, value=b""):
        if dtype.dtype.hasobject:
            raise RefusedName("numpy scalars that hold objects")
        return np.frombuffer(value, dtype.dtype, count=1)[0]


class _FromBuffer(_Stand):
    def __call__(self, buffer, dtype, shape, order, *_axes):
        return np.frombuffer(buffer, dtype.dtype).reshape(shape, order=order)


class _Encode(_Stand):
    def __call__(self, text, encoding):
        if encoding not in ("latin1", "latin-1"):
            raise RefusedName(f"the encoding {encoding!r}")
        return text.encode("latin1")


class _NoCall(_Stand):
    """Stands for the class ndarray, which pickles name but need not call."""


def _allowed_names():
    """Stand-in of each (module, name) that a pickle of plain data may ask for."""
    allowed = {
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
        for plain in (list, dict, tuple, set, frozenset, bytes, bytearray, complex):
            allowed[builtins, plain.__name__] = plain
    return allowed


class _DataUnpickler(pickle.Unpickler):
    """Admits the names of `_allowed_names` and no others."""

    _allowed = _allowed_names()

    def find_class(self, module, name):
        """The stand-in for (module, name).

        Raises:
            RefusedName: the name is not one that plain data need.
        """
        try:
            return self._allowed[module, name]
        except KeyError:
            raise RefusedName(f"{module}.{name}") from None


def load_plain_data(path):
    """Contents of a pickle of containers, numbers, strings and numpy arrays.

    Reads protocols 0 to 5, written under numpy 1 or 2. Nothing in the file is run. Arrays may be
    read-only or of an array subclass: pass them through `numpy.asarray`.

    Args:
        path: the .pkl file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file asks for anything but data (then it names what), or is damaged.
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
            f"{path} asks for {refused}, which is not plain data and was not run: do not use this "
            "file unless you know who made it; a GLIF_network file holds only containers, "
            "numbers, strings and numpy arrays."
        ) from None
    except OSError:
        raise
    except Exception as error:  # a damaged pickle can fail in any way
        raise ValueError(
            f"{path} is damaged or incomplete ({type(error).__name__}: {error}): copy or download "
            "it again."
        ) from error
