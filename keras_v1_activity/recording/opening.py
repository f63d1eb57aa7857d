"""What opening a run means: a pure decision from plain facts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Opening(Enum):
    """What is done when a recorder is told that training begins or goes on.

    Example:
        >>> Opening.MOVE_ASIDE.begins, Opening.RESUME.begins
        (True, False)
    """

    KEEP = "the run that is open has logged nothing yet, and stays open"
    GO_ON = "the run of this recorder goes on"
    RESUME = "a run that another recorder made goes on"
    GO_BACK = "a run goes on from before its last look, later looks are moved aside"
    MOVE_ASIDE = "an earlier run is moved aside, and a new one begins"
    BEGIN = "a new run begins in a folder that holds none"

    @property
    def begins(self) -> bool:
        """Whether a new run begins, to which nothing in the folder belongs."""
        return self in (Opening.MOVE_ASIDE, Opening.BEGIN)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the decision depends on.

    Attributes:
        next_step: the training step that comes next, from 1.
        own_run_id: id of the run that this recorder made or resumed; None before the first.
        is_open: whether that run is open.
        has_logged: whether it has logged steps.
        replaced: whether it is open, but its folder names another run by now.
        holds_run: whether the folder holds anything that a run left.
        found_run_id: id of the run that the folder names; None if it names none.
        last_step: the last step logged in the folder; 0 if there is none.

    Example:
        >>> Facts(next_step=1).holds_run
        False
    """

    next_step: int
    own_run_id: str | None = None
    is_open: bool = False
    has_logged: bool = False
    replaced: bool = False
    holds_run: bool = False
    found_run_id: str | None = None
    last_step: int = 0


def decide(facts: Facts) -> Opening:
    """What opening means.

    A run goes on if training goes on: the next step is not the first, or this recorder made the run
    itself, by a look before training. If the run has looks at or after the next step, as after a
    crash and a checkpoint that is older than it, only these are moved aside. Anything else in the
    folder is of an earlier run.

    Example:
        >>> decide(Facts(next_step=21, holds_run=True, found_run_id="a", last_step=20))
        <Opening.RESUME: 'a run that another recorder made goes on'>
        >>> decide(Facts(next_step=9, holds_run=True, found_run_id="a", last_step=20)).name
        'GO_BACK'
        >>> decide(Facts(next_step=1, holds_run=True, found_run_id="a", last_step=20)).name
        'MOVE_ASIDE'
    """
    if facts.is_open and not facts.has_logged and not facts.replaced:
        return Opening.KEEP
    if not facts.holds_run:
        return Opening.BEGIN
    made_here = facts.own_run_id is not None and not facts.replaced
    training_goes_on = facts.next_step > 1 or made_here
    if not training_goes_on:
        return Opening.MOVE_ASIDE
    if facts.last_step >= facts.next_step:
        may_be_ours = not facts.replaced and facts.own_run_id in (None, facts.found_run_id)
        return Opening.GO_BACK if facts.next_step > 1 and may_be_ours else Opening.MOVE_ASIDE
    if facts.own_run_id is not None and facts.found_run_id == facts.own_run_id:
        return Opening.GO_ON
    return Opening.RESUME
