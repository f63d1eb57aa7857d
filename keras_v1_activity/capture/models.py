"""What has to be known of a Keras model, the same for Keras 3 and tf-keras."""

from importlib import import_module

from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.activity.populations import Populations


def keras_of(model):
    """The Keras that made a model: the module `keras`, or `tf_keras` where the model is one.

    Raises:
        ValueError: not a Keras model.
    """
    for base in type(model).__mro__:
        root = base.__module__.partition(".")[0]
        if root in ("keras", "tf_keras"):
            return import_module(root)
    raise ValueError(f"model must be a keras.Model; got {type(model).__name__}.")


def check_backend():
    """Refuses a Keras that does not run on TensorFlow.

    Raises:
        ValueError: naming the backend there is.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            f"V1ActivityCallback needs Keras on TensorFlow, and here it runs on "
            f"{keras.backend.backend()}: set the environment variable KERAS_BACKEND=tensorflow "
            "before keras is imported."
        )


def all_layers(model):
    """Every layer of a model, those inside sub-models and layers too."""
    return list(model._flatten_layers(include_self=False))


def find_layer(model, layer_name):
    """The layer of that name, also where it lies inside a sub-model.

    Raises:
        ValueError: there is none; the sentence lists the layers there are.
    """
    layers = all_layers(model)
    for layer in layers:
        if layer.name == layer_name:
            return layer
    names = [layer.name for layer in layers]
    shown = ", ".join(repr(name) for name in names[:20])
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    raise ValueError(
        f"the model has no layer '{layer_name}'; it has {shown}{more}: give the name of the "
        "spiking layer as layer_name=."
    )


def has_graph(model):
    """True for a functional or sequential model that is built; False for a subclassed one."""
    try:
        return bool(model.inputs) and model.outputs is not None
    except (AttributeError, ValueError):
        return False


def steps_per_execution(model):
    """Training steps that one call of the train function runs."""
    count = getattr(model, "_steps_per_execution", None)
    if count is None:
        count = getattr(model, "steps_per_execution", 1)
    return int(count.numpy()) if hasattr(count, "numpy") else int(count or 1)


def batches_trained(model):
    """Training batches the optimizer has seen; 0 without an optimizer.

    Keras 3 divides `optimizer.iterations` by the gradient accumulation steps, so the count
    underneath is read where there is one.
    """
    optimizer = getattr(model, "optimizer", None)
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    count = getattr(optimizer, "_iterations", None)
    if count is None:
        count = getattr(optimizer, "iterations", 0)
    return int(count.numpy()) if hasattr(count, "numpy") else int(count)


def replicas(model):
    """How many devices train the model in parallel copies."""
    strategy = getattr(model, "distribute_strategy", None)
    return getattr(strategy, "num_replicas_in_sync", 1)


def given_neurons(populations):
    """`Neurons` from what a user gave as populations=; None where nothing was given.

    Raises:
        ValueError: neither names, nor Populations, nor a network that carries its neurons.
    """
    if populations is None:
        return None
    known = _carried(populations)
    return known or Neurons(Populations.from_names(populations))


def neurons_of(layer, n_neurons, given=None):
    """What is known of the neurons of a layer: as given, else as the layer or its cell says.

    Raises:
        ValueError: what was given names another number of neurons.
    """
    if given is not None:
        given.check_size(n_neurons, layer.name)
        return given
    known = carried_neurons(layer)
    fits = known is not None and known.n_neurons == n_neurons
    return known if fits else Neurons.unnamed(n_neurons)


def carried_neurons(layer):
    """`Neurons` that a layer or its cell carries, or None."""
    return _carried(getattr(layer, "cell", None)) or _carried(layer)


def _carried(holder):
    for value in (holder, getattr(holder, "neurons", None), getattr(holder, "populations", None)):
        if isinstance(value, Neurons):
            return value
        if isinstance(value, Populations):
            return Neurons(value)
    return None
