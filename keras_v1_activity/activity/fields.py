"""The fields of an `Activity`, checked and copied when it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.batch_view import BatchView
from keras_v1_activity.activity.details import frozen_details
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.activity.traces import Traces
from keras_v1_activity.activity.tuning import Tuning
from keras_v1_activity.common.checks import (
    frozen_array,
    frozen_indices,
    shown,
    time_step,
    whole_number,
)
from keras_v1_activity.common.protocols import AnyArray
from keras_v1_activity.common.values import Value, read_only, settle

_Part = TypeVar("_Part", BatchView, Traces)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ActivityFields(Value):
    """What an `Activity` holds; see there for each field.

    Raises:
        ValueError: one sentence naming the argument, what came, and what was expected.

    Example:
        >>> spikes = {"spike_steps": [1, 0], "spike_neurons": [0, 1]}
        >>> ActivityFields(**spikes, n_steps=2, n_neurons=2).spike_neurons
        array([1, 0], dtype=int32)
    """

    spike_steps: NDArray[np.int32]
    spike_neurons: NDArray[np.int32]
    n_steps: int
    n_neurons: int
    dt: float = 1.0
    step: int = 0
    sample_index: int = 0
    neurons: Neurons = None  # type: ignore[assignment]
    voltages: NDArray[np.float32] = None  # type: ignore[assignment]
    voltage_neurons: NDArray[np.int64] = ()  # type: ignore[assignment]
    inputs: NDArray[np.float32] | None = None
    n_inputs: int = 0
    outputs: NDArray[np.float32] | None = None
    confidence: NDArray[np.float32] | None = None
    label: int | None = None
    source: str = "live"
    batch: BatchView | None = None
    traces: Traces | None = None
    details: Mapping[str, Any] = None  # type: ignore[assignment]
    tuning: Tuning | None = None

    if TYPE_CHECKING:  # what the constructor takes; dataclass makes it

        def __init__(
            self,
            *,
            spike_steps: AnyArray,
            spike_neurons: AnyArray,
            n_steps: int,
            n_neurons: int,
            dt: float = 1.0,
            step: int = 0,
            sample_index: int = 0,
            neurons: Neurons | None = None,
            voltages: AnyArray | None = None,
            voltage_neurons: AnyArray = (),
            inputs: AnyArray | None = None,
            n_inputs: int = 0,
            outputs: AnyArray | None = None,
            confidence: AnyArray | None = None,
            label: int | None = None,
            source: str = "live",
            batch: BatchView | None = None,
            traces: Traces | None = None,
            details: Mapping[str, Any] | None = None,
            tuning: Tuning | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        settle(self, **_checked_fields(self))


def _checked_fields(given: ActivityFields) -> dict[str, Any]:
    """Every field as it is kept, by name.

    Args:
        given: holds what its constructor was given.

    Raises:
        ValueError: one sentence naming the argument, what came, and what was expected.
    """
    sizes = {
        "n_steps": whole_number(given.n_steps, "n_steps", 0, 600),
        "n_neurons": whole_number(given.n_neurons, "n_neurons", 0, 2000),
    }
    if not isinstance(given.source, str):
        raise ValueError(f"source must be text, e.g. 'simulation'; got {shown(given.source)}.")
    return {
        **sizes,
        "dt": time_step(given.dt),
        "step": whole_number(given.step, "step", 0, 100),
        "sample_index": whole_number(given.sample_index, "sample_index", 0, 0),
        "n_inputs": whole_number(given.n_inputs, "n_inputs", 0, 400),
        "label": None if given.label is None else whole_number(given.label, "label", 0, 3),
        **_spikes(given, **sizes),
        "neurons": _neurons(given.neurons, sizes["n_neurons"]),
        **_recorded(given, **sizes),
        "batch": _of_same_trial(given.batch, BatchView, "batch", **sizes),
        "traces": _of_same_trial(given.traces, Traces, "traces", **sizes),
        "details": frozen_details(given.details),
        "tuning": _tuning(given.tuning, sizes["n_neurons"]),
    }


def _spikes(given: ActivityFields, n_steps: int, n_neurons: int) -> dict[str, NDArray[np.int32]]:
    """The two columns of spikes, sorted by time step, then by neuron."""
    steps = frozen_indices(
        given.spike_steps, "spike_steps", "spike", n_steps, np.int32, "time steps"
    )
    ids = frozen_indices(given.spike_neurons, "spike_neurons", len(steps), n_neurons, np.int32)
    place = np.multiply(steps, n_neurons, dtype=np.int64) + ids
    if not (place[1:] > place[:-1]).all():
        order = np.argsort(place, kind="stable")
        steps, ids, place = read_only(steps[order]), read_only(ids[order]), place[order]
        (twice,) = np.nonzero(place[1:] == place[:-1])
        if twice.size:
            raise ValueError(
                "spike_steps and spike_neurons must hold each spike once; got neuron "
                f"{ids[twice[0]]} twice at time step {steps[twice[0]]}."
            )
    return {"spike_steps": steps, "spike_neurons": ids}


def _recorded(given: ActivityFields, n_steps: int, n_neurons: int) -> dict[str, Any]:
    """Potentials, input and readout."""
    chosen = frozen_indices(given.voltage_neurons, "voltage_neurons", "neuron", n_neurons)
    voltages = given.voltages
    if voltages is None:
        voltages = np.zeros((n_steps, 0), np.float32)
    if np.shape(voltages) != (n_steps, len(chosen)):
        raise ValueError(
            f"voltages must have shape (time, voltage_neurons) = ({n_steps}, {len(chosen)}); got "
            f"{np.shape(voltages)}."
        )
    return {
        "voltages": frozen_array(voltages, "voltages", [n_steps, len(chosen)], np.float32),
        "voltage_neurons": chosen,
        "inputs": _optional(given.inputs, "inputs", [n_steps, "row"]),
        "outputs": _optional(given.outputs, "outputs", ["chunk", "output"]),
        # One output may stand for two classes, so its length is not that of the outputs.
        "confidence": _optional(given.confidence, "confidence", ["class"]),
    }


def _optional(value: Any, name: str, shape: list[Any]) -> NDArray[np.float32] | None:
    return None if value is None else frozen_array(value, name, shape, np.float32)


def _neurons(given: Neurons | None, n_neurons: int) -> Neurons:
    if given is None:
        return Neurons.unnamed(n_neurons)
    if not isinstance(given, Neurons):
        raise ValueError(
            f"neurons must be Neurons, e.g. Neurons(Populations.from_names(names)); got "
            f"{shown(given)}."
        )
    if given.n_neurons != n_neurons:
        raise ValueError(
            f"neurons must describe the {n_neurons:,} neurons of the spikes; got "
            f"{given.n_neurons:,}: give one population name for each neuron."
        )
    return given


def _tuning(given: Tuning | None, n_neurons: int) -> Tuning | None:
    if given is None:
        return None
    if not isinstance(given, Tuning):
        raise ValueError(f"tuning must be Tuning; got {shown(given)}.")
    if given.n_neurons != n_neurons:
        raise ValueError(
            f"tuning must be of the {n_neurons:,} neurons of the spikes; got {given.n_neurons:,}."
        )
    return given


def _of_same_trial(
    given: _Part | None, kind: type[_Part], name: str, n_steps: int, n_neurons: int
) -> _Part | None:
    """`given`, a view or traces that have the time steps and neurons of the spikes."""
    if given is None:
        return None
    if not isinstance(given, kind):
        article = "a " if kind is BatchView else ""
        raise ValueError(f"{name} must be {article}{kind.__name__}; got {shown(given)}.")
    if given.n_steps != n_steps:
        raise ValueError(
            f"{name} must have {n_steps} time steps, as the spikes have; got {given.n_steps}."
        )
    frozen_indices(given.neurons, f"neurons of {name}", "neuron", n_neurons)
    return given
