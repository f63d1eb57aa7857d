"""The outputs of a model that may hold its predictions, and what speaks for each."""

from __future__ import annotations

from typing import Any, NamedTuple

from keras_v1_activity.capture import compiled
from keras_v1_activity.capture.kinds import CLASSES, MOST_OUTPUTS, UNKNOWN, VALUES, Head
from keras_v1_activity.capture.leaves import leaves_of, names_of, paths_of, size_of_sample
from keras_v1_activity.common.protocols import Model

_READOUT_NAMES = ("prediction", "predictions", "output", "outputs", "logits")
_READOUT_WORDS = ("class", "predict", "logit", "label", "readout")


class Candidate(NamedTuple):
    """An output that may hold the predictions.

    Attributes:
        head: `Head`.
        evidence: what speaks for it, the most telling first; the greater, the more.

    Example:
        >>> Candidate(Head(0), (1, 0)).head.index
        0
    """

    head: Head
    evidence: tuple[int, ...]


def candidates_of(model: Model | None, y_pred: Any, y: Any, layer_shape: Any) -> list[Candidate]:
    """The outputs that may hold the predictions, in the order of their number.

    Args:
        model, y_pred, y, layer_shape: as for `OutputChoice.head`.

    Example:
        >>> [candidate.head.name for candidate in candidates_of(model, model(x), y, None)]
        ['prediction']
    """
    leaves, paths = leaves_of(y_pred), paths_of(y_pred)
    names = names_of(y_pred, _output_names(model))
    labels = leaves_of(y) if y is not None else []
    activations = _activations(model, len(leaves))
    found = []
    for i, leaf in enumerate(leaves):
        if leaf is None or leaf.shape.rank not in (2, 3) or size_of_sample(leaf) > MOST_OUTPUTS:
            continue
        loss = compiled.loss_of(model, paths[i], names[i]) if model is not None else None
        of_classes = compiled.is_of_classes(loss)
        counted = model is not None and compiled.counts_classes(model, paths[i], names[i])
        label = labels[i] if len(labels) == len(leaves) else None
        whole = label is not None and not label.dtype.is_floating
        kind = _kind(of_classes, counted, whole, activations[i], leaf)
        head = Head(i, kind, _gives_logits(loss, activations[i]), names[i])
        is_layer = layer_shape is not None and tuple(leaf.shape[1:]) == tuple(layer_shape)
        loss_says = 0 if of_classes is None else 1 if of_classes else -1
        evidence = loss_says, int(counted), int(whole), _name_says(names[i]), -int(is_layer)
        found.append(Candidate(head, (*evidence, -leaf.shape.rank)))
    return found


def _gives_logits(loss: Any, activation: str | None) -> bool | None:
    said = compiled.takes_logits(loss)
    return False if said is None and activation in ("sigmoid", "softmax") else said


def _kind(
    of_classes: bool | None, counted: bool, whole: bool, activation: str | None, leaf: Any
) -> int:
    single = leaf.shape[-1] == 1
    if of_classes or counted:
        return CLASSES
    if of_classes is False:
        return CLASSES if single and whole and activation == "sigmoid" else VALUES
    if activation == ("sigmoid" if single else "softmax"):
        return CLASSES
    return CLASSES if whole and not single else UNKNOWN


def _name_says(name: str) -> int:
    """How much a name sounds like that of a readout."""
    last = name.rpartition("/")[2].lower()
    if last in _READOUT_NAMES:
        return 2 + len(_READOUT_NAMES) - _READOUT_NAMES.index(last)
    return int(any(word in last for word in _READOUT_WORDS))


def _output_names(model: Model | None) -> list[str]:
    return list(getattr(model, "output_names", None) or ())


def _activations(model: Model | None, n_outputs: int) -> list[str | None]:
    """Name of the function that makes each output of a functional model; None if unknown."""
    try:
        outputs: Any = list(getattr(model, "outputs", None) or ())
    except Exception:
        outputs = ()
    if len(outputs) != n_outputs:
        return [None] * n_outputs
    return [_activation(tensor) for tensor in outputs]


def _activation(tensor: Any) -> str | None:
    history = getattr(tensor, "_keras_history", None)
    made_by = getattr(history, "operation", None) or getattr(history, "layer", None)
    named = getattr(getattr(made_by, "activation", None), "__name__", None)
    return named or type(made_by).__name__.lower()


def names_in(model: Model | None, y_pred: Any) -> list[str]:
    """The name of each output, "" for one without.

    Example:
        >>> names_in(model, model(x))
        ['prediction']
    """
    return names_of(y_pred, _output_names(model))
