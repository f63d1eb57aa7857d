"""Which trainable weights of a model lead into the recorded layer, within it, or out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from keras_v1_activity.capture import models
from keras_v1_activity.common.protocols import Layer, Model

ROLES: tuple[str, ...] = ("input", "recurrent", "readout")
"""What weights may be for the recorded layer."""

_OF_V1 = {
    "sparse_input_weights": "input",
    "rest_of_brain_weights": "input",
    "sparse_recurrent_weights": "recurrent",
}
_BY_WORD = {
    "readout": "readout", "prediction": "readout", "output": "readout", "input": "input",
    "encoder": "input",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class TrainableWeights:
    """One trainable array of weights.

    Attributes:
        variable: `tf.Variable`.
        owner: the layer that has it; the model if none has.
        name: its name without that of the layer.
        role: one of `ROLES`, or "" if that is unknown.

    Example:
        >>> found = trainable_weights(model, model.get_layer("rsnn"))
        >>> found[0].name, found[0].owner.name
        ('kernel', 'rsnn')
    """

    variable: Any
    owner: Any
    name: str
    role: str


def trainable_weights(model: Model, layer: Layer | None) -> list[TrainableWeights]:
    """The trainable weights of a model, in Keras's order, as far as they are made.

    Those of the V1 network have their roles. In other models, weights of the recorded layer are
    recurrent if they are called so, else input; of the other layers, those before it in the order
    of the model are input, those after it readout. A subclassed model has no order: there the name
    of a layer counts.

    Args:
        model: the Keras model.
        layer: the recorded layer; None if it is unknown.

    Example:
        >>> [(w.owner.name, w.role) for w in trainable_weights(model, model.get_layer("rsnn"))]
        [('rsnn', 'input'), ('prediction', 'readout'), ('prediction', 'readout')]
    """
    layers = [found for found in models.all_layers(model) if not hasattr(found, "layers")]
    owner_of: dict[int, Any] = {}
    for found in layers:
        for variable in _variables_of(found):
            owner_of.setdefault(id(variable), found)
    order = [id(found) for found in layers] if models.has_graph(model) else []
    found = []
    for variable in _variables_of(model):
        owner = owner_of.get(id(variable), model)
        name = str(getattr(variable, "name", "")).split("/")[-1].partition(":")[0]
        role = _role(name, owner, layer, order)
        found.append(TrainableWeights(raw(variable), owner, name, role))
    return found


def raw(variable: Any) -> Any:
    """The `tf.Variable` of a variable of Keras 3; others as they are.

    Example:
        >>> isinstance(raw(model.trainable_variables[0]), tf.Variable)
        True
    """
    return variable if isinstance(variable, tf.Variable) else getattr(variable, "value", variable)


def _variables_of(owner: Any) -> Sequence[Any]:
    try:
        return list(owner.trainable_variables)
    except ValueError:
        # A subclassed model of tf-keras that is not built yet.
        return []


def _role(name: str, owner: Any, layer: Any, order: list[int]) -> str:
    if name in _OF_V1:
        return _OF_V1[name]
    if layer is not None and owner is layer:
        return "recurrent" if "recurrent" in name else "input"
    if layer is not None and id(layer) in order and id(owner) in order:
        return "input" if order.index(id(owner)) < order.index(id(layer)) else "readout"
    return next((role for word, role in _BY_WORD.items() if word in owner.name), "")
