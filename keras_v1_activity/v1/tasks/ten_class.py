"""Task ``10class``: which digit was shown (Chen, Scherr & Maass 2022).

Timing, ms: 50 grey, 100 image, 450 grey; scored in the 50 ms after the image. `pre_delay`,
`im_slice` and `post_delay` are these three.
"""

from keras_v1_activity.v1.stimuli.digit_images import CLASSES
from keras_v1_activity.v1.stimuli.digits import digits
from keras_v1_activity.v1.stimuli.timing import Trial
from keras_v1_activity.v1.tasks.common import TaskTrials

TRIAL = Trial


def make(network, *, trial, batch_size, current_input, n_test, seed, first_batch):
    """The ten digits; see `make_task` for the arguments.

    Raises:
        ValueError: a batch larger than there are images.
    """
    made = digits(
        network,
        batch_size=batch_size,
        trial=trial,
        current_input=current_input,
        max_test=-(-n_test // batch_size) * batch_size,
        seed=seed,
        shuffle_seed=seed + first_batch,
        drop_remainder=True,
    )
    if batch_size > made.n_train:
        raise ValueError(
            f"batch_size must be at most the {made.n_train:,} digits to learn; got {batch_size}."
        )
    return TaskTrials("10class", made.train.repeat(), made.test, made.n_test, CLASSES, trial)
