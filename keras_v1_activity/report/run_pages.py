"""One run as blocks of the page: its neurons, its looks one by one, and what is known of it all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.common.checks import counted
from keras_v1_activity.report.levels import FULL, Level, Plan, Spending, make_plan
from keras_v1_activity.report.look_content import look_container
from keras_v1_activity.report.neuron_rows import NeuronRows, neurons_of
from keras_v1_activity.report.packing import as_text, pack
from keras_v1_activity.report.pinned_steps import wanted_steps
from keras_v1_activity.report.reported_run import ReportedRun, facts_of, look_or_reason
from keras_v1_activity.report.series import as_series, columns_of

Add = Callable[[str, bytes], None]
_N_SAMPLED: Final = 3
_MOST_PAIRS: Final = 100_000


class RunPages:
    """Puts one run into the page, one look in memory at a time.

    Args:
        run: the run.
        prefix: of the names of its blocks.
        limit_bytes: how long its part of the file may get, about; None: as long as it needs.

    Attributes:
        n_looks: looks of which a picture is in the page.
        n_whole: of them, those with every spike.
        left_out: a sentence for each thing that is not in the page.

    Example:
        >>> from keras_v1_activity.history import History
        >>> run = ReportedRun("a", History([{"step": 1}]), {1: activity}.__getitem__, [1])
        >>> pages, names = RunPages(run, "a", None), []
        >>> content, arrays = pages.write(lambda name, text: names.append(name))
        >>> names, pages.n_whole, content["n_neurons"]
        (['a-neurons', 'a-0'], 1, 120)
    """

    n_looks: int
    n_whole: int
    left_out: list[str]

    def __init__(self, run: ReportedRun, prefix: str, limit_bytes: float | None) -> None:
        self._run = run
        self._prefix = prefix
        self._limit = limit_bytes
        self.n_looks = self.n_whole = 0
        self.left_out: list[str] = []
        self._pairs: list[tuple[int, int, int]] = []

    def write(self, add: Add) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Adds the blocks of the run.

        Args:
            add: called with name and text of each block, in turn.

        Returns:
            What is known of the run as a whole, as `packing.pack` takes it.
        """
        history = self._run.history
        steps = history.steps
        stored = set(map(int, self._run.stored_steps))
        places = [i for i, step in enumerate(steps.tolist()) if step in stored]
        rows = self._rows(places)
        detail = np.zeros(len(steps), np.uint8)
        if rows is not None:
            neurons_text = as_text(pack({}, rows.arrays()))
            add(f"{self._prefix}-neurons", neurons_text)
            if self._limit is not None:
                self._limit = max(self._limit - len(neurons_text), 0)
            self._write_looks(add, rows, places, detail)
        neurons = rows or NeuronRows(neurons_of(history))
        names, columns = as_series(columns_of(history, neurons.neurons.populations.names))
        content = {
            "prefix": self._prefix,
            **facts_of(self._run.name, self._run.info, self._run.alarms),
            **neurons.content(),
            "has_neurons": rows is not None,
            "series": names,
            "files": dict(self._run.files),
            "texts": dict(self._run.texts),
            "left_out": self.left_out,
        }
        pairs = np.array(self._pairs, np.float64).reshape(-1, 3)
        arrays = {"steps": steps.astype(np.float64), "detail": detail, **columns}
        arrays |= {k: pairs[:, i] for i, k in enumerate(("pair_place", "pair_label", "pair_class"))}
        return content, arrays

    def _rows(self, places: list[int]) -> NeuronRows | None:
        """The neurons of the run, or of the first look that can be read."""
        if self._run.neurons is not None and places:
            return NeuronRows(self._run.neurons)
        for place in places:
            look = self._look(place, None)
            if look is not None:
                return NeuronRows(look.neurons)
        return None

    def _look(self, place: int, rows: NeuronRows | None) -> Activity | None:
        n_neurons = None if rows is None else rows.n_neurons
        look = look_or_reason(self._run.look, int(self._run.history.steps[place]), n_neurons)
        if isinstance(look, str):
            self._leave_out(look)
            return None
        return look

    def _leave_out(self, sentence: str) -> None:
        if sentence not in self.left_out:
            self.left_out.append(sentence)

    def _container(self, look: Activity, place: int, rows: NeuronRows, level: Level) -> bytes:
        return as_text(look_container(look, self._run.history[place], rows, level))

    def _plan(self, rows: NeuronRows, places: list[int]) -> Plan:
        if self._limit is None or not places:
            return Plan(frozenset(places), FULL, 1)
        chosen = [places[i * (len(places) - 1) // (_N_SAMPLED - 1)] for i in range(_N_SAMPLED)]
        looks = {place: self._look(place, rows) for place in dict.fromkeys(chosen)}
        known = {place: look for place, look in looks.items() if look is not None}

        def size(level: Level) -> float:
            sizes = [len(self._container(look, i, rows, level)) for i, look in known.items()]
            return sum(sizes) / len(sizes) if sizes else 0.0

        place_of = {int(self._run.history.steps[place]): place for place in places}
        steps = wanted_steps(self._run.history, self._run.alarms)
        wanted = [place_of[step] for step in steps if step in place_of]
        return make_plan(len(places), wanted, size, self._limit)

    def _write_looks(
        self, add: Add, rows: NeuronRows, places: list[int], detail: NDArray[np.uint8]
    ) -> None:
        plan = self._plan(rows, places)
        spending = Spending(plan, places, self._limit)
        for place in places:
            level = spending.level_of(place)
            look = None if level is None else self._look(place, rows)
            if level is None or look is None:
                continue
            text = self._container(look, place, rows, level)
            spending.note(place, len(text))
            add(f"{self._prefix}-{place}", text)
            detail[place] = 2 if level is FULL else 1
            self._note_pairs(place, look)
        self.n_looks, self.n_whole = int((detail > 0).sum()), int((detail == 2).sum())
        self._say_what_is_thinned(len(places), plan)

    def _say_what_is_thinned(self, n_stored: int, plan: Plan) -> None:
        n_thinned = self.n_looks - self.n_whole
        if n_thinned:
            self._leave_out(
                f"{counted(n_thinned, 'look')} as spike counts in bins and all spikes of "
                f"{plan.level.chosen:,} neurons; --full keeps every spike"
            )
        if plan.stride > 1:
            self._leave_out(
                f"pictures of {n_stored - self.n_looks:,} of {n_stored:,} looks, whose numbers are "
                "here; --full keeps all"
            )

    def _note_pairs(self, place: int, look: Activity) -> None:
        """True and predicted class of each sample, for the confusion matrix."""
        if len(self._pairs) > _MOST_PAIRS:
            return
        if look.batch is not None and look.batch.confidences is not None:
            pairs = zip(look.batch.labels.tolist(), look.batch.predictions.tolist(), strict=True)
        else:
            unknown = look.label is None or look.prediction is None
            pairs = iter([(-1, -1) if unknown else (look.label, look.prediction)])
        self._pairs += [(place, a, b) for a, b in pairs if a >= 0 and b >= 0]
