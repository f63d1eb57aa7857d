"""The weights of a V1 model as plain arrays, in the units in which checkpoints hold them.

Recurrent, input and background weights are divided by the target's V_th - E_L, as published. The
published linear readout sees mean spikes per time step in a chunk; ours sees spike counts per
chunk, so that its weights are smaller by the number of time steps in a chunk.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import shown
from keras_v1_activity.common.notices import warn
from keras_v1_activity.common.protocols import Model
from keras_v1_activity.v1.checkpoints.indexed_weights import has_indices, indexed_weights
from keras_v1_activity.v1.checkpoints.saved_variables import (
    BACKGROUND,
    BIAS,
    EXACT,
    INDEPENDENT,
    INPUT,
    KERNEL,
    RECURRENT,
    SCALE,
    SavedVariables,
    Values,
)
from keras_v1_activity.v1.layers.input_layer import background_rows
from keras_v1_activity.v1.layers.readout import GroupReadout
from keras_v1_activity.v1.network.task_readouts import PUBLISHED_OUTPUTS, readout_of
from keras_v1_activity.v1.network.v1_network import N_RECEPTORS, V1Network

_WHAT: Final = {
    RECURRENT: ("recurrent synapses", "n_neurons, seed or selection"),
    INPUT: ("input synapses", "n_neurons, n_input, seed or selection"),
    BACKGROUND: ("background weights", "n_neurons, seed or selection"),
    INDEPENDENT: ("synapses of background sources", "n_neurons, seed or selection"),
    KERNEL: ("readout weights", "n_neurons or n_output"),
    BIAS: ("readout biases", "n_output"),
    SCALE: ("readout scales", "readout"),
}


class ModelWeights:
    """Reads and sets the weights of a model that `create_model` made.

    Args:
        model: keras.Model.

    Attributes:
        network: the model's `V1Network`.
        variables: Keras variable by its published name.
        groups: (groups, cells) readout neurons, class after class, or None for the linear readout.
        n_output: number of classes, or of outputs of the linear readout; 0 if the model has no
            readout known here.
        task: published task whose readout the model has, or None.

    Raises:
        ValueError: the model is none of ours.

    Example:
        >>> from keras_v1_activity import v1
        >>> weights = ModelWeights(v1.create_model(network, 50, 3, readout="linear"))
        >>> weights.read()["projection/kernel"].shape
        (200, 3)
    """

    def __init__(self, model: Model) -> None:
        layers = {layer.name: layer for layer in getattr(model, "layers", ())}
        rsnn, inputs = layers.get("rsnn"), layers.get("input_layer")
        if not hasattr(rsnn, "sparse_recurrent_weights") or not hasattr(inputs, INPUT):
            raise ValueError(
                "model must be a V1 model, as v1.create_model makes it, with the layers "
                f"input_layer and rsnn; got {shown(getattr(model, 'name', model))} with "
                f"{sorted(layers)}."
            )
        self.network: V1Network = rsnn.network
        self.variables: dict[str, Any] = {
            RECURRENT: rsnn.sparse_recurrent_weights,
            INPUT: inputs.sparse_input_weights,
            BACKGROUND: inputs.rest_of_brain_weights,
        }
        if hasattr(inputs, INDEPENDENT):
            self.variables[INDEPENDENT] = inputs.independent_background_weights
        self.groups: NDArray[np.integer[Any]] | None = None
        self.n_output: int = 0
        self.task: str | None = None
        self._chunk = float(getattr(layers.get("chunks"), "scale", 1.0))
        if "projection" in layers:
            self.variables[KERNEL] = layers["projection"].kernel
            self.variables[BIAS] = layers["projection"].bias
            self.n_output = layers["projection"].kernel.shape[1]
            self.task = getattr(layers["projection"], "task", None)
        elif isinstance(layers.get("readout"), GroupReadout):
            readout = layers["readout"]
            if readout.scale is not None:
                self.variables[SCALE] = readout.scale
            self.groups = np.asarray(readout.groups)
            self.n_output, self.task = readout.n_output, readout.task

    def read(self) -> Values:
        """Published name -> array. The linear readout is float64, so that nothing is rounded."""
        values = {name: variable.numpy() for name, variable in self.variables.items()}
        rows = np.zeros(self.network.n_neurons * N_RECEPTORS, np.float32)
        rows[background_rows(self.network)] = values[BACKGROUND]
        values[BACKGROUND] = rows
        for name in (KERNEL, BIAS):
            if name in values:
                values[name] = values[name].astype(np.float64) * self._chunk
        return values

    def find(self, saved: SavedVariables, lr_scale: float = 1.0) -> Values:
        """Values of a checkpoint file for this model, as `fit` takes them.

        Args:
            saved: all variables of the file.
            lr_scale: see `load_checkpoint`.

        Raises:
            ValueError: several unnamed variables could be the same one, or the file has a linear
                readout and the model has none.
        """
        if self.groups is not None and any(v.is_called(KERNEL) for v in saved.own):
            raise linear_readout_left_out(saved.path)
        values: Values = {}
        if has_indices(saved):
            values, whole = indexed_weights(saved, self.network, lr_scale)
            if whole:
                return values
        elif lr_scale != 1.0:
            raise ValueError(
                f"lr_scale={lr_scale:g} is for checkpoints of V1_GLIF_model, and {saved.path} has "
                "no recurrent_indices as these have: leave it out."
            )
        for name, variable in self.variables.items():
            if name in values:
                continue
            shapes = [tuple(variable.shape)]
            if name == BACKGROUND:
                shapes.append((self.network.n_neurons * N_RECEPTORS,))
            if name in (KERNEL, BIAS):
                shapes.append((*shapes[0][:-1], PUBLISHED_OUTPUTS))
            found = saved.find(name, shapes)
            if found is None:
                continue
            values[name] = saved.read(found)
            if name in (KERNEL, BIAS):
                values[name] = self._published(saved, name, values[name])
        return values

    def _published(self, saved: SavedVariables, name: str, value: NDArray[Any]) -> NDArray[Any]:
        """The value as a readout of mean spikes per time step has it."""
        if saved.counts_spikes:
            return value.astype(np.float64) * self._chunk
        exact = saved.find(name + EXACT, [])
        if exact is not None:
            exact = saved.read(exact)
            if np.array_equal(exact.astype(value.dtype), value):
                return exact
        return value

    def fit(self, values: Mapping[str, NDArray[Any]], path: Path | str) -> tuple[str, ...]:
        """Sets the model's weights, all or none of them.

        Args:
            values: published name -> array, in the units of this module.
            path: where they come from, for messages.

        Returns:
            The names that were set.

        Raises:
            ValueError: a size differs, or the synapses' weights are missing.
        """
        ready = {name: self._checked(name, values[name], path) for name in values}
        for name in (RECURRENT, INPUT):
            if name not in ready:
                what, why = _WHAT[name]
                size = self.variables[name].shape[0]
                raise ValueError(
                    f"{path} holds no {name} for this network: the model has {size:,} {what}, but "
                    "no variable of that name or length is in the file; it was probably saved "
                    f"from something else, or with another {why}."
                )
        self._say_missing(ready, path)
        for name, value in ready.items():
            self.variables[name].assign(value)
        if SCALE in self.variables and SCALE not in ready:
            self.variables[SCALE].assign(np.zeros(1, np.float32))  # the published scale
        return tuple(ready)

    def _checked(self, name: str, value: NDArray[Any], path: Path | str) -> NDArray[np.float32]:
        shape = tuple(self.variables[name].shape)
        if name == BACKGROUND and value.shape == (self.network.n_neurons * N_RECEPTORS,):
            value = self._background(value, path)
        if name in (KERNEL, BIAS):
            value = self._of_task(value, path).astype(np.float64) / self._chunk
        if value.shape != shape:
            what, why = _WHAT[name]
            raise ValueError(
                f"{name} in {path} has {_sizes(value.shape)} values, but the model has "
                f"{_sizes(shape)} {what}: the checkpoint was probably made with another {why}."
            )
        if not np.isfinite(value).all():
            raise ValueError(
                f"{name} in {path} holds values that are NaN or infinite: the training that wrote "
                "it had diverged; take an earlier checkpoint."
            )
        return value.astype(np.float32)

    def _of_task(self, value: NDArray[Any], path: Path | str) -> NDArray[Any]:
        """The model's outputs of a readout that may be the published one of all tasks."""
        if value.shape[-1:] != (PUBLISHED_OUTPUTS,) or self.n_output == PUBLISHED_OUTPUTS:
            return value
        if self.task is None:
            raise ValueError(
                f"the linear readout in {path} has the {PUBLISHED_OUTPUTS} outputs of all "
                f"published tasks, and this model does not say which {self.n_output} of them it "
                'shows: make it with v1.create_model(..., task="garrett"), or another task.'
            )
        first, end = readout_of(self.task).outputs
        return value[..., first:end]

    def _background(self, rows: NDArray[Any], path: Path | str) -> NDArray[Any]:
        reached = background_rows(self.network)
        others = np.count_nonzero(np.delete(rows, reached))
        if others:
            raise ValueError(
                f"{BACKGROUND} in {path} reaches {others:,} receptors that get no background in "
                "this network: the checkpoint was probably made with another n_neurons, seed or "
                "selection."
            )
        return rows[reached]

    def _say_missing(self, ready: Mapping[str, NDArray[Any]], path: Path | str) -> None:
        # The published code does not save the scale, which is 1 + ln 2 there: no news.
        missing = [
            name
            for name, variable in self.variables.items()
            if name not in ready and name != SCALE and 0 not in variable.shape
        ]
        if missing:
            warn(
                f"{path} holds no {' and no '.join(missing)} that fits this model, which keeps its "
                "own."
            )


def linear_readout_left_out(path: Path | str) -> ValueError:
    """The error for a checkpoint with a linear readout and a model that reads groups.

    Example:
        >>> str(linear_readout_left_out("ckpt-7"))[:45]
        'ckpt-7 holds a trained linear readout, but th'
    """
    return ValueError(
        f"{path} holds a trained linear readout, but the model reads groups of neurons, which were "
        "not trained for it: make the model with readout='linear'."
    )


def _sizes(shape: tuple[int, ...]) -> str:
    return " x ".join(f"{size:,}" for size in shape) or "single"
