"""The held-out trials of task ``10class`` as stimuli, made without TensorFlow."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_v1_activity.v1.nest.stimulus import Stimulus
from keras_v1_activity.v1.network.v1_network import V1Network
from keras_v1_activity.v1.stimuli.digit_images import CLASSES, DigitImages
from keras_v1_activity.v1.stimuli.lgn_grid import (
    MEAN_PROBABILITY,
    N_LGN,
    image_probability,
    merged_probability,
)
from keras_v1_activity.v1.stimuli.lgn_places import places_of
from keras_v1_activity.v1.stimuli.trials import Trial


class HeldOutDigits:
    """What task ``10class`` shows in its test trials, number by number.

    These are the trials of `v1.digits`, and so of ``make_task("10class")``: the same images, split
    by the same seed, at the same times. Only the resizing of the images is computed by numpy
    instead of TensorFlow. The firing probabilities agree to 5e-6, which a test holds.

    Args:
        network: `V1Network`, whose merging of LGN units is followed.
        trial: `Trial`; the published 600 ms by default.
        seed: of the split, as in training.
        current_input: the LGN gives currents, not spikes.

    Attributes:
        name: of the task.
        classes: names of the classes, in the order of their labels.
        n_output: number of classes.
        n_test: number of trials.
        trial: as given.

    Raises:
        ValueError: the network's LGN is not the grid, and does not say where its units look.

    Example:
        >>> digits = HeldOutDigits(network)
        >>> digits.n_test, digits[0].label, digits[0].durations.tolist()
        (359, 6, [50, 100, 450])
    """

    name: str = "10class"
    classes: tuple[str, ...] = CLASSES
    n_output: int = len(CLASSES)

    def __init__(
        self,
        network: V1Network,
        trial: Trial | None = None,
        *,
        seed: int = 0,
        current_input: bool = False,
    ) -> None:
        self._places = places_of(network)
        self.trial: Trial = trial or Trial()
        self._channel_of, self._n_input = network.input_channel_of, network.n_input
        self._current_input = current_input
        self._digits = DigitImages.load(seed=seed)
        self.n_test: int = len(self._digits.held_out)

    def __iter__(self) -> Iterator[Stimulus]:
        """The stimuli, in the order of their numbers."""
        return map(self.__getitem__, range(self.n_test))

    def __getitem__(self, number: int) -> Stimulus:
        """`Stimulus` of one test trial, numbered from 0."""
        image = self._digits.held_out[number]
        pictures = {
            "grey": np.full(N_LGN, MEAN_PROBABILITY),
            "image": image_probability(self._digits.images[image]),
        }
        shown = [(p, duration) for p, duration in self.trial.schedule(pictures) if duration]
        return Stimulus(
            np.stack([self._of_channels(p) for p, _ in shown]),
            np.array([duration for _, duration in shown]),
            int(self._digits.labels[image]),
            self._current_input,
        )

    def _of_channels(self, probability: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
        """What each input channel gets of what the grid is shown."""
        if self._places is not None:
            probability = self._places.seen(probability)
        return merged_probability(probability, self._channel_of, self._n_input)
