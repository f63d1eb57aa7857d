"""The numeric tensors of a structure of inputs, labels or outputs, in a fixed order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf

from keras_v1_activity.capture.kinds import Head

Path: TypeAlias = tuple[str | int, ...]
"""Keys and positions that lead to a leaf."""


def leaves_of(structure: Any) -> list[Any]:
    """The numeric tensors of a structure, dicts by sorted key; None keeps the place of others.

    Example:
        >>> [None if leaf is None else leaf.shape.rank for leaf in leaves_of({"b": [x], "a": "no"})]
        [None, 3]
    """
    return [_numeric(leaf) for _, leaf in _walk(structure, ())]


def paths_of(structure: Any) -> list[Path]:
    """The path to each leaf of `leaves_of`.

    Example:
        >>> paths_of({"b": [x, y], "a": x})
        [('a',), ('b', 0), ('b', 1)]
    """
    return [path for path, _ in _walk(structure, ())]


def names_of(structure: Any, output_names: Sequence[str] = ()) -> list[str]:
    """A name of each leaf: its key in a dict, else the name that the model gives it, else "".

    Args:
        structure: of outputs.
        output_names: names that the model gives its outputs.

    Example:
        >>> names_of({"b": {"c": x}, "a": x}), names_of([x, y], ["spikes", "class"]), names_of(x)
        (['a', 'b/c'], ['spikes', 'class'], [''])
    """
    paths = paths_of(structure)
    keyed = ["/".join(str(key) for key in path) for path in paths]
    if any(isinstance(key, str) for path in paths for key in path):
        return keyed
    return list(output_names) if len(output_names) == len(paths) else [""] * len(paths)


def leaf_for(head: Head | None, structure: Any, n_outputs: int) -> Any:
    """The label, or weight, that belongs to an output; None if that cannot be told.

    It has the name of the output, or its place if there is one for each output. A single one
    belongs to whatever there is.

    Args:
        head: `Head`, the output; None if it is unknown.
        structure: of labels or weights; None if there are none.
        n_outputs: how many outputs there are.

    Example:
        >>> leaf_for(Head(0, name="class"), {"class": y, "subject": y[:3]}, 1).shape
        TensorShape([8])
        >>> print(leaf_for(Head(0), {"class": y, "subject": y + 10}, 1))
        None
    """
    if structure is None:
        return None
    if head is not None and isinstance(structure, dict) and head.name in structure:
        structure = structure[head.name]
    leaves = leaves_of(structure)
    if head is not None and len(leaves) == n_outputs:
        return leaves[head.index]
    numeric = [leaf for leaf in leaves if leaf is not None]
    return numeric[0] if len(numeric) == 1 else None


def size_of_sample(tensor: Any) -> int:
    """Numbers for one sample; unknown dimensions count as 1.

    Example:
        >>> size_of_sample(tf.zeros((8, 12, 7)))
        84
    """
    return int(np.prod([size or 1 for size in tensor.shape.as_list()[1:]]))


def _walk(structure: Any, path: Path) -> list[tuple[Path, Any]]:
    if isinstance(structure, dict):
        return [
            found
            for key in sorted(structure, key=str)
            for found in _walk(structure[key], (*path, key))
        ]
    if isinstance(structure, (list, tuple)):
        return [found for i, value in enumerate(structure) for found in _walk(value, (*path, i))]
    return [(path, structure)]


def _numeric(value: Any) -> Any:
    if value is None or isinstance(value, (tf.SparseTensor, tf.RaggedTensor)):
        return None
    tensor = tf.convert_to_tensor(value)
    usable = tensor.dtype.is_floating or tensor.dtype.is_integer or tensor.dtype.is_bool
    return tensor if usable and tensor.shape.rank else None
