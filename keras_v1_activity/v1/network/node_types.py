"""The table of node types: which population each belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import shown
from keras_v1_activity.v1.network.text_tables import read_table

_NAME, _ID = "pop_name", "node_type_id"


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
    table = read_table(path, _NAME)
    names, n_rows = table.column(_NAME), len(table.rows)
    if names is None or not all(names) or n_types not in (None, n_rows):
        expected = "one row for each node type"
        if n_types is not None:
            expected = f"one row for each of the {n_types} node types in {types_file}"
        raise ValueError(
            f"{path} must have a column {_NAME} and {expected}; it has {n_rows} rows and the "
            f"columns {shown(table.header)}: use the files of one network."
        )
    return NodeTypes(path, np.array(names, np.str_), table.ids(_ID))
