"""Checkpoints of a V1 model in three forms: Keras weights, TensorFlow checkpoint, exported network.

- ``"keras"``: a ``.weights.h5`` file of our model; ``.h5`` weight files of Keras 2 can be loaded.
- ``"tensorflow"``: a prefix such as ``results/ckpt-7``, with files ``.index`` and ``.data-*``, as
  ``tf.train.Checkpoint(optimizer=..., model=...)`` writes it. The published names are kept.
- ``"network"``: one HDF5 file with the whole network for other simulators; see
  `keras_v1_activity.v1.checkpoints.exported`.
"""

import glob
import os
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np

from keras_v1_activity.common.files import replacing
from keras_v1_activity.v1.checkpoints.exported import (
    NORMALISED,
    PICOAMPERE,
    WEIGHT_UNITS,
    exported_attributes,
    is_exported,
    read_exported,
    write_exported,
)
from keras_v1_activity.v1.checkpoints.saved_variables import (
    BACKGROUND,
    BIAS,
    EXACT,
    INPUT,
    KERNEL,
    RECURRENT,
    SCALE,
    open_keras,
    open_tensorflow,
)
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS

FORMS = ("keras", "tensorflow", "network")


def save_checkpoint(model, path, form=None, *, weight_unit=NORMALISED):
    """Saves the weights of a V1 model. The optimizer's state is not saved.

    Args:
        model: keras.Model from `create_model`.
        path: file, or prefix of a TensorFlow checkpoint; its folder is made where it is missing.
        form: "keras", "tensorflow" or "network"; None tells from the name: ``.weights.h5`` is
            keras, another ``.h5`` or ``.hdf5`` an exported network, and a name without such an
            ending a TensorFlow prefix.
        weight_unit: of an exported network: "V_th - E_L" of the target, as trained, or "pA".

    Returns:
        The path, a `pathlib.Path`.

    Raises:
        ValueError: an unknown form or unit, a name that does not go with the form, or a model that
            `create_model` did not make.

    Example:
        >>> save_checkpoint(model, "trained.h5")   # doctest: +SKIP
    """
    from keras_v1_activity.v1.checkpoints.model_weights import ModelWeights

    path = Path(path)
    form = _form_to_write(path, form)
    weights = ModelWeights(model)
    if weight_unit not in WEIGHT_UNITS:
        raise ValueError(f"weight_unit must be one of {list(WEIGHT_UNITS)}; got {weight_unit!r}.")
    if form == "keras":
        with replacing(path) as part:
            model.save_weights(part)
    elif form == "tensorflow":
        _write_tensorflow(path, weights.read())
    else:
        values = weights.read()
        if weight_unit == PICOAMPERE:
            values |= _in_picoampere(values, weights.network)
        write_exported(
            path,
            weights.network,
            values,
            weight_unit=weight_unit,
            n_output=weights.n_output,
            groups=weights.groups,
        )
    return path


def load_checkpoint(model, path):
    """Sets the weights of a V1 model from a checkpoint of any form.

    Everything is checked before anything is set. A readout or background that the file does not
    hold is left as it is, with a warning.

    Args:
        model: keras.Model from `create_model`.
        path: file; or prefix of a TensorFlow checkpoint; or folder with TensorFlow checkpoints, of
            which the latest is taken.

    Returns:
        Names of the variables that were set, as published.

    Raises:
        FileNotFoundError: there is no such checkpoint.
        ValueError: the file is damaged or holds something else, or does not fit the model; the
            message says which variable, which sizes, and the likely reason.

    Example:
        >>> load_checkpoint(model, "results/ckpt-7")   # doctest: +SKIP
        ('sparse_recurrent_weights', 'sparse_input_weights', ...)
    """
    from keras_v1_activity.v1.checkpoints.model_weights import ModelWeights

    form, path = find_checkpoint(path)
    weights = ModelWeights(model)
    if form == "network":
        values = _from_exported(read_exported(path), weights)
    else:
        values = weights.find(_open(form, path))
    return weights.fit(values, path)


def convert_checkpoint(source, target, model, form=None, *, weight_unit=NORMALISED):
    """Writes a checkpoint in another form.

    Args:
        source: checkpoint of any form.
        target: what to write.
        model: keras.Model from `create_model` on the network that the checkpoint belongs to. Its
            weights become those of `source`.
        form, weight_unit: as of `save_checkpoint`.

    Returns:
        The target's path.

    Raises:
        FileNotFoundError, ValueError: as of `load_checkpoint` and `save_checkpoint`.

    Example:
        >>> convert_checkpoint("ckpt-7", "network.h5", model)   # doctest: +SKIP
    """
    _form_to_write(Path(target), form)
    load_checkpoint(model, source)
    return save_checkpoint(model, target, form, weight_unit=weight_unit)


@dataclass(frozen=True)
class CheckpointDescription:
    """What a checkpoint holds.

    Attributes:
        path: the file or prefix.
        form: "keras", "tensorflow" or "network".
        variables: tuple of (name, shape, type name), without the optimizer's.
        n_optimizer: how many more variables belong to an optimizer.
        attributes: dict of an exported network's n_neurons, n_input, n_output, weight_unit.
    """

    path: Path
    form: str
    variables: tuple
    n_optimizer: int = 0
    attributes: dict = field(default_factory=dict)

    def model_shape(self):
        """What the model must be that this fits: (readout, classes or None, neurons or None)."""
        shapes = {name: shape for name, shape, _ in self.variables}
        neurons = self.attributes.get("n_neurons")
        for name, shape in shapes.items():
            if name.endswith(("projection/kernel", "readout/weights")) and len(shape) == 2:
                return "linear", shape[1], neurons or shape[0]
        grouped = any(name.endswith("readout/scale") for name in shapes)
        grouped = grouped or shapes.get("readout/neuron_ids", (0,)) != (0,)
        return ("groups" if grouped else "auto"), self.attributes.get("n_output"), neurons


