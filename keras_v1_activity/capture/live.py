"""Live capture: the activity of the training batch itself, from within the training step.

Keras gives callbacks no batch data. So the train function is compiled once more with two taps in
it, one behind the layer and one before the loss. Under a condition, they assign what is wanted to
variables outside the model.
"""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from keras_v1_activity.capture.health.tap import HealthTap
from keras_v1_activity.capture.replica_variables import ReplicaVariables
from keras_v1_activity.capture.selection import Selection
from keras_v1_activity.capture.taps import Taps
from keras_v1_activity.capture.target import RecordedLayer
from keras_v1_activity.capture.train_function import TappedTrainFunction, on_model
from keras_v1_activity.capture.troubles import Troubles
from keras_v1_activity.common.protocols import Model


class LiveCapture:
    """Takes what a layer does in chosen training steps of one model.

    Args:
        model: a compiled model of Keras 3 or tf-keras.
        layer: `RecordedLayer`, the layer of it that spikes.
        folder: of the stored looks, to tell two captures of one model apart; or None.

    Example:
        >>> from keras_v1_activity.capture.target import CaptureRequest
        >>> from keras_v1_activity.plan import RecordPlan
        >>> live = LiveCapture(model, CaptureRequest("rsnn", RecordPlan()).layer_of(model))
        >>> live.before_batch(step=100, due=True)
        >>> logs = model.train_on_batch(x, y)
        >>> arrays, selection, step = live.after_batch()
        >>> step, arrays["voltages"].shape
        (100, (12, 9))
    """

    def __init__(self, model: Model, layer: RecordedLayer, folder: Path | None = None) -> None:
        self._model: Any = model
        self._layer = layer
        self._variables = ReplicaVariables()
        self._taps = Taps(model, layer, self._variables, folder)
        self._own = TappedTrainFunction(model, self._taps)
        # A training that is ended between two hooks of a batch leaves it on the model.
        weakref.finalize(self, self._own.take_off).atexit = False
        # That of another capture of this model, which has the taps of this one too.
        self._shared: TappedTrainFunction | None = None

    @property
    def troubles(self) -> Troubles:
        """Why labels, predictions or traces could not be taken."""
        return self._taps.troubles

    @property
    def health(self) -> HealthTap | None:
        """What is known of gradients and weights; None if they are not asked for."""
        return self._taps.health

    def fits(self, model: Model, layer: RecordedLayer) -> bool:
        """Whether this capture, with what it has compiled, serves another training of `model`."""
        same = self._layer.name == layer.name and layer.layer in (None, self._layer.layer)
        return same and (self._shared or self._own).fits(model)

    def before_batch(
        self, step: int, *, due: bool, every: int = 1, also_first: bool = False
    ) -> None:
        """Lets the next call of the train function be the tapped one.

        Args:
            step: training step (from 1) that this call starts with.
            due: whether anything is to be taken in it.
            every: take the steps divisible by it; the last of them is kept.
            also_first: take the first step as well, if no other is taken.

        Raises:
            ValueError: another capture of this model writes into the same folder.
        """
        found = on_model(self._model)
        self._shared = None if found is self._own else found
        if self._shared is not None:
            self._shared.add(self._taps)
        else:
            # First batch, or another callback had the function made again.
            self._own.build_if_outdated()
        self._variables.arm(step, due=due, every=every, also_first=also_first)
        if self._shared is None:
            self._own.put_on()

    def wait(self) -> None:
        """Waits for the step that has been called, if something is taken in it."""
        self._variables.wait()

    def after_batch(self) -> tuple[dict[str, NDArray[Any]], Selection, int] | None:
        """What was taken: (arrays by name, `Selection`, training step), or None."""
        taken = self._variables.read()
        selection = self._taps.selection
        if taken is None or selection is None:
            return None
        arrays, step = taken
        return arrays, selection, step

    def last_step(self) -> int | None:
        """Last training step run, if the graph counts them; None if each call runs one step."""
        built = self._own.is_built or self._shared is not None
        return self._variables.last_step() if self._variables.counts_steps and built else None

    def take_off(self) -> None:
        """Gives the model its own train function back, if this capture's is still there."""
        self._own.take_off()


def take_off_stale(model: Model) -> None:
    """Gives a model its own train function back if a fit ended between two hooks of a batch.

    Example:
        >>> take_off_stale(model)
    """
    found = on_model(model)
    if found is not None:
        found.take_off()
