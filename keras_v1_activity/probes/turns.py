"""Turns: which stimulus of a probe comes next, and what a turn of them has shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.tuning import Tuning
from keras_v1_activity.common.values import changed
from keras_v1_activity.history import History
from keras_v1_activity.measures.tuning_numbers import tuning_by_population
from keras_v1_activity.probes.stimuli import Stimuli

MOST_PAST_TURNS: Final = 200
"""Medians of so many earlier turns travel with a look; of more, some are left out evenly."""


class Past(Protocol):
    """What a run holds of looks that were stored before.

    Example:
        >>> past: Past | None = None
    """

    @property
    def steps(self) -> Sequence[int]:
        """The logged steps, ascending."""
        ...

    def history(self) -> History:
        """The numbers of each look."""
        ...

    def look(self, step: int) -> Activity:
        """The look at a step; raises if it cannot be read."""
        ...


class Turns:
    """Leads through the stimuli of a probe, one a look, turn after turn.

    A training that goes on in a new process goes on in the middle of the turn if the looks of the
    turn are stored, and else with a new turn.

    Args:
        stimuli: `Stimuli`.
        past: what the run holds; None if nothing is known of it.

    Attributes:
        stimuli: `Stimuli`.
        item: number of the stimulus that comes next, from 0.
        turn: number of its turn, from 1.

    Example:
        >>> from keras_v1_activity.probes import Batch
        >>> turns = Turns(Batch(x, directions_deg=np.arange(0, 360, 45)))
        >>> looks = [turns.took(activity)() for _ in range(len(turns.stimuli))]
        >>> looks[7].details["probe"]["direction_deg"], turns.turn, turns.item
        (315.0, 2, 0)
        >>> looks[6].tuning, looks[7].tuning
        (None, Tuning(8 directions, 1 trial, 120 neurons))
    """

    stimuli: Stimuli
    item: int
    turn: int

    def __init__(self, stimuli: Stimuli, past: Past | None = None) -> None:
        self.stimuli = stimuli
        self._past = past
        self._digest = stimuli.digest()
        self._begin(1)
        self._last_step: int | None = None
        self._medians: dict[int, Mapping[str, Any]] = {}

    def _begin(self, turn: int) -> None:
        self.turn, self.item = turn, 0
        self._counts: dict[int, NDArray[np.int32]] = {}
        self._steps: dict[int, int] = {}

    def go_on(self) -> None:
        """A training begins: goes on where its run stopped, which another process may have made."""
        past = self._past
        if past is None or (self._last_step is not None and self._last_step in past.steps):
            return
        self._begin(1)
        self._last_step, self._medians = None, {}
        if past.steps:
            self._take_up(past)

    def took(self, look: Activity) -> Callable[[], Activity]:
        """Notes the look at the stimulus that came next; the one after it comes next.

        Args:
            look: the look.

        Returns:
            Function that gives the look with what is known of it. It may be called in another
            thread, in the order of the looks.
        """
        item, n = self.item, len(self.stimuli)
        about = {**self.stimuli.about(item), "turn": self.turn, "items": n, "digest": self._digest}
        self._note(item, look)
        self._last_step = int(look.step)
        counts, steps = self._counts, self._steps
        self.item += 1
        if self.item < n:
            return partial(look.with_details, probe=about)
        self._begin(self.turn + 1)
        if len(counts) < n:
            return partial(look.with_details, probe=about)
        return partial(self._completed, look, about, counts, steps)

    def _note(self, item: int, look: Activity) -> None:
        """Keeps what a look tells of tuning."""
        if self.stimuli.direction_of(item) is not None:
            first, end = self.stimuli.counted(look.n_steps)
            low, high = np.searchsorted(look.spike_steps, (first, end))
            ids = look.spike_neurons[low:high]
            counts = np.bincount(ids, minlength=look.n_neurons)
            self._counts[item], self._steps[item] = counts.astype(np.int32), int(look.step)

    def _completed(
        self,
        look: Activity,
        about: Mapping[str, Any],
        counts: Mapping[int, NDArray[np.int32]],
        steps: Mapping[int, int],
    ) -> Activity:
        """The look that completes a turn, with the tuning."""
        first, end = self.stimuli.counted(look.n_steps)
        tuning = Tuning(
            **_by_direction(self.stimuli, counts, steps),
            counted_ms=max(end - first, 1) * look.dt,
            **self._past_medians(look.populations.names),
        )
        told = tuning_by_population(tuning, look.populations, look.neurons.tuning_angles)
        self._medians[int(look.step)] = told
        return changed(look.with_details(probe=about, tuning=told), tuning=tuning)

    def _past_medians(self, names: Sequence[str]) -> dict[str, Any]:
        """Medians of earlier turns, as `Tuning` has them."""
        told = sorted(self._medians.items())
        places = np.linspace(0, len(told) - 1, min(len(told), MOST_PAST_TURNS)).round()
        chosen = [told[int(place)] for place in places]
        return {
            "past_steps": [step for step, _ in chosen],
            **{
                f"past_{measure}": np.array(
                    [_medians_of(turn, names, measure) for _, turn in chosen], np.float64
                ).reshape(len(chosen), 1 + len(names))
                for measure in ("osi", "dsi")
            },
        }

    def _take_up(self, past: Past) -> None:
        """Goes on with what the run has stored; with a new turn, if it is not all there."""
        turn = 1
        try:
            history = past.history()
            self._medians = {
                int(row["step"]): row["tuning"]
                for row in history.known("tuning")
                if isinstance(row["tuning"], Mapping)
            }
            shown = [(int(row["step"]), row["probe"]) for row in history.known("probe")]
            if not shown:
                return
            turn = int(shown[-1][1]["turn"]) + 1
            self._last_step = shown[-1][0]
            of_turn = [(step, told) for step, told in shown if told["turn"] == turn - 1]
            if len(of_turn) < len(self.stimuli) and all(
                told["digest"] == self._digest and told["item"] == item
                for item, (_, told) in enumerate(of_turn)
            ):
                for item, (step, _) in enumerate(of_turn):
                    if self.stimuli.direction_of(item) is not None:
                        self._note(item, past.look(step))
                self.turn, self.item = turn - 1, len(of_turn)
                return
        except Exception:
            # Damaged or missing files: the turn is lost, and nothing else.
            pass
        self._begin(turn)


def _by_direction(
    stimuli: Stimuli, counts: Mapping[int, NDArray[np.int32]], steps: Mapping[int, int]
) -> dict[str, Any]:
    """Counts and steps of a turn's looks, by ascending direction and trial."""
    of_item = {item: stimuli.direction_of(item) for item in counts}
    angles = sorted({angle for angle in of_item.values() if angle is not None})
    ordered = [
        [item for item in sorted(counts, key=stimuli.trial_of) if of_item[item] == angle]
        for angle in angles
    ]
    return {
        "directions_deg": angles,
        "counts": np.array([[counts[item] for item in items] for items in ordered]),
        "steps": np.array([[steps[item] for item in items] for items in ordered]),
    }


def _medians_of(told: Mapping[str, Any], names: Sequence[str], measure: str) -> list[float]:
    """The median of all neurons, and of each population, in an earlier turn; NaN if unknown."""
    populations = told.get("populations")
    known = populations if isinstance(populations, Mapping) else {}
    parts = [told.get("all"), *(known.get(name) for name in names)]
    values = [part.get(measure) if isinstance(part, Mapping) else None for part in parts]
    return [float(v) if isinstance(v, (int, float)) else float("nan") for v in values]
