"""EngineTap: the spikes inside the training step of bmtk's DPointNet."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import tensorflow as tf

# Approaches in which the parameters are run one after another, not as one batch.
_ONE_BY_ONE = ("series", "series_accumulate")


class EngineTap:
    """Calls `tap` where the training step of an engine has run its network.

    DPointNet trains one or several parameters, that is conditions with inputs and losses of their
    own; one of them is tapped. Its step is compiled once, so `install` comes before the first
    training.

    Args:
        engine: `bmtk.simulator.dpointnet.training.TrainingEngine`.
        parameter: which of its parameters, by name; None: the first.

    Attributes:
        parameter: name of the parameter.
        first_sample: number of its first sample in the batch that `tap` is given.

    Raises:
        ValueError: the engine has no such parameter.
    """

    parameter: str
    first_sample: int

    def __init__(self, engine: Any, parameter: str | None) -> None:
        names = [each.name for each in engine.parameters]
        if parameter is not None and parameter not in names:
            raise ValueError(
                f"parameter must be one of those that are trained, {names}; got {parameter!r}."
            )
        self._at = 0 if parameter is None else names.index(parameter)
        self._n_parameters = len(names)
        self._engine = engine
        self._here = threading.local()
        self._is_one_by_one = engine.training_approach in _ONE_BY_ONE
        self.parameter = names[self._at]
        self.first_sample = (
            0
            if self._is_one_by_one
            else sum(int(each.batch_size) for each in engine.parameters[: self._at])
        )

    def install(self, tap: Callable[[Any, Any, Any], None]) -> None:
        """Has `tap` called from now on.

        Args:
            tap: function of inputs (batch, time, inputs), spikes and potentials (batch, time,
                neuron), tensors in a replica's step. It must not raise.
        """
        self._watch_forward_pass(self._engine, tap)
        if self._engine.training_approach == "series_accumulate":
            self._watch_parameter(self._engine)

    def _watch_forward_pass(self, engine: Any, tap: Callable[[Any, Any, Any], None]) -> None:
        run = engine._run_extractor

        @tf.autograph.experimental.do_not_convert
        def saw(x: Any, output: Any) -> None:
            if self._is_its_turn():
                spikes, potentials = output[0]
                tap(x, spikes, potentials)

        def watched(x: Any, init_state: Any) -> Any:
            output = run(x, init_state)
            saw(x, output)
            return output

        engine._run_extractor = watched

    def _watch_parameter(self, engine: Any) -> None:
        """Notes whose gradients are computed: each parameter has a function of its own here."""
        run, note = engine._train_step_parameter_gradients, self._note_parameter

        def watched(x: Any, y: Any, init_state: Any, parameter_index: int) -> Any:
            note(parameter_index)
            return run(x, y, init_state, parameter_index)

        engine._train_step_parameter_gradients = watched

    def _note_parameter(self, index: int) -> None:
        self._here.turn = index

    def _is_its_turn(self) -> bool:
        """Whether the network has just run for the parameter."""
        # Each replica's step is compiled in a thread of its own; one by one, the parameters' turns
        # come in the order in which the engine has them.
        turn = getattr(self._here, "turn", 0)
        self._here.turn = (turn + 1) % self._n_parameters
        return turn == self._at or not self._is_one_by_one
