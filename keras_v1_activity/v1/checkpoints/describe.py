"""What a checkpoint is: where it lies, which form it has, what it holds."""

from __future__ import annotations

import glob
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py

from keras_v1_activity.v1.checkpoints.exported import exported_attributes, is_exported
from keras_v1_activity.v1.checkpoints.keras_files import open_keras
from keras_v1_activity.v1.checkpoints.saved_variables import SavedVariables
from keras_v1_activity.v1.checkpoints.tensorflow_files import open_tensorflow


@dataclass(frozen=True)
class CheckpointDescription:
    """What a checkpoint holds.

    Attributes:
        path: the file or prefix.
        form: "keras", "tensorflow" or "network".
        variables: (name, shape, type name) of each variable, without the optimizer's.
        n_optimizer: how many more variables belong to an optimizer.
        attributes: an exported network's n_neurons, n_input, n_output, weight_unit.

    Example:
        >>> kernel = ("projection/kernel", (200, 10), "float32")
        >>> CheckpointDescription(Path("ckpt-7"), "tensorflow", (kernel,)).model_shape()
        ('linear', 10, 200)
    """

    path: Path
    form: str
    variables: tuple[tuple[str, tuple[int, ...], str], ...]
    n_optimizer: int = 0
    attributes: dict[str, Any] = field(default_factory=dict)

    def model_shape(self) -> tuple[str, int | None, int | None]:
        """What the model must be that this fits: (readout, classes or None, neurons or None)."""
        shapes = {name: shape for name, shape, _ in self.variables}
        neurons = self.attributes.get("n_neurons")
        for name, shape in shapes.items():
            if name.endswith(("projection/kernel", "readout/weights")) and len(shape) == 2:
                return "linear", shape[1], neurons or shape[0]
        grouped = any(name.endswith("readout/scale") for name in shapes)
        grouped = grouped or shapes.get("readout/neuron_ids", (0,)) != (0,)
        return ("groups" if grouped else "auto"), self.attributes.get("n_output"), neurons


def describe_checkpoint(path: str | os.PathLike[str]) -> CheckpointDescription:
    """What a checkpoint holds, without a model.

    Args:
        path: as of `load_checkpoint`.

    Raises:
        FileNotFoundError: there is no such checkpoint.
        ValueError: it is damaged.

    Example:
        >>> from keras_v1_activity import v1
        >>> found = v1.describe_checkpoint(v1.export_network(network, "network.h5"))
        >>> found.form, found.attributes["n_neurons"], found.attributes["weight_unit"]
        ('network', 200, 'pA')
    """
    form, path = find_checkpoint(path)
    if form != "network":
        saved = open_variables(form, path)
        own = [v for v in saved.variables if not v.of_optimizer]
        variables = tuple((v.name, v.shape, v.dtype) for v in own)
        return CheckpointDescription(path, form, variables, len(saved.variables) - len(own))
    variables = tuple((v.key, v.shape, v.dtype) for v in open_keras(path).variables)
    return CheckpointDescription(path, form, variables, attributes=exported_attributes(path))


def find_checkpoint(path: str | os.PathLike[str]) -> tuple[str, Path]:
    """(form, path) of the checkpoint that a user means; a folder means its latest.

    Args:
        path: as of `load_checkpoint`.

    Raises:
        FileNotFoundError: there is no checkpoint there.
        ValueError: the file is neither HDF5 nor a TensorFlow checkpoint.

    Example:
        >>> model.save_weights("toy.weights.h5")
        >>> find_checkpoint("toy.weights.h5")[0]
        'keras'
    """
    path = Path(path)
    if path.suffix == ".index":
        path = path.with_suffix("")
    if path.is_dir():
        path = _latest_in(path)
    if path.with_name(f"{path.name}.index").is_file():
        return "tensorflow", path
    if not path.is_file():
        raise FileNotFoundError(
            f"there is no checkpoint {path}: give a .weights.h5 or .h5 file, or the prefix of a "
            "TensorFlow checkpoint (ckpt-7 where there is a file ckpt-7.index)."
        )
    if not h5py.is_hdf5(path):
        raise ValueError(
            f"{path} is damaged or no checkpoint: it is not an HDF5 file; a TensorFlow checkpoint "
            "is given by its prefix, without .data-00000-of-00001."
        )
    return ("network" if is_exported(path) else "keras"), path


def _latest_in(folder: Path) -> Path:
    """The checkpoint of a folder that was written last."""
    written = glob.glob(os.path.join(glob.escape(str(folder)), "*.index"))
    if not written:
        raise FileNotFoundError(
            f"the folder {folder} holds no TensorFlow checkpoint (no file such as ckpt-7.index)."
        )
    return Path(max(written, key=os.path.getmtime)).with_suffix("")


def open_variables(form: str, path: str | os.PathLike[str]) -> SavedVariables:
    """The variables of a checkpoint of form "keras" or "tensorflow".

    Args:
        form: as `find_checkpoint` tells it.
        path: the file, or the prefix of a TensorFlow checkpoint.

    Raises:
        ValueError: it is damaged.

    Example:
        >>> model.save_weights("toy.weights.h5")
        >>> len(open_variables(*find_checkpoint("toy.weights.h5")).variables) > 2
        True
    """
    return open_keras(path) if form == "keras" else open_tensorflow(path)
