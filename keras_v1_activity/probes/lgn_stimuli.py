"""LgnStimuli: stimuli that reach the network through the LGN of `keras_v1_activity.v1`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_v1_activity.common.checks import whole_number
from keras_v1_activity.common.needs_tensorflow import needs_tensorflow
from keras_v1_activity.probes.stimuli import Stimuli, seed_of
from keras_v1_activity.v1.network.v1_network import V1Network
from keras_v1_activity.v1.stimuli.lgn_places import places_of


class LgnStimuli(Stimuli):
    """Grey, then a stimulus, as the spikes (or currents) of the LGN; spikes are drawn once.

    Args:
        network: `V1Network` whose LGN is followed; None for the grid of 17,400 units.
        n_stimuli: how many different stimuli there are.
        trials: how often each is shown in a turn.
        seed: of the LGN's spikes and of the background noise.
        grey_ms: grey before the stimulus, ms.
        seq_len: length of a look in ms, which are the time steps of the V1 network; None takes it
            from the model.
        current_input: False gives spikes, True currents.

    Raises:
        ValueError: one sentence, for an argument out of its range.

    Example:
        >>> from keras_v1_activity.probes import DriftingGratings
        >>> isinstance(DriftingGratings(network), LgnStimuli)
        True
    """

    def __init__(
        self,
        network: V1Network | None,
        n_stimuli: int,
        *,
        trials: int,
        seed: int,
        grey_ms: int,
        seq_len: int | None,
        current_input: bool,
    ) -> None:
        if network is not None and not isinstance(network, V1Network):
            raise ValueError(
                "network must be a V1Network, as v1.load_network returns it, or None; got a "
                f"{type(network).__name__}."
            )
        self._places = places_of(network)
        self._network = network
        self._n_stimuli = n_stimuli
        self._trials = whole_number(trials, "trials", 1, 1)
        self._seed = whole_number(seed, "seed", 0, 0)
        self._grey_ms = whole_number(grey_ms, "grey_ms", 0, 50)
        self._seq_len = None if seq_len is None else whole_number(seq_len, "seq_len", 1, 600)
        self._current_input = bool(current_input)
        # A trial of all LGN units takes a megabyte, so that it is drawn once and kept.
        self._kept: dict[tuple[int, int], tuple[Any, tuple[int, ...]]] = {}

    def __len__(self) -> int:
        """How many looks make a turn: each stimulus in each trial."""
        return self._n_stimuli * self._trials

    def settings(self) -> dict[str, Any]:
        """What the stimuli were set to, for run.json."""
        return {
            "kind": self.kind,
            "trials": self._trials,
            "seed": self._seed,
            "grey_ms": self._grey_ms,
            "seq_len": self._seq_len,
            "current_input": self._current_input,
        }

    def trial_of(self, item: int) -> int:
        """Which repetition of its stimulus a look shows, from 0: a block has each stimulus once."""
        return int(item) // self._n_stimuli

    def noise_seed(self, item: int) -> int:
        """Seed of the background noise, which the stimuli of a trial share."""
        return seed_of(self._seed, self.trial_of(item), 1)

    def batch(self, item: int, n_steps: int | None) -> tuple[Any, Any]:
        """(x, y) of one look: x float32 (1, time, n_input).

        Raises:
            ValueError: the length is unknown, or the grey leaves nothing of it.
        """
        length = self._seq_len if self._seq_len is not None else n_steps
        if length is None:
            raise ValueError(
                "seq_len must be given to the probe, e.g. seq_len=600: the model does not say how "
                "many time steps it takes."
            )
        if length <= self._grey_ms:
            raise ValueError(
                f"grey_ms must leave time for the stimulus: it is {self._grey_ms} ms, and a look "
                f"has {length} ms; give a shorter grey_ms."
            )
        return self._input(item, int(length)), self._labels(item)

    def _input(self, item: int, length: int) -> Any:
        kept = self._kept.get((item, length))
        if kept is None:
            with needs_tensorflow(f"probes.{type(self).__name__}"):
                x = self._drawn(item, length)
            if self._current_input:
                return x
            kept = self._kept[item, length] = np.packbits(x > 0), x.shape
        bits, shape = kept
        return np.unpackbits(bits, count=int(np.prod(shape))).reshape(shape).astype(np.float32)

    def _drawn(self, item: int, length: int) -> Any:
        import tensorflow as tf

        from keras_v1_activity.v1.stimuli.lgn import LgnInput, grey

        # Not on a GPU, whose memory may be full of the model's.
        with tf.device("CPU"):
            parts = [(grey(1), self._grey_ms), *self._shown(item, length - self._grey_ms)]
            to_input = LgnInput(self._network, self._current_input)
            return to_input(parts, draw=seed_of(self._seed, item, 0)).numpy()

    def _shown(self, item: int, duration: int) -> Sequence[tuple[Any, int]]:
        """(probability per ms, duration in ms) of each part of the stimulus."""
        raise NotImplementedError

    def _labels(self, item: int) -> Any:
        return None
