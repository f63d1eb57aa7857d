"""Fixed images, one a look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from keras_v1_activity.common.checks import frozen_array, whole_number
from keras_v1_activity.probes.lgn_stimuli import LgnStimuli
from keras_v1_activity.probes.stimuli import digest_of
from keras_v1_activity.v1.network.v1_network import V1Network


class Images(LgnStimuli):
    """Fixed images, one a look, as the LGN of a V1 network sees them.

    Args:
        network: `V1Network` whose LGN is followed; None for all 17,400 units.
        images: (n_images, height, width) intensities on any scale.
        labels: (n_images,) class of each image, or None.
        trials: how often each is shown in a turn, with LGN spikes of its own; the background noise
            is that of the trial.
        seed: of the LGN's spikes and of the background noise.
        image_ms: how long an image is shown, ms; None: to the end.
        grey_ms: grey before the image, ms.
        seq_len: length of a look in ms, which are the time steps of the V1 network; None takes it
            from the model.
        current_input: False gives spikes, True currents, for a model that was trained on these.

    Raises:
        ValueError: one sentence, for an argument out of its range.

    Example:
        >>> images = Images(network, np.eye(8)[None], labels=[3])
        >>> x, y = images.batch(0, n_steps=100)
        >>> x.shape, y.tolist(), images.about(0)["image"]
        ((1, 100, 17400), [3], 0)
    """

    kind: str = "images"

    def __init__(
        self,
        network: V1Network | None,
        images: ArrayLike,
        labels: ArrayLike | None = None,
        trials: int = 1,
        seed: int = 0,
        *,
        image_ms: int | None = None,
        grey_ms: int = 50,
        seq_len: int | None = None,
        current_input: bool = False,
    ) -> None:
        shown = frozen_array(images, "images", ["image", "height", "width"], np.float32)
        if not shown.size:
            raise ValueError(f"images must hold at least one image; got shape {shown.shape}.")
        super().__init__(
            network,
            len(shown),
            trials=trials,
            seed=seed,
            grey_ms=grey_ms,
            seq_len=seq_len,
            current_input=current_input,
        )
        self._images = shown
        self._image_ms = None if image_ms is None else whole_number(image_ms, "image_ms", 1, 100)
        self._classes = None
        if labels is not None:
            self._classes = frozen_array(labels, "labels", [len(shown)], np.int64)

    def settings(self) -> dict[str, Any]:
        """What the images were set to, for run.json."""
        images = {"images": self._n_stimuli, "images_digest": digest_of(self._images)}
        return {**super().settings(), **images, "image_ms": self._image_ms}

    def about(self, item: int) -> dict[str, Any]:
        """What details of a look say of it, with the number of its image, from 0."""
        return {**super().about(item), "image": self._image_of(item)}

    def _image_of(self, item: int) -> int:
        return int(item) % self._n_stimuli

    def _shown(self, item: int, duration: int) -> Sequence[tuple[Any, int]]:
        from keras_v1_activity.v1.stimuli.lgn import grey, lgn_probability

        length = duration if self._image_ms is None else min(self._image_ms, duration)
        picture = lgn_probability(self._images[self._image_of(item)][None])
        return [(picture, length), (grey(1), duration - length)]

    def _labels(self, item: int) -> Any:
        if self._classes is None:
            return None
        image = self._image_of(item)
        return self._classes[image : image + 1]
