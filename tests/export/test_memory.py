"""Memory of an export does not grow with the run."""

import dataclasses
import tracemalloc
from contextlib import closing

import numpy as np
import pytest
from looks import make_look, make_neurons
from stored_runs import write

from keras_v1_activity.export import export_run
from keras_v1_activity.export.spikes_by_neuron import SpikesByNeuron


@pytest.mark.parametrize("to", ["sonata", "csv"])
def test_memory_does_not_grow_with_the_looks(to, tmp_path):
    neurons = make_neurons(100)
    looks = [
        make_look(step, spikes=np.ones((100, 100)) * (step % 2 < 1), neurons=neurons)
        for step in (1, 2)
    ]
    peaks = []
    for name, count in (("warm", 2), ("short", 4), ("long", 12)):
        of_run = (dataclasses.replace(looks[k % 2], step=k + 1) for k in range(count))
        write(tmp_path / name, *of_run)
        tracemalloc.start()
        export_run(tmp_path / name, to)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # The long run holds four looks more of 10,000 spikes, each of which takes over 200 kB.
    assert peaks[2] - peaks[1] < 500_000


def test_spikes_are_sorted_in_more_than_one_block(tmp_path):
    rng = np.random.default_rng(0)
    parts = [rng.integers(0, 5000, 1_500_000) for _ in range(2)]
    parts.append(np.zeros(1_200_000, np.int64))  # one neuron that fills a block by itself
    counts = np.bincount(np.concatenate(parts), minlength=5001)
    tracemalloc.start()
    with closing(SpikesByNeuron(counts, tmp_path)) as spikes:
        first = 0
        for ids in parts:
            spikes.add(ids, np.arange(first, first + len(ids), dtype=float))
            first += len(ids)
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        sizes = [len(block) for block in spikes.sorted_blocks()]
        peak = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()
        blocks = list(spikes.sorted_blocks())
    every = np.concatenate(parts)
    np.testing.assert_array_equal(np.concatenate(blocks), np.argsort(every, kind="stable"))
    # NWB wants the spikes by neuron: a block at a time takes memory, not all 4.2 million.
    assert len(sizes) > 1 and max(sizes) < 2_500_000 and peak < 120_000_000
