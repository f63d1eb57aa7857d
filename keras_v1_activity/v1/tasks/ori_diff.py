"""Task ``ori_diff``: fine orientation discrimination of a drifting grating.

Is the grating turned clockwise or counter-clockwise from 45 degrees (Chen, Scherr & Maass 2022)?
It is off by 1 to 10 degrees, equally often to either side; its phase is random.

Timing, ms: 50 grey, 100 grating, 450 grey; scored in the 50 ms after the grating. `pre_delay`,
`im_slice` and `post_delay` are these three.
"""

import numpy as np
import tensorflow as tf

from keras_v1_activity.v1.stimuli.lgn import grey
from keras_v1_activity.v1.stimuli.timing import Trial
from keras_v1_activity.v1.tasks.common import coin, generated_trials, uniform
from keras_v1_activity.v1.tasks.gratings import drifting_grating

TRIAL = Trial
REFERENCE = 45.0
CLASSES = ("clockwise", "counter-clockwise")


def make(network, *, trial, difference=(1.0, 10.0), **settings):
    """The trials.

    Args:
        network: see `make_task`.
        trial: `Trial`.
        difference: least and greatest deviation from 45 degrees.
        **settings: see `make_task`.

    Returns:
        `TaskTrials` with the classes clockwise (below 45 degrees) and counter-clockwise.
    """

    def draw_trials(n, seeds, held_out):
        labels = coin(n, seeds())
        sign = 2.0 * tf.cast(labels, tf.float32) - 1.0
        orientation = REFERENCE + sign * uniform(n, seeds(), *difference)
        grating = drifting_grating(orientation, uniform(n, seeds(), 0.0, 2 * np.pi), trial.im_slice)
        shown = {"grey": grey(n), "image": grating}
        return labels, [(shown[name], duration) for name, duration in trial.parts]

    return generated_trials(
        "ori_diff", draw_trials, network, classes=CLASSES, trial=trial, **settings
    )
