"""Memory of the training process while looks are recorded."""

import gc
import os
import tracemalloc

import numpy as np
import pytest
from looks import make_look, make_neurons
from recorders import SILENT

from keras_v1_activity.recording.recorder import Recorder


@pytest.mark.parametrize("background", [True, False])
def test_memory_does_not_grow_with_the_looks(tmp_path, background):
    neurons = make_neurons(300)
    recorder = Recorder(tmp_path, SILENT, background=background)
    recorder.open(1)

    def looks(first, last):
        for step in range(first, last):
            recorder.record(make_look(step, 300, 300, neurons=neurons))
        recorder.wait_for_figures(timeout_s=0)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    taken = [looks(1, 6), looks(6, 11), looks(11, 16)]
    tracemalloc.stop()
    # One look holds over 200 kB. Libraries fill caches once; what is kept of each look shows twice.
    assert min(np.diff(taken)) < 200_000
    assert os.path.getsize(tmp_path / "step_000015" / "data.h5") > 20_000
