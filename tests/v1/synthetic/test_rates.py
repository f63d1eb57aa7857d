"""What the untrained network does, by a simulation of the test's own."""

import numpy as np
import pytest
from glif3_trials import bars, simulate, standard

from keras_v1_activity.v1.synthetic.glif3_numpy import Glif3Simulation
from keras_v1_activity.v1.synthetic.trials import SimulatedTrial


@pytest.fixture(scope="module")
def responses(network):
    """Spikes of 12 trials: 4 orientations of bars, 3 trials each; by input kind."""
    images = [bars(angle) for angle in (0, 45, 90, 135) for _ in range(3)]
    trials = [standard(image) for image in images]
    return {spiking: simulate(network, trials, spiking, seed=11) for spiking in (False, True)}


def population_rates(network, spikes):
    rates = spikes.mean((0, 1)) * 1000.0
    summed = np.bincount(network.populations.index, rates)
    return summed / network.populations.counts


@pytest.mark.parametrize("spiking", [False, True])
def test_rates_lie_near_the_recorded_ones(network, responses, spiking):
    rates = population_rates(network, responses[spiking])
    for member, count, rate in zip(
        network.populations.members, network.populations.counts, rates, strict=True
    ):
        if count >= 50:
            assert 0.5 <= rate <= 15.0, (member.name, rate)
            goal = np.clip(member.recorded_rate_hz, 1.0, 12.0)
            assert goal / 2.5 < rate < goal * 2.5, (member.name, rate)


def test_our_simulation_gives_the_same_rates(network, responses):
    simulation = Glif3Simulation(
        network.parameters, network.recurrent, network.inputs, network.background_weights
    )
    images = [bars(angle) for angle in (0, 45, 90, 135) for _ in range(3)]
    counts = simulation.run(
        [SimulatedTrial(tuple(standard(image))) for image in images], seed=5
    ).counts()
    rates = np.bincount(network.populations.index, counts.mean(0) / 0.6)
    rates /= network.populations.counts
    large = network.populations.counts >= 50
    truth = population_rates(network, responses[False])
    np.testing.assert_allclose(rates[large], truth[large], rtol=0.4)


def test_activity_is_irregular(network, responses):
    """Neurons fire irregularly, and no step of 1 ms holds a large part of them."""
    for spikes in responses.values():
        late = spikes[:, 100:]
        assert late.mean(2).max() < 0.12
        active = late.sum(1) >= 4
        trial, neuron = np.nonzero(active)
        cv = []
        for t, i in list(zip(trial, neuron, strict=True))[::5]:
            intervals = np.diff(np.flatnonzero(late[t, :, i]))
            cv.append(intervals.std() / intervals.mean())
        assert np.median(cv) > 0.4


@pytest.mark.parametrize("spiking", [False, True])
def test_images_change_responses(network, responses, spiking):
    names = network.populations.names_per_neuron()
    layer_4 = np.array([name.startswith("e4") for name in names])
    counts = responses[spiking][:, 50:200][:, :, layer_4].sum(1)
    label = np.repeat(np.arange(4), 3)
    correlation = np.corrcoef(counts)
    same = (label[:, None] == label) & ~np.eye(12, dtype=bool)
    different = label[:, None] != label
    assert correlation[same].min() > correlation[different].max() + 0.1


@pytest.mark.parametrize("spiking", [False, True])
def test_a_linear_readout_tells_images_apart(responses, spiking):
    """Ridge regression on two trials of each image predicts the third."""
    counts = responses[spiking][:, 50:200].sum(1).astype(float)
    label, trial = np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4)
    right = 0
    for held_out in range(3):
        train = trial != held_out
        mean = counts[train].mean(0)
        features = counts[train] - mean
        kernel = features @ features.T + 10.0 * np.eye(train.sum())
        alpha = np.linalg.solve(kernel, np.eye(4)[label[train]])
        scores = (counts[~train] - mean) @ features.T @ alpha
        right += (scores.argmax(1) == label[~train]).sum()
    assert right >= 11
