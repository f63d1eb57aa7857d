"""What a checkpoint file holds: a list of variables with names, shapes and values, found by name.

One list for every kind of file, so that finding a network's weights is written once.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

RECURRENT = "sparse_recurrent_weights"
INPUT = "sparse_input_weights"
BACKGROUND = "rest_of_brain_weights"
KERNEL = "projection/kernel"
BIAS = "projection/bias"
SCALE = "readout/scale"

# Attributes under which the published cell keeps its variables, for files that store no names.
_ATTRIBUTES = {
    RECURRENT: "recurrent_weight_values",
    INPUT: "input_weight_values",
    BACKGROUND: "bkg_weights",
}
# Keras 3 numbers the variables of a layer in its weight files.
_KERAS_3_PLACES = {
    ("rsnn", 0): RECURRENT,
    ("input_layer", 0): INPUT,
    ("input_layer", 1): BACKGROUND,
    ("projection", 0): KERNEL,
    ("projection", 1): BIAS,
    ("readout", 0): SCALE,
}
_OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
# Full-precision copies of the readout, beside the float32 ones that the published code reads.
EXACT = "_float64"


@dataclass(frozen=True)
class SavedVariable:
    """One variable of a file.

    Attributes:
        key: where it lies in the file.
        name: its name, as far as the file tells, e.g. ``projection/kernel``.
        shape: tuple of sizes.
        dtype: numpy type name.
        of_optimizer: whether it is an optimizer's, not the network's.
    """

    key: str
    name: str
    shape: tuple
    dtype: str
    of_optimizer: bool = False

    def is_called(self, name):
        """Whether this is the variable `name`, by its own name or by where it is kept."""
        own = f"/{self.name}".endswith(f"/{name}")
        return own or _ATTRIBUTES.get(name) in self.key.split("/")


@dataclass(frozen=True, eq=False)
class SavedVariables:
    """All variables of a checkpoint file.

    Attributes:
        path: the file, or the prefix of a TensorFlow checkpoint.
        variables: tuple of `SavedVariable`.
        counts_spikes: True where the linear readout sees spike counts per chunk, as ours does;
            False where it sees mean spikes per time step, as published.
        read: function from a `SavedVariable` to its value, a numpy array.
    """

    path: Path
    variables: tuple
    counts_spikes: bool
    read: Callable

    def find(self, name, shapes):
        """The network's variable `name`: by name, else by shape; None where there is none.

        Args:
            name: e.g. ``sparse_recurrent_weights``.
            shapes: tuples that the model could use; a variable found by name may have another.

        Raises:
            ValueError: several unnamed variables have the shape.
        """
        own = [v for v in self.variables if not v.of_optimizer and v.dtype.startswith("float")]
        called = [v for v in own if v.is_called(name)]
        fitting = [v for v in called if v.shape in shapes]
        if called:
            return (fitting or called)[0]
        nameless = [v for v in own if v.shape in shapes and not _is_known(v)]
        if len(nameless) > 1 and self._are_equal(nameless):
            return nameless[0]
        if len(nameless) > 1 and name in (RECURRENT, INPUT):
            raise ValueError(
                f"{self.path} names no variable {name}, and several have its shape "
                f"({', '.join(v.key for v in nameless)}): save it again with the variables' names, "
                "e.g. as a TensorFlow checkpoint."
            )
        return nameless[0] if len(nameless) == 1 else None

    def _are_equal(self, variables):
        """Whether these are one variable, which two layers of the published model share."""
        first = self.read(variables[0])
        return all(np.array_equal(first, self.read(other)) for other in variables[1:])


def _is_known(variable):
    names = (RECURRENT, INPUT, BACKGROUND, KERNEL, BIAS, SCALE)
    return any(variable.is_called(name) for name in names)


def open_keras(path):
    """`SavedVariables` of a Keras weight file: ``.weights.h5``, or ``.h5`` of Keras 2.

    Raises:
        ValueError: the file is damaged.
    """
    path, found, ours = Path(path), [], False
    try:
        with h5py.File(path, "r") as file:
            ours = "layers/rsnn/vars" in file
            file.visititems(lambda key, item: found.extend(_h5_variable(file, key, item)))
    except (OSError, RuntimeError, KeyError) as error:
        raise damaged(path, error) from None

    def read(variable):
        try:
            with h5py.File(path, "r") as file:
                return file[variable.key][()]
        except (OSError, RuntimeError, KeyError) as error:
            raise damaged(path, error) from None

    return SavedVariables(path, tuple(found), ours, read)


def _h5_variable(file, key, item):
    if not isinstance(item, h5py.Dataset):
        return
    parts = key.split("/")
    name = "/".join(dict.fromkeys(parts)).split(":")[0]
    if parts[-2:-1] == ["vars"] and parts[-1].isdigit():
        layer = file["/".join(parts[:-1])].attrs.get("name", parts[-3] if parts[2:] else "")
        name = _KERAS_3_PLACES.get((str(layer), int(parts[-1])), f"{layer}/{parts[-1]}")
    of_optimizer = parts[0] in ("optimizer", "optimizer_weights")
    yield SavedVariable(key, name, item.shape, item.dtype.name, of_optimizer)


def damaged(path, error):
    """The error for a file that cannot be read."""
    cause = " ".join(str(error).split())[:150]
    return ValueError(
        f"{path} is damaged or no checkpoint of a network ({type(error).__name__}: {cause}): copy "
        "it again, or give another file."
    )


def open_tensorflow(prefix):
    """`SavedVariables` of a TensorFlow checkpoint, named as the program that wrote it named them.

    Args:
        prefix: path without ``.index``, e.g. ``results/ckpt-7``.

    Raises:
        ValueError: the checkpoint is damaged.
    """
    import tensorflow as tf

    try:
        reader = tf.train.load_checkpoint(os.fspath(prefix))
        names = _names_in_graph(reader)
        shapes, types = reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()
    except Exception as error:  # TensorFlow raises many kinds for a damaged file
        raise damaged(prefix, error) from None
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

    def read(variable):
        try:
            return np.asarray(reader.get_tensor(variable.key))
        except Exception as error:
            raise damaged(prefix, error) from None

    return SavedVariables(Path(prefix), tuple(found), _of_keras_3(shapes), read)


def _names_in_graph(reader):
    """Name of the variable behind each key, from the graph of objects that newer files hold."""
    from tensorflow.core.protobuf.trackable_object_graph_pb2 import TrackableObjectGraph

    if not reader.has_tensor(_OBJECT_GRAPH):
        return {}
    graph = TrackableObjectGraph()
    graph.ParseFromString(reader.get_tensor(_OBJECT_GRAPH))
    entries = (entry for node in graph.nodes for entry in node.attributes)
    return {entry.checkpoint_key: entry.full_name for entry in entries if entry.full_name}


def _is_slot(key):
    """Whether an optimizer made this variable; Keras 3 optimizers also list the model's own."""
    parts = key.split("/")
    return ".OPTIMIZER_SLOT" in key or (
        "optimizer" in parts and "_trainable_variables" not in parts
    )


def _of_keras_3(keys):
    """Whether a Keras 3 model was saved: the published one exists only in Keras 2."""
    return any("_operations" in k.split("/") or "/_trainable_variables/" in k for k in keys)
