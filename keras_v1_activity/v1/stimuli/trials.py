"""Trials: when what is shown, and in which chunk of time the answer is scored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from numpy.typing import ArrayLike

from keras_v1_activity.common.needs_tensorflow import needs_tensorflow

if TYPE_CHECKING:
    import tensorflow as tf

Shown = TypeVar("Shown")
AnyTiming = TypeVar("AnyTiming", bound="Timing")
AnyImageTiming = TypeVar("AnyImageTiming", bound="ImageTiming")


class Timing:
    """What all trials share; subclasses say which parts they have.

    Time runs in steps of 1 ms. The readout gives one answer per chunk of `chunk_ms`; one chunk is
    scored.

    Attributes:
        chunk_ms: length of a chunk, ms.

    Example:
        >>> issubclass(Trial, Timing)
        True
    """

    chunk_ms: int

    @classmethod
    def fitted(
        cls: type[AnyTiming],
        seq_len: int | None = None,
        pre_delay: int | None = None,
        im_slice: int | None = None,
        post_delay: int | None = None,
    ) -> AnyTiming:
        """The trial of `seq_len` ms with the given parts, ms; grey takes what they leave."""
        raise NotImplementedError

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """What is shown when: tuple of (name, duration in ms)."""
        raise NotImplementedError

    @property
    def _response_ms(self) -> int:
        """When the answer is asked for, ms from the start of the trial."""
        raise NotImplementedError

    @property
    def seq_len(self) -> int:
        """Length of the trial, ms (and time steps of 1 ms)."""
        return sum(duration for _, duration in self.parts)

    @property
    def n_chunks(self) -> int:
        """Number of chunks."""
        return self.seq_len // self.chunk_ms

    @property
    def response_chunk(self) -> int:
        """Index of the chunk that is scored; the last one if the answer would come later."""
        return min(self._response_ms // self.chunk_ms, self.n_chunks - 1)

    def schedule(self, pictures: Mapping[str, Shown]) -> list[tuple[Shown, int]]:
        """What is shown for how long.

        Args:
            pictures: what stands for each name in `parts`.

        Returns:
            List of (picture, duration in ms), parts of 0 ms included.

        Example:
            >>> Trial(pre_delay=0, post_delay=50).schedule({"grey": 0.02, "image": 0.5})
            [(0.02, 0), (0.5, 100), (0.02, 50)]
        """
        return [(pictures[name], duration) for name, duration in self.parts]

    def targets(self, labels: tf.Tensor | ArrayLike) -> tuple[tf.Tensor, tf.Tensor]:
        """Labels and weights as `fit` wants them.

        Args:
            labels: (batch,) integer class of each trial.

        Returns:
            int32 (batch, chunks), the class in every chunk; float32 (batch, chunks), 1 in the
            scored chunk and 0 elsewhere.

        Example:
            >>> y, weight = Trial(0, 50, 50).targets([7])
            >>> y.numpy().tolist(), weight.numpy().tolist()
            ([[7, 7]], [[0.0, 1.0]])
        """
        # Only here: everything else in this file needs no TensorFlow.
        with needs_tensorflow("Trial.targets"):
            import tensorflow as tf

        y = tf.repeat(tf.cast(labels, tf.int32)[:, None], self.n_chunks, axis=1)
        scored = tf.one_hot(self.response_chunk, self.n_chunks)
        return y, tf.repeat(scored[None], tf.shape(y)[0], axis=0)


def grey_after(seq_len: int | None, shown: int, asked: int | None, default: int) -> int:
    """How much grey ends the trial: what `seq_len` leaves.

    Args:
        seq_len: length of the trial in ms, or None.
        shown: how much of it other parts take, ms.
        asked: at least so much grey is asked for, ms, or None.
        default: how much it is if neither is given, ms.

    Raises:
        ValueError: the parts do not fit into `seq_len`.

    Example:
        >>> grey_after(600, shown=150, asked=None, default=450)
        450
        >>> grey_after(None, shown=150, asked=50, default=450)
        50
    """
    if seq_len is None:
        return _given(asked, default)
    if shown + (asked or 0) > seq_len:
        raise ValueError(
            f"seq_len is {seq_len} ms, but the parts of the trial take {shown + (asked or 0)} ms: "
            "give a longer seq_len, or shorter pre_delay, im_slice and post_delay."
        )
    return seq_len - shown


def _given(value: int | None, default: int) -> int:
    return default if value is None else value


@dataclass(frozen=True)
class ImageTiming(Timing):
    """What trials with one image or two share, ms: each image has grey before and after it.

    Args:
        pre_delay: grey before each image.
        im_slice: how long each image is shown.
        post_delay: grey after each image.
        chunk_ms: the readout is scored over one chunk of this length.

    Raises:
        ValueError: a duration below 0, or parts that are not whole chunks.

    Example:
        >>> isinstance(Trial(), ImageTiming), isinstance(PairTrial(), ImageTiming)
        (True, True)
    """

    pre_delay: int = 50
    im_slice: int = 100
    post_delay: int = 450
    chunk_ms: int = 50

    def __post_init__(self) -> None:
        for name in ("pre_delay", "im_slice", "post_delay"):
            value = getattr(self, name)
            if value < 0 or value % self.chunk_ms:
                raise ValueError(
                    f"{name} must be a whole number of chunks of {self.chunk_ms} ms; got {value}."
                )
        if self.seq_len == 0:
            raise ValueError("a trial must last at least one chunk; got 0 ms in all.")

    @classmethod
    def fitted(
        cls: type[AnyImageTiming],
        seq_len: int | None = None,
        pre_delay: int | None = None,
        im_slice: int | None = None,
        post_delay: int | None = None,
    ) -> AnyImageTiming:
        """The trial of `seq_len` ms: grey after each image takes what the other parts leave.

        Args:
            seq_len: length of the trial; None for the sum of the parts.
            pre_delay, im_slice: None for the defaults.
            post_delay: at least so much grey after each image; None for what is left.

        Raises:
            ValueError: the parts do not fit into `seq_len`, or are not whole chunks.

        Example:
            >>> Trial.fitted(300)
            Trial(pre_delay=50, im_slice=100, post_delay=150, chunk_ms=50)
        """
        before = _given(pre_delay, cls.pre_delay)
        image = _given(im_slice, cls.im_slice)
        each = None if seq_len is None else cls._length_for_each_image(seq_len)
        return cls(before, image, grey_after(each, before + image, post_delay, cls.post_delay))

    @classmethod
    def _length_for_each_image(cls, seq_len: int) -> int:
        return seq_len


@dataclass(frozen=True)
class Trial(ImageTiming):
    """Timing of a trial with one image, ms: grey, image, grey.

    Args:
        pre_delay: grey before the image.
        im_slice: how long the image is shown.
        post_delay: grey after it.
        chunk_ms: the readout is scored over one chunk of this length, the first after the image.

    Raises:
        ValueError: a duration below 0, or parts that are not whole chunks.

    Example:
        >>> Trial().seq_len, Trial().response_chunk
        (600, 3)
    """

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """Grey, image, grey."""
        return ("grey", self.pre_delay), ("image", self.im_slice), ("grey", self.post_delay)

    @property
    def _response_ms(self) -> int:
        return self.pre_delay + self.im_slice


@dataclass(frozen=True)
class PairTrial(ImageTiming):
    """Timing of a trial with two images, ms: twice grey, image, grey.

    Args:
        pre_delay: grey before each image.
        im_slice: how long each image is shown.
        post_delay: grey after each image.
        chunk_ms: the readout is scored over one chunk of this length, the first after the second
            image.

    Raises:
        ValueError: a duration below 0, or parts that are not whole chunks.

    Example:
        >>> PairTrial().seq_len, PairTrial().response_chunk
        (600, 9)
    """

    post_delay: int = 150

    @classmethod
    def _length_for_each_image(cls, seq_len: int) -> int:
        if seq_len % (2 * cls.chunk_ms):
            raise ValueError(
                f"seq_len must be two halves of whole chunks of {cls.chunk_ms} ms; got {seq_len}."
            )
        return seq_len // 2

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """Grey, first image, grey, second image, grey."""
        return (
            ("grey", self.pre_delay),
            ("first", self.im_slice),
            ("grey", self.post_delay + self.pre_delay),
            ("second", self.im_slice),
            ("grey", self.post_delay),
        )

    @property
    def _response_ms(self) -> int:
        return self.seq_len - self.post_delay
