"""The same network in NEST: `glif_psc` neurons, the same synapses, the same stimulus.

NEST (nest-simulator.org) is another simulator, written by others: where it and the Keras model
agree, the model is right. It is imported when a network is built, never before, and it has one
kernel a process, which building a network resets.

- `NestSimulation` builds a `V1Network` in NEST and runs it once; `simulate` does both.
- `draw_background` and `Stimulus` draw the background noise and the LGN spikes of a trial.
- `load_source` makes a `V1Network` of a GLIF_network folder or an exported HDF5 file.
- `SpikeCountReadout` gives the class from the spikes of the output neurons.
- `run_trials` runs trials in parallel, in processes of their own.

What a run gives is an `Activity`, as the callback makes it: every figure and store works on it.
How the two simulators differ is written and measured in docs/fidelity.md.
"""

from keras_v1_activity.v1.nest.readout import SpikeCountReadout
from keras_v1_activity.v1.nest.simulation import NestSimulation, simulate
from keras_v1_activity.v1.nest.source import Source, load_source
from keras_v1_activity.v1.nest.stimulus import Stimulus, draw_background
from keras_v1_activity.v1.nest.trials import Trial, run_trials

__all__ = [
    "NestSimulation",
    "Source",
    "SpikeCountReadout",
    "Stimulus",
    "Trial",
    "draw_background",
    "load_source",
    "run_trials",
    "simulate",
]
