"""Checkpoints of a V1 model in three forms: Keras weights, TensorFlow checkpoint, exported network.

- ``"keras"``: a ``.weights.h5`` file of our model; ``.h5`` weight files of Keras 2 can be loaded.
- ``"tensorflow"``: a prefix such as ``results/ckpt-7``, with files ``.index`` and ``.data-*``, as
  ``tf.train.Checkpoint(optimizer=..., model=...)`` writes it. The published names are kept.
- ``"network"``: one HDF5 file with the whole network for other simulators; see
  `keras_v1_activity.v1.checkpoints.exported`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from keras_v1_activity.common.atomic_files import replacing
from keras_v1_activity.common.checks import shown
from keras_v1_activity.common.notices import warn
from keras_v1_activity.common.protocols import Model
from keras_v1_activity.v1.checkpoints.describe import find_checkpoint, open_variables
from keras_v1_activity.v1.checkpoints.exported import (
    NORMALISED,
    PICOAMPERE,
    WEIGHT_UNITS,
    ExportedNetwork,
    read_exported,
)
from keras_v1_activity.v1.checkpoints.exporting import write_exported
from keras_v1_activity.v1.checkpoints.saved_variables import BACKGROUND, INPUT, RECURRENT, Values
from keras_v1_activity.v1.checkpoints.tensorflow_files import write_tensorflow
from keras_v1_activity.v1.network.noise import BACKGROUND_FACTOR
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS, V1Network

if TYPE_CHECKING:
    from keras_v1_activity.v1.checkpoints.model_weights import ModelWeights

FORMS: Final = ("keras", "tensorflow", "network")


def save_checkpoint(
    model: Model,
    path: str | os.PathLike[str],
    form: str | None = None,
    *,
    weight_unit: str = NORMALISED,
) -> Path:
    """Saves the weights of a V1 model. The optimizer's state is not saved.

    Args:
        model: keras.Model from `create_model`.
        path: file, or prefix of a TensorFlow checkpoint; its folder is made if it is missing.
        form: "keras", "tensorflow" or "network"; None tells from the name: ``.weights.h5`` is
            keras, another ``.h5`` or ``.hdf5`` an exported network, and a name without such an
            ending a TensorFlow prefix.
        weight_unit: of an exported network: "V_th - E_L" of the target, as trained, or "pA".

    Returns:
        The path.

    Raises:
        ValueError: an unknown form or unit, a name that does not go with the form, or a model that
            `create_model` did not make.

    Example:
        >>> from keras_v1_activity import v1
        >>> trained = v1.create_model(network, 50, 3)
        >>> v1.save_checkpoint(trained, "trained.h5").name   # for other simulators
        'trained.h5'
    """
    from keras_v1_activity.v1.checkpoints.model_weights import ModelWeights

    path = Path(path)
    form = _form_to_write(path, form)
    weights = ModelWeights(model)
    if weight_unit not in WEIGHT_UNITS:
        raise ValueError(
            f"weight_unit must be one of {list(WEIGHT_UNITS)}; got {shown(weight_unit)}."
        )
    if form == "keras":
        with replacing(path) as part:
            model.save_weights(part)
    elif form == "tensorflow":
        write_tensorflow(path, weights.read())
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
            task=weights.task,
        )
    return path


def load_checkpoint(
    model: Model, path: str | os.PathLike[str], *, lr_scale: float = 1.0
) -> tuple[str, ...]:
    """Sets the weights of a V1 model from a checkpoint of any form.

    Everything is checked before anything is set. A readout or background that the file does not
    hold is left as it is, with a warning. If the file says which synapse each weight is
    (``recurrent_indices``, as V1_GLIF_model and the published code save it), the weights are put
    into the order of the model's synapses, and refused if the synapses are others.

    Args:
        model: keras.Model from `create_model`.
        path: file; or prefix of a TensorFlow checkpoint; or folder with TensorFlow checkpoints, of
            which the latest is taken.
        lr_scale: that of the training, for a checkpoint of V1_GLIF_model, whose weights are divided
            by it.

    Returns:
        Names of the variables that were set, as published.

    Raises:
        FileNotFoundError: there is no such checkpoint.
        ValueError: the file is damaged or holds something else, or does not fit the model; the
            message says which variable, which sizes, and the likely reason.

    Example:
        >>> from keras_v1_activity import v1
        >>> model = v1.create_model(network, 50, 3)
        >>> v1.save_checkpoint(model, "ckpt-1").name
        'ckpt-1'
        >>> v1.load_checkpoint(model, "ckpt-1")[:2]
        ('sparse_recurrent_weights', 'sparse_input_weights')
    """
    from keras_v1_activity.v1.checkpoints.model_weights import ModelWeights

    form, path = find_checkpoint(path)
    weights = ModelWeights(model)
    if form == "network":
        values = _from_exported(read_exported(path), weights)
    else:
        values = weights.find(open_variables(form, path), lr_scale)
    return weights.fit(values, path)


def convert_checkpoint(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    model: Model,
    form: str | None = None,
    *,
    weight_unit: str = NORMALISED,
    lr_scale: float = 1.0,
) -> Path:
    """Writes a checkpoint in another form.

    Args:
        source: checkpoint of any form.
        target: what to write.
        model: keras.Model from `create_model` on the network that the checkpoint belongs to. Its
            weights become those of `source`.
        form: of `target`, as of `save_checkpoint`.
        weight_unit: of an exported network, as of `save_checkpoint`.
        lr_scale: as of `load_checkpoint`.

    Returns:
        The target's path.

    Raises:
        FileNotFoundError: there is no such checkpoint.
        ValueError: as of `load_checkpoint` and `save_checkpoint`.

    Example:
        >>> from keras_v1_activity import v1
        >>> source = v1.export_network(network, "untrained.h5", n_output=3)
        >>> model = v1.create_model(network, 50, 3)
        >>> v1.convert_checkpoint(source, "ckpt-1", model).name
        'ckpt-1'
    """
    _form_to_write(Path(target), form)
    load_checkpoint(model, source, lr_scale=lr_scale)
    return save_checkpoint(model, target, form, weight_unit=weight_unit)


def _form_to_write(path: Path, form: str | None) -> str:
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
        raise ValueError(f"form must be one of {list(FORMS)}, or None; got {shown(form)}.")
    if form == "keras" and not name.endswith(".weights.h5"):
        raise ValueError(f"a checkpoint of form 'keras' must be named *.weights.h5; got {name!r}.")
    return form


def _from_exported(exported: ExportedNetwork, weights: ModelWeights) -> Values:
    if weights.groups is not None and exported.readout_weights is not None:
        # Only here: reading a file needs no TensorFlow.
        from keras_v1_activity.v1.checkpoints.model_weights import linear_readout_left_out

        raise linear_readout_left_out(exported.path)
    values = exported.weights_for(weights.network)
    if exported.delays_differ(weights.network):
        warn(
            f"the synaptic delays in {exported.path} differ from those of the model's network, so "
            "that it will spike otherwise: load the network with the other published_delay_order."
        )
    groups = weights.groups
    if groups is not None and not np.array_equal(groups.reshape(-1), exported.readout_neurons):
        warn(
            f"{exported.path} reads other neurons out than the model does: it was probably made "
            "with another neurons_per_output or seed, or with a linear readout."
        )
    return {name: value for name, value in values.items() if name in weights.variables}


def _in_picoampere(values: Values, network: V1Network) -> Values:
    """Float64, so that dividing by V_th - E_L again gives the same float32."""
    scale = network.parameters.voltage_scale
    ten_sources = BACKGROUND_FACTOR / np.repeat(scale, N_RECEPTORS)
    return {
        RECURRENT: values[RECURRENT] * scale[network.recurrent.target],
        INPUT: values[INPUT] * scale[network.inputs.target],
        BACKGROUND: values[BACKGROUND] / ten_sources,
    }
