"""What a model was compiled with, output by output: what its loss and metrics say of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keras_v1_activity.capture.leaves import Path
from keras_v1_activity.common.protocols import Model

_CLASS_LOSSES = ("crossentropy", "categoricalhinge", "focal", "nll")
_VALUE_LOSSES = (
    "meansquared", "meanabsolute", "mse", "mae", "mape", "msle", "huber", "logcosh", "poisson",
    "cosinesimilarity",
)  # fmt: skip
# Given by name, these take probabilities.
_BY_NAME = ("binarycrossentropy", "categoricalcrossentropy", "sparsecategoricalcrossentropy")
_CLASS_METRICS = ("accuracy", "crossentropy", "auc", "precision", "recall", "f1score", "fbeta")


def loss_of(model: Model, path: Path, name: str) -> Any:
    """The loss that an output was compiled with; None if there is none or it is unknown.

    Args:
        model: the Keras model.
        path: to the output in the structure of the outputs.
        name: of the output, or "".

    Example:
        >>> loss_of(model, (), "prediction")
        'sparse_categorical_crossentropy'
    """
    return _part(getattr(model, "loss", None), path, name)


def is_of_classes(loss: Any) -> bool | None:
    """Whether a loss compares classes (True) or values (False); None if its name does not say.

    Example:
        >>> is_of_classes("categorical_crossentropy"), is_of_classes("mse"), is_of_classes(None)
        (True, False, None)
    """
    for text in _names(loss):
        if any(word in text for word in _CLASS_LOSSES):
            return True
        if any(word in text for word in _VALUE_LOSSES):
            return False
    return None


def takes_logits(loss: Any) -> bool | None:
    """Whether a loss takes logits rather than probabilities; None if it does not say.

    Example:
        >>> takes_logits("binary_crossentropy"), takes_logits(None)
        (False, None)
    """
    said = getattr(loss, "from_logits", None)
    if said is None and any(text in _BY_NAME for text in _names(loss)):
        return False
    return None if said is None else bool(said)


def counts_classes(model: Model, path: Path, name: str) -> bool:
    """Whether a metric of an output, such as accuracy, counts classes.

    Args:
        model, path, name: as for `loss_of`.

    Example:
        >>> counts_classes(model, (), "prediction")
        False
    """
    found: Any = model
    for holder in ("_compile_metrics", "compiled_metrics"):
        metrics = getattr(found, holder, None)
        for kind in ("_user_metrics", "_user_weighted_metrics"):
            part = _part(getattr(metrics, kind, None), path, name, one_for_each=False)
            for metric in part if isinstance(part, (list, tuple)) else [part]:
                for text in _names(metric):
                    if text == "acc" or any(word in text for word in _CLASS_METRICS):
                        return True
    return False


def _part(spec: Any, path: Path, name: str, one_for_each: bool = True) -> Any:
    """What of a specification is meant for one output; a single one is meant for all."""
    if isinstance(spec, dict) and name in spec:
        return spec[name]
    for key in path:
        if isinstance(spec, dict):
            spec = spec.get(key)
        elif isinstance(spec, (list, tuple)) and isinstance(key, int):
            spec = spec[key] if key < len(spec) else None
    if isinstance(spec, (list, tuple)) and one_for_each:
        return spec[0] if len(spec) == 1 else None
    return None if isinstance(spec, dict) else spec


def _names(thing: Any) -> Iterator[str]:
    """What a loss or metric is called: as text, function or object, in small letters."""
    given = [thing] if isinstance(thing, str) else []
    if thing is not None and not given:
        given = [getattr(thing, "name", None), getattr(thing, "__name__", None)]
        given += [getattr(getattr(thing, "fn", None), "__name__", None), type(thing).__name__]
    for text in given:
        if isinstance(text, str):
            yield text.lower().replace("_", "").replace(" ", "")
