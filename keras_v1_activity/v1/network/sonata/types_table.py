"""The properties that the nodes or edges of a type share: a table in text, joined by its ids."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import shown
from keras_v1_activity.v1.network.text_tables import TextTable, read_table

_NOTHING: Final = ("", "NULL", "None", "nan", "NaN", "NA")
_TABLE_SIZE: Final = 1_000_000


@dataclass(frozen=True, eq=False)
class TypesTable:
    r"""The rows of a table of types.

    Attributes:
        key: name of the column of ids.
        table: as read; None if there is no such file.
        ids: (n_rows,) int64 ids of the types.

    Example:
        >>> from pathlib import Path
        >>> _ = Path("types.csv").write_text('edge_type_id delay note\n5 2.0 "of two words"\n')
        >>> types = TypesTable.read(Path("types.csv"), "edge_type_id")
        >>> types.numbers("delay"), types.texts("note"), types.texts("model")
        (array([2.]), ['of two words'], None)
    """

    key: str
    table: TextTable | None
    ids: NDArray[np.int64]

    @classmethod
    def read(cls, path: Path | None, key: str) -> TypesTable:
        """Reads a table.

        Args:
            path: of the table; None for one without rows.
            key: name of the column of ids.

        Raises:
            ValueError: the file is no such table, or holds an id twice.
        """
        if path is None:
            return cls(key, None, np.zeros(0, np.int64))
        table = read_table(path, key)
        ids = table.ids(key)
        assert ids is not None  # the table is read by this column
        return cls(key, table, ids)

    @property
    def place(self) -> str:
        """The file, for messages."""
        return "no table of types" if self.table is None else str(self.table.path)

    def texts(self, name: str) -> list[str | None] | None:
        """A column; None where a row says nothing, and without such a column.

        Args:
            name: of the column.
        """
        column = None if self.table is None else self.table.column(name)
        if column is None or not any(text not in _NOTHING for text in column):
            return None
        return [None if text in _NOTHING else text for text in column]

    def numbers(self, name: str) -> NDArray[np.float64] | None:
        """A column of numbers, NaN where a row says nothing; None without such a column.

        Args:
            name: of the column.

        Raises:
            ValueError: a text that is no number.
        """
        texts = self.texts(name)
        if texts is None:
            return None
        try:
            return np.array([np.nan if text is None else float(text) for text in texts])
        except ValueError:
            raise ValueError(
                f"{self.place}: {name} must be a number in each row, or NULL; got "
                f"{shown(sorted({t for t in texts if t})[:3])}."
            ) from None

    def rows_of(self, type_ids: NDArray[np.integer], file: Path) -> NDArray[np.int64]:
        """The row of each id.

        Args:
            type_ids: (n,) ids.
            file: that holds them, for the message.

        Raises:
            ValueError: the table has no row for an id.
        """
        if not len(type_ids):
            return np.zeros(0, np.int64)
        greatest = int(self.ids.max(initial=-1))
        if 0 <= greatest < _TABLE_SIZE:  # looked up: there may be many millions of ids
            row_of = np.full(greatest + 2, -1, np.int64)
            row_of[self.ids] = np.arange(len(self.ids))
            rows = row_of[np.minimum(type_ids, greatest + 1)]
        else:
            order = np.argsort(self.ids)
            place = np.searchsorted(self.ids[order], type_ids)
            rows = order[np.minimum(place, len(order) - 1)]
            rows = np.where(self.ids[rows] == type_ids, rows, -1)
        if (rows >= 0).all():
            return rows
        first = int(type_ids[int(np.argmin(rows >= 0))])
        raise ValueError(
            f"{self.place} has no row for the {self.key} {first} of {file.name}: use the files of "
            "one network."
        )
