"""Task ``ori_diff``: fine orientation discrimination of a drifting grating.

Is the grating turned clockwise or counter-clockwise from 45 degrees (Chen, Scherr & Maass 2022)?
It is off by 1 to 10 degrees, equally often to either side; its phase is random.

Timing, ms: 50 grey, 100 grating, 450 grey; scored in the 50 ms after the grating. `pre_delay`,
`im_slice` and `post_delay` are these three.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from keras_v1_activity.v1.network.v1_network import V1Network
from keras_v1_activity.v1.stimuli.lgn import grey
from keras_v1_activity.v1.stimuli.trials import Trial
from keras_v1_activity.v1.tasks.common import (
    Seeds,
    TaskTrials,
    coin,
    generated_trials,
    sign_of,
    uniform,
)
from keras_v1_activity.v1.tasks.gratings import drifting_grating
from keras_v1_activity.v1.tasks.settings import TaskSettings

TRIAL: type[Trial] = Trial
REFERENCE: float = 45.0
CLASSES: Final[tuple[str, ...]] = ("clockwise", "counter-clockwise")


def make(
    network: V1Network | None,
    trial: Trial,
    settings: TaskSettings,
    *,
    difference: tuple[float, float] = (1.0, 10.0),
) -> TaskTrials:
    """The trials.

    Args:
        network: see `make_task`.
        trial: `Trial`.
        settings: `TaskSettings`.
        difference: least and greatest deviation from 45 degrees.

    Returns:
        `TaskTrials` with the classes clockwise (below 45 degrees) and counter-clockwise.

    Example:
        >>> make(None, Trial(), TaskSettings(batch_size=2)).classes
        ('clockwise', 'counter-clockwise')
    """

    def draw_trials(n: int, seeds: Seeds, held_out: bool) -> tuple[Any, list[tuple[Any, int]]]:
        labels = coin(n, seeds())
        orientation = REFERENCE + sign_of(labels) * uniform(n, seeds(), *difference)
        grating = drifting_grating(orientation, uniform(n, seeds(), 0.0, 2 * np.pi), trial.im_slice)
        return labels, trial.schedule({"grey": grey(n), "image": grating})

    return generated_trials("ori_diff", draw_trials, network, trial, settings, classes=CLASSES)
