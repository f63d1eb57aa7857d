"""DPointNetRun: the run that the training of a DPointNet writes."""

from __future__ import annotations

import atexit
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from keras_v1_activity.capture.potentials import HANDED_MV, PotentialsCheck
from keras_v1_activity.capture.selections import Selections
from keras_v1_activity.integrations.dpointnet_engine import EngineTap
from keras_v1_activity.integrations.dpointnet_network import neurons_of, voltage_range_of
from keras_v1_activity.plan import RecordPlan
from keras_v1_activity.recording.recorder import Recorder
from keras_v1_activity.recording.schedule import Schedule, StepCount
from keras_v1_activity.recording.tapped_steps import TappedSteps
from keras_v1_activity.recording.tapping_logger import TappingLogger


class DPointNetRun:
    """Taps the training step of an engine, counts its steps, and has looks at them stored.

    Args:
        rnn: `bmtk.simulator.dpointnet.RNN`, built.
        plan: `RecordPlan`; its sample is one of the parameter's.
        parameter: name of the training parameter that is recorded; None: the first.
        log_dir: folder of the run.
        start_step: steps done before.
        save_data, background: as `Recorder` takes them.

    Attributes:
        recorder: `Recorder` of the run.
        count: `StepCount`, the steps that were done.

    Raises:
        ValueError: an argument does not fit the network or the engine.
    """

    recorder: Recorder
    count: StepCount

    def __init__(
        self,
        rnn: Any,
        plan: RecordPlan,
        parameter: str | None,
        log_dir: str | Path,
        start_step: int,
        *,
        save_data: bool,
        background: bool,
    ) -> None:
        engine = rnn.training_engine
        tap = EngineTap(engine, parameter)
        settings = {"capture": "dpointnet", **plan.settings()}
        settings.update(
            training_approach=engine.training_approach,
            parameter=tap.parameter,
            sample_index_in_batch=tap.first_sample + plan.sample_index,
        )
        of_batch = replace(plan, sample_index=tap.first_sample + plan.sample_index)
        self.recorder = Recorder(
            log_dir, of_batch, save_data=save_data, background=background, settings=settings
        )
        self.count = StepCount(start_step)
        self._schedule = Schedule(of_batch, self.recorder)
        steps = TappedSteps(
            of_batch,
            Selections(of_batch, neurons_of(rnn)),
            self.count,
            self._schedule,
            self.recorder,
            PotentialsCheck(HANDED_MV, voltage_range_of(rnn)),
        )
        self._logger = TappingLogger(steps, self.recorder)
        tap.install(self._tap)

    def open(self) -> None:
        """A training begins. One after the first goes on in the same run."""
        next_step = self.count.step + 1
        self._schedule.begin_training()
        self.recorder.open(next_step=next_step)
        self.recorder.note_interval(next_step, self._schedule.interval)

    def end_step(self, losses: Mapping[str, float]) -> None:
        """Counts a step, and has what was tapped in it stored with its losses, if it is due."""
        self._logger.step_done(scalars=losses)

    def close(self) -> None:
        """Training ends: writes what is left; figures are waited for if that is soon done."""
        self.recorder.close()
        atexit.unregister(self.recorder.close)

    def _tap(self, x: Any, spikes: Any, potentials: Any) -> None:
        try:
            self._logger.tap(spikes=spikes, voltages=potentials, inputs=x)
        except Exception as error:
            self.recorder.fail("capture", error)
