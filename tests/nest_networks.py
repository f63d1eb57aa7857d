"""Small networks for the tests of NEST, and what equations on paper say of them."""

import subprocess
import sys

import numpy as np
from oracles import synapse_table

from keras_v1_activity.activity import facts
from keras_v1_activity.activity.populations import Populations
from keras_v1_activity.v1.network.v1_network import Glif3Parameters, V1Network


def fitted_cells():
    """`Glif3Parameters` of the fitted cells that the package ships."""
    rows = facts.table("glif3_cell_models")

    def column(name):
        return np.array([float(row[name]) for row in rows])

    return Glif3Parameters(
        V_th=column("V_th_mV"),
        E_L=column("E_L_mV"),
        V_reset=column("V_reset_mV"),
        g=column("g_nS"),
        C_m=column("C_m_pF"),
        t_ref=column("t_ref_ms"),
        k=np.stack([column("k_0_per_ms"), column("k_1_per_ms")], 1),
        asc_amps=np.stack([column("asc_amp_0_pA"), column("asc_amp_1_pA")], 1),
        tau_syn=np.array([[float(tau) for tau in row["tau_syn_ms"].split()] for row in rows]),
    )


def no_synapses(n_sources, n_targets):
    nothing = np.zeros(0, int)
    return synapse_table(nothing, nothing, nothing, nothing, nothing, n_sources, n_targets)


def network_of(parameters, inputs=None, recurrent=None, background=None):
    n = parameters.n_neurons
    inputs = no_synapses(1, n) if inputs is None else inputs
    return V1Network(
        parameters=parameters,
        populations=Populations.from_names(np.array(["e23Cux2", "i4Pvalb"])[np.arange(n) % 2]),
        x=np.arange(n) * 1.0,
        y=np.full(n, 200.0),
        z=np.zeros(n),
        node_ids=np.arange(n),
        node_types=np.zeros(n, int),
        recurrent=no_synapses(n, n) if recurrent is None else recurrent,
        inputs=inputs,
        background_weights=np.zeros((n, 4), np.float32) if background is None else background,
        input_channel_of=np.arange(inputs.n_sources, dtype=np.int32),
    )


def one_to_each_receptor(parameters, weights):
    """Input synapses: channel neuron * 4 + receptor to that receptor of that neuron."""
    n = parameters.n_neurons
    rows = np.arange(4 * n)
    return synapse_table(rows, rows // 4, rows % 4, np.tile(weights, n), rows * 0.0, 4 * n, n)


def driven_by_spikes(p, rng, n_input, probability, strengths=(0.75, 1.5), receptors=1):
    """Unconnected cells, each with 40 input synapses, for channels that fire with `probability`.

    Their mean current is between the two `strengths` times what brings a cell to its threshold.
    """
    per_cell = 40
    target = np.repeat(np.arange(p.n_neurons), per_cell)
    receptor = np.arange(len(target)) % receptors
    rheobase = (p.g * p.voltage_scale)[target]
    strength = np.repeat(rng.uniform(*strengths, p.n_neurons), per_cell)
    charge = np.e * p.tau_syn[target, receptor]
    weight = strength * rheobase / (per_cell * probability * charge)
    source = rng.integers(0, n_input, len(target))
    return network_of(
        p, synapse_table(source, target, receptor, weight, 0.0 * target, n_input, p.n_neurons)
    )


def model_currents(network, x):
    """(time, neuron, receptor) normalised current of the LGN input, from its definition."""
    inputs, n = network.inputs, network.n_neurons
    scale = network.parameters.voltage_scale[inputs.target]
    matrix = np.zeros((network.n_input, 4 * n))
    np.add.at(matrix, (inputs.source, inputs.target * 4 + inputs.receptor), inputs.weight / scale)
    return (x @ matrix).reshape(len(x), n, 4)


def alpha_response(p, tau, arrival_ms, weight, times_ms):
    """V - E_L (mV) after one alpha current of peak `weight` pA, by fine numerical integration."""
    h = 0.001
    t = np.arange(0, times_ms[-1] + h, h)
    since = np.clip(t - arrival_ms, 0, None)
    current = weight * np.e / tau * since * np.exp(-since / tau)
    kernel = np.exp(-t * p.g[0] / p.C_m[0]) / p.C_m[0]
    # Their convolution, by Fourier transforms of twice the length: the start cannot wrap around.
    n = 2 * len(t)
    v = np.fft.irfft(np.fft.rfft(current, n) * np.fft.rfft(kernel, n), n)[: len(t)] * h
    return np.interp(times_ms, t, v)


def printed(code):
    """What a fresh interpreter prints that runs `code`."""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return result.stdout
