"""WatchedRun: a run that grows, as the page reads it: what is new, and its looks one by one."""

from __future__ import annotations

import heapq
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from keras_v1_activity.alarms import alarm_from
from keras_v1_activity.common.locks import Lock
from keras_v1_activity.history import History
from keras_v1_activity.live.followed_run import Changes, FollowedRun
from keras_v1_activity.live.number_table import NumberTable
from keras_v1_activity.report.levels import FULL
from keras_v1_activity.report.look_content import look_container
from keras_v1_activity.report.neuron_rows import NeuronRows, neurons_of
from keras_v1_activity.report.packing import deflated, pack
from keras_v1_activity.report.reported_run import facts_of, look_or_reason
from keras_v1_activity.report.series import columns_of

# However many pages ask, the folder is looked at so often only.
_LOOK_AGAIN_S: Final = 0.2
# A long run is read in parts, so that the page has something to show meanwhile.
_READ_AT_ONCE_S: Final = 0.25
_READ_AT_ONCE: Final = 16
_MOST_KEPT_BYTES: Final = 16_000_000
_MOST_LEFT_OUT: Final = 50
_WHOLE: Final = 2


class WatchedRun:
    """Reads a run as it grows. What is kept of a step is its numbers, four bytes each.

    Any thread may ask; one at a time is served.

    Args:
        run: the run.

    Example:
        >>> import zlib
        >>> from keras_v1_activity.report.packing import unpack
        >>> from keras_v1_activity.storage.run_folder import RunFolder
        >>> watched = WatchedRun(RunFolder("logs"))
        >>> content, arrays = unpack(zlib.decompress(watched.news(0, "")))
        >>> arrays["steps"], content["facts"]["n_neurons"]
        (array([100., 200.]), 20)
        >>> more = watched.news(content["version"], content["generation"])
        >>> unpack(zlib.decompress(more))[1]["steps"]
        array([], dtype=float64)
    """

    def __init__(self, run: FollowedRun) -> None:
        self._run = run
        self._lock = Lock()
        self._changes = Changes("absent", 0, None, (), (), None, None)
        self._look_next = 0.0
        self._version = 0
        self._begin_again()

    def _begin_again(self) -> None:
        """Forgets all: the folder holds another run."""
        self._generation = secrets.token_hex(8)
        self._table = NumberTable()
        self._waiting: set[int] = set()
        self._facts: dict[str, tuple[int, Any]] = {}
        self._rows: NeuronRows | None = None
        self._has_neurons = False
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._left_out: list[str] = []
        self._say("left_out", self._left_out)
        self._say_info({})

    def news(self, since: int, generation: str) -> bytes:
        """What has changed after a version, as the page reads it: a container, deflated.

        Args:
            since: the version that the last news had; 0: everything.
            generation: the one that the last news had; empty: none.
        """
        with self._lock:
            self._refresh()
            head = {"generation": self._generation, "version": self._version}
            if generation and generation != self._generation:
                return deflated(pack({**head, "again": True}, {}))
            names, arrays = self._table.since(since)
            changed = {k: value for k, (at, value) in self._facts.items() if at > since}
            changes = self._changes
            return deflated(pack({
                **head, "series": names, "facts": changed, "n_steps": len(self._table),
                "state": changes.state, "recording": changes.recording, "age_s": changes.age_s,
                "more": bool(self._waiting),
            }, arrays))  # fmt: skip

    def neurons(self) -> bytes:
        """What is known of each neuron, as the page reads it; it may be nothing."""
        with self._lock:
            known = self._rows.arrays() if self._rows is not None and self._has_neurons else {}
            return deflated(pack({}, known))

    def look(self, step: int) -> bytes | str:
        """The look at a step with every spike, as the page reads it, or why there is none."""
        with self._lock:
            if step in self._kept:
                self._kept.move_to_end(step)
                return self._kept[step]
            if self._rows is None:
                self._refresh()
            if self._rows is None:
                return "there is no look yet"
            look = look_or_reason(self._run.look, step, self._rows.n_neurons)
            if isinstance(look, str):
                self._leave_out(look)
                return look
            found = deflated(look_container(look, self._run.row(step), self._rows, FULL))
            self._kept[step] = found
            while len(self._kept) > 1 and sum(map(len, self._kept.values())) > _MOST_KEPT_BYTES:
                self._kept.popitem(last=False)
            return found

    def _refresh(self) -> None:
        now = time.monotonic()
        if now >= self._look_next:
            before, self._changes = self._changes, self._run.changes()
            if self._changes.generation != before.generation:
                self._begin_again()
            self._take(self._changes)
            self._look_next = time.monotonic() + _LOOK_AGAIN_S
        while self._waiting:
            self._read(heapq.nlargest(_READ_AT_ONCE, self._waiting))
            if time.monotonic() > now + _READ_AT_ONCE_S:
                return

    def _take(self, changes: Changes) -> None:
        self._waiting.update(changes.steps)
        for step in changes.gone:
            self._waiting.discard(step)
            self._kept.pop(step, None)
            # Its numbers stay: the page shows what the run had.
            self._version += 1
            if step in self._table:
                self._table.put_detail(step, 0, None, self._version)
        if changes.info is not None:
            self._say_info(changes.info)

    def _read(self, steps: list[int]) -> None:
        """Reads the numbers of some steps."""
        self._waiting.difference_update(steps)
        rows = {step: self._run.row(step) for step in steps}
        # A run that is being deleted loses its numbers before its looks: the page keeps them.
        known = [step for step in steps if len(rows[step]) > 1 or step not in self._table]
        history = History({**rows[step], "step": step} for step in known)
        classes = {step: self._run.classes(step) for step in steps}
        stored = [step for step in steps if classes[step] is not None]
        self._find_neurons(history, stored)
        assert self._rows is not None
        columns = columns_of(history, self._rows.neurons.populations.names)
        self._version += 1
        self._table.put([int(step) for step in history.steps], columns, self._version)
        for step in steps:
            self._kept.pop(step, None)
            detail = 0 if classes[step] is None else _WHOLE
            self._table.put_detail(step, detail, classes[step], self._version)

    def _find_neurons(self, history: History, stored: list[int]) -> None:
        if self._has_neurons or (self._rows is not None and not stored):
            return
        neurons = self._run.neurons() if stored else None
        for step in stored if neurons is None else ():
            look = look_or_reason(self._run.look, step)
            if not isinstance(look, str):
                neurons = look.neurons
                break
        if neurons is None and self._rows is not None:
            return
        if self._rows is not None:
            # Pages that know the run without its neurons begin again.
            self._generation = secrets.token_hex(8)
        self._has_neurons = neurons is not None
        self._rows = NeuronRows(neurons_of(history) if neurons is None else neurons)
        for name, value in self._rows.content().items():
            self._say(name, value)
        self._say("has_neurons", self._has_neurons)
        self._say("texts", dict(self._run.texts()))

    def _say_info(self, info: Mapping[str, Any]) -> None:
        alarms = [alarm_from(entry) for entry in info.get("alarms", ())]
        facts = facts_of(self._run.name, info, [alarm for alarm in alarms if alarm is not None])
        for name, value in facts.pop("info").items():
            self._say(f"info.{name}", value)
        for name, value in facts.items():
            self._say(name, value)

    def _leave_out(self, sentence: str) -> None:
        if sentence not in self._left_out:
            self._left_out = [*self._left_out, sentence][-_MOST_LEFT_OUT:]
            self._say("left_out", self._left_out)

    def _say(self, name: str, value: Any) -> None:
        """Notes a fact of the run as a whole; the page is told if it is a new one."""
        if name not in self._facts or self._facts[name][1] != value:
            self._version += 1
            self._facts[name] = (self._version, value)