def describe_checkpoint(path):
    """What a checkpoint holds, without a model.

    Args:
        path: as of `load_checkpoint`.

    Returns:
        `CheckpointDescription`.

    Raises:
        FileNotFoundError: there is no such checkpoint.
        ValueError: it is damaged.
    """
    form, path = find_checkpoint(path)
    if form != "network":
        saved = _open(form, path)
        own = [v for v in saved.variables if not v.of_optimizer]
        variables = tuple((v.name, v.shape, v.dtype) for v in own)
        return CheckpointDescription(path, form, variables, len(saved.variables) - len(own))
    variables = tuple((v.key, v.shape, v.dtype) for v in open_keras(path).variables)
    return CheckpointDescription(path, form, variables, attributes=exported_attributes(path))


def find_checkpoint(path):
    """(form, path) of the checkpoint that a user means; a folder means its latest.

    Raises:
        FileNotFoundError: there is no checkpoint there.
        ValueError: the file is neither HDF5 nor a TensorFlow checkpoint.
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


def _latest_in(folder):
    """The checkpoint of a folder that was written last."""
    written = glob.glob(os.path.join(glob.escape(str(folder)), "*.index"))
    if not written:
        raise FileNotFoundError(
            f"the folder {folder} holds no TensorFlow checkpoint (no file such as ckpt-7.index)."
        )
    return Path(max(written, key=os.path.getmtime)).with_suffix("")


def _open(form, path):
    return open_keras(path) if form == "keras" else open_tensorflow(path)


def _form_to_write(path, form):
    name = path.name
    if form is None:
        if name.endswith(".weights.h5"):
            return "keras"
        if path.suffix in (".keras", ".index", ".npz", ".pkl"):
            raise ValueError(
                f"{name!r} names no form of checkpoint: call it NAME.weights.h5 (Keras), NAME.h5 "
                "(exported network) or NAME without an ending (TensorFlow)."
            )
        return "network" if path.suffix in (".h5", ".hdf5") else "tensorflow"
    if form not in FORMS:
        raise ValueError(f"form must be one of {list(FORMS)}, or None; got {form!r}.")
    if form == "keras" and not name.endswith(".weights.h5"):
        raise ValueError(f"a checkpoint of form 'keras' must be named *.weights.h5; got {name!r}.")
    return form


def _from_exported(exported, weights):
    values = exported.weights_for(weights.network)
    if exported.delays_differ(weights.network):
        warnings.warn(
            f"the synaptic delays in {exported.path} differ from those of the model's network, so "
            "that it will spike otherwise: load the network with the other published_delay_order.",
            RuntimeWarning,
            stacklevel=3,
        )
    groups = weights.groups
    if groups is not None and not np.array_equal(groups.reshape(-1), exported.readout_neurons):
        warnings.warn(
            f"{exported.path} reads other neurons out than the model does: it was probably made "
            "with another neurons_per_output or seed, or with a linear readout.",
            RuntimeWarning,
            stacklevel=3,
        )
    return {name: value for name, value in values.items() if name in weights.variables}


def _in_picoampere(values, network):
    """Float64, so that dividing by V_th - E_L again gives the same float32."""
    scale = network.parameters.voltage_scale
    ten_sources = 10.0 / np.repeat(scale, N_RECEPTORS)
    return {
        RECURRENT: values[RECURRENT] * scale[network.recurrent.target],
        INPUT: values[INPUT] * scale[network.inputs.target],
        BACKGROUND: values[BACKGROUND] / ten_sources,
    }


def _write_tensorflow(prefix, values):
    """Writes the tree of objects that the published model has, with its names."""
    import tensorflow as tf

    prefix.parent.mkdir(parents=True, exist_ok=True)

    def variable(name, dtype=tf.float32):
        return tf.Variable(values[name], name=name, dtype=dtype)

    def node(**children):
        made = tf.Module()
        for key, child in children.items():
            setattr(made, key.replace("__", "-"), child)
        return made

    inputs, background = variable(INPUT), variable(BACKGROUND)
    cell = node(
        recurrent_weight_values=variable(RECURRENT),
        input_weight_values=inputs,
        bkg_weights=background,
    )
    layers = {
        "layer_with_weights__0": node(_weights=inputs, _bkg_weights=background),
        "layer_with_weights__1": node(cell=cell),
    }
    others = {}
    if KERNEL in values:
        readout = node(kernel=variable(KERNEL), bias=variable(BIAS))
        layers["layer_with_weights__2"] = readout
        exact = {
            name: tf.Variable(values[name], name=name + EXACT, dtype=tf.float64)
            for name in (KERNEL, BIAS)
        }
        others["keras_v1_activity"] = node(kernel=exact[KERNEL], bias=exact[BIAS])
    if SCALE in values:
        layers["layer_with_weights__2"] = node(scale=variable(SCALE))
    tf.train.Checkpoint(model=node(**layers), **others).write(os.fspath(prefix))
