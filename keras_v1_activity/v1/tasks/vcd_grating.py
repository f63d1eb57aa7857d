"""Task ``vcd_grating``: visual change detection between two drifting gratings.

Has the second grating another orientation than the first (Chen, Scherr & Maass 2022)? It has in
half of the trials, then by 15 to 90 degrees to either side. Orientations are uniform, and each
grating has its own random phase, so that only the orientation tells.

Timing, ms: 50 grey, 100 first grating, 150 + 50 grey, 100 second grating, 150 grey; scored in the
50 ms after the second. `pre_delay`, `im_slice` and `post_delay` are those of each grating.
"""

import numpy as np
import tensorflow as tf

from keras_v1_activity.v1.stimuli.lgn import grey
from keras_v1_activity.v1.stimuli.timing import PairTrial
from keras_v1_activity.v1.tasks.common import coin, generated_trials, uniform
from keras_v1_activity.v1.tasks.gratings import drifting_grating

TRIAL = PairTrial
CLASSES = ("same", "changed")


def make(network, *, trial, change=(15.0, 90.0), **settings):
    """The trials.

    Args:
        network: see `make_task`.
        trial: `PairTrial`.
        change: least and greatest change of orientation, degrees.
        **settings: see `make_task`.

    Returns:
        `TaskTrials` with the classes same and changed.
    """

    def draw_trials(n, seeds, held_out):
        labels = coin(n, seeds())
        sign = 2.0 * tf.cast(coin(n, seeds()), tf.float32) - 1.0
        first = uniform(n, seeds(), 0.0, 180.0)
        turn = sign * uniform(n, seeds(), *change)
        second = first + tf.cast(labels, tf.float32) * turn
        phases = [uniform(n, seeds(), 0.0, 2 * np.pi) for _ in range(2)]
        shown = {
            "grey": grey(n),
            "first": drifting_grating(first, phases[0], trial.im_slice),
            "second": drifting_grating(second, phases[1], trial.im_slice),
        }
        return labels, [(shown[name], duration) for name, duration in trial.parts]

    return generated_trials(
        "vcd_grating", draw_trials, network, classes=CLASSES, trial=trial, **settings
    )
