"""The same network in NEST: `glif_psc` neurons, the same synapses, the same stimulus.

NEST (nest-simulator.org) is another simulator, written by others: if it and the Keras model agree,
the model is right. It is imported when a network is built, never before. A process has one kernel
of NEST, and building a network resets it.

- `NestSimulation` builds a `V1Network` in NEST and runs it once; `simulate` does both.
- `draw_background` and `Stimulus` draw the background noise and the LGN spikes of a trial.
- `load_source` makes a `V1Network` of a GLIF_network folder or an exported HDF5 file.
- `SpikeCountReadout` gives the class from the spikes of the output neurons.
- `run_trials` runs `NestTrial`s in parallel, in processes of their own.

A run gives an `Activity`, as the callback makes it: every figure and store works on it.
How the two simulators differ is written and measured in docs/fidelity.md.
"""

from keras_v1_activity.v1.nest.readout import SpikeCountReadout
from keras_v1_activity.v1.nest.simulation import NestSimulation, simulate
from keras_v1_activity.v1.nest.source import Source, load_source
from keras_v1_activity.v1.nest.stimulus import Stimulus, draw_background
from keras_v1_activity.v1.nest.trials import NestTrial, run_trials

Trial = NestTrial
"""The earlier name of `NestTrial`."""

__all__ = [
    "NestSimulation",
    "NestTrial",
    "Source",
    "SpikeCountReadout",
    "Stimulus",
    "Trial",
    "draw_background",
    "load_source",
    "run_trials",
    "simulate",
]
