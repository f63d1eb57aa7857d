"""The text that says what network is being trained: layers, parameters, the cell, its firing."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_v1_activity.capture import models
from keras_v1_activity.common.atomic_files import write_text
from keras_v1_activity.state.synapses import describe_synapses, spread
from keras_v1_activity.storage.ownership import STATE_RULE

if TYPE_CHECKING:
    from keras_v1_activity.common.protocols import AnyArray, Layer, Model

# What a cell may have for attributes, and the words for them.
_CELL_SETTINGS = {
    "dt": "time step (ms)",
    "max_delay": "longest delay (time steps)",
    "dampening_factor": "surrogate derivative, height",
    "gauss_std": "surrogate derivative, width",
    "hard_reset": "hard reset",
    "dynamics": "dynamics",
}


def log_network_state(
    model: Model,
    sample_input: AnyArray | None = None,
    output_path: str | os.PathLike[str] = "network_state.txt",
    layer_name: str = "rsnn",
    *,
    dt: float | None = None,
) -> str:
    """Writes what a network is, and how it fires on a sample input, to a text file.

    The text holds the model's summary; every layer with its shapes, parameters and the range of
    each weight; the cell, its settings and state sizes; the populations; of layers that carry a
    `v1.V1Network`, the synapses by receptor with their delays, weights and violations of Dale's
    law; and with `sample_input` the firing rates, by population if these are known.

    Args:
        model: a model of Keras 3 or tf-keras.
        sample_input: input batch to run once, (batch, time, ...); None for no firing statistics.
        output_path: text file; its folder is made if it is missing.
        layer_name: the spiking layer.
        dt: ms per time step, for rates; None takes that of the layer's cell, else 1.

    Returns:
        The text.

    Raises:
        ValueError: no such layer; or, with `sample_input`, a model without a graph.

    Example:
        >>> text = log_network_state(model, sample_input=x, output_path="state.txt")
        >>> print(next(line for line in text.splitlines() if line.startswith("sample 0")))
        sample 0, 12 time steps of 1 ms, 9 neurons
    """
    text = describe_network(model, sample_input, layer_name=layer_name, dt=dt)
    path = Path(output_path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text)
    return text


def describe_network(
    model: Model,
    sample_input: AnyArray | None = None,
    *,
    layer_name: str = "rsnn",
    dt: float | None = None,
) -> str:
    """The text of `log_network_state`, not written anywhere.

    Args:
        model: a model of Keras 3 or tf-keras.
        sample_input: input batch to run once, (batch, time, ...); None for no firing statistics.
        layer_name: the spiking layer.
        dt: ms per time step, for rates; None takes that of the layer's cell, else 1.

    Raises:
        ValueError: no such layer; or, with `sample_input`, a model without a graph.

    Example:
        >>> "Layer 'rsnn'" in describe_network(model)
        True
    """
    layer = models.find_layer(model, layer_name)
    if dt is None:
        dt = float(getattr(getattr(layer, "cell", None), "dt", 1.0))
    parts = [
        ("Model", _summary(model)),
        ("Layers", _layers(model)),
        ("Parameters", _parameters(model)),
        (f"Layer '{layer_name}'", _recorded_layer(layer)),
    ]
    parts += [
        (f"Synapses of layer '{own.name}'", text)
        for own in models.all_layers(model)
        if (text := describe_synapses(own))
    ]
    if sample_input is not None:
        parts.append(("Firing on the sample input", _firing(model, layer, sample_input, dt)))
    return "\n".join(
        f"{STATE_RULE}\n{title}\n{STATE_RULE}\n{body.rstrip()}\n" for title, body in parts
    )


def _summary(model: Any) -> str:
    out = io.StringIO()
    model.summary(print_fn=lambda line, **_: out.write(f"{line}\n"), line_length=100)
    return out.getvalue()


def _layers(model: Any) -> str:
    lines = []
    for layer in models.all_layers(model):
        trainable = _size(layer.trainable_weights)
        frozen = _size(layer.non_trainable_weights)
        lines.append(
            f"{layer.name} ({type(layer).__name__})\n"
            f"    output {_output_shape(layer)}; parameters: {trainable:,} trainable, "
            f"{frozen:,} frozen"
        )
        lines += [
            f"    {weight.name} {tuple(weight.shape)} {weight.dtype}"
            f"{'' if _trains(weight, layer) else ', frozen'}{_range_of(weight)}"
            for weight in layer.weights
        ]
    return "\n".join(lines)


def _range_of(weight: Any) -> str:
    """Smallest, mean and largest value of a weight, as text."""
    if not hasattr(weight, "numpy"):
        return ""
    values = np.asarray(weight.numpy())
    if values.dtype.kind == "V":
        values = values.astype(np.float32)
    if not values.size or values.dtype.kind not in "biuf":
        return ""
    finite = values[np.isfinite(values)]
    text = f", {spread(finite)}" if finite.size else ""
    missing = values.size - finite.size
    return text + (f", {missing:,} NaN or infinite" if missing else "")


def _parameters(model: Any) -> str:
    trainable, frozen = _size(model.trainable_weights), _size(model.non_trainable_weights)
    return f"trainable {trainable:,}\nfrozen    {frozen:,}\nin all    {trainable + frozen:,}"


def _recorded_layer(layer: Any) -> str:
    lines = [f"class {_class_of(layer)}", f"output {_output_shape(layer)}"]
    cell = getattr(layer, "cell", None)
    if cell is not None:
        lines.append(f"cell {_class_of(cell)}")
    state = getattr(cell, "state_size", getattr(layer, "state_size", None))
    if state is not None:
        lines.append(f"state sizes {_plain(state)}")
    lines += [
        f"{words} {getattr(cell, name)}"
        for name, words in _CELL_SETTINGS.items()
        if getattr(cell, name, None) is not None
    ]
    neurons = models.carried_neurons(layer)
    if neurons is not None and neurons.populations.named:
        lines.append(
            f"{neurons.n_neurons:,} neurons in {len(neurons.populations.names)} populations"
        )
        lines += [
            f"    {name:<12} {count:>8,}"
            for name, count in zip(
                neurons.populations.names, neurons.populations.counts, strict=True
            )
        ]
    return "\n".join(lines)


def _firing(model: Model, layer: Layer, sample_input: AnyArray, dt: float) -> str:
    from keras_v1_activity.activity.potentials import unit_of
    from keras_v1_activity.capture.probe import Probe
    from keras_v1_activity.capture.target import CaptureRequest
    from keras_v1_activity.plan import RecordPlan

    probe = Probe(model, CaptureRequest(layer.name, RecordPlan(dt=dt, figures=())))
    activity = probe.look(sample_input, source="look")
    rates = activity.rates
    lines = [
        f"sample 0, {activity.n_steps:,} time steps of {dt:g} ms, {activity.n_neurons:,} neurons",
        f"spikes {activity.n_spikes:,}",
        f"mean rate {activity.mean_rate:.3f} Hz, greatest {rates.max(initial=0):.3f} Hz",
        f"silent neurons {int((rates == 0).sum()):,} of {activity.n_neurons:,}",
    ]
    if activity.voltages.size:
        v = activity.voltages
        lines.append(
            f"membrane potential of {v.shape[1]} neurons: mean {v.mean():.3f}, "
            f"from {v.min():.3f} to {v.max():.3f} {unit_of(activity, unknown='(not in mV)')}"
        )
    if activity.populations.named:
        lines.append("mean rate by population (Hz)")
        lines += [f"    {n:<12} {rate:>9.3f}" for n, rate in activity.population_rates.items()]
    return "\n".join(lines)


def _size(weights: Iterable[Any]) -> int:
    total = 0
    for weight in weights:
        count = 1
        for size in weight.shape:
            count *= size
        total += count
    return total


def _trains(weight: Any, layer: Any) -> bool:
    return any(weight is own for own in layer.trainable_weights)


def _class_of(thing: object) -> str:
    return f"{type(thing).__module__}.{type(thing).__qualname__}"


def _output_shape(layer: Any) -> str:
    from keras_v1_activity.capture.output import describe_structure

    try:
        return describe_structure(layer.output)
    except (AttributeError, ValueError, RuntimeError):
        return "known only when it runs"


def _plain(state: Any) -> Any:
    """State sizes without the type names of TensorShape and the like."""
    if isinstance(state, dict):
        return {name: _plain(size) for name, size in state.items()}
    if isinstance(state, (list, tuple)):
        return (
            type(state)(_plain(size) for size in state)
            if type(state) in (list, tuple)
            else [_plain(size) for size in state]
        )
    return int(state) if hasattr(state, "__index__") else str(state)
