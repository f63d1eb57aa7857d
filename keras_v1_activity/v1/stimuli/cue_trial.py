"""Trials with a row of cues, a delay and a go signal."""

from __future__ import annotations

from dataclasses import dataclass

from keras_v1_activity.v1.stimuli.trials import Timing, grey_after


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

    def __post_init__(self) -> None:
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
    def fitted(
        cls,
        seq_len: int | None = None,
        pre_delay: int | None = None,
        im_slice: int | None = None,
        post_delay: int | None = None,
    ) -> CueTrial:
        """The trial of `seq_len` ms: the delay takes what the other parts leave.

        Args:
            seq_len: length of the trial; None for the sum of the parts.
            pre_delay: grey before the first cue; None for the default.
            im_slice: how long each cue is shown; None for the default.
            post_delay: the delay is at least so long; None for what is left.

        Raises:
            ValueError: the parts do not fit into `seq_len`, or are not whole chunks.

        Example:
            >>> CueTrial.fitted(500).delay
            50
        """
        before = cls.pre_delay if pre_delay is None else pre_delay
        cue_ms = cls.cue_ms if im_slice is None else im_slice
        shown = before + cls.n_cues * (cue_ms + cls.gap_ms) + cls.go_ms
        delay = grey_after(seq_len, shown, post_delay, cls.delay)
        return cls(pre_delay=before, cue_ms=cue_ms, delay=delay)

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """Grey, each cue and its gap, the delay, the go signal."""
        cues = (("cue", self.cue_ms), ("gap", self.gap_ms)) * self.n_cues
        return ("grey", self.pre_delay), *cues, ("delay", self.delay), ("go", self.go_ms)

    @property
    def _response_ms(self) -> int:
        return self.seq_len - self.go_ms
