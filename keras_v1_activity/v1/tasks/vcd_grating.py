"""Task ``vcd_grating``: visual change detection between two drifting gratings.

Has the second grating another orientation than the first (Chen, Scherr & Maass 2022)? It has in
half of the trials, then by 15 to 90 degrees to either side. Orientations are uniform, and each
grating has its own random phase, so that only the orientation tells.

Timing, ms: 50 grey, 100 first grating, 150 + 50 grey, 100 second grating, 150 grey; scored in the
50 ms after the second. `pre_delay`, `im_slice` and `post_delay` are those of each grating.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import tensorflow as tf

from keras_v1_activity.v1.network.v1_network import V1Network
from keras_v1_activity.v1.stimuli.lgn import grey
from keras_v1_activity.v1.stimuli.trials import PairTrial
from keras_v1_activity.v1.tasks.common import (
    Seeds,
    TaskTrials,
    coin,
    generated_trials,
    random_sign,
    uniform,
)
from keras_v1_activity.v1.tasks.gratings import drifting_grating
from keras_v1_activity.v1.tasks.settings import TaskSettings

TRIAL: type[PairTrial] = PairTrial
CLASSES: Final[tuple[str, ...]] = ("same", "changed")


def make(
    network: V1Network | None,
    trial: PairTrial,
    settings: TaskSettings,
    *,
    change: tuple[float, float] = (15.0, 90.0),
) -> TaskTrials:
    """The trials.

    Args:
        network: see `make_task`.
        trial: `PairTrial`.
        settings: `TaskSettings`.
        change: least and greatest change of orientation, degrees.

    Returns:
        `TaskTrials` with the classes same and changed.

    Example:
        >>> make(None, PairTrial(), TaskSettings(batch_size=2)).classes
        ('same', 'changed')
    """

    def draw_trials(n: int, seeds: Seeds, held_out: bool) -> tuple[Any, list[tuple[Any, int]]]:
        labels = coin(n, seeds())
        sign = random_sign(n, seeds())
        first = uniform(n, seeds(), 0.0, 180.0)
        turn = sign * uniform(n, seeds(), *change)
        second = first + tf.cast(labels, tf.float32) * turn
        phases = [uniform(n, seeds(), 0.0, 2 * np.pi) for _ in range(2)]
        pictures = {
            "grey": grey(n),
            "first": drifting_grating(first, phases[0], trial.im_slice),
            "second": drifting_grating(second, phases[1], trial.im_slice),
        }
        return labels, trial.schedule(pictures)

    return generated_trials("vcd_grating", draw_trials, network, trial, settings, classes=CLASSES)
