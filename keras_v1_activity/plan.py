"""RecordPlan: what is recorded and drawn, as one frozen value that has been checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.common.checks import real_number, time_step, whole_number, yes_or_no
from keras_v1_activity.common.values import settle

LOOK_FIGURES: Final[tuple[str, ...]] = (
    "raster",
    "voltages",
    "input",
    "population",
    "output",
    "predictions",
    "statistics",
    "tuning",
    "health",
)
"""Figures of a look; some only if it has data for them, see `figures_of`."""
RUN_FIGURES: Final[tuple[str, ...]] = ("history",)
"""Figures that a run has one of."""
FIGURES: Final[tuple[str, ...]] = (*LOOK_FIGURES, *RUN_FIGURES)
"""All figures that can be asked for."""
# Figures that only some looks have data for, and the entry of the details that these looks have.
_NEEDED: Final[Mapping[str, str]] = MappingProxyType({"tuning": "tuning", "health": "health"})


def figures_of(
    figures: Sequence[str], details: Mapping[str, Any] | Callable[[], Mapping[str, Any]]
) -> tuple[str, ...]:
    """Those figures that a look has data for.

    Args:
        figures: names out of `FIGURES`.
        details: of the look, or a function that reads them, called only if it matters.

    Example:
        >>> figures_of(("raster", "tuning"), {})
        ('raster',)
    """
    if _NEEDED.keys().isdisjoint(figures):
        return tuple(figures)
    known = details() if callable(details) else details
    return tuple(name for name in figures if name not in _NEEDED or _NEEDED[name] in known)


@dataclass(frozen=True)
class RecordPlan:
    """What to record at which steps; shared by the callback, the logger and the command line.

    Attributes:
        every_n_steps: log steps N, 2N, ..., counted from 1 over the whole of training.
        sample_index: which sample of the batch is recorded in full.
        voltage_neurons: how many neurons' membrane potentials, or a tuple of neuron ids.
        figures: which figures are drawn, names from `FIGURES`.
        dt: ms per time step.
        max_input_rows: input channels are averaged in groups down to at most this many rows.
        batch_samples: samples of the batch shown side by side in the predictions figure.
        batch_neurons: neurons shown for each of those samples.
        trace_neurons: ids of the neurons whose every state variable is recorded and printed.
        max_overhead: part of training time that looks may cost, or None; see `OverheadBudget`.
        replica: whose part of the batch is recorded under tf.distribute.
        statistics: whether the numbers of each look by population are computed, beside the
            training; None: if any figure is drawn.
        health: whether gradients, updates and weights are recorded too.
        report: whether the report of the run is written when it ends.

    Raises:
        ValueError: one sentence naming the argument, what came, and what was expected.

    Example:
        >>> plan = RecordPlan(every_n_steps=50, voltage_neurons=[3, 17, 3], figures="raster")
        >>> plan.voltage_neurons, plan.figures
        ((3, 17), ('raster',))
    """

    every_n_steps: int = 100
    sample_index: int = 0
    voltage_neurons: int | tuple[int, ...] = 20
    figures: tuple[str, ...] = FIGURES
    dt: float = 1.0
    max_input_rows: int = 200
    batch_samples: int = 4
    batch_neurons: int = 400
    trace_neurons: tuple[int, ...] = ()
    max_overhead: float | None = None
    replica: int = 0
    statistics: bool = None  # type: ignore[assignment]
    health: bool = False
    report: bool = False

    if TYPE_CHECKING:  # what the constructor takes; dataclass makes it

        def __init__(
            self,
            every_n_steps: int = 100,
            sample_index: int = 0,
            voltage_neurons: int | Sequence[int] | NDArray[np.integer[Any]] = 20,
            figures: str | Sequence[str] = FIGURES,
            dt: float = 1.0,
            max_input_rows: int = 200,
            batch_samples: int = 4,
            batch_neurons: int = 400,
            trace_neurons: Sequence[int] | NDArray[np.integer[Any]] | None = (),
            max_overhead: float | None = None,
            replica: int = 0,
            statistics: bool | None = None,
            health: bool = False,
            report: bool = False,
        ) -> None: ...

    def __post_init__(self) -> None:
        traced = () if self.trace_neurons is None else self.trace_neurons
        settle(
            self,
            every_n_steps=whole_number(self.every_n_steps, "log_every_n_steps", 1, 100),
            sample_index=whole_number(self.sample_index, "sample_index", 0, 0),
            voltage_neurons=_voltage_selection(self.voltage_neurons),
            trace_neurons=_ids(traced, "trace_neurons", "a list of neuron ids"),
            figures=_known_figures(self.figures),
            dt=time_step(self.dt),
            max_input_rows=whole_number(self.max_input_rows, "max_input_rows", 1, 4),
            batch_samples=whole_number(self.batch_samples, "batch_samples", 1, 4),
            batch_neurons=whole_number(self.batch_neurons, "batch_neurons", 1, 4),
            replica=whole_number(self.replica, "replica", 0, 0),
            health=yes_or_no(self.health, "health"),
            report=yes_or_no(self.report, "report"),
        )
        if self.statistics is None:
            settle(self, statistics=bool(self.figures))
        elif not isinstance(self.statistics, bool):
            raise ValueError(f"statistics must be True or False; got {self.statistics!r}.")
        if self.max_overhead is not None:
            limit = real_number(self.max_overhead, "max_overhead", 0.02, above=0)
            settle(self, max_overhead=limit)

    def settings(self) -> dict[str, Any]:
        """What a user set, dict by keyword, for run.json."""
        return {
            "log_every_n_steps": self.every_n_steps,
            "sample_index": self.sample_index,
            "voltage_neurons": self.voltage_neurons,
            "trace_neurons": self.trace_neurons,
            "figures": list(self.figures),
            "dt": self.dt,
            "max_overhead": self.max_overhead,
            "replica": self.replica,
            "statistics": self.statistics,
            "health": self.health,
            "report": self.report,
        }

    def input_group(self, n_inputs: int) -> int:
        """How many neighbouring input channels share one row of the input summary, at least 1.

        Example:
            >>> RecordPlan(max_input_rows=200).input_group(17_400)
            87
        """
        return max(-(-n_inputs // self.max_input_rows), 1)


def _voltage_selection(value: Any) -> int | tuple[int, ...]:
    """A count stays an int; ids become a tuple of distinct ints in the order given."""
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return whole_number(value, "voltage_neurons", 0, 20)
    return _ids(value, "voltage_neurons", "how many (20) or which neuron ids")


def _ids(value: Any, name: str, expected: str) -> tuple[int, ...]:
    """A tuple of distinct ints in the order given."""
    try:
        ids = [whole_number(i, f"each id in {name}", 0, 7) for i in value]
    except TypeError:
        raise ValueError(f"{name} must be {expected} ([3, 17]); got {value!r}.") from None
    return tuple(dict.fromkeys(ids))


def _known_figures(figures: Any) -> tuple[str, ...]:
    if isinstance(figures, str):
        figures = (figures,)
    try:
        known = tuple(dict.fromkeys(figures))
    except TypeError:
        raise ValueError(
            f"figures must be a list of names out of {list(FIGURES)}; got {figures!r}."
        ) from None
    for name in known:
        if name not in FIGURES:
            raise ValueError(f"figures asks for {name!r}, which is none of {list(FIGURES)}.")
    return known
