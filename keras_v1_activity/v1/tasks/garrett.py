"""Task ``garrett``: change detection between natural images.

Is the second image another than the first? It is in half of the trials. The task of mice in
Garrett et al. 2020 (eLife 9:e50340), with the timing of Chen, Scherr & Maass 2022. The images are
the user's: none come with the package. A fifth of them, at least two, is held out for the test
trials; of fewer than four, all serve both.

Timing, ms: 50 grey, 100 first image, 150 + 50 grey, 100 second image, 150 grey; scored in the 50 ms
after the second. `pre_delay`, `im_slice` and `post_delay` are those of each image.
"""

from __future__ import annotations

import os
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from keras_v1_activity.v1.network.v1_network import V1Network
from keras_v1_activity.v1.stimuli.lgn import grey, lgn_probability
from keras_v1_activity.v1.stimuli.natural_images import HINT, read_images
from keras_v1_activity.v1.stimuli.trials import PairTrial
from keras_v1_activity.v1.tasks.common import Seeds, TaskTrials, coin, generated_trials
from keras_v1_activity.v1.tasks.settings import TaskSettings

TRIAL: type[PairTrial] = PairTrial
CLASSES: Final[tuple[str, ...]] = ("same", "changed")
_HELD_OUT = 0.2


def make(
    network: V1Network | None,
    trial: PairTrial,
    settings: TaskSettings,
    *,
    images: str | os.PathLike[str] | None,
) -> TaskTrials:
    """The trials.

    Args:
        network: see `make_task`.
        trial: `PairTrial`.
        settings: `TaskSettings`; its seed also decides which images are held out.
        images: path of a file of images, see `read_images`.

    Returns:
        `TaskTrials` with the classes same and changed.

    Raises:
        ValueError: no file, or a wrong one.
        FileNotFoundError: there is no such file.

    Example:
        >>> np.save("images.npy", np.random.default_rng(0).random((10, 20, 30)))
        >>> make(None, PairTrial(), TaskSettings(batch_size=2), images="images.npy").classes
        ('same', 'changed')
    """
    if images is None:
        raise ValueError(f"task 'garrett' needs your natural images: {HINT} as images=.")
    probability = tf.concat([lgn_probability(image[None]) for image in read_images(images)], 0)
    learned, held_out_images = _split_images(len(probability), settings.seed)

    def draw_trials(n: int, seeds: Seeds, held_out: bool) -> tuple[Any, list[tuple[Any, int]]]:
        chosen = held_out_images if held_out else learned
        pool, n_images = tf.gather(probability, chosen), len(chosen)
        labels = coin(n, seeds())
        first = tf.random.stateless_uniform((n,), seeds(), 0, n_images, tf.int32)
        # Another than the first: at least one further around the ring of images.
        ahead = tf.random.stateless_uniform((n,), seeds(), 1, n_images, tf.int32)
        second = (first + labels * ahead) % n_images
        pictures = {
            "grey": grey(n),
            "first": tf.gather(pool, first),
            "second": tf.gather(pool, second),
        }
        return labels, trial.schedule(pictures)

    return generated_trials("garrett", draw_trials, network, trial, settings, classes=CLASSES)


def _split_images(n: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of the images to learn and of those held out."""
    order = np.random.default_rng(seed).permutation(n)
    if n < 4:
        return order, order
    n_held_out = max(2, round(_HELD_OUT * n))
    return order[n_held_out:], order[:n_held_out]
