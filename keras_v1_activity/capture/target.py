"""What is to be captured: as the user asks for it, and as it is found in one model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.capture import models
from keras_v1_activity.capture.output import settle_output
from keras_v1_activity.capture.output_choice import OutputChoice
from keras_v1_activity.capture.selection import Selection
from keras_v1_activity.common.protocols import Layer, Model
from keras_v1_activity.plan import RecordPlan

Extract: TypeAlias = Callable[[Any], Any]
"""A function from a layer's output to its spikes, or to (spikes, voltages or None)."""


@dataclass(frozen=True, eq=False)
class CaptureRequest:
    """Which layer is captured, what of it, and how its output is read. No model is needed yet.

    Attributes:
        layer_name: name of the layer.
        plan: `RecordPlan`, which samples and neurons are recorded.
        extract: function from the layer's output to (spikes, voltages or None), see
            `settle_output`; None for the usual outputs.
        given_neurons: `Neurons` that the user named; None takes those that the layer carries.
        choice: `OutputChoice`, which output of the model holds its predictions.

    Raises:
        ValueError: `layer_name` is no name, or `extract` is no function.

    Example:
        >>> CaptureRequest("rsnn", RecordPlan()).layer_of(model).name
        'rsnn'
    """

    layer_name: str
    plan: RecordPlan
    extract: Extract | None = None
    given_neurons: Neurons | None = None
    choice: OutputChoice = field(default_factory=OutputChoice)

    def __post_init__(self) -> None:
        if not isinstance(self.layer_name, str) or not self.layer_name:
            raise ValueError(
                f"layer_name must be the name of a layer, e.g. 'rsnn'; got {self.layer_name!r}."
            )
        if self.extract is not None and not callable(self.extract):
            raise ValueError(
                "extract must be a function from the layer's output to (spikes, voltages); "
                f"got {self.extract!r}."
            )

    def layer_of(self, model: Model) -> RecordedLayer:
        """The layer that is meant in `model`; one that may yet be made is known by its name only.

        Raises:
            ValueError: the model has no layer of that name, or several.
        """
        try:
            found = models.find_layer(model, self.layer_name)
        except models.NoSuchLayer:
            if not models.may_make_layers(model):
                raise
            found = None
        return RecordedLayer(found, self)


class RecordedLayer:
    """A layer, with the way to read its output.

    Args:
        layer: the Keras layer; None if the model has yet to make it.
        request: the `CaptureRequest` that means it.

    Attributes:
        layer: the Keras layer; None until the model has made it.
        plan: `RecordPlan` of the request.
        choice: `OutputChoice` of the request.

    Example:
        >>> layer = CaptureRequest("rsnn", RecordPlan(voltage_neurons=2)).layer_of(model)
        >>> layer.selection(9).voltage_neurons
        array([2, 6])
    """

    layer: Any
    plan: RecordPlan
    choice: OutputChoice

    def __init__(self, layer: Layer | None, request: CaptureRequest) -> None:
        self.layer = layer
        self.plan = request.plan
        self.choice = request.choice
        self._request = request

    @property
    def name(self) -> str:
        """Name of the layer."""
        return self._request.layer_name

    def settle(self, output: Any) -> tuple[Any, Any]:
        """(spikes, voltages or None) in an output of the layer, each (batch, time, neuron).

        Raises:
            ValueError: the output holds no such arrays.
        """
        return settle_output(output, self.name, self._request.extract)

    def selection(self, n_neurons: int) -> Selection:
        """The `Selection` of samples and neurons, for this number of neurons.

        Raises:
            ValueError: populations or ids that do not fit that number.
        """
        neurons = models.neurons_of(self.layer, n_neurons, self._request.given_neurons)
        return Selection.of(self.plan, neurons)
