"""Drifting gratings, one direction a look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from keras_v1_activity.common import notices, units
from keras_v1_activity.common.checks import real_number, whole_number
from keras_v1_activity.probes.lgn_stimuli import LgnStimuli
from keras_v1_activity.probes.stimuli import seed_of
from keras_v1_activity.v1.network.v1_network import V1Network

_CHUNK_MS: Final = 100


class DriftingGratings(LgnStimuli):
    """Drifting sinusoidal gratings, one direction a look, for the tuning of a V1 network.

    A direction is that of the movement: 0 degrees to the right (up the columns of the LGN's grid,
    which is x of the network), 90 degrees up. The bars are at right angles to it. The directions
    are evenly spread from 0 degrees on; each trial shows all of them in an order of its own, drawn
    from `seed`, so that a drift of the weights is not taken for tuning. After ``directions x
    trials`` looks the turn is complete, and the next one shows the same, bit for bit.

    Counted are the spikes in the last whole cycles of the grating, because the response goes up
    and down with the bars: with the defaults and 600 ms, one cycle from 100 to 600 ms.

    Args:
        network: `V1Network` whose LGN is followed; None for all 17,400 units.
        directions: how many, at least 3.
        trials: how often each is shown in a turn, with LGN spikes of its own; the background noise
            is that of the trial.
        seed: of the LGN's spikes, the background noise and the order.
        contrast: 1 gives the standard deviation over the LGN that images have, 0 grey.
        temporal_hz: cycles that pass in a second.
        cycles_per_pixel: spatial frequency on the LGN's grid, a pixel of which stands for a degree;
            cycles per degree if the units of the LGN have places in degrees.
        grey_ms: grey before the grating, ms.
        seq_len: length of a look in ms, which are the time steps of the V1 network; None takes it
            from the model.
        current_input: False gives spikes, True currents, for a model that was trained on these.

    Raises:
        ValueError: one sentence, for an argument out of its range.

    Example:
        >>> gratings = DriftingGratings(network, directions=8, trials=2)
        >>> len(gratings), sorted(gratings.direction_of(item) for item in range(8))[:3]
        (16, [0.0, 45.0, 90.0])
        >>> gratings.batch(0, n_steps=100)[0].shape
        (1, 100, 17400)
    """

    kind: str = "drifting_gratings"

    def __init__(
        self,
        network: V1Network | None,
        directions: int = 8,
        trials: int = 1,
        seed: int = 0,
        *,
        contrast: float = 1.0,
        temporal_hz: float = 2.0,
        cycles_per_pixel: float = 0.05,
        grey_ms: int = 50,
        seq_len: int | None = None,
        current_input: bool = False,
    ) -> None:
        n = whole_number(directions, "directions", 3, 8)
        super().__init__(
            network,
            n,
            trials=trials,
            seed=seed,
            grey_ms=grey_ms,
            seq_len=seq_len,
            current_input=current_input,
        )
        self._contrast = real_number(contrast, "contrast", 1.0, least=0)
        self._temporal_hz = real_number(temporal_hz, "temporal_hz", 2.0, above=0)
        self._cycles = real_number(cycles_per_pixel, "cycles_per_pixel", 0.05, above=0)
        self._order = np.concatenate(
            [
                np.random.default_rng(seed_of(self._seed, trial, 2)).permutation(n)
                for trial in range(self._trials)
            ]
        )
        self._said_short = False

    def settings(self) -> dict[str, Any]:
        """What the gratings were set to, for run.json."""
        return {
            **super().settings(),
            "directions": self._n_stimuli,
            "contrast": self._contrast,
            "temporal_hz": self._temporal_hz,
            "cycles_per_pixel": self._cycles,
        }

    def direction_of(self, item: int) -> float:
        """Direction of movement in one look, degrees."""
        return float(self._order[item] * 360.0 / self._n_stimuli)

    def counted(self, n_steps: int) -> tuple[int, int]:
        """Time steps of the last whole cycles; of the whole grating if it shows less than one."""
        period = units.MS_PER_S / self._temporal_hz
        n_cycles = int((n_steps - self._grey_ms) / period + 1e-9)
        if n_cycles:
            return n_steps - round(n_cycles * period), n_steps
        if not self._said_short:
            self._said_short = True
            notices.warn(
                f"the gratings of the probe show less than one cycle in {n_steps - self._grey_ms} "
                "ms, so that rates depend on where the bars begin: give temporal_hz="
                f"{units.MS_PER_S / max(n_steps - self._grey_ms, 1):.2g} or more."
            )
        return min(self._grey_ms, max(n_steps - 1, 0)), n_steps

    def _shown(self, item: int, duration: int) -> Sequence[tuple[Any, int]]:
        from keras_v1_activity.v1.tasks.gratings import drifting_grating

        # The bars of a grating of 0 degrees there move down.
        orientation = self.direction_of(item) + 90.0
        # On an LGN that knows where it looks, degrees are degrees.
        cycles = self._cycles * (1.0 if self._places is None else self._places.degrees_per_pixel)
        parts = []
        for first in range(0, duration, _CHUNK_MS):
            length = min(_CHUNK_MS, duration - first)
            passed = 2 * np.pi * self._temporal_hz * first / units.MS_PER_S
            grating = drifting_grating(
                [orientation],
                [-passed],
                length,
                cycles_per_pixel=cycles,
                drift_hz=self._temporal_hz,
                contrast=self._contrast,
            )
            parts.append((grating, length))
        return parts
