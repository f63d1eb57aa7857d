"""Which output of a model holds its predictions, as asked for or as it is found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keras_v1_activity.capture.kinds import CLASSES, VALUES, Head
from keras_v1_activity.common import notices
from keras_v1_activity.common.checks import shown
from keras_v1_activity.common.protocols import Model

if TYPE_CHECKING:
    from keras_v1_activity.capture.candidates import Candidate


class OutputChoice:
    """Chooses the output with the predictions, and notes which it was.

    Args:
        given: name or number of the output; None finds it: by the losses and metrics that the
            model was compiled with, then by labels that are whole numbers, by name, by rank.
        settings: dict whose entry ``prediction_output`` becomes what was chosen; or None.

    Raises:
        ValueError: `given` is neither a name nor a number.

    Example:
        >>> settings: dict[str, object] = {}
        >>> OutputChoice(None, settings).head(model, model(x), y)
        Head(index=0, kind=1, from_logits=False, name='prediction')
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
        # It is written in another thread, which must not see it grow.
        self._settings.setdefault("prediction_output", given)
        self._said_ambiguous = self._said_unlabelled = False

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
        # It needs TensorFlow.
        from keras_v1_activity.capture.candidates import candidates_of, names_in

        found = candidates_of(model, y_pred, y, layer_shape)
        if self._given is not None:
            named = self._named(found, names_in(model, y_pred))
            self._say_if_unlabelled(named, y, y_pred)
            return named
        if not found:
            return None
        best = max(found, key=lambda candidate: candidate.evidence)
        self._say_if_ambiguous(best, found)
        self._say_if_unlabelled(best.head, y, y_pred)
        self._note(best.head)
        return best.head

    def _named(self, found: list[Candidate], names: list[str]) -> Head:
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

    def _say_if_unlabelled(self, head: Head, y: Any, y_pred: Any) -> None:
        from keras_v1_activity.capture.leaves import leaf_for, leaves_of, names_of

        if y is None or head.kind == VALUES or self._said_unlabelled:
            return
        n_outputs, numeric = len(leaves_of(y_pred)), [leaf is not None for leaf in leaves_of(y)]
        if leaf_for(head, y, n_outputs) is None and sum(numeric) > 1:
            self._said_unlabelled = True
            named = " and ".join(shown(name or i) for i, name in enumerate(names_of(y)[:5]))
            notices.warn(
                f"which of the labels {named} belongs to the output "
                f"{shown(head.name or head.index)} cannot be told, so no label is recorded: give "
                "the labels as a dict with the names of the outputs."
            )

    def _say_if_ambiguous(self, best: Candidate, found: list[Candidate]) -> None:
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
