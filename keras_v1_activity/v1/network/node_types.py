"""The table of node types: which population each belongs to."""

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

_NAME, _ID = "pop_name", "node_type_id"
_SEPARATORS = {" ": "blanks", ",": "commas", "\t": "tabs", ";": "semicolons"}
_MOST_BYTES, _MOST_ROWS = 4_000_000, 100_000


@dataclass(frozen=True, eq=False)
class NodeTypes:
    """The rows of a table of node types.

    Attributes:
        path: the file.
        names: (n_rows,) population names.
        ids: (n_rows,) int64 node type ids; None if the table has none.

    Example:
        >>> from pathlib import Path
        >>> types = read_node_types(Path("GLIF_network") / "network/v1_node_types.csv")
        >>> str(types.names[0]), len(types.ids)
        ('i1Htr3a', 83)
    """

    path: Path
    names: NDArray[np.str_]
    ids: NDArray[np.int64] | None

    def names_of(
        self, type_ids: NDArray[np.int64] | None, types: NDArray[np.integer]
    ) -> NDArray[np.str_]:
        """The population name of each neuron.

        It is joined by the node type id, whatever the order of the rows. If the table or the file
        of the nodes has no such ids, the row of a neuron is the number of its type.

        Args:
            type_ids: (n,) node type id of each neuron, or None.
            types: (n,) number of the type of each neuron, from 0 to n_rows - 1.

        Raises:
            ValueError: the table has no row for an id.
        """
        if self.ids is None or type_ids is None:
            return self.names[types]
        order = np.argsort(self.ids)
        place = np.minimum(np.searchsorted(self.ids[order], type_ids), len(order) - 1)
        rows = order[place]
        missing = self.ids[rows] != type_ids
        if missing.any():
            first = int(type_ids[int(np.argmax(missing))])
            raise ValueError(
                f"{self.path} has no row for the {_ID} {first} of v1_nodes.h5: use the files of "
                "one network."
            )
        return self.names[rows]


def read_node_types(path: Path, n_types: int | None = None, types_file: str = "") -> NodeTypes:
    r"""Reads a table of node types.

    Args:
        path: text with a header, separated by blanks, commas, tabs or semicolons; a column pop_name
            is needed.
        n_types: number of node types that it must have; None for any.
        types_file: name of the file that says so, for the message.

    Raises:
        ValueError: the file is no such table, or has another number of rows.

    Example:
        >>> _ = Path("types.csv").write_text("node_type_id,pop_name\n7,e4other\n")
        >>> read_node_types(Path("types.csv")).names
        array(['e4other'], dtype='<U7')
    """
    header, *rows = _rows(path)
    names, ids = _column(header, rows, _NAME), _column(header, rows, _ID)
    if names is None or not all(names) or n_types not in (None, len(rows)):
        expected = "one row for each node type"
        if n_types is not None:
            expected = f"one row for each of the {n_types} node types in {types_file}"
        raise ValueError(
            f"{path} must have a column {_NAME} and {expected}; it has {len(rows)} rows and the "
            f"columns {shown(header)}: use the files of one network."
        )
    return NodeTypes(path, np.array(names, np.str_), _as_ids(path, ids))


def _rows(path: Path) -> list[list[str]]:
    """The header and the rows that are not empty."""
    try:
        with open_regular(path) as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise ValueError(f"it has more than {_MOST_BYTES:,} bytes")
        if content.count(b"\n") + content.count(b"\r") > _MOST_ROWS:
            raise ValueError(f"it has more than {_MOST_ROWS:,} rows")
        text = content.decode("utf-8-sig")
        separator = _separator(next(iter(text.splitlines()), ""))
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except (UnicodeDecodeError, csv.Error, ValueError, OSError) as error:
        raise ValueError(
            f"{path} is damaged or no table in text ({one_line(error)}): copy or download it again."
        ) from None
    rows = [row for row in rows if any(row)]
    return rows or [[]]


def _separator(header: str) -> str:
    """What stands between the columns; the one that finds the column of names."""
    for separator in _SEPARATORS:
        columns = next(csv.reader([header.strip()], delimiter=separator), [])
        if _NAME in columns:
            return separator
    raise ValueError(
        f"its first line names no column {_NAME} between {', '.join(_SEPARATORS.values())}: "
        f"{shown(header.strip())}"
    )


def _column(header: Sequence[str], rows: Sequence[Sequence[str]], name: str) -> list[str] | None:
    if name not in header:
        return None
    place = header.index(name)
    return [row[place].strip() if place < len(row) else "" for row in rows]


def _as_ids(path: Path, texts: Sequence[str] | None) -> NDArray[np.int64] | None:
    if texts is None:
        return None
    wrong = [text for text in texts if not text.isdecimal() or len(text) > 18]
    if wrong:
        raise ValueError(
            f"{path}: {_ID} must be a whole number in each row; got {shown(wrong[0])}: use the "
            "file as published."
        )
    ids = np.array([int(text) for text in texts], np.int64)
    values, counts = np.unique(ids, return_counts=True)
    if (counts > 1).any():
        raise ValueError(
            f"{path} has more than one row for the {_ID} {values[counts > 1][0]}: use the file as "
            "published."
        )
    return ids
