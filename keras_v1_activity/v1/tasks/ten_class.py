"""Task ``10class``: which digit was shown (Chen, Scherr & Maass 2022).

Timing, ms: 50 grey, 100 image, 450 grey; scored in the 50 ms after the image. `pre_delay`,
`im_slice` and `post_delay` are these three.
"""

from __future__ import annotations

from keras_v1_activity.v1.network.v1_network import V1Network
from keras_v1_activity.v1.stimuli.digit_images import CLASSES
from keras_v1_activity.v1.stimuli.digits import digits
from keras_v1_activity.v1.stimuli.trials import Trial
from keras_v1_activity.v1.tasks.common import TaskTrials
from keras_v1_activity.v1.tasks.settings import TaskSettings

TRIAL: type[Trial] = Trial


def make(network: V1Network | None, trial: Trial, settings: TaskSettings) -> TaskTrials:
    """The ten digits: the trials of `v1.digits`, repeated without end and in whole batches.

    Args:
        network: see `make_task`.
        trial: `Trial`.
        settings: `TaskSettings`; its `n_test` is rounded up to whole batches, as far as there are
            held-out images.

    Returns:
        `TaskTrials` with the classes 0 to 9.

    Raises:
        ValueError: a batch larger than there are images.

    Example:
        >>> make(None, Trial(), TaskSettings(batch_size=4, n_test=6)).n_test
        8
    """
    made = digits(
        network,
        batch_size=settings.batch_size,
        trial=trial,
        current_input=settings.current_input,
        max_test=settings.n_test_batches * settings.batch_size,
        seed=settings.seed,
        shuffle_seed=settings.seed + settings.first_batch,
        drop_remainder=True,
    )
    if settings.batch_size > made.n_train:
        raise ValueError(
            f"batch_size must be at most the {made.n_train:,} digits to learn; got "
            f"{settings.batch_size}."
        )
    return TaskTrials("10class", made.train.repeat(), made.test, made.n_test, CLASSES, trial)
