"""Stimuli: what all probes share. Numpy only."""

from __future__ import annotations

import json
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Stimuli:
    """A fixed sequence of stimuli, one of which is shown in each look; all of them are a turn.

    A probe of your own is a subclass with `kind`, `__len__`, `batch` and `settings`; for tuning it
    also has `direction_of`.

    Attributes:
        kind: word that details of looks and run.json have for it.

    Example:
        >>> from keras_v1_activity.probes import Batch
        >>> stimuli: Stimuli = Batch(x, y)
        >>> len(stimuli), stimuli.about(0)
        (1, {'kind': 'batch', 'trial': 0, 'item': 0})
    """

    kind: str = "stimuli"

    def __len__(self) -> int:
        """How many looks make a turn."""
        raise NotImplementedError

    def batch(self, item: int, n_steps: int | None) -> tuple[Any, Any]:
        """The batch that is shown in one look.

        Args:
            item: number of the look in its turn, from 0.
            n_steps: time steps that the model's input has; None if the model does not say.

        Returns:
            (x, y) as the model takes them; y may be None.

        Raises:
            ValueError: the stimulus cannot be made of that length.
        """
        raise NotImplementedError

    def settings(self) -> dict[str, Any]:
        """What the stimuli were set to, for run.json; stimuli of other settings begin a new turn.

        JSON can hold it.
        """
        return {"kind": self.kind}

    def direction_of(self, item: int) -> float | None:
        """Direction of movement in one look, degrees; None if it has none."""
        return None

    def trial_of(self, item: int) -> int:
        """Which repetition of its stimulus a look shows, from 0."""
        return 0

    def counted(self, n_steps: int) -> tuple[int, int]:
        """First time step whose spikes count to the tuning, and the one after the last."""
        return 0, n_steps

    def noise_seed(self, item: int) -> int:
        """Seed of the model's own random numbers in one look, the same in each turn.

        Stimuli of one trial share it: what differs between them is their doing.
        """
        return seed_of(0, self.trial_of(item))

    def about(self, item: int) -> dict[str, Any]:
        """What details of a look say of it."""
        direction = self.direction_of(item)
        known = {} if direction is None else {"direction_deg": direction}
        return {"kind": self.kind, **known, "trial": self.trial_of(item), "item": int(item)}

    def digest(self) -> str:
        """Eight characters that differ between stimuli of different settings."""
        text = json.dumps(self.settings(), sort_keys=True, default=str)
        return f"{zlib.crc32(text.encode()):08x}"


def seed_of(*numbers: int) -> int:
    """A seed from 0 to 2**31 - 1 that differs between sequences of numbers.

    Example:
        >>> seed_of(0, 1) != seed_of(1, 0)
        True
    """
    (word,) = np.random.SeedSequence(numbers).generate_state(1, np.uint32)
    return int(word) >> 1


def digest_of(array: NDArray[Any]) -> str:
    """Eight characters that differ between arrays.

    Example:
        >>> digest_of(np.zeros(3))
        'a3c1ca20'
    """
    content = np.ascontiguousarray(array).reshape(-1).view(np.uint8).tobytes()
    return f"{zlib.crc32(content):08x}"
