"""Reading pickles that may come from anywhere, without running what is in them.

A pickle is a program: a plain load calls whatever functions it names. This one knows the few names
that containers, numbers, strings and numpy arrays need, answers each with a stand-in of its own,
and refuses every other name. Memory is bounded by the size of the file, and time with it.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import Any, Final

import numpy as np

from keras_v1_activity.common.reading import TooLarge, one_line, open_regular
from keras_v1_activity.v1.network.pickle_machine import Machine
from keras_v1_activity.v1.network.pickle_program import run
from keras_v1_activity.v1.network.pickle_stands import RefusedName

_DEEPEST: Final = 30
_SPELLED_OUT: Final = 200_000


def load_plain_data(path: str | os.PathLike[str]) -> Any:
    """Contents of a pickle of containers, numbers, strings and numpy arrays.

    Reads protocols 0 to 5, written under numpy 1 or 2. Nothing in the file is run. It takes at most
    64 MB of memory and ten times the size of the file. Arrays may be read-only or of an array
    subclass: pass them through `numpy.asarray`.

    Args:
        path: the .pkl file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file asks for anything but data (then it names what), or is damaged.

    Example:
        >>> import pickle
        >>> with open("a.pkl", "wb") as file:
        ...     pickle.dump({"k": [0.003, 0.1]}, file)
        >>> load_plain_data("a.pkl")
        {'k': [0.003, 0.1]}
    """
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            data = run(Machine(file, size))
            _check_extent(data, _SPELLED_OUT + size)
            return data
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
    except TooLarge as error:
        raise ValueError(
            f"{path} was not read: {one_line(error)}; do not use it unless you know who made it, "
            "and store numbers as numpy arrays, not as lists."
        ) from None
    except OSError:
        raise
    except Exception as error:  # a damaged pickle can fail in any way
        raise ValueError(
            f"{path} is damaged or incomplete ({type(error).__name__}: {one_line(error)}): copy or "
            "download it again."
        ) from None


def _check_extent(data: Any, most: int) -> None:
    """Refuses data that would be very long if what it holds several times were spelled out.

    A few bytes can hold a pair of pairs of pairs, each the same one: numpy would make an array of
    billions of numbers of it.
    """
    extents: dict[int, int] = {}
    open_ids: set[int] = set()
    # Each container is seen twice: before its entries are, and after.
    waiting: list[tuple[Any, bool]] = [(data, False)]
    while waiting:
        value, done = waiting.pop()
        if not _is_container(value) or (not done and id(value) in extents):
            continue
        entries = _entries(value)
        if not done:
            if id(value) in open_ids:
                raise RefusedName("data that hold themselves")
            open_ids.add(id(value))
            if len(open_ids) > _DEEPEST:
                raise RefusedName(f"data nested deeper than {_DEEPEST} levels")
            waiting.append((value, True))
            waiting.extend((entry, False) for entry in entries if _is_container(entry))
            continue
        open_ids.discard(id(value))
        extent = 1 + sum(extents.get(id(entry), 1) for entry in entries)
        if extent > most:
            raise RefusedName("data that hold the same very many times")
        extents[id(value)] = extent


def _is_container(value: Any) -> bool:
    kinds = (dict, list, tuple)
    return isinstance(value, kinds) or (isinstance(value, np.ndarray) and value.dtype.hasobject)


def _entries(value: Any) -> Collection[Any]:
    """What a container holds; for an array, this takes as long as it has entries."""
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, (list, tuple)) else value.reshape(-1).tolist()
