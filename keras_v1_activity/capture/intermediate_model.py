"""The Keras model that also gives the output of one layer inside another model."""

from __future__ import annotations

from typing import Any

from keras_v1_activity.capture import models
from keras_v1_activity.common.protocols import Model


def make_intermediate_model(model: Model, layer_name: str) -> Any:
    """The Keras model from the inputs of `model` to [layer output, model outputs].

    It shares the layers, and so the weights, of `model`.

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
    try:
        inputs, output, outputs = _graph_with(keras, model, layer)
        return keras.Model(inputs, [output, outputs])
    except (AttributeError, ValueError, KeyError, IndexError, TypeError) as error:
        raise ValueError(
            f"no graph leads from the inputs of '{model.name}' to layer '{layer_name}' "
            f"({type(error).__name__}): it is called inside a subclassed layer or model; a look "
            "needs none, and live capture is what fit does without probe_data."
        ) from error


def _graph_with(keras: Any, model: Any, layer: Any) -> tuple[Any, Any, Any]:
    """(inputs, output of the layer, outputs), symbolic, of one graph of Keras."""
    if isinstance(model, keras.Sequential):
        (inputs,), (outputs,) = model.inputs, model.outputs
    else:
        inputs, outputs = model.input, model.output
    if any(own is layer for own in model.layers) and len(layer._inbound_nodes) == 1:
        return inputs, layer.output, outputs
    return inputs, *_replayed(keras, model, layer, inputs)


def _replayed(keras: Any, model: Any, layer: Any, inputs: Any) -> tuple[Any, Any]:
    """(output of the layer, outputs), all layers called once more, those of sub-models too."""
    outer = {id(part) for part in models.all_layers(model) if _holds(part, layer)}
    found: list[Any] = []
    owner: Any = keras.layers.Layer
    call = owner.__call__

    def opened(part: Any, *args: Any, **kwargs: Any) -> Any:
        if id(part) in outer:
            return part.call(*args, **kwargs)
        output = call(part, *args, **kwargs)
        if part is layer:
            found.append(output)
        return output

    try:
        owner.__call__ = opened
        outputs = model.call(inputs)
    finally:
        owner.__call__ = call
    if not found:
        raise ValueError(f"layer '{layer.name}' is not in the graph.")
    return found[-1], outputs


def _holds(part: Any, layer: Any) -> bool:
    return hasattr(part, "_flatten_layers") and any(
        inner is layer for inner in part._flatten_layers(include_self=False)
    )
