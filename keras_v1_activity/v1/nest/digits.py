"""The held-out trials of task ``10class`` as stimuli, made without TensorFlow."""

import numpy as np

from keras_v1_activity.v1.nest.stimulus import Stimulus
from keras_v1_activity.v1.stimuli.digit_images import CLASSES, load_images, split
from keras_v1_activity.v1.stimuli.lgn_grid import (
    MEAN_PROBABILITY,
    N_LGN,
    check_grid,
    image_probability,
    merged_probability,
)
from keras_v1_activity.v1.stimuli.timing import Trial


class HeldOutDigits:
    """What task ``10class`` shows in its test trials, number by number.

    Args:
        network: `V1Network`, whose merging of LGN units is followed.
        trial: `Trial`.
        seed: of the split, as in training.
        current_input: the LGN gives currents, not spikes.

    Attributes:
        name, classes, n_output, n_test, trial: as of `TaskTrials`.

    Raises:
        ValueError: the network has another LGN than the grid.

    Example:
        >>> HeldOutDigits(network)[0].label     # doctest: +SKIP
        7
    """

    name = "10class"
    classes = CLASSES
    n_output = len(CLASSES)

    def __init__(self, network, trial=None, *, seed=0, current_input=False):
        check_grid(network)
        self.trial = trial or Trial()
        self._channel_of = network.input_channel_of
        self._current_input = current_input
        self._images, self._labels = load_images()
        _, self._held_out = split(len(self._images), seed=seed)
        self.n_test = len(self._held_out)

    def __iter__(self):
        """The stimuli, in the order of their numbers."""
        return map(self.__getitem__, range(self.n_test))

    def __getitem__(self, number):
        """`Stimulus` of one test trial, numbered from 0."""
        image = self._held_out[number]
        shown = {
            "grey": np.full(N_LGN, MEAN_PROBABILITY),
            "image": image_probability(self._images[image]),
        }
        parts = [(name, duration) for name, duration in self.trial.parts if duration]
        return Stimulus(
            np.stack([merged_probability(shown[name], self._channel_of) for name, _ in parts]),
            np.array([duration for _, duration in parts]),
            int(self._labels[image]),
            self._current_input,
        )
