"""Every look of a run, one after another on one time line, as the exports need them."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.neurons import Neurons
from keras_v1_activity.activity.potentials import unit_of
from keras_v1_activity.common import units
from keras_v1_activity.common.checks import counted
from keras_v1_activity.common.reading import one_line
from keras_v1_activity.storage import codec
from keras_v1_activity.storage.further_looks import further_places
from keras_v1_activity.storage.hdf5 import DAMAGE
from keras_v1_activity.storage.run import Run, load_activity

UNIT: Final = "mV"
# Beyond these, a look is damaged, and its times would not fit the time line.
_LEAST_DT, _MOST_DT = 1e-6, 1e6


@dataclass(frozen=True)
class LookFacts:
    """What is known of one look without its arrays.

    Attributes:
        step: training step.
        look: 1; 2, 3, ... for further looks at the same step.
        start_ms: where it begins on the time line of the run.
        stop_ms: where it ends: `start_ms` and its length.
        dt: ms per time step.
        n_steps: number of time steps.
        n_spikes: number of spikes.
        n_voltages: of how many neurons it holds the potential.
        label: true class, or None.
        prediction: class of greatest confidence, or None.
        sample_index: which sample of the batch.
        source: how it was taken.
        scalars: numbers that training gave, by name.

    Example:
        >>> looks = Looks("logs")
        >>> [(look.step, look.start_ms, look.stop_ms) for look in looks.facts]
        [(100, 0.0, 20.0), (200, 1000.0, 1020.0)]
    """

    step: int
    look: int
    start_ms: float
    stop_ms: float
    dt: float
    n_steps: int
    n_spikes: int
    n_voltages: int
    label: int | None
    prediction: int | None
    sample_index: int
    source: str
    scalars: dict[str, float] = field(default_factory=dict)


class Looks:
    """The looks of a run that can be read, read one at a time.

    They stand on one time line, in the order of their steps, further looks at a step behind the
    first.

    Args:
        log_dir: folder of the run.
        pause: each look begins at a whole second after the end of the one before (see
            `next_start`), so that no two of them touch; else where that one ends.
        on_time_line: leave out looks that have no place on it: without a time step, or with another
            number of neurons than the first.

    Attributes:
        run: the run.
        facts: of each look.
        left_out: a sentence for each look that was left out.
        neurons: what is known of the neurons, from the first look that names their populations.
        spike_counts: (n_neurons,) int64, spikes of each neuron in all looks; those of other
            networks are not counted.
        voltage_neurons: (k,) int64 ids of the neurons whose potential some look holds, ascending.
        unit: of the potentials: "mV", or "" if those of some look are plainly not in mV.

    Raises:
        FileNotFoundError: there is no such folder, or it holds no run.
        ValueError: no look is stored, or none can be read.

    Example:
        >>> looks = Looks("logs")
        >>> [(facts.step, activity.n_spikes) for facts, activity in looks]
        [(100, 20), (200, 20)]
    """

    def __init__(
        self, log_dir: str | os.PathLike[str], *, pause: bool = True, on_time_line: bool = True
    ) -> None:
        self.run: Run = load_activity(log_dir)
        self.facts: list[LookFacts] = []
        self.left_out: list[str] = []
        self.neurons: Neurons = Neurons.unnamed(0)
        self.spike_counts: NDArray[np.int64] = np.zeros(0, np.int64)
        self.voltage_neurons: NDArray[np.int64] = np.zeros(0, np.int64)
        self.unit: str = UNIT
        self._further = {
            (step, int(place.suffix.rpartition("_")[2])): place.data(step)
            for step, place in further_places(self.run.log_dir)
        }
        self._survey(pause, on_time_line)

    def _survey(self, pause: bool, on_time_line: bool) -> None:
        """Reads every look once: which can be read, how long they are, what they hold."""
        places = sorted([*((int(step), 1) for step in self.run.steps), *self._further])
        if not places:
            raise ValueError(
                f"{self.run.log_dir} holds no stored activity: it was logged with save_data=False."
            )
        end: float | None = None
        for step, look in places:
            try:
                activity = self._read(step, look)
                self._check(activity, on_time_line)
            except DAMAGE as error:
                self.left_out.append(f"{_name(step, look)} was left out: {one_line(error)}")
                continue
            start = 0.0 if end is None else next_start(end, activity.dt, pause)
            end = start + activity.duration_ms
            self._note(activity, (step, look), (start, end))
        if not self.facts:
            raise ValueError(
                f"none of the looks in {self.run.log_dir} can be exported: {self.left_out[0]}."
            )

    def _check(self, activity: Activity, on_time_line: bool) -> None:
        """Refuses a look that has no place on the time line or among the neurons."""
        if not _LEAST_DT <= activity.dt <= _MOST_DT:
            raise ValueError(f"its time step of {activity.dt:g} ms is none of a network")
        if on_time_line and not activity.n_steps:
            raise ValueError("it has no time step")
        if self.facts and on_time_line and activity.n_neurons != self.neurons.n_neurons:
            raise ValueError(
                f"it is of {counted(activity.n_neurons, 'neuron')}, the first look of "
                f"{self.neurons.n_neurons:,}"
            )

    def _note(self, activity: Activity, place: tuple[int, int], span: tuple[float, float]) -> None:
        a = activity
        if not self.facts:
            self.neurons = a.neurons
            self.spike_counts = np.zeros(a.n_neurons, np.int64)
        if a.n_neurons == self.neurons.n_neurons:
            self.spike_counts += a.spike_counts
            if a.populations.named and not self.neurons.populations.named:
                self.neurons = a.neurons
        if a.voltages.size:
            self.voltage_neurons = np.union1d(self.voltage_neurons, a.voltage_neurons)
            self.unit = self.unit and unit_of(a)
        facts = LookFacts(
            *place, *span, a.dt, a.n_steps, a.n_spikes, a.voltages.shape[1] if a.n_steps else 0,
            a.label, a.prediction, a.sample_index, a.source, _numbers(a.details.get("scalars")),
        )  # fmt: skip
        self.facts.append(facts)

    def __iter__(self) -> Iterator[tuple[LookFacts, Activity]]:
        """Over the looks, one in memory at a time.

        Raises:
            OSError: a look has changed since, or cannot be read any more.
        """
        for facts in self.facts:
            activity = self._read(facts.step, facts.look)
            if (activity.n_steps, activity.n_spikes) != (facts.n_steps, facts.n_spikes):
                raise OSError(
                    f"{_name(facts.step, facts.look)} was written again meanwhile: export once "
                    "the training is over."
                )
            yield facts, activity

    def _read(self, step: int, look: int) -> Activity:
        if look == 1:
            return self.run[step]
        path = self._further[step, look]
        try:
            return codec.decode(path, self.run.neurons)
        except DAMAGE as error:
            raise OSError(f"{str(path)!r} cannot be read ({error})") from error


def next_start(end_ms: float, dt: float, pause: bool = True) -> float:
    """Where a look begins on the time line, behind one that ends at `end_ms`.

    Args:
        end_ms: ms.
        dt: ms per time step of the look that begins.
        pause: whether there is a pause between the two.

    Returns:
        The first multiple of `dt` from `end_ms` on, or from the next whole second on, ms.

    Example:
        >>> next_start(600.0, 1.0), next_start(1000.0, 0.5), next_start(600.0, 0.3)
        (1000.0, 2000.0, 1000.1999999999999)
        >>> next_start(600.0, 1.0, pause=False)
        600.0
    """
    if pause:
        end_ms = (math.floor(end_ms / units.MS_PER_S) + 1) * units.MS_PER_S
    # What is a multiple but for rounding is one.
    return float(units.steps_to_ms(math.ceil(end_ms / dt - 1e-6), dt))


def _name(step: int, look: int) -> str:
    return f"step {step}" if look == 1 else f"look {look} at step {step}"


def _numbers(found: Any) -> dict[str, float]:
    """The numbers in a look's scalars, whatever else somebody put there."""
    if not isinstance(found, Mapping):
        return {}
    return {
        name: float(value)
        for name, value in found.items()
        if isinstance(value, (int, float)) and abs(value) < 1e300 or value != value
    }
