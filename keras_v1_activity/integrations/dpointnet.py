"""V1ActivityCallbacks: looks at a network while bmtk's DPointNet trains it.

Importing this module registers the class with bmtk, so that a configuration can name it:
``"callbacks": {"class": "V1ActivityCallbacks", "log_dir": "logs", "log_every_n_steps": 100}``.
It needs bmtk 1.2 or newer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from keras_v1_activity.common.needs_tensorflow import TensorFlowMissing, needs_tensorflow

try:
    with needs_tensorflow("integrations.dpointnet"):
        from bmtk.simulator.dpointnet.callbacks import Callbacks, register_callbacks
except TensorFlowMissing:
    raise
except ImportError as error:
    raise ImportError(
        f"keras_v1_activity.integrations.dpointnet needs bmtk 1.2 or newer ({error}): "
        "pip install 'bmtk>=1.2'"
    ) from error

from keras_v1_activity.common import notices
from keras_v1_activity.common.checks import whole_number
from keras_v1_activity.integrations.dpointnet_run import DPointNetRun
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.log_dir import check_writable
from keras_v1_activity.recording.recorder import Recorder

__all__ = ["V1ActivityCallbacks"]

# DPointNet has no readout and no labels.
_FIGURES = ("raster", "voltages", "input", "population", "statistics", "history")
# As long as an engine lives, its compiled step writes for the run that was there first.
_RUN = "v1_activity_run"


@register_callbacks
class V1ActivityCallbacks(Callbacks):
    """bmtk's `Callbacks`, which also records what the network does while it is trained.

    At steps N, 2N, ..., counted over the whole of training from 1, the spikes of one sample of the
    training batch, the potentials in mV and the inputs are taken from inside the training step,
    stored and drawn, with the losses of the step in its summary. All training approaches are
    understood: "single", "series", "series_accumulate" and "parallel". What bmtk writes into
    `callbacks_dir` stays as it is.

    Args:
        rnn: `bmtk.simulator.dpointnet.RNN`, given by bmtk.
        log_dir: folder of the run; made if it is missing.
        log_every_n_steps: N.
        parameter: name of the training parameter whose trials are recorded; None: the first.
        sample_index: which sample of that parameter's batch.
        voltage_neurons, figures, save_data, background, max_overhead, start_step, report: as
            `NetworkActivityLogger` has them.
        **of_bmtk: what `Callbacks` takes.

    Attributes:
        plan: `RecordPlan`, what is recorded.

    Raises:
        ValueError: an argument is wrong, or `log_dir` cannot be written. During training nothing
            is raised: what fails is said and counted in run.json.

    Example:
        >>> from bmtk.simulator.dpointnet.callbacks import callback_classes
        >>> callback_classes["V1ActivityCallbacks"] is V1ActivityCallbacks
        True
    """

    plan: RecordPlan

    def __init__(
        self,
        rnn: Any,
        log_dir: str | Path = "v1_activity",
        log_every_n_steps: int = 100,
        *,
        parameter: str | None = None,
        sample_index: int = 0,
        voltage_neurons: int | Sequence[int] = 20,
        figures: Sequence[str] = _FIGURES,
        save_data: bool = True,
        background: bool = True,
        max_overhead: float | None = None,
        start_step: int = 0,
        report: bool = False,
        **of_bmtk: Any,
    ) -> None:
        super().__init__(rnn, **of_bmtk)
        self.plan = RecordPlan(
            log_every_n_steps,
            sample_index,
            voltage_neurons,
            figures,
            float(rnn.dt),
            max_overhead=max_overhead,
            report=report,
        )
        check_writable(log_dir)
        self._settings: dict[str, Any] = {
            "parameter": parameter,
            "log_dir": log_dir,
            "start_step": whole_number(start_step, "start_step", 0, 0),
            "save_data": save_data,
            "background": background,
        }
        self._run: DPointNetRun | None = None
        self._said = False

    @property
    def recorder(self) -> Recorder | None:
        """`Recorder` of the run, with its `steps` and `counts`; None before training."""
        return None if self._run is None else self._run.recorder

    @property
    def step(self) -> int:
        """Number of the last training step, from 1; 0 before training."""
        start: int = self._settings["start_step"]
        return start if self._run is None else self._run.count.step

    def on_train_begin(self) -> None:
        """Taps the training step, which has not been compiled yet, and opens the run."""
        super().on_train_begin()
        with self._nothing_raised():
            engine = self.rnn.training_engine
            known = getattr(engine, _RUN, None)
            if known is None:
                known = DPointNetRun(self.rnn, self.plan, **self._settings)
                setattr(engine, _RUN, known)
            elif self._run is None:
                notices.tell(f"this training goes on in the run in {known.recorder.log_dir}.")
            self._run = known
            known.open()

    def on_step_end(self, loss_vals: Mapping[str, Any]) -> None:
        """Counts the step, and has what was taken in it stored."""
        super().on_step_end(loss_vals)
        with self._nothing_raised():
            if self._run is not None:
                self._run.end_step(_flat(self._step_loss_values[-1]))

    def on_train_end(self, *arguments: Any, **named: Any) -> None:
        """Writes what is left to be stored; figures are waited for if that is soon done."""
        try:
            super().on_train_end(*arguments, **named)
        finally:
            with self._nothing_raised():
                if self._run is not None:
                    self._run.close()

    @contextmanager
    def _nothing_raised(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if self._run is not None:
                self._run.recorder.fail("capture", error)
            elif not self._said:
                self._said = True
                notices.warn(f"the training is not recorded: {error} It goes on.")


def _flat(losses: Mapping[str, Any]) -> dict[str, float]:
    """The losses of a step by parameter and name, as ``evoked/rates``, and their total."""
    flat: dict[str, float] = {}
    for name, value in losses.items():
        of_parameter: Mapping[str, Any] = value if isinstance(value, Mapping) else {"": value}
        for loss, number in of_parameter.items():
            parts = (name if loss else name.lstrip("_"), loss.lstrip("_"))
            flat["/".join(filter(None, parts))] = float(number)
    return flat
