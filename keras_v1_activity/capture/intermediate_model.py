"""The Keras model that also gives the output of one layer inside another model."""

from __future__ import annotations

from typing import Any

from keras_v1_activity.capture import models
from keras_v1_activity.common.protocols import Model


def make_intermediate_model(model: Model, layer_name: str) -> Any:
    """The Keras model from the inputs of `model` to [layer output, model outputs].

    It shares the layers, and so the weights, of `model`. A layer inside a sub-model is reached by
    running that sub-model's part up to it a second time.

    Args:
        model: a functional or sequential model.
        layer_name: name of the layer.

    Raises:
        ValueError: no such layer, or the model has no graph that leads to it.

    Example:
        >>> (spikes, voltages), outputs = make_intermediate_model(model, "rsnn")(x)
        >>> spikes.shape, outputs.shape
        (TensorShape([8, 12, 9]), TensorShape([8, 3]))
    """
    layer = models.find_layer(model, layer_name)
    if not models.has_graph(model):
        raise ValueError(
            f"an intermediate model needs a functional or sequential model that is built; "
            f"'{model.name}' ({type(model).__name__}) is subclassed or not built yet: use live "
            "capture, which is what fit does without probe_data."
        )
    keras = models.keras_of(model)
    whole: Any = model
    try:
        output = _symbolic_output(keras, whole, layer)
        return keras.Model(whole.input, [output, whole.output])
    except (AttributeError, ValueError, KeyError, IndexError) as error:
        raise ValueError(
            f"no graph leads from the inputs of '{model.name}' to layer '{layer_name}' "
            f"({type(error).__name__}): it is called inside a subclassed layer or model; use live "
            "capture, which is what fit does without probe_data."
        ) from error


def _symbolic_output(keras: Any, model: Any, layer: Any) -> Any:
    """Symbolic output of `layer` in the graph of `model`."""
    if any(own is layer for own in model.layers):
        return layer.output
    for own in model.layers:
        holds = hasattr(own, "_flatten_layers") and any(
            inner is layer for inner in own._flatten_layers(include_self=False)
        )
        if holds:
            inner_output = _symbolic_output(keras, own, layer)
            part = keras.Model(own.input, inner_output)
            return part(_inputs_in(own))
    raise ValueError(f"layer '{layer.name}' is not in the graph.")


def _inputs_in(submodel: Any) -> Any:
    """The symbolic tensors that a sub-model was last called on."""
    tensors = submodel._inbound_nodes[-1].input_tensors
    if not isinstance(tensors, (list, tuple)):
        return tensors
    return tensors[0] if len(tensors) == 1 else tensors
