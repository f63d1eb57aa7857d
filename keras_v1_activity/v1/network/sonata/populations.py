"""The rows of a population of nodes or edges in a SONATA file, with their properties by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.hdf5_reading import attribute, check_contents
from keras_v1_activity.common.reading import check_regular, one_line
from keras_v1_activity.v1.network.sonata.types_table import TypesTable

# SONATA files are read in pieces, and columns of equal numbers pack to little.
_TIMES: Final = 400.0


@contextmanager
def open_sonata(path: Path) -> Iterator[h5py.File]:
    """Opens a SONATA file.

    Args:
        path: the file.

    Raises:
        ValueError: it is missing, damaged, or holds what is not read from a file of others.

    Example:
        >>> with open_sonata(Path("GLIF_network") / "network/v1_nodes.h5") as file:
        ...     population_names(file, "nodes")
        ['v1']
    """
    try:
        check_regular(path)
        with h5py.File(path, "r", locking=False) as file:
            yield file
    except (OSError, RuntimeError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(
            f"{path} is missing, damaged or no SONATA file ({one_line(error)}): copy it from where "
            "the network came from."
        ) from None


def population_names(file: h5py.File, kind: str) -> list[str]:
    """Names of the populations of a file, in order.

    Args:
        file: open for reading.
        kind: "nodes" or "edges".

    Raises:
        OSError: they lie in another file.

    Example:
        >>> with h5py.File("a.h5", "w") as file:
        ...     _ = file.create_group("edges/v1_to_v1")
        ...     population_names(file, "edges")
        ['v1_to_v1']
    """
    return list(_group(file, [kind])) if kind in file else []


def _group(file: h5py.File, path: Sequence[str]) -> h5py.Group:
    """A group, if everything that leads to it lies in this file."""
    place: Any = file
    for part in path:
        if not isinstance(place.get(part, getlink=True), h5py.HardLink):
            raise OSError(f"{'/'.join(path)} is missing, or a link to another place")
        place = place[part]
    if not isinstance(place, h5py.Group):
        raise OSError(f"{'/'.join(path)} is no group")
    return place


class Rows:
    """The rows of one population, read in pieces.

    A row's property is the number in the row's group, else that of the row's type.

    Args:
        file: open for reading.
        kind: "nodes" or "edges".
        name: of the population.
        types: `TypesTable` of its rows.

    Attributes:
        n_rows: how many there are.
        types: as given.

    Raises:
        OSError, KeyError: the file is laid out otherwise.

    Example:
        >>> folder = Path("GLIF_network") / "network"
        >>> types = TypesTable.read(folder / "v1_node_types.csv", "node_type_id")
        >>> with open_sonata(folder / "v1_nodes.h5") as file:
        ...     rows = Rows(file, "nodes", "v1", types)
        ...     rows.n_rows, rows.read("node_id", slice(2)), rows.type_rows(slice(2)).shape
        (200, array([0, 1]), (2,))
    """

    def __init__(self, file: h5py.File, kind: str, name: str, types: TypesTable) -> None:
        self.types: TypesTable = types
        self._path = Path(file.filename)
        self._where, self._kind = f"{kind}/{name}", kind[:-1]
        self._group = _group(file, [kind, name])
        names = (f"{self._kind}_type_id", f"{self._kind}_group_id", f"{self._kind}_group_index")
        ends = ("node_id",) if kind == "nodes" else ("source_node_id", "target_node_id")
        self._check(*ends, *names)
        self.n_rows: int = len(self._group[ends[0]])
        for column in (*ends, *names):
            found = self._group.get(column)
            if found is not None and (
                found.shape != (self.n_rows,) or found.dtype.kind not in "iu"
            ):
                raise OSError(
                    f"/{self._where}/{column} is no list of {self.n_rows:,} whole numbers"
                )
        self._type_id, self._group_id, self._group_index = map(self._group.get, names)
        self._groups = [part for part in self._group if part.isdecimal()]
        self._checked: set[tuple[str, str]] = set()
        self._whole: dict[tuple[str, str], NDArray[Any]] = {}

    def _check(self, *columns: str) -> None:
        paths = [f"{self._where}/{column}" for column in columns]
        check_contents(self._group.file, check_regular(self._path), paths, _TIMES)

    def read(self, column: str, piece: slice) -> NDArray[Any]:
        """Whole numbers of the rows of a piece, such as node ids.

        Args:
            column: name of a dataset of the population.
            piece: of the rows.
        """
        values = self._group[column][piece]
        # numpy makes floats of unsigned 64-bit numbers and signed ones together.
        return values.view(np.int64) if values.dtype == np.uint64 else values

    def end_population(self, column: str) -> str:
        """Name of the population that ids belong to.

        Args:
            column: "source_node_id" or "target_node_id".
        """
        told = attribute(self._group[column], "node_population", "")
        parts = self._where.partition("/")[2].split("_to_")
        named = told.decode() if isinstance(told, bytes) else str(told)
        return named or (parts[0] if column.startswith("source") else parts[-1])

    def type_rows(self, piece: slice, kept: Any = slice(None)) -> NDArray[np.int64]:
        """Row of the table of types of each row of a piece.

        Args:
            piece: of the rows.
            kept: which of them are wanted.

        Raises:
            ValueError: the table has no such row.
        """
        if self._type_id is None:
            raise KeyError(f"/{self._where}/{self._kind}_type_id is missing")
        ids = self._type_id[piece][kept]
        return self.types.rows_of(ids.astype(np.int64), self._path)

    def column(
        self, name: str, piece: slice, kept: Any, type_rows: NDArray[Any]
    ) -> NDArray[Any] | None:
        """A property of some rows, numbers or texts; None if neither rows nor types have it.

        If only some rows have it, numbers are NaN for the others, and texts None.

        Args:
            name: of the property.
            piece: of the rows.
            kept: (n,) which of them are wanted, places or booleans.
            type_rows: (n,) row of the table of types of each.
        """
        held = [group for group in self._groups if name in self._group[group]]
        if not held:
            return self._of_types(name, type_rows)
        ids, places = self.places(piece, kept)
        if len(held) == 1 and bool((ids == int(held[0])).all()):
            return self._values(held[0], name, places)
        found = self._of_types(name, type_rows)
        values = np.full(len(places), np.nan) if found is None else found
        for group in held:
            mine = ids == int(group)
            if mine.any():
                own = self._values(group, name, places[mine])
                if own.dtype == object:
                    values = values.astype(object)
                values[mine] = own
        return values

    def places(self, piece: slice, kept: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(n,) group of some rows, and (n,) their places in it; without such columns, group 0.

        Args:
            piece: of the rows.
            kept: which of them are wanted.
        """
        start, stop, _ = piece.indices(self.n_rows)
        if self._group_index is None:
            places = np.arange(start, stop)[kept]
        else:
            places = self._group_index[piece][kept].astype(np.int64)
        if self._group_id is None:
            return np.zeros(len(places), np.int64), places
        return self._group_id[piece][kept].astype(np.int64), places

    def _of_types(self, name: str, type_rows: NDArray[Any]) -> NDArray[Any] | None:
        texts = self.types.texts(name)
        if texts is None:
            return None
        try:
            return np.array([np.nan if text is None else float(text) for text in texts])[type_rows]
        except ValueError:
            return np.array(texts, object)[type_rows]

    def _values(self, group: str, name: str, places: NDArray[np.int64]) -> NDArray[Any]:
        """Values of one group at places; in one run of the disk if they follow each other."""
        key = (group, name)
        if key not in self._checked:
            self._check(f"{group}/{name}")
            self._checked.add(key)
        dataset = self._group[group][name]
        if not isinstance(dataset, h5py.Dataset) or dataset.ndim != 1:
            raise OSError(f"/{self._where}/{group}/{name} is no list of values")
        if not len(places):
            return _plain(dataset[:0])
        first, last = int(places.min()), int(places.max())
        if first < 0 or last >= len(dataset):
            raise OSError(
                f"{self._kind}_group_index names place {last:,} of /{self._where}/{group}/{name}, "
                f"which has {len(dataset):,}"
            )
        if key not in self._whole and last - first < 2 * len(places):
            return _plain(dataset[first : last + 1])[places - first]
        if key not in self._whole:
            self._whole[key] = _plain(dataset[()])
        return self._whole[key][places]


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    """Numbers as they are, texts as Python's."""
    if values.dtype.kind in "iufb":
        return values
    texts = [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values]
    return np.array([None if text in ("", "NULL") else text for text in texts], object)
