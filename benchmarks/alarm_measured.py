"""Numbers that show what a network was driven into, from its stored looks; numpy only."""

import numpy as np

BELOW_MV = -110.0
GAMMA_HZ, ALL_HZ = (30, 80), (4, 80)
LOOKS = 10
LONG = 20


def rate(looks):
    """Mean rate of all neurons, Hz."""
    seconds = sum(look.n_steps * look.dt / 1000 * look.n_neurons for look in looks)
    return sum(len(look.spike_times) for look in looks) / seconds


def rate_of_e23(looks):
    """Mean rate of e23Cux2, Hz."""
    spikes = seconds = 0.0
    for look in looks:
        mine = look.populations.index == look.populations.names.index("e23Cux2")
        spikes += mine[look.spike_neurons].sum()
        seconds += mine.sum() * look.n_steps * look.dt / 1000
    return spikes / seconds


def without_a_spike(looks):
    """Part of the neurons without a spike, %."""
    fired = np.zeros(looks[0].n_neurons, bool)
    for look in looks:
        fired[look.spike_neurons] = True
    return 100 * (1 - fired.mean())


def counts(look, bin_ms):
    """Spikes of all neurons by bin."""
    edges = np.arange(0, look.n_steps * look.dt + bin_ms, bin_ms)
    return np.histogram(look.spike_times, edges)[0]


def fano(looks):
    """Variance over mean of the spikes of all neurons in bins of 12 ms."""
    found = [counts(look, 12.0) for look in looks]
    return np.mean([each.var() / max(each.mean(), 1e-9) for each in found])


def gamma(looks):
    """Part of the power of 4 to 80 Hz that lies above 30 Hz, %."""
    power = 0.0
    for look in looks:
        train = counts(look, 1.0)[: int(look.n_steps * look.dt)].astype(float)
        power = power + np.abs(np.fft.rfft(train - train.mean())) ** 2
    hz = np.fft.rfftfreq(len(train), 1e-3)
    within = [power[(hz >= low) & (hz < high)].sum() for low, high in (GAMMA_HZ, ALL_HZ)]
    return 100 * within[0] / within[1]


def mean_potential(looks):
    """Mean of the recorded potentials, mV."""
    return np.mean([look.voltages.mean() for look in looks])


def far_below(looks):
    """Part of the recorded potentials below -110 mV, %."""
    return 100 * np.mean([(look.voltages < BELOW_MV).mean() for look in looks])


MEASURES = {
    "silent population": (rate, "Hz"),
    "dead neurons": (without_a_spike, "% without a spike in 20 looks"),
    "runaway": (rate, "Hz"),
    "synchrony": (fano, "Fano factor, all neurons, 12 ms"),
    "oscillation": (gamma, "% of power in 30 to 80 Hz"),
    "surrogate starvation": (mean_potential, "mV"),
    "potential out of range": (far_below, f"% below {BELOW_MV:.0f} mV"),
    "drift of rates": (rate_of_e23, "Hz, e23Cux2"),
    "away from data": (rate, "Hz"),
}


def measured(state, before, after):
    """The number of a state in the looks before and after a network was changed, as text."""
    if state not in MEASURES:
        return "-"
    measure, unit = MEASURES[state]
    n_looks = LONG if state == "dead neurons" else LOOKS
    return f"{measure(before[-n_looks:]):.3g} to {measure(after[-n_looks:]):.3g} {unit}"
