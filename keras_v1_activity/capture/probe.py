"""Probe capture: one batch of the user's choice, in a forward pass of its own."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import tensorflow as tf

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.capture import models
from keras_v1_activity.capture.assemble import make_activity
from keras_v1_activity.capture.fixed_noise import fixed_noise
from keras_v1_activity.capture.intermediate_model import make_intermediate_model
from keras_v1_activity.capture.methods import noted_calls
from keras_v1_activity.capture.probe_batch import ProbeBatch
from keras_v1_activity.capture.reduce import reduce_layer, reduce_loss
from keras_v1_activity.capture.selection import check_sample
from keras_v1_activity.capture.target import CaptureRequest, RecordedLayer
from keras_v1_activity.capture.traces import call_that_gave, calls_of, reduce_traces
from keras_v1_activity.capture.troubles import Troubles
from keras_v1_activity.common.protocols import Model


class Probe:
    """Looks at what a layer of one model does with a batch that is not being trained on.

    The model is called as it is, and what its layer gives is noted: any model can be looked at.

    Args:
        model: the Keras model.
        request: `CaptureRequest`, which layer is meant and what of it is recorded.

    Attributes:
        troubles: `Troubles`, why the currents of traced neurons could not be taken.

    Example:
        >>> from keras_v1_activity.plan import RecordPlan
        >>> look = Probe(model, CaptureRequest("rsnn", RecordPlan())).look(x, y, step=3)
        >>> look.step, look.n_neurons, look.source
        (3, 9, 'probe')
    """

    troubles: Troubles

    def __init__(self, model: Model, request: CaptureRequest) -> None:
        self._model: Any = model
        self._request = request
        self._layer: RecordedLayer | None = None
        self._forward: Any = tf.function(self._run, reduce_retracing=True, autograph=False)
        self.troubles = Troubles()

    @cached_property
    def intermediate_model(self) -> Any:
        """The keras.Model from the model's inputs to [layer output, outputs], made when needed.

        Raises:
            ValueError: the model is subclassed, so that it has no graph; or it has no such layer.
        """
        return make_intermediate_model(self._model, self._request.layer_name)

    def check(self, batch: ProbeBatch) -> None:
        """Refuses, before any batch is run, what is known to be wrong from the shapes alone.

        Raises:
            ValueError: the layer's output is unusable, the plan does not fit it, or the batch does
                not fit the model.
        """
        if models.has_graph(self._model):
            batch.check(self._model)
        layer = self._recorded_layer()
        layer_output = self._symbolic_output(batch)
        if layer_output is None:
            return
        spikes, _ = layer.settle(layer_output)
        if spikes.shape[2] is not None:
            layer.selection(spikes.shape[2])

    @property
    def n_steps_in(self) -> int | None:
        """Time steps that the model's first input has; None if it does not say."""
        if not models.has_graph(self._model):
            return None
        shape = tuple(self._model.inputs[0].shape)
        return shape[1] if len(shape) > 1 else None

    def look(
        self,
        x: Any,
        y: Any = None,
        *,
        step: int = 0,
        source: str = "probe",
        seed: int | None = None,
    ) -> Activity:
        """The `Activity` that the batch `x` evokes now.

        Args:
            x: input batch, as the model takes it.
            y: its labels, or None.
            step: training step to name in it.
            source: "probe" or "look".
            seed: of the random numbers that the model draws, see `fixed_noise`; None: as they come.

        Raises:
            ValueError: the layer's output is unusable, or sample_index is beyond the batch; or
                the model does not call the layer where it can be seen.
        """
        inputs = tf.nest.map_structure(tf.convert_to_tensor, x)
        with fixed_noise(self._model, seed):
            layer_output, y_pred, traces = self._forward(inputs)
        layer = self._recorded_layer()
        spikes, voltages = layer.settle(layer_output)
        check_sample(layer.plan, int(spikes.shape[0]))
        selection = layer.selection(spikes.shape[2])
        taken = reduce_layer(spikes, voltages, selection)
        head = layer.choice.head(self._model, y_pred, y, spikes.shape[1:])
        taken |= reduce_loss(x, y, y_pred, None, selection, spikes.shape[1], head)
        arrays = {name: np.asarray(tensor) for name, tensor in {**taken, **traces}.items()}
        return make_activity(arrays, selection, step=step, source=source)

    def _symbolic_output(self, batch: ProbeBatch) -> Any:
        """The layer's output without values; None if the model has yet to be built."""
        try:
            return self.intermediate_model.output[0]
        except (ValueError, AttributeError):
            if not getattr(self._model, "built", True):
                return None
        inputs = tf.nest.map_structure(tf.convert_to_tensor, batch.x)
        return self._forward.get_concrete_function(inputs).structured_outputs[0]

    def _recorded_layer(self) -> RecordedLayer:
        if self._layer is None or self._layer.layer is None:
            self._layer = self._request.layer_of(self._model)
        return self._layer

    def _run(self, x: Any) -> tuple[Any, Any, dict[str, Any]]:
        """Layer output, model output and what is traced, in the graph."""
        layer, seen = self._recorded_layer(), []

        def note(called: Any, args: Any, kwargs: Any, output: Any) -> None:
            layer.layer = called
            seen.append((args, kwargs, output))

        # A layer that each call makes again is known by its name alone.
        is_kept = any(own is layer.layer for own in models.all_layers(self._model))
        if not is_kept:
            calls: Any = noted_calls(models.keras_of(self._model), layer.name, note)
        else:
            calls = calls_of(layer.layer, seen)
        with calls:
            y_pred = self._model(x, training=False)
        layer_output = self._seen_output(layer, seen)
        return layer_output, y_pred, self._traces(layer, layer_output, seen)

    def _seen_output(self, layer: RecordedLayer, seen: list[Any]) -> Any:
        if not seen:
            # The sentence says which layers there are.
            models.find_layer(self._model, layer.name)
        reach = tf.compat.v1.get_default_graph()
        if not seen or not all(
            getattr(tensor, "graph", reach) is reach for tensor in tf.nest.flatten(seen[-1][2])
        ):
            raise ValueError(
                f"layer '{layer.name}' of '{self._model.name}' is not called, or inside a "
                "function of its own (tf.function, a loop) from which nothing can be taken: call "
                "the layer in the model's own call, or name the layer around it as layer_name=."
            )
        return seen[-1][2]

    def _traces(self, layer: RecordedLayer, layer_output: Any, seen: list[Any]) -> dict[str, Any]:
        if not layer.plan.trace_neurons:
            return {}
        spikes, voltages = layer.settle(layer_output)
        selection = layer.selection(spikes.shape[2])
        call = call_that_gave(seen, layer_output)
        try:
            return reduce_traces(layer.layer, call, spikes, voltages, selection)
        except Exception as error:
            self.troubles.note("trace", error)
            return reduce_traces(layer.layer, None, spikes, voltages, selection)
