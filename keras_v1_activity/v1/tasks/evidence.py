"""Task ``evidence``: on which side were more cues?

Evidence accumulation as in Chen, Scherr & Maass 2022, after the task of Morcos & Harvey 2016 for
mice (Nature Neuroscience 19:1672): seven cues, each left or right with equal probability, a delay,
then a go signal, at which the answer is asked for. A cue is a bright disc in the left or right half
of the visual field, the go signal a bright horizontal bar across both.

Timing, ms: 50 grey, 7 cues of 50, 150 grey, 50 go signal, which is what is scored. `pre_delay` is
the first, `im_slice` the length of a cue, `post_delay` the delay.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_v1_activity.v1.network.v1_network import V1Network
from keras_v1_activity.v1.stimuli.cue_trial import CueTrial
from keras_v1_activity.v1.stimuli.lgn import LGN_COLUMNS, LGN_ROWS, grey, lgn_probability
from keras_v1_activity.v1.tasks.common import Seeds, TaskTrials, generated_trials
from keras_v1_activity.v1.tasks.settings import TaskSettings

TRIAL: type[CueTrial] = CueTrial
CLASSES: Final[tuple[str, ...]] = ("left", "right")
_DISC_RADIUS = 25
_BAR_HALF_HEIGHT = 10


def cue_images() -> NDArray[np.float32]:
    """The left cue, the right cue and the go signal: (3, 100, 174) float32, 0 or 1.

    Example:
        >>> left, right, go = cue_images()
        >>> bool((left[:, ::-1] == right).all())
        True
    """
    row, column = np.mgrid[:LGN_ROWS, :LGN_COLUMNS] + 0.5
    middle = LGN_ROWS / 2
    discs = [
        np.hypot(row - middle, column - centre) < _DISC_RADIUS
        for centre in (LGN_COLUMNS / 4, 3 * LGN_COLUMNS / 4)
    ]
    return np.stack([*discs, np.abs(row - middle) < _BAR_HALF_HEIGHT]).astype(np.float32)


def make(network: V1Network | None, trial: CueTrial, settings: TaskSettings) -> TaskTrials:
    """The trials.

    Args:
        network: see `make_task`.
        trial: `CueTrial`.
        settings: `TaskSettings`.

    Returns:
        `TaskTrials` with the classes left and right.

    Example:
        >>> make(None, CueTrial(), TaskSettings(batch_size=2)).classes
        ('left', 'right')
    """
    probability = lgn_probability(cue_images())

    def draw_trials(n: int, seeds: Seeds, held_out: bool) -> tuple[Any, list[tuple[Any, int]]]:
        sides = tf.random.stateless_uniform((n, trial.n_cues), seeds(), 0, 2, tf.int32)
        labels = tf.cast(2 * tf.reduce_sum(sides, 1) > trial.n_cues, tf.int32)
        blank = grey(n)
        shown = {"grey": blank, "gap": blank, "delay": blank}
        shown["go"] = tf.repeat(probability[2:], n, axis=0)
        cues = iter(tf.unstack(tf.gather(probability[:2], sides), axis=1))
        parts = [
            (next(cues) if name == "cue" else shown[name], duration)
            for name, duration in trial.parts
        ]
        return labels, parts

    return generated_trials("evidence", draw_trials, network, trial, settings, classes=CLASSES)
