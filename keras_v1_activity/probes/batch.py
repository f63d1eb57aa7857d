"""A batch of the user's own as a probe."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from keras_v1_activity.common.checks import frozen_array, whole_number
from keras_v1_activity.probes.stimuli import Stimuli, digest_of, seed_of


class Batch(Stimuli):
    """A fixed batch, which is shown in each look; or, with directions, one sample of it a look.

    ``probe_data=x`` and ``probe_data=(x, y)`` mean ``Batch(x)`` and ``Batch(x, y)``.

    Args:
        x: inputs, as the model takes them.
        y: labels, one for each sample, or None.
        directions_deg: (n_samples,) direction of movement in each sample, degrees: each look shows
            one sample, and all of them are a turn, after which the tuning of the neurons is known.
            A direction that comes k times has k trials; all come equally often.
        seed: of the model's own random numbers, e.g. the background noise of a V1 network.
        counted_from: first time step whose spikes count to the tuning, e.g. where the grating
            begins.

    Raises:
        ValueError: no direction for each sample, or one that comes more often than another.

    Example:
        >>> movies = np.random.default_rng(0).random((8, 100, 30))
        >>> gratings = Batch(movies, directions_deg=np.arange(0, 360, 45))
        >>> len(gratings), gratings.direction_of(3), gratings.batch(3, None)[0].shape
        (8, 135.0, (1, 100, 30))
    """

    kind: str = "batch"

    def __init__(
        self,
        x: Any,
        y: Any = None,
        *,
        directions_deg: ArrayLike | None = None,
        seed: int = 0,
        counted_from: int = 0,
    ) -> None:
        self._x, self._y = x, y
        self._seed = whole_number(seed, "seed", 0, 0)
        self._counted_from = whole_number(counted_from, "counted_from", 0, 50)
        self._directions = None
        if directions_deg is not None:
            n = len(_leaves(x)[0])
            angles = frozen_array(directions_deg, "directions_deg", [n], np.float64) % 360.0
            _, index, times = np.unique(angles, return_inverse=True, return_counts=True)
            if len(times) < 3 or len(set(times.tolist())) != 1:
                raise ValueError(
                    "directions_deg must hold at least 3 directions, each of them equally often; "
                    f"got {dict(zip(np.unique(angles).tolist(), times.tolist(), strict=True))}."
                )
            self._directions = angles
            self._trial = [int((index[:k] == index[k]).sum()) for k in range(n)]

    @classmethod
    def of(cls, probe_data: Any) -> Batch:
        """From x or a tuple (x, y), as a user gives them as probe_data.

        Raises:
            ValueError: a tuple of another length.

        Example:
            >>> len(Batch.of((x, y)))
            1
        """
        parts = probe_data if isinstance(probe_data, tuple) else (probe_data, None)
        if len(parts) != 2:
            raise ValueError(f"probe_data must be x or (x, y); got a tuple of {len(parts)} parts.")
        return cls(*parts)

    def __len__(self) -> int:
        """How many looks make a turn: one without directions, else one a sample."""
        return 1 if self._directions is None else len(self._directions)

    def batch(self, item: int, n_steps: int | None) -> tuple[Any, Any]:
        """(x, y) of one look."""
        if self._directions is None:
            return self._x, self._y
        y = None if self._y is None else _sample_of(self._y, item)
        return _sample_of(self._x, item), y

    def settings(self) -> dict[str, Any]:
        """What it was set to, for run.json; instead of the inputs, a digest of them."""
        directions = None if self._directions is None else self._directions.tolist()
        return {
            "kind": self.kind,
            "seed": self._seed,
            "directions_deg": directions,
            "counted_from": self._counted_from,
            "inputs_digest": [digest_of(np.asarray(leaf)) for leaf in _leaves(self._x)],
        }

    def direction_of(self, item: int) -> float | None:
        """Direction of movement in one look, degrees; None if none was given."""
        return None if self._directions is None else float(self._directions[item])

    def trial_of(self, item: int) -> int:
        """Which repetition of its direction a look shows, from 0."""
        return 0 if self._directions is None else self._trial[item]

    def counted(self, n_steps: int) -> tuple[int, int]:
        """Time steps whose spikes count to the tuning."""
        return min(self._counted_from, max(n_steps - 1, 0)), n_steps

    def noise_seed(self, item: int) -> int:
        """Seed of the model's own random numbers, which the directions of a trial share."""
        return seed_of(self._seed, self.trial_of(item))


def _leaves(structure: Any) -> list[Any]:
    import tensorflow as tf

    return list(tf.nest.flatten(structure))


def _sample_of(structure: Any, sample: int) -> Any:
    """One sample, as a batch of its own."""
    import tensorflow as tf

    one = slice(sample, sample + 1)
    return tf.nest.map_structure(lambda leaf: np.asarray(leaf)[one], structure)
