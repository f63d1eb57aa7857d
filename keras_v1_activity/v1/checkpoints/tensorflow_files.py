"""TensorFlow checkpoints: the variables in one, and one as the published program writes it."""

from __future__ import annotations

import glob
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import shown
from keras_v1_activity.common.needs_tensorflow import needs_tensorflow
from keras_v1_activity.common.reading import Allowance, TooLarge, check_regular
from keras_v1_activity.v1.checkpoints.saved_variables import (
    BACKGROUND,
    BIAS,
    EXACT,
    INDEPENDENT,
    INPUT,
    KERNEL,
    RECURRENT,
    SCALE,
    SavedVariable,
    SavedVariables,
    damaged,
)

_LARGEST_INDEX: Final = 64_000_000
_OBJECT_GRAPH: Final = "_CHECKPOINTABLE_OBJECT_GRAPH"


def open_tensorflow(prefix: str | os.PathLike[str]) -> SavedVariables:
    """`SavedVariables` of a TensorFlow checkpoint, named as the program that wrote it named them.

    Args:
        prefix: path without ``.index``, e.g. ``results/ckpt-7``.

    Raises:
        ValueError: the checkpoint is damaged.

    Example:
        >>> import tensorflow as tf
        >>> prefix = tf.train.Checkpoint(weights=tf.Variable([1.0, 2.0], name="w")).write("ckpt")
        >>> saved = open_tensorflow(prefix)
        >>> [(v.name, v.shape) for v in saved.variables if v.dtype == "float32"]
        [('w', (2,))]
    """
    with needs_tensorflow("a TensorFlow checkpoint"):
        import tensorflow as tf

    try:
        size = _check_files(Path(prefix))
        reader = tf.train.load_checkpoint(os.fspath(prefix))
        shapes, types = reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()
        _check_shapes(shapes, types, size)
        names = _names_in_graph(reader)
    except Exception as error:  # TensorFlow raises many kinds for a damaged file
        raise damaged(Path(prefix), error) from None
    found = [
        SavedVariable(
            key,
            names.get(key, key.split("/.ATTRIBUTES")[0]),
            tuple(shapes[key]),
            types[key].name,
            _is_slot(key),
        )
        for key in sorted(shapes)
        if key != _OBJECT_GRAPH
    ]

    def read(variable: SavedVariable) -> NDArray[Any]:
        try:
            return np.asarray(reader.get_tensor(variable.key))
        except Exception as error:
            raise damaged(Path(prefix), error) from None

    return SavedVariables(Path(prefix), tuple(found), _of_keras_3(shapes), read)


def _check_files(prefix: Path) -> int:
    """Bytes of all files of a checkpoint, which must be regular ones."""
    files = prefix.parent.glob(f"{glob.escape(prefix.name)}.data-*")
    index = check_regular(prefix.with_name(f"{prefix.name}.index"))
    if index > _LARGEST_INDEX:
        raise TooLarge(f"its list of variables has {index:,} bytes")
    return index + sum(map(check_regular, files))


def _check_shapes(shapes: Mapping[str, Sequence[int]], types: Mapping[str, Any], size: int) -> None:
    """Refuses variables that are said to be larger than the files are: the data lie in them."""
    allowance = Allowance(size, times=1, always=1_000_000)
    for key, shape in shapes.items():
        if min(shape, default=0) < 0:
            raise ValueError(f"the shape of {shown(key)} is unknown")
        allowance.take(math.prod(shape) * max(types[key].size or 1, 1), shown(key))


def _names_in_graph(reader: Any) -> dict[str, str]:
    """Name of the variable behind each key, from the graph of objects that newer files hold."""
    from tensorflow.core.protobuf.trackable_object_graph_pb2 import TrackableObjectGraph

    if not reader.has_tensor(_OBJECT_GRAPH):
        return {}
    graph = TrackableObjectGraph()
    graph.ParseFromString(reader.get_tensor(_OBJECT_GRAPH))
    entries = (entry for node in graph.nodes for entry in node.attributes)
    return {entry.checkpoint_key: entry.full_name for entry in entries if entry.full_name}


def _is_slot(key: str) -> bool:
    """Whether an optimizer made this variable; Keras 3 optimizers also list the model's own."""
    parts = key.split("/")
    return ".OPTIMIZER_SLOT" in key or (
        "optimizer" in parts and "_trainable_variables" not in parts
    )


def _of_keras_3(keys: Iterable[str]) -> bool:
    """Whether a Keras 3 model was saved: the published one exists only in Keras 2."""
    return any("_operations" in k.split("/") or "/_trainable_variables/" in k for k in keys)


def write_tensorflow(prefix: str | os.PathLike[str], values: Mapping[str, NDArray[Any]]) -> None:
    """Writes the tree of objects that the published model has, with its names.

    Args:
        prefix: path without ``.index``; its folder is made if it is missing.
        values: the network's weights by their published names; the readout may be missing.

    Example:
        >>> zeros = np.zeros(3, np.float32)
        >>> names = ("sparse_recurrent_weights", "sparse_input_weights", "rest_of_brain_weights")
        >>> write_tensorflow("ckpt-1", dict.fromkeys(names, zeros))
        >>> open_tensorflow("ckpt-1").find("sparse_input_weights", []).shape
        (3,)
    """
    import tensorflow as tf

    Path(prefix).parent.mkdir(parents=True, exist_ok=True)

    def variable(name: str) -> tf.Variable:
        return tf.Variable(values[name], name=name, dtype=tf.float32)

    def exact(name: str) -> tf.Variable:
        return tf.Variable(values[name], name=name + EXACT, dtype=tf.float64)

    inputs, background = variable(INPUT), variable(BACKGROUND)
    cell = _node(
        recurrent_weight_values=variable(RECURRENT),
        input_weight_values=inputs,
        bkg_weights=background,
    )
    if INDEPENDENT in values:
        cell.independent_background_weights = variable(INDEPENDENT)
    layers = {
        "layer_with_weights__0": _node(_weights=inputs, _bkg_weights=background),
        "layer_with_weights__1": _node(cell=cell),
    }
    others = {}
    if KERNEL in values:
        readout = _node(kernel=variable(KERNEL), bias=variable(BIAS))
        layers["layer_with_weights__2"] = readout
        others["keras_v1_activity"] = _node(kernel=exact(KERNEL), bias=exact(BIAS))
    if SCALE in values:
        layers["layer_with_weights__2"] = _node(scale=variable(SCALE))
    tf.train.Checkpoint(model=_node(**layers), **others).write(os.fspath(prefix))


def _node(**children: Any) -> Any:
    """A tf.Module with these children; ``__`` in a name becomes ``-``."""
    import tensorflow as tf

    made = tf.Module()
    for key, child in children.items():
        setattr(made, key.replace("__", "-"), child)
    return made
