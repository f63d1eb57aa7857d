"""Which output of a model holds its predictions, and whether they are classes at all."""

from __future__ import annotations

from typing import Any, NamedTuple

from keras_v1_activity.capture import compiled
from keras_v1_activity.capture.kinds import CLASSES, UNKNOWN, VALUES
from keras_v1_activity.capture.leaves import leaves_of, names_of, paths_of, size_of_sample
from keras_v1_activity.common import notices
from keras_v1_activity.common.checks import shown
from keras_v1_activity.common.protocols import Model

# Beyond this many numbers a sample the model's output is no readout of classes.
MOST_OUTPUTS: int = 1_000_000
_READOUT_NAMES = ("prediction", "predictions", "output", "outputs", "logits")
_READOUT_WORDS = ("class", "predict", "logit", "label", "readout")


class Head(NamedTuple):
    """The output that holds the predictions.

    Attributes:
        index: its place among the leaves of the outputs.
        kind: `CLASSES`, `VALUES` as of a regression, or `UNKNOWN`.
        from_logits: whether it gives logits; None if that is unknown.
        name: of the output; "" if it has none.

    Example:
        >>> Head(1).kind == UNKNOWN
        True
    """

    index: int
    kind: int = UNKNOWN
    from_logits: bool | None = None
    name: str = ""


class _Candidate(NamedTuple):
    head: Head
    evidence: tuple[int, ...]
    order: tuple[int, ...]


class OutputChoice:
    """Chooses the output with the predictions, and notes which it was.

    Args:
        given: name or number of the output; None finds it: by the losses and metrics that the
            model was compiled with, then by labels that are whole numbers, by name, by rank.
        settings: dict whose entry ``prediction_output`` becomes what was chosen; or None.

    Raises:
        ValueError: `given` is neither a name nor a number.

    Example:
        >>> settings = {}
        >>> OutputChoice(None, settings).head(model, model(x), y)
        Head(index=0, kind=1, from_logits=None, name='prediction')
        >>> settings
        {'prediction_output': 'prediction'}
    """

    def __init__(
        self, given: str | int | None = None, settings: dict[str, Any] | None = None
    ) -> None:
        is_number = isinstance(given, int) and not isinstance(given, bool) and given >= 0
        if not (given is None or isinstance(given, str) or is_number):
            raise ValueError(
                "prediction_output must be the name or the number (from 0) of an output of the "
                f"model; got {shown(given)}."
            )
        self._given = given
        self._settings = {} if settings is None else settings
        self._said_ambiguous = False

    def head(
        self, model: Model | None, y_pred: Any, y: Any = None, layer_shape: Any = None
    ) -> Head | None:
        """The output with the predictions; None if no output may hold them.

        Args:
            model: the compiled model; None if there is none.
            y_pred: its outputs.
            y: the labels, structured as the outputs or not at all.
            layer_shape: (time, neuron) of the recorded layer, whose own output holds none.

        Raises:
            ValueError: the model has no output of the given name or number.
        """
        found = _candidates(model, y_pred, y, layer_shape)
        if self._given is not None:
            return self._named(found, names_of(y_pred, _output_names(model)))
        if not found:
            return None
        best = max(found, key=lambda candidate: candidate.evidence + candidate.order)
        self._say_if_ambiguous(best, found)
        self._note(best.head)
        return best.head

    def _named(self, found: list[_Candidate], names: list[str]) -> Head:
        for candidate in found:
            head = candidate.head
            if self._given in (head.name or None, head.index):
                self._note(head)
                return head if head.kind == CLASSES else head._replace(kind=CLASSES)
        outputs = ", ".join(f"{i}: {shown(name)}" if name else str(i) for i, name in
                            enumerate(names))  # fmt: skip
        raise ValueError(
            "prediction_output must name an output of the model of shape (batch, classes) or "
            f"(batch, chunks, classes); got {shown(self._given)}, and the model has {outputs}."
        )

    def _note(self, head: Head) -> None:
        self._settings["prediction_output"] = head.name or head.index

    def _say_if_ambiguous(self, best: _Candidate, found: list[_Candidate]) -> None:
        alike = [c for c in found if c.evidence == best.evidence]
        if len(alike) < 2 or best.head.kind == VALUES or self._said_ambiguous:
            return
        self._said_ambiguous = True
        chosen = shown(best.head.name or best.head.index)
        named = " and ".join(shown(c.head.name or c.head.index) for c in alike[:5])
        notices.warn(
            f"the outputs {named} may all hold the predictions, and those of {chosen} are "
            "recorded: give prediction_output=, the name or the number of the one that is meant."
        )


def _candidates(model: Model | None, y_pred: Any, y: Any, layer_shape: Any) -> list[_Candidate]:
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
        head = Head(i, kind, compiled.takes_logits(loss), names[i])
        is_layer = layer_shape is not None and tuple(leaf.shape[1:]) == tuple(layer_shape)
        loss_says = 0 if of_classes is None else 1 if of_classes else -1
        evidence = loss_says, int(counted), int(whole), _name_says(names[i]), -int(is_layer)
        found.append(_Candidate(head, (*evidence, -leaf.shape.rank), (-i,)))
    return found


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
