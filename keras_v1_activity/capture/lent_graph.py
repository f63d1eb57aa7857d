"""The graph of a function with taps, for whoever reads that of the function it stands for."""

from __future__ import annotations

from typing import Any

# As the attribute is called in TensorFlow from 2.11 on, and in 2.10.
_NAMES = ("_concrete_variable_creation_fn", "_concrete_stateful_fn")


class LentGraph:
    """Lends the graph of one `tf.function` to another one that has never been called.

    Keras's TensorBoard callback draws the graph of the model's own train function when the first
    batch has ended. It ends the training if that function has none, because another was called.

    Args:
        owner: the function that has been called.
        borrower: the function that may have no graph yet.

    Example:
        >>> import tensorflow as tf
        >>> called, waiting = tf.function(lambda: tf.constant(1)), tf.function(lambda: 2)
        >>> result = called()
        >>> graph = LentGraph(called, waiting)
        >>> graph.lend(); vars(called).keys() == vars(waiting).keys()
        True
        >>> graph.take_back(); vars(called).keys() == vars(waiting).keys()
        False
    """

    def __init__(self, owner: Any, borrower: Any) -> None:
        self._owner = owner
        self._borrower = borrower
        self._lent: dict[str, Any] = {}

    def lend(self) -> None:
        """Lends the graph, if there is one and the other function has none."""
        if not hasattr(self._borrower, "function_spec"):
            return
        for name in _NAMES:
            if hasattr(self._owner, name) and not hasattr(self._borrower, name):
                self._lent[name] = getattr(self._owner, name)
                setattr(self._borrower, name, self._lent[name])

    def take_back(self) -> None:
        """Leaves the other function as it was, unless it has got a graph of its own by now."""
        for name, graph in self._lent.items():
            if getattr(self._borrower, name, None) is graph:
                delattr(self._borrower, name)
        self._lent.clear()
