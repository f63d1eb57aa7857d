"""When what is shown in a trial, and which chunk of time is scored."""

from dataclasses import dataclass


class Timing:
    """What all trials share; subclasses say which parts they have.

    Time runs in steps of 1 ms. The readout gives one answer per chunk of `chunk_ms`; one chunk is
    scored.
    """

    chunk_ms: int

    @property
    def parts(self):
        """What is shown when: tuple of (name, duration in ms)."""
        raise NotImplementedError

    @property
    def _response_ms(self):
        """When the answer is asked for, ms from the start of the trial."""
        raise NotImplementedError

    @property
    def seq_len(self):
        """Length of the trial, ms (and time steps of 1 ms)."""
        return sum(duration for _, duration in self.parts)

    @property
    def n_chunks(self):
        """Number of chunks."""
        return self.seq_len // self.chunk_ms

    @property
    def response_chunk(self):
        """Index of the chunk that is scored, or the last there is."""
        return min(self._response_ms // self.chunk_ms, self.n_chunks - 1)

    def targets(self, labels):
        """Labels and weights as `fit` wants them.

        Args:
            labels: (batch,) integer class of each trial.

        Returns:
            int32 (batch, chunks), the class in every chunk; float32 (batch, chunks), 1 in the
            scored chunk and 0 elsewhere.
        """
        # Here alone: when what is shown is known without TensorFlow.
        import tensorflow as tf

        y = tf.repeat(tf.cast(labels, tf.int32)[:, None], self.n_chunks, axis=1)
        scored = tf.one_hot(self.response_chunk, self.n_chunks)
        return y, tf.repeat(scored[None], tf.shape(y)[0], axis=0)

    def _check(self, *names):
        for name in names:
            value = getattr(self, name)
            if value < 0 or value % self.chunk_ms:
                raise ValueError(
                    f"{name} must be a whole number of chunks of {self.chunk_ms} ms; got {value}."
                )
        if self.seq_len == 0:
            raise ValueError("a trial must last at least one chunk; got 0 ms in all.")


def grey_after(seq_len, shown, asked, default):
    """How much grey ends the trial: what `seq_len` leaves.

    Args:
        seq_len: length of the trial in ms, or None.
        shown: how much of it other parts take, ms.
        asked: at least so much grey is asked for, ms, or None.
        default: what it is where neither is given.

    Raises:
        ValueError: the parts do not fit into `seq_len`.
    """
    if seq_len is None:
        return default if asked is None else asked
    if shown + (asked or 0) > seq_len:
        raise ValueError(
            f"seq_len is {seq_len} ms, but the parts of the trial take {shown + (asked or 0)} ms: "
            "give a longer seq_len, or shorter pre_delay, im_slice and post_delay."
        )
    return seq_len - shown


@dataclass(frozen=True)
class Trial(Timing):
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

    pre_delay: int = 50
    im_slice: int = 100
    post_delay: int = 450
    chunk_ms: int = 50

    def __post_init__(self):
        self._check("pre_delay", "im_slice", "post_delay")

    @classmethod
    def fitted(cls, seq_len=None, pre_delay=None, im_slice=None, post_delay=None):
        """The trial of `seq_len` ms: what the other parts leave of it is grey after the image."""
        pre_delay = cls.pre_delay if pre_delay is None else pre_delay
        im_slice = cls.im_slice if im_slice is None else im_slice
        shown = pre_delay + im_slice
        return cls(pre_delay, im_slice, grey_after(seq_len, shown, post_delay, cls.post_delay))

    @property
    def parts(self):
        """Grey, image, grey."""
        return ("grey", self.pre_delay), ("image", self.im_slice), ("grey", self.post_delay)

    @property
    def _response_ms(self):
        return self.pre_delay + self.im_slice


@dataclass(frozen=True)
class PairTrial(Timing):
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

    pre_delay: int = 50
    im_slice: int = 100
    post_delay: int = 150
    chunk_ms: int = 50

    def __post_init__(self):
        self._check("pre_delay", "im_slice", "post_delay")

    @classmethod
    def fitted(cls, seq_len=None, pre_delay=None, im_slice=None, post_delay=None):
        """The trial of `seq_len` ms: what the other parts leave of each half is grey."""
        pre_delay = cls.pre_delay if pre_delay is None else pre_delay
        im_slice = cls.im_slice if im_slice is None else im_slice
        if seq_len is not None and seq_len % (2 * cls.chunk_ms):
            raise ValueError(
                f"seq_len must be two halves of whole chunks of {cls.chunk_ms} ms; got {seq_len}."
            )
        half = seq_len if seq_len is None else seq_len // 2
        shown = pre_delay + im_slice
        return cls(pre_delay, im_slice, grey_after(half, shown, post_delay, cls.post_delay))

    @property
    def parts(self):
        """Grey, first image, grey, second image, grey."""
        return (
            ("grey", self.pre_delay),
            ("first", self.im_slice),
            ("grey", self.post_delay + self.pre_delay),
            ("second", self.im_slice),
            ("grey", self.post_delay),
        )

    @property
    def _response_ms(self):
        return self.seq_len - self.post_delay


@dataclass(frozen=True)
class CueTrial(Timing):
    """Timing of a trial with a row of cues, ms: grey, the cues, a delay, a go signal.

    Args:
        pre_delay: grey before the first cue.
        n_cues: number of cues; odd, so that one side has more.
        cue_ms: how long each cue is shown.
        gap_ms: grey after each cue.
        delay: grey between the last gap and the go signal.
        go_ms: how long the go signal is shown, at the end of the trial.
        chunk_ms: the readout is scored over one chunk of this length, that in which the go signal
            begins.

    Raises:
        ValueError: an even number of cues; a duration below 0; a trial that is not whole chunks,
            or a go signal that does not begin with one.

    Example:
        >>> CueTrial().seq_len, CueTrial().response_chunk
        (600, 11)
    """

    pre_delay: int = 50
    n_cues: int = 7
    cue_ms: int = 50
    gap_ms: int = 0
    delay: int = 150
    go_ms: int = 50
    chunk_ms: int = 50

    def __post_init__(self):
        if self.n_cues < 1 or self.n_cues % 2 == 0:
            raise ValueError(
                f"n_cues must be odd, so that one side has more cues; got {self.n_cues}."
            )
        least = min(self.pre_delay, self.cue_ms, self.gap_ms, self.delay, self.go_ms)
        if least < 0 or self.seq_len % self.chunk_ms or self._response_ms % self.chunk_ms:
            raise ValueError(
                f"the cues' trial must be whole chunks of {self.chunk_ms} ms, its go signal begin "
                f"with one, and no part be below 0 ms; got a go signal at {self._response_ms} of "
                f"{self.seq_len} ms and a shortest part of {least} ms."
            )

    @classmethod
    def fitted(cls, seq_len=None, pre_delay=None, im_slice=None, post_delay=None):
        """The trial of `seq_len` ms; `im_slice` is the length of a cue, `post_delay` the delay."""
        pre_delay = cls.pre_delay if pre_delay is None else pre_delay
        cue_ms = cls.cue_ms if im_slice is None else im_slice
        shown = pre_delay + cls.n_cues * (cue_ms + cls.gap_ms) + cls.go_ms
        delay = grey_after(seq_len, shown, post_delay, cls.delay)
        return cls(pre_delay=pre_delay, cue_ms=cue_ms, delay=delay)

    @property
    def parts(self):
        """Grey, each cue and its gap, the delay, the go signal."""
        cues = (("cue", self.cue_ms), ("gap", self.gap_ms)) * self.n_cues
        return ("grey", self.pre_delay), *cues, ("delay", self.delay), ("go", self.go_ms)

    @property
    def _response_ms(self):
        return self.seq_len - self.go_ms
