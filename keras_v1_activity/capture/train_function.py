"""TappedTrainFunction: a model's train function compiled again, with taps in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from keras_v1_activity.capture import models
from keras_v1_activity.capture.lent_graph import LentGraph
from keras_v1_activity.capture.taps import Taps
from keras_v1_activity.common.protocols import Model

_TAPPED_BY = "tapped_by"
_FUNCTIONS = ("train_function", "train_tf_function")


class TappedTrainFunction:
    """A train function with taps, which is on the model from the start of a batch to its end.

    The taps are on the layer and the model only while the function runs, since it is compiled
    inside its first call. At any other moment, however training ends, the model is as it was found.

    Args:
        model: a compiled model of Keras 3 or tf-keras.
        taps: `Taps` of the capture that owns this function.

    Example:
        >>> from keras_v1_activity.capture.replica_variables import ReplicaVariables
        >>> from keras_v1_activity.capture.target import CaptureRequest
        >>> from keras_v1_activity.plan import RecordPlan
        >>> variables = ReplicaVariables()
        >>> layer = CaptureRequest("rsnn", RecordPlan()).layer_of(model)
        >>> tapped = TappedTrainFunction(model, Taps(model, layer, variables))
        >>> tapped.build_if_outdated()
        >>> variables.arm(step=1, due=True)
        >>> tapped.put_on()
        >>> logs = model.train_on_batch(x, y)
        >>> arrays, step = variables.read()
        >>> int(arrays["batch_size"])
        8
    """

    def __init__(self, model: Model, taps: Taps) -> None:
        self._model: Any = model
        self._taps = [taps]
        self._untapped: Callable[..., Any] | None = None
        self._tapped: Callable[..., Any] | None = None
        self._on_model: Callable[..., Any] | None = None
        self._several = False
        self._graph = LentGraph(None, None)

    @property
    def is_built(self) -> bool:
        """Whether there is a function with taps."""
        return self._tapped is not None

    def fits(self, model: Model) -> bool:
        """Whether this function, as it is compiled, serves another training of `model`."""
        found: Any = model
        return (
            self._model is model
            and self._untapped is not None
            and found.train_function is self._untapped
            and self._several == (models.steps_per_execution(model) > 1)
        )

    def build_if_outdated(self) -> None:
        """Makes the function if there is none, or if the model has got another of its own."""
        if self._model.train_function is not self._untapped or not self.is_built:
            self._build()

    def add(self, taps: Taps) -> None:
        """Adds the taps of another capture of this model: one function serves both.

        Raises:
            ValueError: two captures write into one folder.
        """
        if taps not in self._taps:
            if taps.folder is not None and any(taps.folder == own.folder for own in self._taps):
                raise ValueError(
                    f"two callbacks of one fit write into log_dir {str(taps.folder)!r}: give each "
                    "a folder of its own, or leave one of them out."
                )
            self._taps.append(taps)
            self.take_off()
            self._build()
            self.put_on()

    def put_on(self) -> None:
        """Lets the next call of the model's train function be this one, and only that call."""
        # Each training has one of its own.
        history = getattr(self._model, "history", None)

        def train_function(*args: Any, **kwargs: Any) -> Any:
            """One tapped call, after which the model has its own train function back."""
            self.take_off()
            if getattr(self._model, "history", None) is not history:
                # It was left by another training, which ended between two hooks.
                return self._model.train_function(*args, **kwargs)
            with self._applied():
                logs = self._call(*args, **kwargs)
            self._graph.lend()
            return logs

        setattr(train_function, _TAPPED_BY, self)
        self._on_model = train_function
        self._model.train_function = train_function

    def take_off(self) -> None:
        """Gives the model its own train function back, if this one is still there."""
        self._graph.take_back()
        if self.is_built and self._model.train_function is self._on_model:
            self._model.train_function = self._untapped

    def _build(self) -> None:
        model = self._model
        saved = {name: getattr(model, name) for name in _FUNCTIONS if hasattr(model, name)}
        self._several = models.steps_per_execution(model) > 1
        for taps in self._taps:
            taps.variables.counts_steps = self._several
        try:
            with self._applied():
                model.train_function = None
                made = model.make_train_function()
                self._tapped = model.train_function or made
                compiled = {name: getattr(model, name) for name in saved}
        finally:
            for name, function in saved.items():
                setattr(model, name, function)
        self._untapped = saved["train_function"]
        # Where there are both, the second is what TensorFlow compiles.
        name = list(saved)[-1]
        self._graph = LentGraph(compiled[name], saved[name])

    def _call(self, *args: Any, **kwargs: Any) -> Any:
        assert self._tapped is not None
        for taps in self._taps:
            taps.refusal = None
        try:
            return self._tapped(*args, **kwargs)
        except Exception:
            # What a tap refuses while the function is compiled comes back in Keras's own words.
            for taps in self._taps:
                if taps.refusal is not None:
                    raise taps.refusal from None
            raise

    @contextmanager
    def _applied(self) -> Iterator[None]:
        with ExitStack() as applied:
            for taps in self._taps:
                applied.enter_context(taps.applied())
            yield


def on_model(model: Model) -> TappedTrainFunction | None:
    """The tapped function that is on a model now, or None.

    Example:
        >>> on_model(model) is None
        True
    """
    return getattr(getattr(model, "train_function", None), _TAPPED_BY, None)
