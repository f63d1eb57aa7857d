"""FollowedRun: what the page of a run that grows needs of it, wherever it is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.activity.activity import Activity
from keras_v1_activity.activity.neurons import Neurons


class Changes(NamedTuple):
    """What has changed in a run since it was last asked.

    Attributes:
        state: "absent": there is no run yet; "there"; "gone": there was one.
        generation: another number if it is another run by now; all its steps are new then.
        recording: whether a training has the run open; None: unknown.
        steps: steps that are new, or of which something was written.
        gone: steps of which nothing is left.
        info: content of its run.json if that has changed, else None.
        age_s: seconds since something was last written; None: unknown.

    Example:
        >>> Changes("there", 1, True, [100], [], None, 0.5).steps
        [100]
    """

    state: str
    generation: int
    recording: bool | None
    steps: Sequence[int]
    gone: Sequence[int]
    info: Mapping[str, Any] | None
    age_s: float | None


class FollowedRun(Protocol):
    """A run that may grow while it is read. It is asked by one thread at a time.

    Attributes:
        name: what it is called in the page.

    Example:
        >>> from keras_v1_activity.storage.run_folder import RunFolder
        >>> run: FollowedRun = RunFolder("digits_12")
        >>> run.name
        'digits_12'
    """

    name: str

    def changes(self) -> Changes:
        """What has changed since the last call; never raises."""
        ...

    def neurons(self) -> Neurons | None:
        """The neurons of the run; None if they are unknown yet."""
        ...

    def texts(self) -> Mapping[str, str]:
        """Files of text that are shown, by name."""
        ...

    def row(self, step: int) -> Mapping[str, Any]:
        """The numbers of a look; only its step if nothing else is known."""
        ...

    def classes(self, step: int) -> NDArray[np.int64] | None:
        """(n, 2) true and predicted class of each recorded trial; None if no data are stored."""
        ...

    def look(self, step: int) -> Activity:
        """The look at a step.

        Raises:
            OSError, KeyError, ValueError: it cannot be read.
        """
        ...
