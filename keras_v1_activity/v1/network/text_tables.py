"""Tables in text with a header: the types of nodes and edges, the factors of synapse models."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import shown
from keras_v1_activity.common.reading import one_line, open_regular

_SEPARATORS = {" ": "blanks", ",": "commas", "\t": "tabs", ";": "semicolons"}
_MOST_BYTES, _MOST_ROWS = 4_000_000, 100_000


@dataclass(frozen=True, eq=False)
class TextTable:
    """The header and the rows of a table; a column is found by its name, wherever it stands.

    Attributes:
        path: the file.
        header: names of the columns.
        rows: the texts of each row that is not empty.

    Example:
        >>> TextTable(Path("types.csv"), ["id", "name"], [["7", "e4other"]]).column("name")
        ['e4other']
    """

    path: Path
    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    def column(self, name: str) -> list[str] | None:
        """The texts of a column, empty where a row is too short; None without such a column.

        Args:
            name: of the column.
        """
        if name not in self.header:
            return None
        place = self.header.index(name)
        return [row[place].strip() if place < len(row) else "" for row in self.rows]

    def ids(self, name: str) -> NDArray[np.int64] | None:
        """A column of whole numbers, each of them once; None without such a column.

        Args:
            name: of the column.

        Raises:
            ValueError: other texts, or one number twice.
        """
        texts = self.column(name)
        if texts is None:
            return None
        wrong = [text for text in texts if not text.isdecimal() or len(text) > 18]
        if wrong:
            raise ValueError(
                f"{self.path}: {name} must be a whole number in each row; got {shown(wrong[0])}: "
                "use the file as published."
            )
        ids = np.array([int(text) for text in texts], np.int64)
        values, counts = np.unique(ids, return_counts=True)
        if (counts > 1).any():
            raise ValueError(
                f"{self.path} has more than one row for the {name} {values[counts > 1][0]}: use "
                "the file as published."
            )
        return ids


def read_table(path: Path, key: str) -> TextTable:
    r"""Reads a table.

    Args:
        path: text with a header, separated by blanks, commas, tabs or semicolons.
        key: name of a column that it must have.

    Raises:
        ValueError: the file is no such table, or very large.

    Example:
        >>> _ = Path("types.csv").write_text("node_type_id,pop_name\n7,e4other\n")
        >>> read_table(Path("types.csv"), "pop_name").rows
        [['7', 'e4other']]
    """
    try:
        with open_regular(path) as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise ValueError(f"it has more than {_MOST_BYTES:,} bytes")
        if content.count(b"\n") + content.count(b"\r") > _MOST_ROWS:
            raise ValueError(f"it has more than {_MOST_ROWS:,} rows")
        text = content.decode("utf-8-sig")
        separator = _separator(next(iter(text.splitlines()), ""), key)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except (UnicodeDecodeError, csv.Error, ValueError, OSError) as error:
        raise ValueError(
            f"{path} is damaged or no table in text ({one_line(error)}): copy or download it again."
        ) from None
    rows = [row for row in rows if any(row)] or [[]]
    return TextTable(path, rows[0], rows[1:])


def _separator(header: str, key: str) -> str:
    """What stands between the columns; the one that finds the column that must be there."""
    for separator in _SEPARATORS:
        if key in next(csv.reader([header.strip()], delimiter=separator), []):
            return separator
    raise ValueError(
        f"its first line names no column {key} between {', '.join(_SEPARATORS.values())}: "
        f"{shown(header.strip())}"
    )
