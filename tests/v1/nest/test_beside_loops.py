"""NEST and the loops of engine="numba" share a process: both want threads."""

import subprocess
import sys

import pytest
from places import ROOT

PROGRAM = """
import numpy as np
from oracles import random_parameters, random_synapses
import tensorflow as tf
from keras_v1_activity.v1.engine.cells import make_cell
from keras_v1_activity.v1.kernels.sequence import LoopSequence
from keras_v1_activity.v1.nest.kernel import fresh_kernel

def simulate():
    nest = fresh_kernel(resolution=1.0, seed=1, threads=1)
    nest.Create("iaf_psc_exp", 10)
    nest.Simulate(5.0)

simulate()
rng = np.random.default_rng(0)
cell, synapses = make_cell(random_parameters(130, rng)), random_synapses(500, 130, 130, rng)
run = LoopSequence(cell, synapses, [0, 1], threads=2)
weights, currents = tf.ones((500,)), tf.ones((1, 4, 2))
spikes, _, _ = run(weights, currents, cell.initial_state(1))
simulate()
print("ended", spikes.shape)
"""


def test_nest_goes_on_after_a_network_in_loops():
    pytest.importorskip("nest")
    words = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(words, cwd=ROOT / "tests", capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "ended (1, 4, 130)", done.stderr[-2000:]
