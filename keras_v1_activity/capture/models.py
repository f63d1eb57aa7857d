"""What has to be known of a Keras model, the same for Keras 3 and tf-keras."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any, Protocol, TypeAlias

from numpy.typing import ArrayLike

from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.common.protocols import Layer, Model


class CarriesNeurons(Protocol):
    """What knows its neurons, such as a `v1.V1Network`.

    Example:
        >>> given_neurons(network).n_neurons
        200
    """

    @property
    def neurons(self) -> Neurons | Populations:
        """Names and further facts of the neurons."""
        ...


PopulationsLike: TypeAlias = ArrayLike | Populations | Neurons | CarriesNeurons
"""What a user may give as populations=: one name per neuron, or what carries them."""


def keras_of(model: Model) -> ModuleType:
    """The Keras that made a model: the module `keras`, or `tf_keras` if it made the model.

    Raises:
        ValueError: not a Keras model.

    Example:
        >>> keras_of(model).__name__
        'keras'
    """
    for base in type(model).__mro__:
        root = base.__module__.partition(".")[0]
        if root in ("keras", "tf_keras"):
            return import_module(root)
    raise ValueError(f"model must be a keras.Model; got {type(model).__name__}.")


def check_backend() -> None:
    """Refuses a Keras that does not run on TensorFlow.

    Raises:
        ValueError: naming the backend there is.

    Example:
        >>> check_backend()
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            f"V1ActivityCallback needs Keras on TensorFlow, and here it runs on "
            f"{keras.backend.backend()}: set the environment variable KERAS_BACKEND=tensorflow "
            "before keras is imported."
        )


def all_layers(model: Model) -> list[Any]:
    """Every layer of a model, those inside sub-models and layers too.

    Example:
        >>> [layer.name for layer in all_layers(model)][-1]
        'prediction'
    """
    flattened: Any = model
    return list(flattened._flatten_layers(include_self=False))


class NoSuchLayer(ValueError):
    """A model has no layer of the name that was asked for.

    Example:
        >>> try:
        ...     find_layer(model, "cortex")
        ... except NoSuchLayer as error:
        ...     print(str(error)[:31])
        the model has no layer 'cortex'
    """


def find_layer(model: Model, layer_name: str) -> Any:
    """The layer of that name, also if it is inside a sub-model.

    Raises:
        NoSuchLayer: a ValueError, there is none; the sentence lists the layers there are.
        ValueError: there are several.

    Example:
        >>> find_layer(model, "rsnn").name
        'rsnn'
    """
    layers = all_layers(model)
    found = list({id(layer): layer for layer in layers if layer.name == layer_name}.values())
    if len(found) > 1:
        kinds = " and ".join(type(layer).__name__ for layer in found[:5])
        raise ValueError(
            f"the model has {len(found)} layers named '{layer_name}' ({kinds}), and only one can "
            "be recorded: give the spiking layer a name of its own, and that as layer_name=."
        )
    if found:
        return found[0]
    names = [layer.name for layer in layers]
    shown = ", ".join(repr(name) for name in names[:20]) or "none that is made yet"
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    raise NoSuchLayer(
        f"the model has no layer '{layer_name}'; it has {shown}{more}: give the name of the "
        "spiking layer as layer_name=."
    )


def may_make_layers(model: Model) -> bool:
    """Whether a model may make layers in its `build` or `call` that nobody has seen yet.

    Example:
        >>> may_make_layers(model)
        False
    """
    parts = [model, *all_layers(model)]
    return not all(getattr(part, "built", True) for part in parts) or not has_graph(model)


def has_graph(model: Model) -> bool:
    """True for a functional or sequential model that is built; False for a subclassed one.

    Example:
        >>> has_graph(model)
        True
    """
    found: Any = model
    try:
        return bool(found.inputs) and found.outputs is not None
    except (AttributeError, ValueError):
        return False


def steps_per_execution(model: Model) -> int:
    """Training steps that one call of the train function runs.

    Example:
        >>> steps_per_execution(model)
        1
    """
    count = getattr(model, "_steps_per_execution", None)
    if count is None:
        count = getattr(model, "steps_per_execution", 1)
    return int(count.numpy()) if hasattr(count, "numpy") else int(count or 1)


def is_compiled_by_xla(model: Model) -> bool:
    """Whether the training step of a model is compiled by XLA.

    Example:
        >>> is_compiled_by_xla(model)
        False
    """
    # Keras 2.10 has no public word for it.
    asked = getattr(model, "jit_compile", getattr(model, "_jit_compile", False))
    return bool(asked) and not getattr(model, "run_eagerly", False)


def batches_trained(model: Model) -> int:
    """Training batches the optimizer has seen; 0 without an optimizer.

    Keras 3 divides `optimizer.iterations` by the gradient accumulation steps, so the count
    underneath is read if there is one.

    Example:
        >>> logs = model.train_on_batch(x, y)
        >>> batches_trained(model)
        1
    """
    optimizer = getattr(model, "optimizer", None)
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    count = getattr(optimizer, "_iterations", None)
    if count is None:
        count = getattr(optimizer, "iterations", 0)
    return int(count.numpy()) if hasattr(count, "numpy") else int(count)


def given_neurons(populations: PopulationsLike | None) -> Neurons | None:
    """`Neurons` from what a user gave as populations=; None if nothing was given.

    Raises:
        ValueError: neither names, nor Populations, nor a network that carries its neurons.

    Example:
        >>> given_neurons(["e4", "i4Pvalb", "e4"]).populations.names
        ('e4', 'i4Pvalb')
    """
    if populations is None:
        return None
    known = _carried(populations)
    names: Any = populations
    return known or Neurons(Populations.from_names(names))


def neurons_of(layer: Layer, n_neurons: int, given: Neurons | None = None) -> Neurons:
    """What is known of the neurons of a layer: as given, else as the layer or its cell says.

    Args:
        layer: the Keras layer.
        n_neurons: how many neurons its output has.
        given: `Neurons` that the user named, or None.

    Raises:
        ValueError: what was given names another number of neurons.

    Example:
        >>> neurons_of(model.get_layer("rsnn"), 9).n_neurons
        9
    """
    if given is not None:
        given.check_size(n_neurons, layer.name)
        return given
    known = carried_neurons(layer)
    if known is not None and known.n_neurons == n_neurons:
        return known
    return Neurons.unnamed(n_neurons)


def carried_neurons(layer: Layer) -> Neurons | None:
    """`Neurons` that a layer or its cell carries, or None.

    Example:
        >>> carried_neurons(model.get_layer("rsnn")) is None
        True
    """
    return _carried(getattr(layer, "cell", None)) or _carried(layer)


def _carried(holder: object) -> Neurons | None:
    for value in (holder, getattr(holder, "neurons", None), getattr(holder, "populations", None)):
        if isinstance(value, Neurons):
            return value
        if isinstance(value, Populations):
            return Neurons(value)
    return None
