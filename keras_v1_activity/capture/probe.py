"""Probe capture: one batch of the user's choice, in a forward pass of its own."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import tensorflow as tf

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.capture.assemble import make_activity
from keras_v1_activity.capture.intermediate_model import make_intermediate_model
from keras_v1_activity.capture.probe_batch import ProbeBatch
from keras_v1_activity.capture.reduce import reduce_layer, reduce_loss
from keras_v1_activity.capture.selection import check_sample
from keras_v1_activity.capture.target import CaptureRequest, RecordedLayer
from keras_v1_activity.capture.traces import call_that_gave, calls_of, reduce_traces
from keras_v1_activity.capture.troubles import Troubles
from keras_v1_activity.common.protocols import Model


class Probe:
    """Looks at what a layer of one model does with a batch that is not being trained on.

    Args:
        model: a functional or sequential model.
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
        self._model = model
        self._request = request
        self._forward = tf.function(self._run, reduce_retracing=True, autograph=False)
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
        batch.check(self.intermediate_model)
        spikes, _ = self._layer.settle(self.intermediate_model.output[0])
        if spikes.shape[2] is not None:
            self._layer.selection(spikes.shape[2])

    def look(self, x: Any, y: Any = None, *, step: int = 0, source: str = "probe") -> Activity:
        """The `Activity` that the batch `x` evokes now.

        Args:
            x: input batch, as the model takes it.
            y: its labels, or None.
            step: training step to name in it.
            source: "probe" or "look".

        Raises:
            ValueError: the layer's output is unusable, or sample_index is beyond the batch; or see
                `intermediate_model`.
        """
        model, layer = self.intermediate_model, self._layer
        inputs = tf.nest.map_structure(tf.convert_to_tensor, x)
        layer_output, y_pred, traces = self._forward(inputs)
        spikes, voltages = layer.settle(layer_output)
        check_sample(layer.plan, int(spikes.shape[0]))
        selection = layer.selection(spikes.shape[2])
        taken = reduce_layer(spikes, voltages, selection)
        names = getattr(model, "output_names", None) or ()
        if len(names) == len(tf.nest.flatten(y_pred)) + len(tf.nest.flatten(layer_output)):
            names = names[-len(tf.nest.flatten(y_pred)) :]
        taken |= reduce_loss(x, y, y_pred, None, selection, spikes.shape[1], names)
        arrays = {name: np.asarray(tensor) for name, tensor in {**taken, **traces}.items()}
        return make_activity(arrays, selection, step=step, source=source)

    @cached_property
    def _layer(self) -> RecordedLayer:
        return self._request.layer_of(self._model)

    def _run(self, x: Any) -> tuple[Any, Any, dict[str, Any]]:
        """Layer output, model output and what is traced, in the graph."""
        with calls_of(self._layer.layer) as seen:
            layer_output, y_pred = self.intermediate_model(x, training=False)
        return layer_output, y_pred, self._traces(layer_output, seen)

    def _traces(self, layer_output: Any, seen: list[Any]) -> dict[str, Any]:
        layer = self._layer
        if not layer.plan.trace_neurons:
            return {}
        spikes, voltages = layer.settle(layer_output)
        selection = layer.selection(spikes.shape[2])
        call = call_that_gave(seen, layer_output)
        try:
            if call is None:
                raise ValueError(f"layer '{layer.name}' was not seen being called.")
            return reduce_traces(layer.layer, call, spikes, voltages, selection)
        except Exception as error:
            self.troubles.note("trace", error)
            return reduce_traces(layer.layer, None, spikes, voltages, selection)
