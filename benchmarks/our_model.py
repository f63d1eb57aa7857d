"""Our model of a network, to be compared with NEST."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from keras_v1_activity import v1
from keras_v1_activity.v1.layers.input_layer import InputCurrents, input_rows


class Ours:
    """Our model of a network: spikes and potentials from LGN spikes and a given background."""

    def __init__(self, network, hard_reset=True, dynamics=None):
        self._inputs = InputCurrents(network, noise=False)
        self._rsnn = v1.RSNN(network, hard_reset=hard_reset, dynamics=dynamics)
        scale = network.parameters.voltage_scale[:, None]
        rows = (network.background_weights / scale).reshape(-1)
        self._background = rows[input_rows(network)].astype(np.float32)

    def run(self, x, background=None, nudge=0.0):
        """(time, neuron) spikes bool and potentials, mV; `nudge` is added to one step's current."""
        currents = self._inputs(x[None].astype(np.float32)).numpy()
        if background is not None:
            currents += background[None, :, None].astype(np.float32) * self._background
        currents[0, 5] += nudge
        spikes, voltages = self._rsnn(currents)[:2]
        return spikes[0].numpy() > 0, voltages[0].numpy()
