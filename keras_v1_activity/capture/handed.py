"""A look made of what a custom loop hands over: arrays of any framework, in the usual shapes.

The counterpart of `reduce.py` for arrays that exist already. Only the samples that are looked at
are converted.
"""

import numpy as np

from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.capture.arrays import sample_of, shape_of, to_numpy
from keras_v1_activity.capture.assemble import TRACE_PREFIX, make_activity
from keras_v1_activity.capture.readout import confidence_of, label_of
from keras_v1_activity.capture.selection import Selection

# Numbers beyond this are no classes, whatever they were given as.
_MOST_CLASSES = 1_000_000


class HandedBatch:
    """What `log_step` was given for one batch, checked against one another.

    Args:
        spikes: (batch, time, neuron) or (time, neuron).
        voltages: as spikes, mV, or None.
        inputs: (batch, time, channels...) or without batch, or None.
        outputs, predictions, labels, weights: see `NetworkActivityLogger.log_step`.
        traces: dict of name -> (batch, time, k) or (time, k), or None.

    Raises:
        ValueError: one sentence that names the argument, its shape and the one expected.
    """

    def __init__(
        self,
        spikes,
        voltages=None,
        inputs=None,
        outputs=None,
        predictions=None,
        labels=None,
        weights=None,
        traces=None,
    ):
        shape = shape_of(spikes, "spikes") if spikes is not None else ()
        if len(shape) not in (2, 3) or 0 in shape[:-2]:
            raise ValueError(
                "spikes must have shape (batch, time, neuron) or (time, neuron); got "
                f"{'None' if spikes is None else shape}."
            )
        self.batched = len(shape) == 3
        self.batch_size = shape[0] if self.batched else 1
        self.n_steps, self.n_neurons = shape[-2:]
        self._spikes = spikes
        self._voltages = self._like_spikes(voltages, "voltages")
        self._inputs = inputs
        self._outputs = self._output_rows(outputs)
        self._labels = self._rows(labels, "labels")
        self._weights = self._rows(weights, "sample_weight")
        self._predictions = self._rows(predictions, "predictions")
        self._traces = {} if traces is None else dict(traces)

    def activity(self, selection, step):
        """The `Activity` of this batch under a `Selection`."""
        last = self.batch_size - 1
        samples = [min(sample, last) for sample in selection.samples]
        taken = {
            "batch_size": self.batch_size,
            "spikes": self._fired(samples[0]),
            **self._reduced_inputs(samples[0], selection),
            **self._traced(samples[0], selection),
        }
        if self._voltages is not None and len(selection.voltage_neurons):
            of_sample = self._sample(self._voltages, samples[0], "voltages")
            taken["voltages"] = of_sample[:, selection.voltage_neurons].astype(np.float32)
        if len(samples) > 1:
            chosen = selection.batch_neurons
            thinned = {i: self._fired(i)[:, chosen] for i in sorted(set(samples[1:]))}
            taken["batch_spikes"] = np.stack([thinned[i] for i in samples[1:]])
        readout = [self.readout(sample) for sample in samples]
        return make_activity(taken, selection, step=step, source="logger", readout=readout)

    def readout(self, sample):
        """(outputs, confidence, label) of one sample."""
        weights = None if self._weights is None else self._weights[sample].reshape(-1)
        outputs = None if self._outputs is None else self._outputs[sample]
        confidence = confidence_of(outputs, weights)
        if self._predictions is not None:
            predicted = self._predictions[sample]
            if _is_class(predicted):
                predicted = _majority(predicted, weights)
                confidence = _agreeing(confidence, predicted, self._n_classes())
            else:
                rows = np.atleast_2d(predicted).astype(np.float32)
                outputs = rows if outputs is None else outputs
                confidence = confidence_of(rows, weights)
        return outputs, confidence, self._label(sample, outputs, confidence, weights)

    def _n_classes(self):
        """Classes there are at least, the same for all samples of the batch."""
        most = 2 if self._outputs is None else self._outputs.shape[2]
        for classes in (self._predictions, self._labels):
            if classes is not None and np.isfinite(classes).all():
                most = max(most, int(classes.max(initial=0)) + 1)
        return most

    def _label(self, sample, outputs, confidence, weights):
        if self._labels is None:
            return None
        target = self._labels[sample]
        n_chunks, n_classes = (1, 1) if outputs is None else outputs.shape
        if n_classes == 1 and confidence is not None:
            n_classes = len(confidence)
        label = label_of(target, n_chunks, n_classes, weights)
        if label is None and target.ndim:
            # There is no readout that it fits: one-hot in the last axis, or one class a chunk.
            label = label_of(target, len(target), target.shape[-1], weights)
        if label is None and target.ndim == 1:
            label = label_of(target, len(target), 1, weights)
        return label

    def _like_spikes(self, value, name):
        if value is None:
            return None
        expected = shape_of(self._spikes, "spikes")
        shape = shape_of(value, name)
        if shape != expected:
            raise ValueError(f"{name} must have the shape of spikes, {expected}; got {shape}.")
        return value

    def _rows(self, value, name):
        """Per-sample rows as a numpy array (batch, ...); one sample may come without its axis."""
        if value is None:
            return None
        array = to_numpy(value, name)
        if array.ndim and len(array) == self.batch_size:
            return array
        if self.batch_size == 1:
            return array[None]
        raise ValueError(
            f"{name} must have one entry for each of the {self.batch_size} samples of spikes; "
            f"got shape {array.shape}."
        )

    def _output_rows(self, outputs):
        """(batch, chunks, classes) float32, or None."""
        rows = self._rows(outputs, "outputs")
        if rows is None:
            return None
        rows = rows[:, None] if rows.ndim == 2 else rows
        if rows.ndim != 3:
            raise ValueError(
                "outputs must have shape (batch, chunks, classes) or (batch, classes); got "
                f"{shape_of(outputs, 'outputs')}."
            )
        return rows.astype(np.float32)

    def _sample(self, value, sample, name):
        if self.batched:
            return sample_of(value, sample, name)
        return to_numpy(value, name)

    def _fired(self, sample):
        spikes = self._sample(self._spikes, sample, "spikes")
        return spikes if spikes.dtype == bool else spikes > 0

    def _reduced_inputs(self, sample, selection):
        """As `reduce_loss` has it: mean over groups of neighbouring channels."""
        if self._inputs is None:
            return {}
        shape = shape_of(self._inputs, "inputs")
        single = not self.batched and shape[:2] == (1, self.n_steps)
        batched = len(shape) >= 3 and (self.batched or single)
        time = shape[1:] if batched else shape
        if (batched and shape[0] != self.batch_size) or len(time) < 2 or time[0] != self.n_steps:
            raise ValueError(
                f"inputs must have shape (batch, time, channels) with {self.batch_size} samples of "
                f"{self.n_steps} time steps, as spikes have; got {shape}."
            )
        rows = sample_of(self._inputs, sample, "inputs") if batched else None
        rows = to_numpy(self._inputs, "inputs") if rows is None else rows
        channels = rows.astype(np.float32, copy=False).reshape(self.n_steps, -1)
        n_channels = channels.shape[1]
        starts = np.arange(0, n_channels, selection.plan.input_group(n_channels))
        sizes = np.diff(np.append(starts, n_channels)).astype(np.float32)
        sums = np.add.reduceat(channels, starts, axis=1) if n_channels else channels
        return {"inputs": sums / sizes, "n_inputs": n_channels}

    def _traced(self, sample, selection):
        neurons = selection.trace_neurons
        if not len(neurons):
            return {}
        traced = {"spike": self._fired(sample)[:, neurons]}
        if self._voltages is not None:
            traced["voltage"] = self._sample(self._voltages, sample, "voltages")[:, neurons]
        expected = (self.n_steps, len(neurons))
        for name, value in self._traces.items():
            shape = shape_of(value, f"traces[{name!r}]")
            whole = shape == (self.batch_size, *expected)
            if not whole and shape != expected:
                raise ValueError(
                    f"traces[{name!r}] must have shape (batch, time, traced neurons) = "
                    f"{(self.batch_size, *expected)}; got {shape}: trace the neurons of "
                    "trace_neurons, in their order."
                )
            what = f"traces[{name!r}]"
            traced[name] = sample_of(value, sample, what) if whole else to_numpy(value, what)
        return {f"{TRACE_PREFIX}{name}": value for name, value in traced.items()}


def select(plan, given_neurons, n_neurons, name="spikes"):
    """The `Selection` for that many neurons.

    Raises:
        ValueError: populations or ids that do not fit them.
    """
    if given_neurons is not None:
        given_neurons.check_size(n_neurons, name)
    return Selection.of(plan, given_neurons or Neurons.unnamed(n_neurons))


def _is_class(predicted):
    """Whether a sample's prediction is class ids rather than probabilities."""
    if predicted.ndim == 0 or predicted.shape == (1,):
        return True
    if predicted.ndim > 1:
        return False
    one_hot = np.isin(predicted, (0, 1)).all() and predicted.sum() == 1
    return predicted.dtype.kind in "iu" and not one_hot


def _majority(predicted, weights):
    """The class that most chunks predict."""
    return label_of(predicted, max(predicted.size, 1), 1, weights)


def _agreeing(confidence, predicted, n_classes):
    """`confidence` where it says the same as the class predicted, else certainty of that class."""
    if predicted is None:
        return confidence
    if confidence is not None and int(np.argmax(confidence)) == predicted:
        return confidence
    if n_classes > _MOST_CLASSES:
        return None
    certain = np.zeros(n_classes, np.float32)
    certain[predicted] = 1
    return certain
