"""Spike times of all looks, sorted by neuron, with memory that does not grow with the run."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

# Spikes of this many, and of one neuron more, are sorted at a time: 16 bytes each, three times.
_BLOCK: Final = 1 << 20
_SPIKE: Final = np.dtype([("neuron", np.uint32), ("time", np.float64)])


class SpikesByNeuron:
    """Takes spikes in the order of time and gives them in the order of the neurons.

    They lie in a temporary file meanwhile: each block of neurons has its place in it, so that a
    block at a time can be read and sorted.

    Args:
        counts: (n_neurons,) how many spikes of each neuron will come.
        folder: where the temporary file may lie; it has no name and is gone with the process.

    Example:
        >>> from contextlib import closing
        >>> with closing(SpikesByNeuron(np.array([1, 2]), Path("."))) as spikes:
        ...     spikes.add(np.array([1, 0]), np.array([0.0, 5.0]))
        ...     spikes.add(np.array([1]), np.array([9.0]))
        ...     list(spikes.sorted_blocks())
        [array([5., 0., 9.])]
    """

    def __init__(self, counts: NDArray[np.int64], folder: str | os.PathLike[str]) -> None:
        ends = np.cumsum(counts, dtype=np.int64)
        begins = ends - counts
        self._block_of = begins // _BLOCK
        # A neuron of very many spikes may leave numbers of blocks without a neuron.
        _, self._block_of = np.unique(self._block_of, return_inverse=True)
        n_blocks = int(self._block_of.max()) + 1 if len(counts) else 0
        first = np.searchsorted(self._block_of, np.arange(n_blocks))
        self._begins = np.append(begins[first], ends[-1:]).astype(np.int64)
        self._filled = np.zeros(n_blocks, np.int64)
        self._file = tempfile.TemporaryFile(dir=Path(folder))

    def close(self) -> None:
        """Lets the temporary file go."""
        self._file.close()

    def add(self, neurons: NDArray[np.integer], times: NDArray[np.float64]) -> None:
        """Takes further spikes, none of them earlier than those before.

        Args:
            neurons: (n_spikes,) ids.
            times: (n_spikes,) their times, ascending for each neuron.
        """
        order = np.argsort(neurons, kind="stable")
        spikes = np.empty(len(order), _SPIKE)
        spikes["neuron"], spikes["time"] = neurons[order], times[order]
        blocks = self._block_of[neurons[order]]
        # Neurons are in order, and so are their blocks.
        bounds = np.searchsorted(blocks, np.arange(len(self._filled) + 1))
        for block in np.unique(blocks):
            part = spikes[bounds[block] : bounds[block + 1]]
            place = self._begins[block] + self._filled[block]
            self._file.seek(int(place) * _SPIKE.itemsize)
            self._file.write(part.tobytes())
            self._filled[block] += len(part)

    def sorted_blocks(self) -> Iterator[NDArray[np.float64]]:
        """The times, by neuron, and in order for each: one array after another."""
        for begin, count in zip(self._begins, self._filled, strict=False):
            self._file.seek(int(begin) * _SPIKE.itemsize)
            spikes = np.frombuffer(self._file.read(int(count) * _SPIKE.itemsize), _SPIKE)
            yield spikes["time"][np.argsort(spikes["neuron"], kind="stable")]
